#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the sizes of CONTRIBUTING.md: a file of src/ has at most 400 lines, a
function at most 45, and nine functions of ten at most 20.

  sizes.py ROOT          0 when all is within; else one line for each fault
  sizes.py --self-test   finds what is made too long on purpose
"""
import pathlib
import re
import sys

FILE_MAX = 400
FUNCTION_MAX = 45
P90_MAX = 20
# The one longer file, with the most it may have and the reason.
LONGER = {}  # Files that may be longer, each with its reason.


def functions(text):
    """(name, line count) of each function: signature, body and brace."""
    start = name = None
    is_inside = False
    for number, line in enumerate(text.splitlines()):
        if not is_inside:
            head = re.match(r"[A-Za-z_][^#;]*?(\w+)\(", line)
            if head:
                start, name = number, head.group(1)
            if start is not None and line.endswith(") {"):
                is_inside = True
            elif line.endswith(";") or line.startswith("}"):
                start = None
        elif line == "}":
            yield name, number - start + 1
            start, is_inside = None, False


def faults(files):
    """`files`: (name, text)."""
    sizes = []
    for name, text in files:
        count = text.count("\n")
        most = LONGER.get(name, FILE_MAX)
        if count > most:
            yield f"{name}: {count} lines, more than {most}"
        for function, size in functions(text):
            sizes.append(size)
            if size > FUNCTION_MAX:
                yield (f"{name}: {function}() has {size} lines, more than "
                       f"{FUNCTION_MAX}")
    if not sizes:
        yield "no function was found"
        return
    p90 = sorted(sizes)[len(sizes) * 9 // 10]
    if p90 > P90_MAX:
        yield f"one function in ten has {p90} lines or more, not {P90_MAX}"


def function(lines, head="static int f(int a,\n             int b)"):
    body = lines - 1 - head.count("\n") - 1
    return f"{head} {{\n" + "  a++;\n" * body + "}\n"


def self_test():
    short = function(10) * 20
    cases = [
        ([("src/a.c", short)], []),
        ([("src/a.c", "\n" * 401 + short[:0]), ("src/b.c", short)],
         ["src/a.c: 401 lines"]),
        ([("src/a.c", short + function(46, "int g(void)"))],
         ["src/a.c: g() has 46"]),
        ([("src/a.c", function(45) + short)], []),
        ([("src/a.c", short + function(21) * 3)], ["one function in ten"]),
        ([("src/a.c", "int a;\n")], ["no function"]),
    ]
    is_good = True
    for files, wanted in cases:
        found = list(faults(files))
        if len(found) != len(wanted) or not all(
                one.startswith(start) for one, start in zip(found, wanted)):
            print(f"wanted {wanted}, found {found}")
            is_good = False
    return is_good


def main():
    if sys.argv[1] == "--self-test":
        sys.exit(0 if self_test() else 1)
    root = pathlib.Path(sys.argv[1])
    found = list(faults(
        (path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted((root / "src").rglob("*.[ch]"))))
    print(*found, sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
