#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a scenario on the distribution's libuv and on Pollux, compares traces.

Exit code 0: equal, but for what allowed.tsv lists; 1: not; 77: there is nothing
to compare with. POLLUX_REFERENCE names another reference: a libuv.so.1, or a
driver that was linked statically with some libuv.a.

Lines of one lane (`lane|text`) are compared in order, lanes among each other
are not. A trace that differs is made twice more on the reference, in case it is
the reference that has two answers; then ours must be one of them. A scenario
that leaves processes behind is wrong on either.
"""
import argparse
import ctypes
import difflib
import fnmatch
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SKIP = 77
REFERENCE_RUNS = 3
TIMEOUT_S = 40  # The driver ends itself after 30.
PATIENCE_S = 5  # For processes that are about to end.
PR_SET_CHILD_SUBREAPER = 36


def find_reference():
    """The distribution's library, or None. A Pollux that is installed stands
    before it, and is passed over."""
    if os.environ.get("POLLUX_REFERENCE"):
        return os.environ["POLLUX_REFERENCE"]
    for tool in ("ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig"):
        try:
            output = subprocess.run([tool, "-p"], text=True, check=True,
                                    stdout=subprocess.PIPE).stdout
        except (OSError, subprocess.CalledProcessError):
            continue
        wide = sys.maxsize > 2**32
        for line in output.splitlines():
            if "libuv.so.1 " not in line or ("64" in line) != wide:
                continue
            path = pathlib.Path(line.split("=>")[1].strip())
            if path.is_file() and not is_pollux(path):
                return str(path)
    return None


def is_pollux(path):
    return b"pollux_monitor_name" in path.read_bytes()


def is_shared(library):
    return ".so" in pathlib.Path(library).name


# A driver built with a sanitizer runs on the distribution's library as well. What
# that one leaks, or synchronises unseen by the thread sanitizer, is not our affair.
# Both sides have both variables, as a scenario lists the environment.
LENIENT = {"ASAN_OPTIONS": "detect_leaks=0", "TSAN_OPTIONS": "report_bugs=0"}
STRICT = {"ASAN_OPTIONS": "detect_leaks=1", "TSAN_OPTIONS": "report_bugs=1"}


def environment(library, monitor, folder):
    env = {key: value for key, value in os.environ.items()
           if not key.startswith(("POLLUX_", "UV_", "LD_"))}
    if is_shared(library):
        lib_dir = pathlib.Path(folder) / "lib"
        lib_dir.mkdir()
        (lib_dir / "libuv.so.1").symlink_to(pathlib.Path(library).resolve())
        env["LD_LIBRARY_PATH"] = str(lib_dir)
    env["LC_ALL"] = "C"
    env["UV_THREADPOOL_SIZE"] = "4"
    if monitor:
        env["POLLUX_MONITOR"] = monitor
        env.update({**STRICT, **env})
    else:
        env.update(LENIENT)
    return env


def adopt_orphans():
    """From now on, processes that a driver leaves become our children."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_rest(group):
    """Whether the driver left processes that do not end; ends them."""
    start, has_left = time.monotonic(), False
    while time.monotonic() < start + 2 * PATIENCE_S:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return has_left
        if pid == 0 and time.monotonic() > start + PATIENCE_S:
            has_left = True
            os.killpg(group, signal.SIGKILL)
        if pid == 0:
            time.sleep(0.01)
    return True


def run(driver, library, monitor, words):
    """The driver's (exit code, output) with that library, in a new folder."""
    with tempfile.TemporaryDirectory(prefix="differential-") as folder:
        env = environment(library, monitor, folder)
        work = pathlib.Path(folder) / "work"
        work.mkdir()
        program = driver if is_shared(library) else library
        with subprocess.Popen([program, *words], cwd=work, env=env, text=True,
                              stdin=subprocess.DEVNULL, start_new_session=True,
                              stdout=subprocess.PIPE) as driven:
            try:
                output, _ = driven.communicate(timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired as error:
                os.killpg(driven.pid, signal.SIGKILL)
                return "timeout", (error.stdout or b"").decode()
        if end_rest(driven.pid):
            sys.exit(f"{' '.join(words)} left processes on {library}")
        return driven.returncode, output


def version_of(driver, library):
    """The version the driver gets, which must be from that file."""
    code, output = run(driver, library, None, ["--which"])
    if code != 0:
        sys.exit(f"the driver does not start on {library}: {code}")
    version, identity = output.split()
    is_ours = identity == "pollux"
    if is_shared(library) and is_ours == (library == find_reference()):
        sys.exit(f"the driver got another library than {library}")
    return version


def trace(result):
    """Lines, grouped by lane, then how the program ended."""
    code, output = result
    lanes = {}
    for line in output.splitlines():
        lane = line.split("|", 1)[0] if "|" in line else ""
        lanes.setdefault(lane, []).append(line)
    lines = [line for lane in sorted(lanes) for line in lanes[lane]]
    return lines + [f"exit {code}"]


def numbers(version):
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def read_allowed(scenario, monitor, version):
    """Rows of allowed.tsv for this run: (compiled pattern, reason)."""
    rows = []
    for number, line in enumerate(
            (HERE / "allowed.tsv").read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("\t") if field.strip()]
        if len(fields) != 5:
            sys.exit(f"allowed.tsv:{number}: five columns are needed")
        name, on, before, pattern, reason = fields
        if (fnmatch.fnmatch(scenario, name) and fnmatch.fnmatch(monitor, on)
                and (before == "any" or numbers(version) < numbers(before))):
            rows.append((re.compile(pattern), reason))
    return rows


def differences(expected, actual):
    return [line for line in difflib.unified_diff(expected, actual, "libuv",
                                                  "pollux", lineterm="", n=3)]


def changed(diff):
    return [line for line in diff if line[0] in "+-"
            and not line.startswith(("---", "+++"))]


def check_names(args, reference):
    code, output = run(args.driver, args.library, None, ["--list"])
    listed = set(output.split())
    tests = set(args.check_names.split(","))
    for name in sorted(listed ^ tests):
        print(f"{name}: {'no CTest' if name in listed else 'no scenario'}")
    return 0 if code == 0 and listed == tests else 1


def check_passing_over(args):
    """Let ldconfig name ours and a lost one before the distribution's."""
    os.environ.pop("POLLUX_REFERENCE", None)
    reference = find_reference()
    kind = "libc6,x86-64" if sys.maxsize > 2**32 else "libc6"
    libraries = [args.library, "/nonexistent/libuv.so.1"]
    if reference is not None:
        libraries.append(reference)
    with tempfile.TemporaryDirectory(prefix="differential-") as folder:
        lines = "".join(f"\tlibuv.so.1 ({kind}) => {path}\n"
                        for path in libraries)
        tool = pathlib.Path(folder) / "ldconfig"
        tool.write_text(f"#!/bin/sh\ncat <<end\n{lines}end\n")
        tool.chmod(0o755)
        os.environ["PATH"] = folder + ":" + os.environ["PATH"]
        found = find_reference()
    print(f"found {found}, expected {reference}")
    return 0 if found == reference else 1


def judge(args, reference):
    version = version_of(args.driver, reference)
    ours = version_of(args.driver, args.library)
    words = [args.scenario]
    if numbers(version) < (1, 48):
        words.insert(0, "--no-zero-timers")
    actual = trace(run(args.driver, args.library, args.monitor, words))
    allowed = read_allowed(args.scenario, args.monitor, version)
    seen, best = [], None
    for _ in range(REFERENCE_RUNS):
        expected = trace(run(args.driver, reference, None, words))
        diff = differences(expected, actual)
        bad = [line for line in changed(diff)
               if not any(row.search(line) for row, _ in allowed)]
        if not bad:
            used = [reason for row, reason in allowed
                    if any(row.search(line) for line in changed(diff))]
            for reason in used:
                print(f"allowed: {reason}")
            print(f"equal on libuv {version} and Pollux {ours}: "
                  f"{len(actual)} lines")
            return 0
        if expected not in seen:
            seen.append(expected)
        if best is None or len(bad) < len(best[0]):
            best = bad, diff
    print(f"differs from libuv {version} ({reference}), which gave "
          f"{len(seen)} different trace(s) in {REFERENCE_RUNS} runs:")
    print("\n".join(best[1]))
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--driver", required=True)
    parser.add_argument("--library", required=True)
    parser.add_argument("--monitor", default="")
    parser.add_argument("--check-names")
    parser.add_argument("--check-passing-over", action="store_true")
    parser.add_argument("scenario", nargs="?")
    args = parser.parse_args()
    reference = find_reference()
    if args.check_names:
        return check_names(args, reference)
    if args.check_passing_over:
        return check_passing_over(args)
    if reference is None:
        print("skipped: ldconfig knows no libuv.so.1, and POLLUX_REFERENCE is "
              "not set")
        return SKIP
    adopt_orphans()
    return judge(args, reference)


if __name__ == "__main__":
    sys.exit(main())
