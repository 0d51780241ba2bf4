#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Are the counters' names and their order the same in include/pollux.h, on the
line of POLLUX_STATS, and in the table of docs/environment.md?

  counters.py --library libuv.so.1 --root ROOT   exit 1 and one line per breach
  counters.py --self-test                        breaches of each kind are found
"""
import argparse
import ctypes
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def fields_of(header):
    """The fields of pollux_counters_t, in order."""
    body = re.search(r"struct pollux_counters_s \{(.*?)\} pollux_counters_t;",
                     header, re.S)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    names = []
    for kind, list_of_names in re.findall(r"(\w+)\s+([^;]+);", body):
        if kind != "uint64_t":
            raise SystemExit(f"a counter of another type: {kind}")
        names += [name.strip() for name in list_of_names.split(",")]
    return names


def words_of(line):
    """The words of a stats line between the monitor and the reason."""
    found = re.fullmatch(r"pollux: pid=\d+ monitor=\w+ (.*) reason=.*\n", line)
    if found is None:
        return []
    return [word.partition("=")[0] for word in found[1].split(" ")]


def rows_of(page):
    """The first column of the table of words."""
    table = re.search(r"^\| word \| .*\n\|---.*\n((?:\|.*\n)+)", page, re.M)
    return re.findall(r"^\| `(\w+)` \|", table[1], re.M) if table else []


def breaches(header, line, page):
    fields = fields_of(header)
    found = []
    for where, names in (("the stats line", words_of(line)),
                         ("docs/environment.md", rows_of(page))):
        if names != fields:
            found.append(f"{where} has {names},\nand pollux.h {fields}")
    return found


def close_a_loop(library):
    """In a process of its own: its one loop writes its line."""
    uv = ctypes.CDLL(library)
    loop = ctypes.create_string_buffer(uv.uv_loop_size())
    if uv.uv_loop_init(loop) != 0 or uv.uv_loop_close(loop) != 0:
        raise SystemExit("the loop does not open and close")


def line_of(library):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stats")
        subprocess.run([sys.executable, __file__, "--close-a-loop", library],
                       env=dict(os.environ, POLLUX_STATS=path), check=True)
        with open(path, encoding="utf-8") as file:
            return file.read()


def self_test():
    header = ("typedef struct pollux_counters_s {\n  /* One; two. */\n"
              "  uint64_t a, b;\n  uint64_t c;\n} pollux_counters_t;\n")
    line = "pollux: pid=1 monitor=poll a=1 b=2 c=3 reason=auto; x=y\n"
    page = "| word | what |\n|---|---|\n| `a` | |\n| `b` | |\n| `c` | |\n\n"
    assert fields_of(header) == ["a", "b", "c"]
    assert breaches(header, line, page) == []
    for wrong in (line.replace("a=1 b=2", "b=2 a=1"), line.replace(" c=3", ""),
                  line.replace(" c=3", " c=3 d=4"), ""):
        assert len(breaches(header, wrong, page)) == 1, wrong
    for wrong in (page.replace("`b`", "`x`"), page.replace("| `c` | |\n", ""),
                  ""):
        assert len(breaches(header, line, wrong)) == 1, wrong


def main():
    parser = argparse.ArgumentParser()
    for name in ("library", "root", "sanitizers", "close-a-loop"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        self_test()
        return 0
    if options.close_a_loop:
        close_a_loop(options.close_a_loop)
        return 0
    if options.sanitizers:
        print("skipped: Python cannot load a library with sanitizers")
        return 77
    root = pathlib.Path(options.root)
    found = breaches((root / "include/pollux.h").read_text(encoding="utf-8"),
                     line_of(options.library),
                     (root / "docs/environment.md").read_text(encoding="utf-8"))
    print("\n".join(found))
    return 1 if found else 0


sys.exit(main())
