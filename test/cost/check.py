#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is POLLUX_POLL_MAX_NS=0 the same as a library without busy polling, and the
default too while nothing is on the pool?

  check.py instructions SCENARIO MONITOR DRIVER DRIVER_WITHOUT   (callgrind)
  check.py calls        SCENARIO MONITOR DRIVER DRIVER_WITHOUT   (strace)
  check.py idle_time    -        MONITOR DRIVER -                (strace)
  check.py idle         -        MONITOR DRIVER -                (strace)

Instructions are those of one round: a run of 2 N rounds less one of N, so that
start and end do not count, on a scripted clock, so that no time does. Allowed
for (EXTRA) are what counts work for the experiment, what looks whether one is
due, and with jobs on the pool a few tests of a flag that is false; there of the
library's own instructions only. The clock must be read as often. There the scheduler may have two threads meet at a
lock, which costs them some tries: such a comparison is made anew, a few times.

System calls are those between the driver's two marks. By default the loop may
take readings for the experiment: few, and counted by themselves. Exit code 77:
skipped.
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROUNDS = 200
IDLE_MS = 1000
# Per round. A wait (3 to 6): is the experiment due? A read, a write (5 each): the
# bytes and the transfer. A send to an async handle (8): how many; is the handle
# one of ours? A job: the same, and one more message; does a worker linger
# (submit, call, worker, sleep, delivery), does the loop expect answers (twice),
# is the sleep a timed one (doorbell): 48.
EXTRA = {"timers": 3, "pingpong": 15, "asyncs": 16, "pool": 60}
JOB_ATTEMPTS = 4
CLEARED = "POLLUX_MONITOR POLLUX_POLL_MAX_NS POLLUX_STATS UV_THREADPOOL_SIZE"
WAITS = {"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll",
         "io_uring_enter"}
# The driver's own looks at the other thread; and how a lock is handed over,
# which the scheduler decides.
IGNORED_WITH_JOBS = {"pread64", "futex", "sched_yield"}


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def run(tool, monitor, spin, driver, scenario, rounds, **more):
    env = {name: value for name, value in os.environ.items()
           if name not in CLEARED.split()}
    env.update(more, POLLUX_MONITOR=monitor)
    if spin is not None:
        env["POLLUX_POLL_MAX_NS"] = spin
    done = subprocess.run([*tool, driver, scenario, str(rounds)], env=env,
                          text=True, timeout=100, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode == 77:
        skip(done.stdout.strip().removeprefix("skipped: "))
    if done.returncode != 0:
        sys.exit(f"{driver} {scenario} ended with {done.returncode}:\n"
                 f"{done.stdout}")


# --- callgrind ---------------------------------------------------------------

class Names:
    """callgrind gives a name once, with a number, and the number from then on."""

    def __init__(self):
        self.known = {}

    def __call__(self, text):
        number, name = re.match(r"\((\d+)\)(?: (.*))?$", text).groups()
        if name:
            self.known[number] = name
        return self.known[number]


def self_costs(path):
    """Instructions by (file name of the object, function)."""
    objects, functions = Names(), Names()
    costs = collections.Counter()
    where, function, is_call = "", "", False
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            key, _, text = line.rstrip("\n").partition("=")
            if key == "ob":
                where = os.path.basename(objects(text))
            elif key == "cob":
                objects(text)
            elif key == "fn":
                function = functions(text)
            elif key == "cfn":
                functions(text)
            elif key == "calls":
                is_call = True
            elif re.match(r"[\d+*-]", line):
                if not is_call:  # What follows `calls=` is the callee's.
                    costs[where, function] += int(line.split()[-1])
                is_call = False
    return costs


def round_costs(monitor, spin, driver, scenario):
    """Instructions of ROUNDS rounds, as self_costs()."""
    found = []
    for rounds in (ROUNDS, 2 * ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "callgrind")
            run(("valgrind", "--quiet", "--tool=callgrind",
                 f"--callgrind-out-file={path}"), monitor, spin, driver,
                scenario, rounds, POLLUX_TEST_CLOCK="1")
            found.append(self_costs(path))
    found[1].subtract(found[0])
    return found[1]


def own(costs):
    return sum(cost for (where, _), cost in costs.items()
               if where.startswith("libuv"))


def clock(costs):
    return sum(cost for (_, function), cost in costs.items()
               if function == "clock_gettime")


def differences(costs, wanted):
    # The driver's object is left out: it has two names.
    by_name = [collections.Counter(), collections.Counter()]
    for i, source in enumerate((costs, wanted)):
        for (_, function), cost in source.items():
            by_name[i][function] += cost
    for name in sorted(by_name[0].keys() | by_name[1].keys()):
        left, right = (side[name] / ROUNDS for side in by_name)
        if left != right:
            print(f"  {name}: {left:g} per round, not {right:g}")


def instructions(scenario, monitor, driver, without):
    if shutil.which("valgrind") is None:
        skip("valgrind is not installed")
    attempts = JOB_ATTEMPTS if scenario == "pool" else 1
    return any(are_equal(scenario, monitor, driver, without)
               for _ in range(attempts))


def are_equal(scenario, monitor, driver, without):
    has_jobs = scenario == "pool"
    wanted = round_costs(monitor, None, without, scenario)
    is_good = True
    for label, spin in (("off", "0"), ("default", None)):
        if has_jobs and spin is None:
            continue  # There it is on.
        costs = round_costs(monitor, spin, driver, scenario)
        count = own if has_jobs else lambda table: sum(table.values())
        extra = (count(costs) - count(wanted)) / ROUNDS
        print(f"{label}: {count(costs) / ROUNDS:g} instructions per round, "
              f"{extra:+g} to a library without busy polling")
        if abs(extra) > EXTRA[scenario] or clock(costs) != clock(wanted):
            is_good = False
            differences(costs, wanted)
    return is_good


# --- strace ------------------------------------------------------------------

CALL = re.compile(r"^(\d+) +([a-z_0-9]+)\(")
MARK = re.compile(r'write\(-1, "(begin|end)"')


def calls_of(monitor, spin, driver, scenario, rounds):
    """Names between the marks: the loop's thread's, and the others'."""
    if shutil.which("strace") is None:
        skip("strace is not installed")
    probe = subprocess.run(("strace", "-o", "/dev/null", "true"), check=False,
                           stderr=subprocess.DEVNULL)
    if probe.returncode != 0:
        skip("strace may not trace here (ptrace is forbidden)")
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as log:
        run(("strace", "-f", "-qq", "-o", log.name), monitor, spin, driver,
            scenario, rounds)
        main, others, is_on = [], [], False
        own_id, marks = None, 0
        for line in log:
            call = CALL.match(line)
            if not call:
                continue
            own_id = own_id or call.group(1)
            mark = MARK.search(line)
            if mark:
                marks += 1
                is_on = mark.group(1) == "begin"
            elif is_on:
                thread = main if call.group(1) == own_id else others
                thread.append(call.group(2))
    if marks != 2:
        sys.exit(f"the trace has {marks} marks")
    return main, others


READING = ("clock_gettime", "getrusage")  # CPU time, preemptions.
ONLINE = ("openat", "read", "close")  # How many CPUs there are: once.
CROWD = ("openat", "read", "read", "close")  # /proc/loadavg
ROUNDS_PER_READING = 5


def without_readings(label, found, rounds):
    """What is left of the loop's calls; None if there are too many readings."""
    left, readings, i = [], 0, 0
    while i < len(found):
        if tuple(found[i:i + 2]) != READING:
            left.append(found[i])
            i += 1
            continue
        readings += 1
        i += len(READING)
        for more in (ONLINE, CROWD):
            if tuple(found[i:i + len(more)]) == more:
                i += len(more)
    print(f"{label}: {readings} readings")
    return left if readings <= rounds / ROUNDS_PER_READING else None


def compare(label, found, wanted):
    if found == wanted:
        return True
    print(f"{label}: {len(found)} calls, not {len(wanted)}:")
    left, right = collections.Counter(found), collections.Counter(wanted)
    for name in sorted(left.keys() | right.keys()):
        if left[name] != right[name]:
            print(f"  {name}: {left[name]}, not {right[name]}")
    if left == right:
        print("  the same ones, in another order")
        first = next(i for i in range(len(found)) if found[i] != wanted[i])
        print("  found: ", *found[max(0, first - 6):first + 8])
        print("  wanted:", *wanted[max(0, first - 6):first + 8])
    return False


def calls(scenario, monitor, driver, without):
    has_jobs = scenario == "pool"

    def threads_of(spin, program):
        ignored = IGNORED_WITH_JOBS if has_jobs else ()
        return [[name for name in thread if name not in ignored]
                for thread in calls_of(monitor, spin, program, scenario,
                                       ROUNDS)]

    wanted = threads_of(None, without)
    is_good = True
    for label, spin in (("off", "0"), ("default", None)):
        if has_jobs and spin is None:
            continue
        found = threads_of(spin, driver)
        print(f"{label}: {len(found[0])} calls of the loop's thread, "
              f"{len(found[1])} of others")
        if spin is None:
            found[0] = without_readings(label, found[0], ROUNDS)
        if found[0] is None:
            return False
        for thread, one, other in zip(("loop", "others"), found, wanted):
            is_good = compare(f"{label}, {thread}", one, other) and is_good
    return is_good


def idle_time(_, monitor, driver, __):
    is_good = True
    for label, spin in (("off", "0"), ("default", None)):
        found, _ = calls_of(monitor, spin, driver, "metrics", ROUNDS)
        wanted, _ = calls_of(monitor, spin, driver, "no_metrics", ROUNDS)
        print(f"{label}: {len(found)} calls with idle time")
        if spin is None:
            found = without_readings(label, found, ROUNDS)
            wanted = without_readings(label, wanted, ROUNDS)
        is_good = None not in (found, wanted) and is_good
        is_good = is_good and compare(label, found, wanted)
    return is_good


def idle(_, monitor, driver, __):
    is_good = True
    for label, spin in (("off", "0"), ("default", None)):
        found, _ = calls_of(monitor, spin, driver, "idle", IDLE_MS)
        print(f"{label}: {' '.join(found)}")
        if len(found) != 1 or found[0] not in WAITS:
            is_good = False
    return is_good


def main():
    checks = {"instructions": instructions, "calls": calls,
              "idle_time": idle_time, "idle": idle}
    sys.exit(0 if checks[sys.argv[1]](*sys.argv[2:6]) else 1)


if __name__ == "__main__":
    main()
