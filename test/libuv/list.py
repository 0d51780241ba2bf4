#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the CTest file of libuv's suite: one test per name and monitor.

The names are what the runner lists. expect.tsv says which are not expected to
pass, launch.tsv which need something special from the launcher; both lie beside
this file and name tests by shell patterns.
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


def quote(words):
    return " ".join(f"[==[{word}]==]" for word in words)


def write_tests(args, names, expected, special):
    can_isolate = subprocess.run([args.launch, "--probe"]).returncode == 0
    if not can_isolate:
        print("libuv's suite: no namespaces here, its tests run one by one")
    runs = pathlib.Path(args.runs)
    lines, absent, monitors = [], set(), args.monitors.split(",")
    for monitor in monitors:
        (runs / monitor).mkdir(parents=True, exist_ok=True)
        for test in names:
            what, reason = expectation(expected, test, monitor)
            if what == "absent":
                absent.add(test)
                continue
            name = f"libuv/{monitor}/{test}"
            command = [args.launch, "--dir", str(runs / monitor / test),
                       "--link", args.tests, "--lock", str(runs / "lock"),
                       "--monitor", monitor]
            for folder in args.keep:
                command += ["--keep", folder]
            if what:
                command += ["--expect", what, "--reason", reason]
            is_alone = not can_isolate
            for pattern, options, _ in special:
                if fnmatch.fnmatch(test, pattern):
                    command += options.split()
                    is_alone |= "--whole-user" in options
            lines.append(f"add_test({name} {quote(command)} -- "
                         f"{quote([args.runner, test])})")
            lines.append(f"set_tests_properties({name} PROPERTIES "
                         f"SKIP_RETURN_CODE 77 TIMEOUT {TIMEOUT_S} "
                         f"LABELS libuv"
                         + (" RESOURCE_LOCK libuv_suite)" if is_alone else ")"))
    pathlib.Path(args.output).write_text("\n".join(lines) + "\n")
    print(f"libuv's suite: {len(names) - len(absent)} of {len(names)} tests on "
          f"{', '.join(monitors)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("runner", "launch", "monitors", "libuv-version", "tests",
                   "runs", "output"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--keep", action="append", default=[])
    args = parser.parse_args()
    names = list_tests(args.runner)
    expected = read_rows("expect.tsv", 4)
    special = read_rows("launch.tsv", 3)
    check_rows(names, expected, "expect.tsv", args.libuv_version)
    check_rows(names, special, "launch.tsv", args.libuv_version)
    write_tests(args, names, expected, special)


if __name__ == "__main__":
    main()
