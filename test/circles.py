#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that no source files of the library need each other in a circle: reads
what each object defines and what it needs from the others.

  circles.py OBJECT...    exit 1 and one line for each circle
  circles.py --self-test  check that a circle is found

tables.c is left out: it is the list through which families and loop modules are
plugged in, so the loop reads it, and it names every module.
"""
import posixpath
import re
import subprocess
import sys

LEFT_OUT = {"tables.c"}
DEFINED = set("TDBRGSVWi")


def source_of(path):
    """The source of an object, from src/ on."""
    return posixpath.normpath(re.sub(r"^.*\.dir/(.*)\.o$", r"\1", path))


def read_objects(paths):
    """{source: (defined names, needed names)}"""
    names = {}
    for path in paths:
        source = source_of(path)
        if source in LEFT_OUT:
            continue
        defined, needed = set(), set()
        output = subprocess.run(["nm", "-P", path], check=True, text=True,
                                capture_output=True).stdout
        for line in output.splitlines():
            name, kind = line.split()[:2]
            if kind in DEFINED:
                defined.add(name)
            elif kind in "Uw":
                needed.add(name)
        names[source] = (defined, needed)
    return names


def arrows_of(names):
    """{source: {source that it needs: names}}"""
    home = {name: source for source, (defined, _) in names.items()
            for name in defined}
    arrows = {source: {} for source in names}
    for source, (_, needed) in names.items():
        for name in needed:
            target = home.get(name, source)
            if target != source:
                arrows[source].setdefault(target, set()).add(name)
    return arrows


def reachable(arrows, start):
    seen, todo = set(), [start]
    while todo:
        for target in arrows[todo.pop()]:
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def circles_of(arrows):
    """The sets of sources that need each other, each once."""
    below = {source: reachable(arrows, source) for source in arrows}
    found = []
    for source in sorted(arrows):
        members = {other for other in below[source] if source in below[other]}
        if members and members not in found:
            found.append(members)
    return found


def describe(arrows, members):
    lines = ["a circle of " + ", ".join(sorted(members))]
    for source in sorted(members):
        for target, names in sorted(arrows[source].items()):
            if target in members:
                lines.append(f"  {source} needs {', '.join(sorted(names))} "
                             f"of {target}")
    return "\n".join(lines)


def self_test():
    if source_of("/x/a.dir/./tables.c.o") not in LEFT_OUT:
        return "tables.c is not left out"
    names = {
        "a.c": ({"a"}, {"b", "printf"}),
        "b.c": ({"b"}, {"c"}),
        "c.c": ({"c"}, {"a"}),
        "d.c": ({"d"}, {"a"}),
    }
    found = circles_of(arrows_of(names))
    if found != [{"a.c", "b.c", "c.c"}]:
        return f"the circle of three was not found: {found}"
    names["c.c"] = ({"c"}, {"c"})
    found = circles_of(arrows_of(names))
    return f"found where there is none: {found}" if found else None


def main():
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    names = read_objects(sys.argv[1:])
    arrows = arrows_of(names)
    if not any(arrows.values()):
        sys.exit("no object needs another one: were they built for linking?")
    circles = circles_of(arrows)
    for members in circles:
        print(describe(arrows, members))
    sys.exit(1 if circles else 0)


if __name__ == "__main__":
    main()
