# SPDX-License-Identifier: MIT
"""What the tests of real programs share.

Each test is called as `NAME.py MONITOR FOLDER [ARGUMENT...]`: it runs a program
with FOLDER's libuv.so.1 on MONITOR and checks what it printed. MONITOR may be
`distribution` when FOLDER has another libuv.so.1, or is `-` for the one that the
program's packages bring: the same script shows what libuv does.

A program lives in the tree that fetch.py made, or on the machine. Each test works
in a folder of its own that is gone afterwards. That Pollux, and which monitor of
it, did the work is read from the lines of POLLUX_STATS and not assumed.
"""
import atexit
import glob
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import fetch

# A test takes seconds on a quiet machine. The limit is for a hang, so it leaves
# room for a machine that is slow or busy.
PATIENCE = 120
# What a kernel or a sandbox says that has no io_uring; not a bug of Pollux.
NOT_HERE = re.compile(r"refused: (ENOSYS|EPERM|EACCES|UV_USE_IO_URING|ENOMEM)")


def skip(reason):
    print("skipped: " + reason)
    sys.exit(fetch.SKIP)


def fail(reason, *outputs):
    print("FAILED: " + reason)
    for output in outputs:
        print(output)
    sys.exit(1)


def free_port():
    """A port of 127.0.0.1 that is free for TCP and UDP, below the range the
    kernel hands out by itself, so that a parallel test hardly gets it next."""
    for port in random.sample(range(10000, 30000), 1000):
        with socket.socket() as tcp, \
                socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    fail("no free port on 127.0.0.1")


class App:
    def __init__(self, name, needs=None):
        """The program `name` of packages.tsv, or `needs`, one of the machine."""
        if len(sys.argv) < 3:
            sys.exit(__doc__)
        self.monitor, self.folder, *self.arguments = sys.argv[1:]
        self.tree = None if needs else find_tree(name)
        self.libraries = [] if self.folder == "-" else [self.folder]
        if self.tree:
            self.libraries += glob.glob(self.tree + "/usr/lib/*-linux-gnu*")[:1]
        self.work = tempfile.mkdtemp(prefix=f"pollux-{name}-")
        atexit.register(shutil.rmtree, self.work, ignore_errors=True)
        # A test of setuid() looks into it as another user.
        os.chmod(self.work, 0o755)
        self.stats = self.work + "/stats"
        self.env = {**os.environ, "HOME": self.work, "TMPDIR": self.work,
                    "LC_ALL": "C.UTF-8",
                    "LD_LIBRARY_PATH": ":".join(self.libraries)}
        for key in [key for key in self.env if key.startswith("POLLUX_")]:
            del self.env[key]
        if self.monitor != "distribution":
            open(self.stats, "w", encoding="ascii").close()
            os.chmod(self.stats, 0o666)
            self.env.update(POLLUX_MONITOR=self.monitor, POLLUX_STATS=self.stats)

    def path(self, *names):
        return os.path.join(self.work, *names)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def start(self, words, **options):
        """A process in a group of its own, so that all of it can be ended."""
        process = subprocess.Popen(
            words, env=options.pop("env", self.env), start_new_session=True,
            cwd=options.pop("cwd", self.work), stdin=subprocess.DEVNULL,
            encoding="utf-8", errors="replace", **options)
        atexit.register(end_group, process)
        return process

    def run(self, words, expect=0, timeout=PATIENCE, **options):
        """What it printed, both streams together, once its exit code is right."""
        process = self.start(words, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, **options)
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            end_group(process)
            output, _ = process.communicate()
            fail(f"{words[0]} did not end within {timeout} s", output)
        if process.returncode != expect:
            fail(f"{' '.join(words[:3])} ended with {process.returncode},"
                 f" not {expect}", output)
        return output

    def check_monitor(self, least=1):
        """At least that many loops have run on the monitor, and on no other."""
        if self.monitor == "distribution":
            print("no monitor to check: this is another libuv")
            return
        with open(self.stats, encoding="utf-8") as file:
            lines = [line for line in file if line.startswith("pollux: ")]
        used = [line for line in lines if " monitor=none " not in line]
        others = [line for line in used
                  if f" monitor={self.monitor} " not in line]
        if others and all(NOT_HERE.search(line) for line in others):
            skip(f"{self.monitor} cannot be had here: "
                 + others[0].split(" reason=")[1].strip())
        if others or len(used) < least:
            fail(f"{len(used)} loops ran, {len(others)} of them not on"
                 f" {self.monitor}; at least {least} should have", *lines)
        events = sum(int(re.search(r" events=(\d+)", line)[1]) for line in used)
        print(f"{len(used)} loops on {self.monitor}, {events} events")


def find_tree(name):
    cache = fetch.find_cache(os.environ.get("POLLUX_APPS_FALLBACK"))
    if fetch.is_there(cache, name, fetch.read_packages()[name]):
        return f"{cache}/{name}"
    try:
        with open(f"{cache}/{name}.reason", encoding="utf-8") as file:
            reason = file.read()
    except OSError:
        reason = "test/apps/fetch.py has not run"
    skip(f"the packages of {name} cannot be had: {reason}")


def end_group(process):
    """Nothing that a test has started outlives it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.poll()


def wait_for(what, is_so, timeout=PATIENCE):
    """Ask again and again until it is true; returns what was then answered."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        answer = is_so()
        if answer:
            return answer
        time.sleep(0.05)
    fail(f"waited {timeout} s in vain for {what}")


def expect(output, *patterns):
    """Every pattern is found in the output, in that order."""
    at = 0
    for pattern in patterns:
        found = re.compile(pattern, re.MULTILINE).search(output, at)
        if not found:
            fail(f"the output has no (more) /{pattern}/", output)
        at = found.end()
