#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What does busy polling gain or cost under a CPU quota?

  quota.py BUILD-DIR [--quotas 1.0,1.5,2.0] [--cases pool:stat/4t/1,...]
                     [--runs N] [--time-ms N]

Prints a table: one line per case and quota, and for each of `off`, `default` and
`50us` the operations per second, the CPU time of one and the share of periods in
which the group was throttled; then the longest operation.

The library counts its CPUs once, at the first loop. So a program is started
without a quota and put into a group with one when its first line is there: it
spins as if there were no rule, which is what the rule is decided by. With
--inside it is started in the group, and the rule is at work.

Needs root and a writable cpu controller of cgroup version 1.
"""
import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time

MOUNT = "/sys/fs/cgroup/cpu"
PERIOD_US = 100000
SPIN = {"off": "0", "default": None, "50us": "50000"}
CASES = "pool:stat/4t/1,pool:files/4t/1,ping_pong:tcp/64B/1"


def put(folder, file, text):
    with open(os.path.join(folder, file), "w") as out:
        out.write(str(text))


def remove(folder):
    """A process that has just ended may be in its group for a moment."""
    for _ in range(500):
        with contextlib.suppress(OSError):
            os.rmdir(folder)
            return
        time.sleep(0.01)
    print("quota: cannot remove", folder, file=sys.stderr)


@contextlib.contextmanager
def group(cpus):
    folder = f"{MOUNT}/pollux-{os.getpid()}"
    try:
        os.mkdir(folder)
    except OSError as error:
        sys.exit(f"quota: no group can be made: {error}")
    try:
        put(folder, "cpu.cfs_period_us", PERIOD_US)
        put(folder, "cpu.cfs_quota_us", int(cpus * PERIOD_US))
        yield folder
    finally:
        remove(folder)


def family(pid):
    """The program's own process, and the one that runs the case."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [pid] + [int(word) for word in file.read().split()]


def throttled(folder):
    with open(folder + "/cpu.stat") as file:
        stat = dict(line.split() for line in file)
    return int(stat["nr_throttled"]) / max(1, int(stat["nr_periods"]))


def measure(options, case, cpus, spin):
    program, name = case.split(":")
    env = dict(os.environ, LD_LIBRARY_PATH=options.build)
    env.pop("POLLUX_POLL_MAX_NS", None)
    if SPIN[spin] is not None:
        env["POLLUX_POLL_MAX_NS"] = SPIN[spin]
    command = [os.path.join(options.build, "benchmark", program), "--case", name,
               "--time-ms", str(options.time_ms)]
    with group(cpus) as folder:
        enter = (lambda: put(folder, "cgroup.procs", 0)) if options.inside \
            else None
        child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE,
                                 text=True, preexec_fn=enter)
        try:
            first = child.stdout.readline()
            if not options.inside:
                time.sleep(0.02)  # Till there is a loop; it warms up for longer.
                for pid in family(child.pid):
                    put(folder, "cgroup.procs", pid)
            text = first + child.stdout.read()
        finally:
            child.stdout.close()
            child.wait()  # It sees to it that it ends.
        if child.returncode != 0:
            sys.exit(f"quota: {case} failed: {text}")
        share = throttled(folder)
    values = {line.split()[0].rsplit("/", 1)[1]: float(line.split()[1])
              for line in text.splitlines() if not line.startswith("#")}
    return values["rate"], values["cpu"], 100 * share, values["max"] / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=os.path.abspath)
    parser.add_argument("--quotas", default="1.0,1.2,1.5,1.8,2.0")
    parser.add_argument("--cases", default=CASES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--time-ms", type=int, default=1000)
    parser.add_argument("--inside", action="store_true")
    options = parser.parse_args()
    print("| case | quota | " + " | ".join(SPIN) + " |")
    print("|---|---|" + "---|" * len(SPIN))
    for case in options.cases.split(","):
        for cpus in map(float, options.quotas.split(",")):
            found = {spin: [] for spin in SPIN}
            for _ in range(options.runs):  # In turn: a drift hits all.
                for spin in SPIN:
                    found[spin].append(measure(options, case, cpus, spin))
            cells = []
            for runs in found.values():
                rate, cpu, share, longest = map(statistics.median, zip(*runs))
                cells.append(f"{rate / 1000:.1f} k/s, {cpu:.1f} us, "
                             f"{share:.0f} %, {longest:.0f} ms")
            print(f"| {case} | {cpus} | " + " | ".join(cells) + " |",
                  flush=True)


if __name__ == "__main__":
    main()
