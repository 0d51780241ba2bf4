#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares argument checks with the distribution's libuv.

  compare.py --driver D --library LIB [--monitor M]   differences.tsv is right
  compare.py --driver D --library LIB --page PAGE     PAGE has Pollux's results
  compare.py --driver D --library LIB --page PAGE --write
  compare.py --covered --nm NM --library LIB --exempt TSV...
  compare.py --self-test

Every row of differences.tsv must differ in the way that it says, when the
reference is older than its version; every other case must be equal. Exit code
77: there is no reference.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "misuse")]
import covered  # noqa: E402
import run  # noqa: E402

TIMEOUT_S = 240
CASE = re.compile(r"\b(?:CASE|LATER|CALL|CALL_LATER|TEXT)\((uv_\w+),")


def parse(text):
    """{(function, case): result}"""
    rows = {}
    for line in text.splitlines():
        function, case, result = line.split("\t")
        if (function, case) in rows:
            sys.exit(f"twice in the table: {function}, {case}")
        rows[function, case] = result
    return rows


def results(driver, library, monitor):
    with tempfile.TemporaryDirectory(prefix="arguments-") as folder:
        env = run.environment(library, monitor, folder)
        work = pathlib.Path(folder) / "work"
        work.mkdir()
        done = subprocess.run([driver], cwd=work, env=env, text=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_S,
                              stdout=subprocess.PIPE, check=True)
    return parse(done.stdout)


def read_differences(text):
    """{(function, case): (before, result there, reason)}"""
    rows = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 5 or not all(fields):
            sys.exit(f"five columns are needed: {line}")
        if tuple(fields[:2]) in rows:
            sys.exit(f"listed twice: {fields[0]}, {fields[1]}")
        rows[tuple(fields[:2])] = tuple(fields[2:])
    return rows


def judge(theirs, ours, listed, version):
    faults = [f"only on one side: {key}" for key in theirs.keys() ^ ours.keys()]
    faults += [f"listed, but no case: {key}" for key in listed.keys()
               - ours.keys()]
    for key in theirs.keys() & ours.keys():
        differs = theirs[key] != ours[key]
        before, there, _ = listed.get(key, ("none", "", ""))
        applies = before == "any" or (before != "none" and run.numbers(version)
                                      < run.numbers(before))
        name = f"{key[0]}, {key[1]}: libuv {theirs[key]}, Pollux {ours[key]}"
        if differs and not applies:
            faults.append(f"differs: {name}")
        elif applies and not differs:
            faults.append(f"listed, but equal: {name}")
        elif applies and theirs[key] != there:
            faults.append(f"listed with {there}: {name}")
    return sorted(faults)


def page(ours, theirs, listed):
    head = (HERE / "page.md").read_text()
    lines = []
    for key, result in sorted(ours.items()):
        note = listed.get(key, ("", "", ""))[2]
        lines.append(f"| `{key[0]}` | {key[1]} | {result} | {theirs[key]} | "
                     f"{note} |")
    return head + "\n".join(lines) + "\n"


def read_page(text):
    rows = {}
    for line in text.splitlines():
        if line.startswith("| `uv_"):
            function, case, result = [f.strip() for f in line.split("|")[1:4]]
            rows[function.strip("`"), case] = result
    return rows


def check_page(path, ours):
    there = read_page(path.read_text())
    faults = [key for key in sorted(there.keys() | ours.keys())
              if there.get(key) != ours.get(key)]
    for key in faults:
        print(f"{key[0]}, {key[1]}: the page says {there.get(key)}, Pollux "
              f"{ours.get(key)}")
    return 1 if faults else 0


def check_covered(args):
    exported = {name for name in covered.exported_by(args.nm, args.library)
                if name.startswith("uv_")}
    names = {name for source in HERE.glob("*.c")
             for name in CASE.findall(covered.strip(source.read_text()))}
    text = "".join(path.read_text() for path in args.exempt)
    reasons, faults = covered.exempt(text)
    reasons = {name: why for name, why in reasons.items()
               if name.startswith("uv_") and name in exported
               and not (name in names and name not in own_names(args))}
    faults += covered.judge(exported, names, reasons)
    for fault in faults:
        print(fault)
    print(f"{len(exported)} functions: {len(names)} in the table, "
          f"{len(reasons)} exempt")
    return 1 if faults or len(exported) < 300 else 0


def own_names(args):
    """The last list is the table's own; what it exempts may not be there."""
    return covered.exempt(args.exempt[-1].read_text())[0]


def self_test():
    rows = {("uv_a", "x"): "0", ("uv_a", "y"): "EINVAL"}
    other = {**rows, ("uv_a", "y"): "abort"}
    listed = {("uv_a", "y"): ("1.50.0", "abort", "why")}
    assert parse("uv_a\tx\t0\nuv_a\ty\tEINVAL\n") == rows
    assert judge(rows, rows, {}, "1.44.2") == []
    assert len(judge(other, rows, {}, "1.44.2")) == 1
    assert judge(other, rows, listed, "1.44.2") == []
    assert len(judge(other, rows, listed, "1.50.0")) == 1
    assert judge(rows, rows, listed, "1.50.0") == []
    assert len(judge(rows, rows, listed, "1.44.2")) == 1
    wrong = {("uv_a", "y"): ("any", "crash", "why")}
    assert len(judge(other, rows, wrong, "1.44.2")) == 1
    gone = {("uv_b", "y"): ("any", "crash", "why")}
    assert len(judge(rows, rows, gone, "1.44.2")) == 1
    assert read_page(page(rows, other, listed)) == rows
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("driver", "library", "monitor", "nm"):
        parser.add_argument(f"--{option}", default="")
    parser.add_argument("--page", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--covered", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--exempt", nargs="*", type=pathlib.Path, default=[])
    args = parser.parse_args()
    if args.self_test:
        return self_test()
    if args.covered:
        return check_covered(args)
    if args.page and not args.write:
        return check_page(args.page, results(args.driver, args.library,
                                             args.monitor))
    reference = run.find_reference()
    if reference is None or not run.is_shared(reference):
        print("skipped: there is no shared libuv of the distribution's")
        return run.SKIP
    listed = read_differences((HERE / "differences.tsv").read_text())
    ours = results(args.driver, args.library, args.monitor)
    theirs = results(args.driver, reference, None)
    if args.page:
        args.page.write_text(page(ours, theirs, listed))
        return 0
    version = library_version(reference)
    faults = judge(theirs, ours, listed, version)
    print("\n".join(faults) or f"equal to libuv {version} but for "
          f"{len(listed)} of {len(ours)} cases")
    return 1 if faults else 0


def library_version(library):
    code = ("import ctypes, sys; f = ctypes.CDLL(sys.argv[1])"
            ".uv_version_string; f.restype = ctypes.c_char_p; "
            "print(f().decode())")
    return subprocess.run([sys.executable, "-c", code, library], text=True,
                          stdout=subprocess.PIPE, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
