#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which public functions the programs here use wrongly.

  covered.py --nm NM --library LIB --exempt TSV SOURCE...
  covered.py --self-test

A function is tested when it is the first one called inside ANSWERS(),
SURVIVES() or TRY() of a source. Every function that LIB exports has to be
either tested or in TSV (name, tab, reason), and none may be in both.
"""
import argparse
import pathlib
import re
import subprocess
import sys

WORD = re.compile(r"(?<!define )\b(?:ANSWERS|SURVIVES|TRY)\(")
NAME = re.compile(r"\b((?:uv|pollux)_\w+|uv__node_\w+)\s*\(")


def strip(text):
    """Without comments and the insides of strings."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return re.sub(r'"(?:\\.|[^"\\])*"', '""', text)


def inside(text, start):
    """What stands between the bracket that ends at `start` and its partner."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
    raise ValueError("a bracket is not closed")


def tested(text):
    text = strip(text)
    calls = (NAME.search(inside(text, word.end()))
             for word in WORD.finditer(text))
    return {call[1] for call in calls if call}


def exempt(text):
    """{name: reason}; a list of faults."""
    reasons, faults = {}, []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, reason = line.partition("\t")
        if not reason.strip():
            faults.append(f"exempt without a reason: {name}")
        if name in reasons:
            faults.append(f"exempt twice: {name}")
        reasons[name] = reason
    return reasons, faults


def judge(exported, names, reasons):
    rows = (("neither tested nor exempt", exported - names - set(reasons)),
            ("exempt, but tested", names & set(reasons)),
            ("exempt, but not exported", set(reasons) - exported),
            ("tested, but not exported", names - exported))
    return [f"{text}: {name}" for text, found in rows for name in sorted(found)]


def exported_by(nm, library):
    lines = subprocess.run([nm, "-D", "--defined-only", library], check=True,
                           text=True, stdout=subprocess.PIPE).stdout
    names = {line.split()[-1].split("@")[0] for line in lines.splitlines()}
    return {name for name in names if re.match(r"(uv|pollux)_", name)}


def self_test():
    source = """
      ANSWERS(UV_EBADF, uv_one(&loop, uv_inner(")")));
      /* ANSWERS(0, uv_no()) */
      SURVIVES(uv_two());  TRY(pollux_three(NULL));  uv_four();
      ANSWERS(1, strcmp("SURVIVES(uv_five())", uv_six()) == 0);
      #define ANSWERS(expected, call) answers(uv_seven())
    """
    assert tested(source) == {"uv_one", "uv_two", "pollux_three", "uv_six"}
    reasons, faults = exempt("# text\nuv_a\twhy\nuv_b\t\nuv_a\tagain\n")
    assert set(reasons) == {"uv_a", "uv_b"} and len(faults) == 2
    assert not judge({"uv_a", "uv_b"}, {"uv_a"}, {"uv_b": "why"})
    assert judge({"uv_a"}, set(), {}) == ["neither tested nor exempt: uv_a"]
    assert judge({"uv_a"}, {"uv_a"}, {"uv_a": ""}) == [
        "exempt, but tested: uv_a"]
    assert judge(set(), {"uv_a"}, {"uv_b": ""}) == [
        "exempt, but not exported: uv_b", "tested, but not exported: uv_a"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("nm", "library", "exempt"):
        parser.add_argument(f"--{option}")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("sources", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    if args.self_test:
        self_test()
        return 0
    exported = exported_by(args.nm, args.library)
    if len(exported) < 300:
        sys.exit(f"only {len(exported)} functions are exported")
    names = set().union(*(tested(path.read_text()) for path in args.sources))
    reasons, faults = exempt(pathlib.Path(args.exempt).read_text())
    faults += judge(exported, names, reasons)
    for fault in faults:
        print(fault)
    print(f"{len(exported)} functions: {len(names)} tested, "
          f"{len(reasons)} exempt")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
