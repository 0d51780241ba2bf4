# SPDX-License-Identifier: MIT
"""libuv's own benchmarks, from its package, as its runner prints them."""
import os
import re
import subprocess

from programs import Run

# The first of these that an output has is its figure.
FIGURES = (
    (r"([\d,.]+) gbit/s", "Gbit/s"),
    (r"([\d,.]+) ?(?:[a-z]+)?/s(?:ec)?\b", "op/s"),
    (r"([\d,.]+) seconds total", "s"),
    (r"requests in ([\d.]+)s", "s"),
)
# One output may have many: these of fs_stat are kept.
STATS = re.compile(r"stats \((sync|1 concurrent|4 concurrent|16 concurrent|"
                   r"32 concurrent)\): [\d.]+s \(([\d,]+)/s\)")
LIMIT_S = 200
# The suite's runner ends a benchmark after 60 s, times this: `async1` takes a
# little longer on libuv.
MULTIPLIER = "3"


def number(text):
    return float(text.replace(",", "").rstrip("."))


def parse(case, text):
    """[(case, metric, value, unit)] of the output of one benchmark."""
    # The runner's TAP breaks lines anywhere, within words too.
    plain = re.sub(r"\n# ?", "", text)
    stats = STATS.findall(plain)
    if stats:
        return [(f"{case}/{which.split()[0]}", "value", number(value), "op/s")
                for which, value in stats]
    for pattern, unit in FIGURES:
        found = re.search(pattern, plain)
        if found:
            return [(case, "value", number(found.group(1)), unit)]
    return []


class LibuvsOwn:
    name = "libuv"
    has_counts = False
    guess_s = 8.0
    default_runs = 1  # A round takes minutes on each column.

    def __init__(self, folder):
        self.path = os.path.join(folder, "uv_run_benchmarks")

    def question(self):
        return ("How do libuv's own benchmarks, from its package, run on each "
                "library?")

    def why_not(self, quick):
        if quick:
            return "not in --quick: each takes seconds"
        if not os.access(self.path, os.X_OK):
            return "libuv's benchmark sources were not there at build time"
        return ""

    def cases(self, quick):
        done = subprocess.run([self.path, "--list"], capture_output=True,
                              text=True, check=True)
        # A line is a name, and perhaps its helpers in brackets. `sizes` prints
        # sizes of structs; there is no figure in it.
        names = [line.split()[0] for line in done.stdout.splitlines() if line]
        return [name for name in names if name != "sizes"]

    def run(self, column, case, quick, time_ms=None):
        env = dict(column.environment(),
                   UV_TEST_TIMEOUT_MULTIPLIER=MULTIPLIER)
        try:
            done = subprocess.run([self.path, case], capture_output=True,
                                  text=True, env=env, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return Run(notes=[("failed", case, f"still ran after {LIMIT_S} s")])
        text = done.stdout + done.stderr
        values = parse(case, text)
        if done.returncode != 0 or text.startswith("not ok") or not values:
            last = text.strip().splitlines()[-1:] or [""]
            return Run(notes=[("failed", case, f"exit {done.returncode}: "
                               f"{last[0][:80]}")])
        return Run(values=values)
