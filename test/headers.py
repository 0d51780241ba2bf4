#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each header of ours compiles alone, and twice in a row.

  headers.py ROOT COMPILER FLAG...
"""
import pathlib
import subprocess
import sys


def main():
    root, compiler, flags = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    headers = sorted([*root.glob("src/**/*.h"), *root.glob("include/*.h")])
    if not headers:
        sys.exit("there are no headers")
    failed = 0
    for header in headers:
        source = f'#include "{header}"\n#include "{header}"\n'
        result = subprocess.run(
            [compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-x", "c",
             "-fsyntax-only", *flags, "-"], input=source, text=True)
        if result.returncode != 0:
            failed += 1
            print(f"{header.relative_to(root)} does not compile alone")
    print(f"{len(headers) - failed} of {len(headers)} headers compile alone")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
