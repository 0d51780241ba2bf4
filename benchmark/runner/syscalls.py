# SPDX-License-Identifier: MIT
"""System calls per operation, in a run of its own that is not timed.

The program marks the measured part by a call the kernel refuses; strace writes
every call of all threads, and what lies between the marks is counted. Tracing
slows the program much: a busy poll that would hit misses here, so the count is
an upper bound where spinning is on.
"""
import collections
import os
import re
import shutil
import tempfile

MARK = re.compile(r"prctl\(0x504f4c58[^,]*, (?:0x)?([12])\b")
CALL = re.compile(r"^\d+ +(?:[\d.]+ +)?([a-z_0-9]+)\(")


def why_not():
    """The reason that nothing can be counted, or ""."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    if os.system("strace -o /dev/null true 2>/dev/null") != 0:
        return "strace may not trace here (ptrace is forbidden)"
    return ""


def count_lines(lines):
    """Calls between the two marks, by name; None if a mark is absent."""
    calls = collections.Counter()
    state = 0
    for line in lines:
        mark = MARK.search(line)
        if mark:
            state = int(mark.group(1))
            if state == 2:
                return calls
            continue
        call = CALL.match(line) if state == 1 else None
        if call:
            calls[call.group(1)] += 1
    return None


def count(program, column, case):
    """The metrics of a case as Run.values are: syscalls, and each that matters."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "trace")
        run = program.run(column, case, quick=False,
                          wrap=("strace", "-f", "-qq", "-s", "0", "-o", log),
                          extra=("--count",))
        if not os.path.exists(log):
            return []
        with open(log, errors="replace") as file:
            calls = count_lines(file)
    ops = [value for _, metric, value, _ in run.values if metric == "ops"]
    if calls is None or not ops or ops[0] == 0:
        return []
    values = [(case, "syscalls", sum(calls.values()) / ops[0], "/op")]
    for name, times in calls.most_common(8):
        if times / ops[0] < 0.01:
            break
        values.append((case, "syscall." + name, times / ops[0], "/op"))
    return values
