#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a test of libuv's suite with every process of it under valgrind.

  valgrind.py VALGRIND LOGS RUNNER TEST

In place of the runner, for launcher.c. The runner starts itself again for the test
and for each helper, by the name it was called by; it gets the name of
valgrind.sh. Exit code: the runner's; 1 when valgrind found an error.

Leaks count in the test's own process only, unless it skips itself: helpers are
ended by a signal, children end without cleaning up, and a forked one has a copy
of what its parent had.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ERROR = re.compile(r"^==(\d+)== error-begins\n(.*?)^==\1== error-ends\n",
                   re.DOTALL | re.MULTILINE)
LEAK = re.compile(r" in loss record \d[\d,]* of ")
SKIP = 7  # TEST_SKIP of the suite's task.h.
ERRORS_MAX = 10  # Printed of a test.


def errors_in(logs, is_skip):
    """What counts, as texts."""
    main = logs / "main"
    main_pid = None
    if main.exists() and not is_skip:
        main_pid = main.read_text().strip()
    for log in sorted(logs.iterdir()):
        for pid, text in ERROR.findall(log.read_text(errors="replace")):
            if pid == main_pid or not LEAK.search(text):
                yield f"{log.name}:\n{text}"


def main():
    valgrind, logs, runner, test = sys.argv[1:]
    logs = pathlib.Path(logs)
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    logs.chmod(0o777)  # Some tests change their user.
    env = dict(os.environ, POLLUX_VALGRIND=valgrind,
               POLLUX_VALGRIND_LOGS=str(logs), POLLUX_VALGRIND_RUNNER=runner)
    code = subprocess.run([str(HERE / "valgrind.sh"), test], executable=runner,
                          env=env).returncode
    if code in (0, SKIP) and not (logs / "main").exists():
        sys.exit("valgrind.sh was not started, so nothing was looked at")
    found = list(errors_in(logs, code == SKIP))
    for text in found[:ERRORS_MAX]:
        print("valgrind,", text)
    if len(found) > ERRORS_MAX:
        print(f"and {len(found) - ERRORS_MAX} more in {logs}")
    if not found and code in (0, SKIP):
        shutil.rmtree(logs)
    sys.exit(1 if found else code if code >= 0 else 255)


main()
