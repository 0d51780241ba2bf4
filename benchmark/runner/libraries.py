# SPDX-License-Identifier: MIT
"""What is compared: each column is one libuv.so.1 with one environment.

A library that exports pollux_monitor_name is a Pollux: it becomes a column per
monitor and busy-polling setting. The first column is the reference.
"""
import dataclasses
import os
import subprocess
import sys

MONITORS = ("poll", "epoll", "io_uring")
# What busy polling is asked for; "default" leaves the variable unset.
SPIN_NS = {"off": "0", "default": None, "on": "50000"}
SUFFIX = {"off": "", "default": "+default", "on": "+spin"}
# Of the surroundings, these would change what is measured.
CLEARED = ("POLLUX_MONITOR", "POLLUX_POLL_MAX_NS", "POLLUX_STATS",
           "UV_USE_IO_URING", "UV_THREADPOOL_SIZE", "LD_PRELOAD")


@dataclasses.dataclass
class Column:
    name: str
    path: str            # Of the library, symbolic links resolved.
    folder: str          # For LD_LIBRARY_PATH.
    env: dict
    is_pollux: bool
    monitor: str = ""
    spin: str = ""
    version: str = ""

    def environment(self):
        env = {k: v for k, v in os.environ.items() if k not in CLEARED}
        return {**env, **self.env, "LD_LIBRARY_PATH": self.folder}

    def as_json(self):
        return dataclasses.asdict(self)


def find_system_library():
    """The distribution's libuv.so.1 as the loader finds it, or None. An installed
    Pollux may stand before it, and is passed over."""
    tools = ("/sbin/ldconfig", "/usr/sbin/ldconfig", "ldconfig")
    for tool in tools:
        try:
            text = subprocess.run([tool, "-p"], capture_output=True, text=True,
                                  check=True).stdout
        except (OSError, subprocess.CalledProcessError):
            continue
        for line in text.splitlines():
            if line.strip().startswith("libuv.so.1 ") and "=>" in line:
                path = line.split("=>")[1].strip()
                if os.path.isfile(path) and not is_pollux(path):
                    return path
    return None


def is_pollux(path):
    with open(path, "rb") as file:
        return b"pollux_monitor_name" in file.read()


def version_of(column):
    """Asked in a process of its own: the library stays out of ours."""
    code = ("import ctypes, sys; uv = ctypes.CDLL(sys.argv[1]); "
            "f = uv.uv_version_string; f.restype = ctypes.c_char_p; "
            "print(f().decode())")
    done = subprocess.run([sys.executable, "-c", code, column.path],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {column.path} is no libuv: "
                 f"{done.stderr.strip().splitlines()[-1:]}")
    return done.stdout.strip()


def link(name, path, folder):
    """A folder that has nothing but this library, under the soname."""
    here = os.path.join(folder, name)
    os.makedirs(here, exist_ok=True)
    target = os.path.join(here, "libuv.so.1")
    if os.path.lexists(target):
        os.unlink(target)
    os.symlink(path, target)
    return here


def expand(name, path, folder, monitors, spins, prefix):
    real = os.path.realpath(path)
    if not os.path.isfile(real):
        sys.exit(f"bench: {path}: no such library")
    here = link(name, real, folder)
    if not is_pollux(real):
        return [Column(name, real, here, {}, False)]
    columns = []
    for monitor in monitors:
        for spin in spins:
            env = {"POLLUX_MONITOR": monitor}
            if SPIN_NS[spin] is not None:
                env["POLLUX_POLL_MAX_NS"] = SPIN_NS[spin]
            columns.append(Column(prefix + monitor + SUFFIX[spin], real, here,
                                  env, True, monitor, spin))
    return columns


def columns_of(asked, ours, folder, monitors, spins):
    """asked: [(name, path)] of --lib; ours: this build's library."""
    asked = list(asked)
    if not asked:
        system = find_system_library()
        if system is None:
            print("bench: there is no libuv.so.1 of the system to compare "
                  "with; install libuv1 or give one by --lib NAME=PATH")
        else:
            asked.append(("libuv", system))
    if "pollux" not in [name for name, _ in asked]:
        asked.append(("pollux", ours))
    columns = []
    for name, path in asked:
        # Ours needs no name before the monitor's; a second Pollux does.
        prefix = "" if name == "pollux" else name + ":"
        columns += expand(name, path, folder, monitors, spins, prefix)
    for column in columns:
        column.version = version_of(column)
    return columns
