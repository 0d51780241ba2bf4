# SPDX-License-Identifier: MIT
"""The sources of figures: each lists its cases and runs one of them on a column.

Run.lines are (case, metric, value, unit); Run.notes are (kind, case, text) where
kind is skip, missing or failed.
"""
import dataclasses
import os
import re
import subprocess

LIMIT_S = 120


@dataclasses.dataclass
class Run:
    values: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    monitor: str = ""
    library: str = ""


def parse(text):
    """The output of a benchmark program."""
    run = Run()
    for line in text.splitlines():
        words = line.split()
        if line.startswith("# library"):
            run.library = line.split(None, 4)[4]
        elif line.startswith("# monitor"):
            run.monitor = words[3]
        elif line.startswith("#") and len(words) >= 3:
            case = words[2].split("/", 1)[-1]
            run.notes.append((words[1], case, " ".join(words[3:])))
        elif len(words) >= 3:
            _, name = words[0].split("/", 1)
            case, metric = name.rsplit("/", 1)
            run.values.append((case, metric, float(words[1]),
                               " ".join(words[2:])))
    return run


class Program:
    """One of benchmark/*.c."""

    def __init__(self, name, folder, source_folder):
        self.name = name
        self.path = os.path.join(folder, name)
        self.source = os.path.join(source_folder, name + ".c")
        self.has_counts = True

    def question(self):
        """The sentences up to the question mark, in the file's top comment."""
        with open(self.source) as file:
            text = file.read()
        comment = re.findall(r"/\*(.*?)\*/", text, re.S)[1]
        plain = " ".join(re.sub(r"^ \* ?", "", line).strip()
                         for line in comment.splitlines())
        end = plain.find("?")
        return plain[:end + 1].strip() if end >= 0 else plain.strip()

    def cases(self, quick):
        command = [self.path, "--list"] + (["--quick"] if quick else [])
        done = subprocess.run(command, capture_output=True, text=True,
                              check=True)
        return done.stdout.split()

    def run(self, column, case, quick, time_ms=None, wrap=(), extra=()):
        command = [*wrap, self.path, "--case", case, *extra]
        if quick:
            command.append("--quick")
        if time_ms:
            command += ["--time-ms", str(time_ms)]
        try:
            done = subprocess.run(command, capture_output=True, text=True,
                                  env=column.environment(), timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return Run(notes=[("failed", case, f"still ran after {LIMIT_S} s")])
        run = parse(done.stdout)
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1:]
            run.values = []
            run.notes.append(("failed", case, reason[0] if reason else
                              f"exit {done.returncode}"))
        elif run.library and os.path.realpath(run.library) != column.path:
            raise RuntimeError(f"{self.name} ran on {run.library}, "
                               f"not on {column.path}")
        return run


def ours(folder, source_folder, order):
    """Every program that is built, in the order of the questions."""
    names = [os.path.splitext(file)[0] for file in os.listdir(source_folder)
             if file.endswith(".c")]
    names.sort(key=lambda name: (order.index(name) if name in order
                                 else len(order), name))
    return [Program(name, folder, source_folder) for name in names
            if os.access(os.path.join(folder, name), os.X_OK)]
