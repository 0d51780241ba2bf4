#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the CTest file of libuv's suite: one test per name and monitor.

The names are what the runner lists. expect.tsv says which are not expected to
pass, launcher.tsv which need something special from the launcher, chance.tsv which
fail now and then by design; they lie beside this file and name tests by shell
patterns. With --valgrind it writes the tests
for check-valgrind, valgrind/<monitor>/<test>, and valgrind.tsv says which of
them are left out.
"""
import argparse
import fnmatch
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
EXPECTATIONS = {"skip", "fail", "absent", "skip@root", "skip@user", "fail@root",
                "fail@user"}
TIMEOUT_S = 120  # The launcher ends a test a little earlier.
# Under valgrind a test gets more of its own time and of ours.
SLOW_LIMIT_S = 60
SLOW_MULTIPLIER = 30


def read_rows(name, columns):
    """The rows of a table: tab-separated, `#` begins a comment line."""
    rows = []
    for number, line in enumerate((HERE / name).read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in re.split(r"\t+", line.strip())]
        if len(fields) != columns or not fields[-1]:
            sys.exit(f"{name}:{number}: {columns} columns with tabs between are "
                     f"needed, the last one a reason")
        rows.append(fields)
    return rows


def list_tests(runner):
    output = subprocess.run([runner, "--list"], check=True, text=True,
                            stdout=subprocess.PIPE,
                            env={"UV_RUN_AS_ROOT": "1"}).stdout
    names = [line.split()[0] for line in output.splitlines() if line.strip()]
    if not names:
        sys.exit(f"{runner} lists no test")
    return names


def check_rows(names, rows, table, version):
    """A row that names nothing is out of date; with our own pin, an error."""
    for row in rows:
        if fnmatch.filter(names, row[0]):
            continue
        text = f"{table}: libuv {version} has no test `{row[0]}`"
        if version.startswith("1.50."):
            sys.exit(text)
        print(text)


def expectation(expected, test, monitor):
    for pattern, monitors, what, reason in expected:
        if what not in EXPECTATIONS:
            sys.exit(f"expect.tsv: `{what}` is no expectation")
        if fnmatch.fnmatch(test, pattern) and fnmatch.fnmatch(monitor, monitors):
            return what, reason
    return None, None


def is_left_out(rows, test, monitor):
    return any(fnmatch.fnmatch(test, pattern) and fnmatch.fnmatch(monitor, on)
               for pattern, on, _ in rows)


def quote(words):
    return " ".join(f"[==[{word}]==]" for word in words)


def launch_command(args, monitor, test, runs):
    command = [args.launch, "--dir", str(runs / monitor / test),
               "--link", args.tests, "--lock", str(runs / "lock"),
               "--monitor", monitor]
    for folder in args.keep:
        command += ["--keep", folder]
    if args.valgrind:
        command += ["--limit", str(SLOW_LIMIT_S)]
    return command


def run_command(args, monitor, test, runs):
    """What the launcher starts."""
    if not args.valgrind:
        return [args.runner, test]
    return [str(HERE / "valgrind.py"), args.valgrind,
            str(runs / monitor / f"{test}.logs"), args.runner, test]


def properties(args, is_alone):
    words = "SKIP_RETURN_CODE 77 LABELS libuv TIMEOUT "
    if args.valgrind:
        words += (f"{SLOW_LIMIT_S + 30} ENVIRONMENT "
                  f"UV_TEST_TIMEOUT_MULTIPLIER={SLOW_MULTIPLIER}")
    else:
        words += str(TIMEOUT_S)
    return words + (" RESOURCE_LOCK libuv_suite" if is_alone else "")


def write_tests(args, names, tables):
    expected, special, chances, left_out = tables
    can_isolate = subprocess.run([args.launch, "--probe"]).returncode == 0
    if not can_isolate:
        print("libuv's suite: no namespaces here, its tests run one by one")
    runs = pathlib.Path(args.runs)
    lines, count, monitors = [], 0, args.monitors.split(",")
    for monitor in monitors:
        (runs / monitor).mkdir(parents=True, exist_ok=True)
        for test in names:
            what, reason = expectation(expected, test, monitor)
            if what == "absent" or is_left_out(left_out, test, monitor):
                continue
            count += 1
            prefix = "valgrind" if args.valgrind else "libuv"
            name = f"{prefix}/{monitor}/{test}"
            command = launch_command(args, monitor, test, runs)
            if what:
                command += ["--expect", what, "--reason", reason]
            is_alone = not can_isolate
            for pattern, options, _ in special:
                if fnmatch.fnmatch(test, pattern):
                    command += options.split()
                    is_alone |= "--whole-user" in options
            for pattern, failure, reason in chances:
                if fnmatch.fnmatch(test, pattern):
                    command += ["--again", failure, "--reason", reason]
            lines.append(f"add_test({name} {quote(command)} -- "
                         f"{quote(run_command(args, monitor, test, runs))})")
            lines.append(f"set_tests_properties({name} PROPERTIES "
                         f"{properties(args, is_alone)})")
    pathlib.Path(args.output).write_text("\n".join(lines) + "\n")
    print(f"libuv's suite{', under valgrind' if args.valgrind else ''}: "
          f"{count} of {len(names) * len(monitors)} tests, {len(names)} each on "
          f"{', '.join(monitors)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("runner", "launch", "monitors", "libuv-version", "tests",
                   "runs", "output"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--keep", action="append", default=[])
    parser.add_argument("--valgrind")
    args = parser.parse_args()
    names = list_tests(args.runner)
    expected = read_rows("expect.tsv", 4)
    special = read_rows("launcher.tsv", 3)
    chances = read_rows("chance.tsv", 3)
    check_rows(names, expected, "expect.tsv", args.libuv_version)
    check_rows(names, special, "launcher.tsv", args.libuv_version)
    check_rows(names, chances, "chance.tsv", args.libuv_version)
    left_out = read_rows("valgrind.tsv", 3) if args.valgrind else []
    check_rows(names, left_out, "valgrind.tsv", args.libuv_version)
    write_tests(args, names, (expected, special, chances, left_out))


if __name__ == "__main__":
    main()
