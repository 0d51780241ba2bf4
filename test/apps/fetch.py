#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Gets the Debian programs that the tests run, without installing anything.

  fetch.py [--fallback DIR] [NAME...]   all of packages.tsv, or those named

Each program becomes a tree of its own, CACHE/apps/NAME, with the packages that
packages.tsv lists and the libraries these need, but never libc. The packages are
kept beside the trees (CACHE/apps/debs) and used again. CACHE is as in
scripts/libuv-package: $POLLUX_CACHE_DIR, else $XDG_CACHE_HOME/pollux, else
~/.cache/pollux; DIR where that cannot be written.

apt does the work with a configuration of its own (lists, status and sources), so
that nothing of the system's apt changes: main of Debian 12, from the mirror that
this machine is set up with already. What cannot be had is said in one line, kept
in CACHE/apps/NAME.reason for the tests that need it, and the exit code is 77.
"""
import argparse
import contextlib
import fcntl
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SUITE = "bookworm"
KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"
SKIP = 77
# Closely tied to the machine (libc), or not needed by what runs here.
UNWANTED = re.compile(r"libc6|libgcc-s1|libstdc\+\+6|libcrypt1|libpython3|libperl")


class CannotHave(Exception):
    """A program that cannot be had, with the reason."""


def find_cache(fallback):
    home = os.environ.get("HOME")
    caches = os.environ.get("XDG_CACHE_HOME") or (home and home + "/.cache")
    wanted = (os.environ.get("POLLUX_CACHE_DIR") or
              (caches and caches + "/pollux"))
    for folder in (wanted, fallback):
        if not folder:
            continue
        folder = os.path.abspath(folder) + "/apps"
        with contextlib.suppress(OSError):
            os.makedirs(folder, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    sys.exit(f"fetch: cannot write to {wanted}; set POLLUX_CACHE_DIR")


def read_packages():
    programs = {}
    with open(HERE + "/packages.tsv", encoding="ascii") as lines:
        for line in lines:
            if not line.startswith("#"):
                name, packages = line.rstrip("\n").split("\t")
                programs[name] = packages.split()
    return programs


def list_mirrors():
    """The Debian archives that apt is set up with, in its own order."""
    texts = []
    for path in ["/etc/apt/sources.list",
                 *sorted(glob.glob("/etc/apt/sources.list.d/*"))]:
        with contextlib.suppress(OSError):
            with open(path, encoding="utf-8", errors="replace") as file:
                texts.append(file.read())
    found = re.findall(
        r"^(?:deb(?:-src)?\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(\S*/debian/?)(?=\s|$)",
        "\n".join(texts), re.MULTILINE)
    return list(dict.fromkeys(uri.rstrip("/") + "/" for uri in found
                              if not uri.startswith("cdrom:")))


class Apt:
    """apt with a state of its own in a folder, for one mirror."""

    def __init__(self, folder, mirror):
        self.folder = folder
        for name in ("lists/partial", "archives/partial"):
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        signed = f"[signed-by={KEY}] " if os.path.exists(KEY) else ""
        with open(folder + "/sources.list", "w", encoding="utf-8") as file:
            file.write(f"deb {signed}{mirror} {SUITE} main\n")
        open(folder + "/status", "w", encoding="ascii").close()
        self.options = [
            "-q", "-o", f"Dir::Etc::sourcelist={folder}/sources.list",
            "-o", "Dir::Etc::sourceparts=-",
            "-o", "Dir::Etc::preferencesparts=-",
            "-o", f"Dir::State={folder}", "-o", f"Dir::State::lists={folder}/lists",
            "-o", f"Dir::State::status={folder}/status",
            "-o", f"Dir::Cache={folder}",
            "-o", f"Dir::Cache::archives={folder}/archives",
            "-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none",
            "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=15",
            "-o", "APT::Update::Error-Mode=any", "-o", "Debug::NoLocking=1"]

    def run(self, *words, cwd=None, tool="apt-get"):
        try:
            done = subprocess.run(
                [tool, *self.options, *words], cwd=cwd, timeout=280,
                check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                encoding="utf-8", errors="replace",
                env={**os.environ, "LC_ALL": "C"})
        except subprocess.TimeoutExpired:
            raise CannotHave(f"{tool} {words[0]}" + " took too long") from None
        if done.returncode != 0:
            said = [line for line in done.stdout.splitlines()
                    if line.startswith(("E:", "W:"))]
            raise CannotHave(" ".join(said[:2]) or done.stdout.strip()[-200:])
        return done.stdout

    def closure(self, packages):
        """The packages and the libraries they need, directly or by others."""
        wanted, layer = set(packages), list(packages)
        while layer:
            text = self.run("depends", "--no-recommends", "--no-suggests",
                            "--no-conflicts", "--no-breaks", "--no-replaces",
                            "--no-enhances", *layer, tool="apt-cache")
            found = re.findall(r"^ *\|?(?:Pre)?Depends: (\S+)", text, re.MULTILINE)
            # Zlib has no lib in front of its name.
            layer = [name for name in dict.fromkeys(found) if name not in wanted
                     and (name.startswith("lib") or name == "zlib1g")
                     and not UNWANTED.match(name)]
            wanted.update(layer)
        return wanted

    def plan(self, packages):
        """(package, file name) of the packages and of their libraries."""
        # What apt would install on an empty machine, alternatives decided.
        text = self.run("install", "--print-uris", "-y", "--no-install-recommends",
                        *packages)
        files = re.findall(r"^'[^']+' (\S+\.deb) ", text, re.MULTILINE)
        wanted = self.closure(packages)
        return [(file.split("_")[0], file) for file in files
                if file.split("_")[0] in wanted]


def download(apt, plan, debs):
    missing = [name for name, file in plan if not os.path.exists(debs + file)]
    if missing:
        with tempfile.TemporaryDirectory(dir=apt.folder) as folder:
            # apt checks what it got against the signed lists.
            apt.run("download", *missing, cwd=folder)
            for file in os.listdir(folder):
                os.replace(f"{folder}/{file}", debs + file)
    absent = [file for _, file in plan if not os.path.exists(debs + file)]
    if absent:
        raise CannotHave("apt did not bring " + " ".join(absent))


def unpack(plan, debs, tree):
    part = tree + ".part"
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    for _, file in plan:
        done = subprocess.run(["dpkg-deb", "-x", debs + file, part], check=False,
                              stderr=subprocess.PIPE, encoding="utf-8")
        if done.returncode != 0:
            # Perhaps half a file from an earlier day: get it anew next time.
            os.unlink(debs + file)
            raise CannotHave(f"{file} could not be unpacked: {done.stderr.strip()}")
    shutil.rmtree(tree, ignore_errors=True)
    os.rename(part, tree)


def stamp_of(packages):
    """Tells a tree of another list of packages, or of another suite."""
    text = " ".join([SUITE, *packages, UNWANTED.pattern])
    return hashlib.sha256(text.encode()).hexdigest()


def is_there(cache, name, packages):
    try:
        with open(f"{cache}/{name}/.stamp", encoding="ascii") as file:
            return file.read() == stamp_of(packages)
    except OSError:
        return False


def fetch(cache, apt, name, packages):
    debs = cache + "/debs/"
    os.makedirs(debs, exist_ok=True)
    plan = apt.plan(packages)
    download(apt, plan, debs)
    tree = f"{cache}/{name}"
    unpack(plan, debs, tree)
    with open(tree + "/.stamp", "w", encoding="ascii") as file:
        file.write(stamp_of(packages))
    print(f"fetch: {name}: {len(plan)} packages in {tree}")


def open_apt(folder):
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise CannotHave("apt-get or dpkg-deb is not here")
    mirrors = list_mirrors()
    if not mirrors:
        raise CannotHave("apt is set up with no Debian mirror here")
    reason = None
    for mirror in mirrors:
        try:
            apt = Apt(folder, mirror)
            apt.run("update")
            return apt
        except CannotHave as failure:
            reason = failure
    raise reason


def fetch_all(cache, programs):
    """The reasons of those that cannot be had."""
    reasons = {}
    with tempfile.TemporaryDirectory(dir=cache, prefix="apt.") as folder:
        try:
            apt = open_apt(folder)
        except CannotHave as failure:
            return {name: str(failure) for name in programs}
        for name, packages in programs.items():
            try:
                fetch(cache, apt, name, packages)
            except CannotHave as failure:
                reasons[name] = str(failure)
    return reasons


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fallback")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    cache = find_cache(options.fallback)
    programs = read_packages()
    names = options.names or list(programs)
    with open(cache + "/lock", "w", encoding="ascii") as lock:
        # Several build trees share the cache.
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = {name: programs[name] for name in names
                   if not is_there(cache, name, programs[name])}
        reasons = fetch_all(cache, missing) if missing else {}
        for name in names:
            path = f"{cache}/{name}.reason"
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            if name in reasons:
                print(f"fetch: skipped: {name}: {reasons[name]}")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(reasons[name])
            else:
                print(f"fetch: {name}: {cache}/{name}")
    return SKIP if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
