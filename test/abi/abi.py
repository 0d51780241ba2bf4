#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks libuv.so.1 from outside, as a loader or a program sees it.

  abi.py exports   it exports what the headers declare, what base/abi.h adds for
                   newer headers, pollux_* of pollux.h, one weak name that Node
                   looks up, and nothing else; and all that the distribution's
                   library exports
  abi.py needed    at run time it needs libc and nothing else; its SONAME
  abi.py abidiff   abidiff finds no incompatible change from the distribution's
"""
import argparse
import pathlib
import re
import subprocess
import sys

SKIP = 77
WEAK = "uv__node_patch_is_using_io_uring"
DECLARATION = re.compile(r"\b(?:UV|POLLUX)_EXTERN\b([^;{]*?)\b"
                         r"((?:uv|pollux)_\w+)\s*\(", re.S)
LIBC = re.compile(r"^(libc\.so\.6|ld-linux[-\w]*\.so\.\d|libc\.musl-.*|"
                  r"ld-musl-.*)$")


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP)


def output_of(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def strip_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def declared_in(path):
    text = strip_comments(path.read_text())
    # Lines of the preprocessor (the definition of UV_EXTERN) declare nothing.
    text = re.sub(r"^[ \t]*#(?:.*\\\n)*.*$", "", text, flags=re.M)
    return {match[2] for match in DECLARATION.finditer(text)}


def declared(args):
    names = set()
    headers = [args.include / "uv.h",
               *(path for path in (args.include / "uv").glob("*.h")
                 if path.name not in ("win.h", "tree.h"))]
    for header in headers:
        names |= declared_in(header)
    if len(names) < 300:
        sys.exit(f"only {len(names)} functions were found in {args.include}")
    newer = declared_in(args.root / "src/base/abi.h")
    own = declared_in(args.root / "include/pollux.h")
    if not own:
        sys.exit("no function was found in include/pollux.h")
    return names | newer | own | {WEAK}


def exported(nm, library):
    """Name to nm's letter, of each defined dynamic symbol."""
    lines = output_of(nm, "-D", "--defined-only", library).splitlines()
    fields = [line.split() for line in lines]
    return {field[-1].split("@")[0]: field[-2] for field in fields
            if field[-2] != "A"}


def report(text, names):
    for name in sorted(names):
        print(f"{text}: {name}")
    return len(names)


def check_exports(args):
    there = exported(args.nm, args.library)
    names = set(there)
    if args.sanitizers:
        names = {name for name in names
                 if not re.match(r"__(asan|tsan|ubsan|odr|sancov)", name)}
    wanted = declared(args)
    failed = report("declared, but not exported", wanted - names)
    failed += report("exported, but not declared", names - wanted)
    if there.get(WEAK) not in ("W", "V"):
        failed += 1
        print(f"{WEAK} is not a weak symbol")
    if args.packaged:
        theirs = {name for name in exported(args.nm, args.packaged)
                  if name.startswith("uv_")}
        failed += report(f"exported by {args.packaged}, but not by us",
                         theirs - names)
        print(f"compared with {len(theirs)} functions of {args.packaged}")
    print(f"{len(names)} names are exported, {len(wanted)} should be")
    sys.exit(1 if failed else 0)


def check_needed(args):
    text = output_of(args.readelf, "-d", args.library)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", text)
    soname = re.findall(r"\(SONAME\).*\[(.*)\]", text)
    print(f"SONAME {soname}, needs {needed}")
    if soname != ["libuv.so.1"]:
        sys.exit("the SONAME is not libuv.so.1")
    if args.sanitizers:
        skip("a sanitizer's library is needed in this build")
    foreign = [name for name in needed if not LIBC.match(name)]
    if foreign or not needed:
        sys.exit(f"it needs more than libc: {foreign}")


def check_abidiff(args):
    if not args.packaged:
        skip("the distribution's libuv.so.1 is not installed")
    if not args.abidiff or args.abidiff.endswith("-NOTFOUND"):
        skip("abidiff is not installed (Debian's package abigail-tools)")
    result = subprocess.run([args.abidiff, "--no-added-syms", args.packaged,
                             args.library])
    # Bits of abidiff's exit status: 1, 2 it failed; 4 changes; 8 incompatible.
    print(f"abidiff's exit status: {result.returncode}")
    sys.exit(1 if result.returncode & ~4 else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("check", choices=("exports", "needed", "abidiff"))
    for option in ("library", "packaged", "nm", "readelf", "abidiff",
                   "sanitizers"):
        parser.add_argument(f"--{option}", default="")
    parser.add_argument("--include", type=pathlib.Path)
    parser.add_argument("--root", type=pathlib.Path)
    args = parser.parse_args()
    if args.packaged.endswith("-NOTFOUND"):
        args.packaged = ""
    {"exports": check_exports, "needed": check_needed,
     "abidiff": check_abidiff}[args.check](args)


if __name__ == "__main__":
    main()
