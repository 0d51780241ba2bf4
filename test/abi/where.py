#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The room of each public function: docs/where.md against the objects built.

  where.py BUILD_DIR DOC           fail when DOC is not what the objects say
  where.py --write BUILD_DIR DOC   write it
"""
import collections
import pathlib
import re
import subprocess
import sys

SRC = pathlib.Path(__file__).resolve().parents[2] / "src"
HEAD = """# Where each public function is

Made by `test/abi/where.py --write BUILD_DIR docs/where.md`; held true by the CTest `abi/where`.

| file below src/ | functions |
|---|---|
"""


def rooms(build):
    """{source file below src/: [public functions defined there]}"""
    found = collections.defaultdict(list)
    objects = pathlib.Path(build, "src/CMakeFiles").glob("pollux_*.dir/**/*.c.o")
    for path in sorted(objects):
        if "_without.dir" in str(path):
            continue  # Compiled once more, to be compared (test/cost/).
        source = re.sub(r".*?pollux_[^/]*\.dir/(.*)\.o$", r"\1", str(path))
        if not (SRC / source).exists():
            continue  # Left behind by an older build.
        names = subprocess.run(["nm", "-g", "--defined-only", str(path)],
                               check=True, capture_output=True, text=True)
        for line in names.stdout.splitlines():
            kind, name = line.split()[-2:]
            if kind in "TW" and re.match(r"(uv|pollux)_[a-z]|uv__node_", name):
                found[source].append(name)
    return found


def page(build):
    found = rooms(build)
    if not found:
        sys.exit(f"no objects below {build}/src")
    rows = [f"| {source} | {', '.join(f'`{n}`' for n in sorted(names))} |"
            for source, names in sorted(found.items())]
    return HEAD + "\n".join(rows) + "\n"


def main(arguments):
    write = arguments[:1] == ["--write"]
    build, doc = arguments[write:]
    text, doc = page(build), pathlib.Path(doc)
    if write:
        doc.write_text(text)
        return 0
    known = doc.read_text() if doc.exists() else ""
    if known == text:
        return 0
    for line in sorted(set(text.splitlines()) ^ set(known.splitlines())):
        print("differs:", line)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
