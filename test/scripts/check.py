#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the scripts say and do where something cannot be had.

  check.py --list
  check.py NAME ROOT LIBUV     a test, with the repo and a libuv tree

The tools that the scripts call (apt-get, sudo, id, dpkg-query) are replaced by
small ones of this file's, alone in PATH, which note how they were called. So no
test asks a network, nor changes this machine.
"""
import contextlib
import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

TARBALL = "libuv1_1.50.0.orig.tar.gz"
SOURCES = "deb http://mirror.invalid/debian bookworm main\n"
# What lib.sh and libuv-package need besides what is replaced.
TOOLS = ("awk cat cut dirname env grep mkdir mv rm sed sh sha256sum tar "
         "gzip true").split()


class Box:
    """A folder with the tools and the calls that they have noted."""

    def __init__(self, folder, root):
        self.folder, self.root = pathlib.Path(folder), root
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for name in TOOLS:
            (self.bin / name).symlink_to(shutil.which(name))
        self.tool("id", "echo 1000")
        self.tool("dpkg-query", "exit 1")

    def tool(self, name, script):
        path = self.bin / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.folder}/calls\n'
                        f"{script}\n", encoding="ascii")
        path.chmod(0o755)

    def calls(self, name):
        with contextlib.suppress(FileNotFoundError):
            lines = (self.folder / "calls").read_text(encoding="utf-8")
            return [line for line in lines.splitlines()
                    if line.startswith(name + " ")]
        return []

    def run(self, *words, **variables):
        """Its exit code and all it said."""
        env = {"PATH": str(self.bin), "LC_ALL": "C", "HOME": str(self.folder),
               **variables}
        done = subprocess.run(words, cwd=self.folder, env=env, text=True,
                              stdin=subprocess.DEVNULL, timeout=60,
                              check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def install(self, *packages):
        return self.run("sh", "-eu", "-c", '. "$0/scripts/lib.sh"; '
                        'install_missing "$@"', self.root, *packages)

    def package(self, cache):
        """libuv-package with a mirror of which only our apt-get knows."""
        script = pathlib.Path(self.root, "scripts/libuv-package").read_text(
            encoding="utf-8").replace("/etc/apt", str(self.folder / "etc"))
        (self.folder / "etc/sources.list.d").mkdir(parents=True, exist_ok=True)
        (self.folder / "etc/sources.list").write_text(SOURCES, encoding="ascii")
        (self.folder / "libuv-package").write_text(script, encoding="utf-8")
        return self.run("sh", str(self.folder / "libuv-package"),
                        str(self.folder / "dest"), POLLUX_CACHE_DIR=str(cache))


def expect(condition, *said):
    if not condition:
        print("FAILED, with this said:", *said, sep="\n")
        sys.exit(1)


# --- Packages -----------------------------------------------------------------

def without_sudo_the_packages_and_the_reason_are_said(box, _):
    box.tool("apt-get", "exit 0")
    code, said = box.install("gcc", "valgrind")
    expect(code == 1, said)
    expect("install gcc valgrind: that needs root, and there is no" in said, said)
    expect(not box.calls("apt-get"), said)


def a_sudo_that_refuses_is_not_a_missing_network(box, _):
    box.tool("apt-get", "exit 0")
    box.tool("sudo", "exit 1")
    code, said = box.install("valgrind")
    expect(code == 1, said)
    expect("valgrind: that needs root, and sudo refuses" in said, said)
    expect("network" not in said, said)
    expect(not box.calls("apt-get"), said)


def what_is_here_asks_neither_for_root_nor_for_apt(box, _):
    box.tool("dpkg-query", "echo 'ii '")
    code, said = box.install("libc6-dev", "liburing-dev")
    expect(code == 0 and "All packages are here" in said, said)
    expect(not box.calls("apt-get") and not box.calls("sudo"), said)


def a_user_with_sudo_installs_only_what_is_missing(box, _):
    box.tool("apt-get", "exit 0")
    box.tool("sudo", 'exec "$@"')
    box.tool("valgrind", "exit 0")
    code, said = box.install("valgrind", "strace")
    expect(code == 0, said)
    expect(len(box.calls("apt-get")) == 1, said)
    expect(box.calls("apt-get")[0].endswith(" strace"), said)


def lists_are_fetched_when_the_first_try_fails(box, _):
    box.tool("id", "echo 0")
    box.tool("apt-get", f'''case $1 in
      update) : > {box.folder}/lists ;;
      *) [ -e {box.folder}/lists ] ;;
    esac''')
    code, said = box.install("strace")
    expect(code == 0, said)
    expect([call.split()[1] for call in box.calls("apt-get")] ==
           ["install", "update", "install"], said)


def a_package_that_cannot_be_had_is_named(box, _):
    box.tool("id", "echo 0")
    box.tool("apt-get", '[ "$1" = update ]')
    code, said = box.install("strace", "valgrind")
    expect(code == 1 and "could not install: strace valgrind;" in said, said)


# --- libuv's package ----------------------------------------------------------

def make_tarball(path):
    """A tree with a header and a src/, small and not the pinned one."""
    with tarfile.open(path, "w:gz") as tar:
        for name in ("include/uv.h", "src/inner.c"):
            member = tarfile.TarInfo("libuv-1.50.0/" + name)
            tar.addfile(member, io.BytesIO(b""))


def pin(box, path):
    """Let the scripts' copy take the tarball at `path` for the right one."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    root = box.folder / "root/scripts"
    root.mkdir(parents=True)
    text = pathlib.Path(box.root, "scripts/libuv-package").read_text(
        encoding="utf-8")
    pinned = next(line for line in text.splitlines()
                  if line.startswith("sha256="))
    (root / "libuv-package").write_text(
        text.replace(pinned, "sha256=" + digest), encoding="utf-8")
    box.root = str(box.folder / "root")


def serve(box, path):
    """An apt-get whose mirror has the file at `path`."""
    box.tool("apt-get", f'case "$*" in *" source "*) '
             f'cp {path} {TARBALL} ;; esac')
    (box.bin / "cp").symlink_to(shutil.which("cp"))


def a_broken_tarball_in_the_cache_is_fetched_anew(box, _):
    good, cache = box.folder / "good", box.folder / "cache"
    make_tarball(good)
    pin(box, good)
    serve(box, good)
    cache.mkdir()
    (cache / TARBALL).write_bytes(good.read_bytes()[:-5])
    code, said = box.package(cache)
    expect(code == 0 and "is broken: its SHA-256" in said, said)
    expect((cache / TARBALL).read_bytes() == good.read_bytes(), said)
    expect((box.folder / "dest/libuv-1.50.0/include/uv.h").exists(), said)
    expect(not (box.folder / "dest/libuv-1.50.0/src").exists(), said)
    expect(os.listdir(cache) == [TARBALL], os.listdir(cache))
    asked = len(box.calls("apt-get"))
    shutil.rmtree(box.folder / "dest")
    code, said = box.package(cache)
    expect(code == 0 and len(box.calls("apt-get")) == asked, said)


def a_download_that_is_not_the_pinned_one_is_refused(box, _):
    wrong, cache = box.folder / "wrong", box.folder / "cache"
    make_tarball(wrong)
    serve(box, wrong)
    code, said = box.package(cache)
    expect(code == 1 and "its SHA-256 differs" in said, said)
    expect("could not be fetched" in said, said)
    expect(os.listdir(cache) == [], os.listdir(cache))
    expect(not (box.folder / "dest/libuv-1.50.0").exists(), said)


def without_a_network_the_cache_is_enough_or_named(box, _):
    good, cache = box.folder / "good", box.folder / "cache"
    make_tarball(good)
    pin(box, good)
    box.tool("apt-get", 'echo "E: no network"; exit 100')
    code, said = box.package(cache)
    expect(code == 1 and "E: no network" in said, said)
    expect(f"put {TARBALL} into {cache}" in said, said)
    shutil.copy(good, cache / TARBALL)
    code, said = box.package(cache)
    expect(code == 0 and said.endswith("/dest/libuv-1.50.0\n"), said)


# --- The build of scripts/demo ------------------------------------------------

def the_library_alone_needs_no_python(box, libuv):
    code, said = box.run(
        shutil.which("cmake"), "-S", box.root, "-B", str(box.folder / "build"),
        "-DPOLLUX_BUILD_TESTS=OFF", f"-DLIBUV_SOURCE_DIR={libuv}",
        "-DCMAKE_DISABLE_FIND_PACKAGE_Python3=ON", PATH=os.environ["PATH"])
    expect(code == 0, said)


# --- CI -----------------------------------------------------------------------

def run_ci(box, minutes, *rows):
    """What .ci/run calls of scripts/test: (code, said, [called with])."""
    copy = box.folder / "copy"
    (copy / "scripts").mkdir(parents=True, exist_ok=True)
    shutil.copytree(pathlib.Path(box.root, ".ci"), copy / ".ci",
                    dirs_exist_ok=True)
    script = copy / "scripts/test"
    script.write_text('#!/bin/sh\necho "$BUILD $PRESET $CMAKE_OPTIONS $*" '
                      f'>> "{box.folder}/rows"\n[ "$PRESET" != tsan ]\n',
                      encoding="ascii")
    script.chmod(0o755)
    for name in ("date", "printenv"):
        (box.bin / name).unlink(missing_ok=True)
        (box.bin / name).symlink_to(shutil.which(name))
    (box.folder / "rows").write_text("", encoding="ascii")
    code, said = box.run("sh", str(copy / ".ci/run"), *rows,
                         CI_MINUTES=str(minutes))
    return code, said, (box.folder / "rows").read_text(
        encoding="ascii").splitlines()


def ci_runs_the_rows_that_fit_and_names_the_others(box, _):
    code, said, called = run_ci(box, 3)
    expect(code == 0 and "Left out: asan tsan" in said, said)
    expect([line.split() for line in called] == [["build/release", "release"]],
           *called)
    code, said, called = run_ci(box, 100)
    expect(code == 1 and "Failed: tsan" in said, said)
    expect("Left out" not in said and len(called) == 6, *called)
    expect(any(line.startswith("build/asan asan -DPOLLUX_BUILD_BENCHMARKS=OFF "
                               "-R ^(unit|") for line in called), *called)


def a_row_of_ci_runs_alone_and_with_every_test(box, _):
    code, said, called = run_ci(box, 0, "audit", "headers-1.51")
    expect(code == 0, said)
    expect("skipped: LIBUV_1_51 is not set" in said, said)
    expect(called == ["build/debug debug -DPOLLUX_BUILD_BENCHMARKS=OFF "],
           *called)
    code, said, called = run_ci(box, 0, "nothing")
    expect(code == 2 and not called, said)


TESTS = [
    ci_runs_the_rows_that_fit_and_names_the_others,
    a_row_of_ci_runs_alone_and_with_every_test,
    without_sudo_the_packages_and_the_reason_are_said,
    a_sudo_that_refuses_is_not_a_missing_network,
    what_is_here_asks_neither_for_root_nor_for_apt,
    a_user_with_sudo_installs_only_what_is_missing,
    lists_are_fetched_when_the_first_try_fails,
    a_package_that_cannot_be_had_is_named,
    a_broken_tarball_in_the_cache_is_fetched_anew,
    a_download_that_is_not_the_pinned_one_is_refused,
    without_a_network_the_cache_is_enough_or_named,
    the_library_alone_needs_no_python,
]


def main():
    tests = {test.__name__: test for test in TESTS}
    if sys.argv[1:] == ["--list"]:
        print("\n".join(tests))
        return
    name, root, libuv = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="pollux-scripts-") as folder:
        tests[name](Box(folder, root), libuv)


if __name__ == "__main__":
    main()
