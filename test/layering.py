#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the layer rule over #include lines: a file sees its own folder and the
layers below it, through the doors named here, and nothing else.

  layering.py ROOT         check ROOT/src; exit 1 and one line for each breach
  layering.py --self-test  check that breaches of each kind are found
"""
import pathlib
import re
import sys
import tempfile

# Folder: the folders it may include from, itself aside.
BELOW = {
    "base": set(),
    "unix/os": {"base", "unix/linux"},
    "unix/linux": {"base", "unix/os"},
    "unix/monitor": {"base", "unix/os", "unix/linux"},
    "unix/io": {"base", "unix/os", "unix/linux", "unix/monitor"},
    "loop": {"base", "unix/os", "unix/linux", "unix/io"},
    "unix/net": {"base", "unix/os", "unix/linux", "unix/io", "loop",
                 "unix/net/stream"},
    "unix/net/stream": {"base", "unix/os", "unix/linux", "unix/io", "loop"},
    "unix/net/udp": {"base", "unix/os", "unix/linux", "unix/io", "loop"},
    "unix/net/dns": {"base", "unix/os", "unix/linux", "unix/io", "loop"},
    "unix/fs": {"base", "unix/os", "unix/linux", "unix/io", "loop"},
    "unix/proc": {"base", "unix/os", "unix/linux", "unix/io", "loop"},
    "tool": set(),
}
FAMILIES = {"unix/net", "unix/net/stream", "unix/net/udp", "unix/net/dns",
            "unix/fs", "unix/proc"}
# Headers through which a folder is seen from the folders above it.
DOORS = {
    ("unix/io", "unix/monitor"): {"monitor.h", "shell.h", "choice.h", "ticket.h"},
    ("loop", "unix/io"): {"io.h", "wake.h", "control.h", "recorder.h"},
    ("unix/net", "unix/net/stream"): {"stream.h"},
    **{(family, "unix/io"): {"io.h", "wake.h", "recorder.h"} for family in FAMILIES},
}
# One header each, although the folder is not below.
EXCEPTIONS = {
    ("unix/proc", "unix/net/stream/stream.h"),
    ("tool", "base/live-page.h"),
    ("tool", "base/histogram.h"),
    ("tool", "base/atomics.h"),
}
# Headers that are not in src/, and the folders that may include them.
OUTSIDE = {
    "pollux.h": {"loop", "tool", ""},
    "../include/pollux.h": {"loop", "tool", ""},
    "monitors.inc": {"unix/monitor"},
    "uv.h": {"base/abi.h"},
}
# All that base and loop may have of the system.
LIBC = {f"{name}.h" for name in
        "assert ctype errno float inttypes limits math signal stdalign stdarg "
        "stdbool stddef stdint stdio stdlib string time".split()}
# Probe points are macros of one header, for every layer.
SYSTEM_EXCEPTIONS = {("base/trace.h", "sys/sdt.h")}
SYSTEM_IFDEF = re.compile(r"#\s*(if|ifdef|ifndef|elif)\b.*\b(__linux__|__linux|"
                          r"__APPLE__|__FreeBSD__|__OpenBSD__|__NetBSD__|"
                          r"__DragonFly__|__sun|_AIX|_WIN32|__ANDROID__|__MVS__|"
                          r"__GLIBC__|__unix__)\b")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    return path.rpartition("/")[0]


def judge_own(source, folder, target):
    """Why may `source` not include our header `target`? None: it may."""
    if target in OUTSIDE:
        allowed = OUTSIDE[target]
        if folder in allowed or source in allowed:
            return None
        return f"only {', '.join(sorted(allowed)) or 'tables.c'} may include it"
    there = folder_of(target)
    if there == "tool" and folder != "tool":
        return "the command stands beside the library, which knows nothing of it"
    if folder == "" or there == folder or (folder, target) in EXCEPTIONS:
        return None
    if there not in BELOW[folder]:
        if there in FAMILIES and folder in FAMILIES:
            return "handle families are strangers to each other"
        return f"{there}/ is not below {folder}/"
    doors = DOORS.get((folder, there))
    if doors is not None and target.rpartition("/")[2] not in doors:
        return f"{folder}/ sees of {there}/ only {', '.join(sorted(doors))}"
    return None


def judge_system(source, folder, target):
    if target == "uv.h" or target.startswith("uv/"):
        return "uv.h is included through base/abi.h"
    if (source, target) in SYSTEM_EXCEPTIONS:
        return None
    if folder in ("base", "loop") and target not in LIBC:
        return f"{folder}/ includes no system header beyond libc's basics"
    return None


def check_file(src, path):
    source = path.relative_to(src).as_posix()
    folder = folder_of(source)
    if folder not in BELOW and folder != "":
        return [f"{source}: {folder}/ is no layer that layering.py knows"]
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        why = None
        match = INCLUDE.match(line)
        if match and match[1] == "<":
            why = judge_system(source, folder, match[2])
        elif match:
            why = judge_own(source, folder, match[2])
            if not why and match[2] not in OUTSIDE \
                    and not (src / match[2]).is_file():
                why = "includes are written from src/, and this is not there"
        elif SYSTEM_IFDEF.match(line.strip()) and source != "base/abi.h":
            why = "a system #ifdef; only base/abi.h and CMake know systems"
        if why:
            found.append(f"{source}:{number}: {line.strip()}: {why}")
    return found


def check(root):
    src = pathlib.Path(root) / "src"
    files = sorted([*src.rglob("*.c"), *src.rglob("*.h")])
    if not files:
        return ["there are no sources"]
    return [breach for path in files for breach in check_file(src, path)]


def self_test():
    """Each wrong line, in the file named, must be found; each right one not."""
    wrong = [
        ("base/x.c", '#include "unix/os/x.h"'),
        ("base/x.c", "#include <sys/socket.h>"),
        ("base/x.c", '#include "uv.h"'),
        ("base/x.c", "#include <uv.h>"),
        ("base/x.c", "#ifdef __linux__"),
        ("loop/x.c", '#include "unix/monitor/monitor.h"'),
        ("loop/x.c", '#include "unix/io/fdtable.h"'),
        ("loop/x.c", "#include <pthread.h>"),
        ("unix/io/x.c", '#include "unix/monitor/inner.h"'),
        ("unix/io/x.c", '#include "loop/x.h"'),
        ("unix/net/x.c", '#include "unix/fs/x.h"'),
        ("unix/net/x.c", '#include "unix/proc/x.h"'),
        ("unix/fs/x.c", '#include "unix/net/stream/stream.h"'),
        ("unix/proc/x.c", '#include "unix/net/stream/parts.h"'),
        ("unix/net/x.c", '#include "unix/net/stream/parts.h"'),
        ("unix/net/stream/x.c", '#include "unix/net/tcp.h"'),
        ("unix/net/udp/x.c", '#include "unix/net/stream/stream.h"'),
        ("unix/os/x.c", '#include "x.h"'),
        ("unix/os/x.c", '#include "pollux.h"'),
        ("unix/what/x.c", ""),
        ("tool/x.c", '#include "base/text.h"'),
        ("tool/x.c", '#include "loop/x.h"'),
        ("tool/x.c", '#include "unix/os/x.h"'),
        ("tool/x.c", "#include <uv.h>"),
        ("loop/x.c", '#include "tool/x.h"'),
        ("tables.c", '#include "tool/x.h"'),
    ]
    right = [
        ("base/abi.h", '#include "uv.h"'),
        ("base/x.c", "#include <string.h>"),
        ("unix/proc/x.c", '#include "unix/net/stream/stream.h"'),
        ("unix/net/x.c", '#include "unix/io/io.h"'),
        ("unix/net/x.c", "#include <sys/socket.h>"),
        ("unix/net/x.c", '#include "unix/net/stream/stream.h"'),
        ("unix/net/udp/x.c", '#include "unix/io/io.h"'),
        ("tables.c", '#include "unix/net/stream/stream.h"'),
        ("tool/x.c", '#include "pollux.h"'),
        ("tool/x.c", '#include "tool/x.h"'),
        ("tool/x.c", "#include <sys/socket.h>"),
    ]
    headers = ["unix/os/x.h", "unix/monitor/monitor.h", "unix/monitor/inner.h",
               "unix/io/fdtable.h", "unix/io/io.h", "loop/x.h", "unix/fs/x.h",
               "unix/proc/x.h", "unix/net/tcp.h", "unix/net/stream/stream.h",
               "unix/net/stream/parts.h", "tool/x.h", "base/text.h"]
    failed = 0
    for lines, is_wrong in ((wrong, True), (right, False)):
        for name, line in lines:
            with tempfile.TemporaryDirectory() as root:
                for path in [*headers, name]:
                    file = pathlib.Path(root, "src", path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(line + "\n" if path == name else "")
                if bool(check(root)) != is_wrong:
                    failed += 1
                    print(f"{name}: {line}: "
                          f"{'not found' if is_wrong else check(root)}")
    return failed


def main():
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(1 if self_test() else 0)
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    breaches = check(sys.argv[1])
    for breach in breaches:
        print(breach)
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
