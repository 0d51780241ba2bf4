# SPDX-License-Identifier: MIT
"""What the tests of the command `pollux` share: a folder of their own, programs
that are compiled in it, and the list of a file's tests.

A test is a function of one argument, the box, in one of the files of this folder.
Its name is a sentence about behaviour. It raises Skip with the reason where the
machine cannot show the behaviour.
"""
import argparse
import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
OTHER_UID = 65534  # A user without rights; Debian has it everywhere.
OTHER_USER = pwd.getpwuid(OTHER_UID).pw_name


class Skip(Exception):
    """The machine cannot show this; the text says why."""


class Box:
    def __init__(self, options, folder):
        self.options = options
        self.folder = pathlib.Path(folder)
        self.tool = options.tool
        self.root = options.root
        # Of the user's, only what programs need: no setting of Pollux.
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C",
                    "HOME": str(self.folder), "TMPDIR": str(self.folder)}

    def path(self, *parts):
        return self.folder.joinpath(*parts)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    # -- Programs ----------------------------------------------------------

    def compile(self, name, source, *flags):
        """A program or library of a C source: a file beside this one, or text."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if source.endswith(".c"):
            source = (HERE / source).read_text(encoding="utf-8")
        done = subprocess.run(
            [self.options.cc, *self.options.cflags.split(), "-x", "c", "-",
             "-x", "none", "-I", self.options.include, *flags, "-ldl", "-o",
             str(path)], input=source, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        return str(path)

    def program(self, name="plain", *flags):
        """A program that needs libuv.so.1 and says which it got."""
        return self.compile(name, "plain.c", *flags, self.options.library)

    def program_of_other_user(self, mode):
        need_root("a program of another user")
        program = self.program()
        os.chown(program, OTHER_UID, OTHER_UID)
        os.chmod(program, mode)
        return program

    def program_with_capability(self):
        need_root("file capabilities")
        program = self.program()
        done = subprocess.run(
            [need_program("setcap"), "cap_net_bind_service=ep", program],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise Skip(f"setcap: {done.stderr.strip()}")
        return program

    def other_library(self, folder, *names):
        """A libuv.so.1 that is not Pollux, with these functions."""
        source = "".join(f"int {name}(void) {{ return 0; }}\n" for name in names)
        return self.compile(f"{folder}/libuv.so.1", source or "int nothing;\n",
                            "-shared", "-fPIC", "-Wl,-soname,libuv.so.1")

    # -- The tool ----------------------------------------------------------

    def run(self, *words, env=None, **more):
        """The tool with these words: exit code, stdout, stderr."""
        return subprocess.run(
            [self.tool, *map(str, words)], env={**self.env, **(env or {})},
            cwd=self.folder, text=True, capture_output=True, timeout=60,
            stdin=subprocess.DEVNULL, **more)

    def start(self, *words, env=None, **more):
        return subprocess.Popen(
            list(map(str, words)), env={**self.env, **(env or {})},
            cwd=self.folder, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **more)


def need_root(what):
    if os.geteuid() != 0:
        raise Skip(f"{what}: that needs root")


def need_no_sanitizer(box):
    if box.options.cflags:
        raise Skip("a program without the sanitizer cannot load this library")


def need_program(name):
    path = shutil.which(name)
    if path is None:
        raise Skip(f"there is no {name} here")
    return path


def expect(done, code, *texts):
    """The exit code, and texts that stand in one of the outputs."""
    said = done.stdout + done.stderr
    assert done.returncode == code, f"exit code {done.returncode}:\n{said}"
    flat = " ".join(said.split())
    for text in texts:
        assert text in flat, f"`{text}` is not in:\n{said}"
    return done


def main(tests):
    if sys.argv[1:] == ["--list"]:
        print("\n".join(test.__name__ for test in tests))
        return
    parser = argparse.ArgumentParser()
    for name in ("tool", "root", "build", "library", "include", "cc", "cflags",
                 "json"):
        parser.add_argument("--" + name, default="")
    parser.add_argument("test")
    options = parser.parse_args()
    test, = [test for test in tests if test.__name__ == options.test]
    with tempfile.TemporaryDirectory(prefix="pollux-tool-") as folder:
        os.chmod(folder, 0o755)
        try:
            test(Box(options, folder))
        except Skip as skip:
            print("skipped:", skip)
            sys.exit(77)
        finally:
            with contextlib.suppress(OSError):
                os.chdir("/")
