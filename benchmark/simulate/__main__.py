# SPDX-License-Identifier: MIT
"""What does the experiment (src/base/experiment.c) cost and gain on synthetic
loads? Builds simulate.c with the library's own code, runs each load off, on and
auto with many seeds, and prints a table; with --plot it draws one.

usage: python3 benchmark/simulate/ [--seeds N] [--plot FILE] [--loads PREFIX,...]
       python3 benchmark/simulate/ --check

CPU is per message, of both loops, against off with the same seed. `regret` is
against the better of off and on, at the mix of messages that auto has served."""
import argparse
import concurrent.futures
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MODES = ("off", "on", "auto")


def build(directory):
    program = os.path.join(directory, "simulate")
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=gnu11", "-O2", "-Wall", "-Wextra",
         "-I" + os.path.join(ROOT, "src"), "-o", program,
         os.path.join(HERE, "simulate.c"),
         os.path.join(ROOT, "src/base/experiment.c"),
         os.path.join(ROOT, "src/base/experiment-rest.c"),
         os.path.join(ROOT, "src/base/epoch.c"), "-lm"], check=True)
    return program


class Run:
    def __init__(self, line):
        words = line.split()
        self.decided_ms = float(words[0])
        self.trials, self.adoptions = int(words[1]), int(words[2])
        figures = [float(word) for word in words[3:]]
        # For each phase: CPU of both, of the first, messages, wall.
        self.phases = [figures[i:i + 4] for i in range(0, len(figures), 4)]

    def total(self, index):
        return sum(phase[index] for phase in self.phases)

    def expected(self, served, index):
        """CPU that this mode needs for the messages that `served` has served."""
        return sum(mine[index] * theirs[2] / mine[2]
                   for mine, theirs in zip(self.phases, served.phases) if mine[2])


def run(program, load, mode, seed, seconds):
    out = subprocess.run([program, load, mode, str(seed), str(seconds)],
                         check=True, capture_output=True, text=True)
    return Run(out.stdout)


def figures(runs):
    off, on, auto = (runs[mode] for mode in MODES)
    rate = lambda one: one.total(2) / one.total(3)
    return {
        "on": on.total(0) / on.expected(on, 0) * off_ratio(on, off, 0),
        "on_own": off_ratio(on, off, 1),
        "cpu": off_ratio(auto, off, 0),
        "own": off_ratio(auto, off, 1),
        "rate": rate(auto) / rate(off),
        "regret": auto.total(0) / min(off.expected(auto, 0), on.expected(auto, 0)),
        "decided": auto.decided_ms,
        "trials": auto.trials,
    }


def off_ratio(one, off, index):
    return one.total(index) / off.expected(one, index)


def measure(program, loads, seeds, seconds):
    jobs = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for load in loads:
            for seed in seeds:
                for mode in MODES:
                    jobs[load, seed, mode] = pool.submit(
                        run, program, load, mode, seed, seconds)
    return {load: [figures({mode: jobs[load, seed, mode].result()
                            for mode in MODES}) for seed in seeds]
            for load in loads}


def percent(ratio):
    return "%+.1f" % ((ratio - 1) * 100)


def row(load, results):
    def column(name):
        return sorted(result[name] for result in results)
    middle = lambda name: statistics.median(column(name))
    decided = [result["decided"] for result in results if result["decided"] >= 0]
    return "| %s | %s | %s | %s | %s | %s | %.2f | %s | %s | %s | %.0f |" % (
        load, percent(middle("on")), percent(middle("on_own")),
        percent(middle("cpu")), percent(max(column("cpu"))),
        percent(max(column("own"))), middle("rate"),
        percent(max(column("regret"))),
        "%.0f (%d of %d)" % (statistics.median(decided), len(decided), len(results))
        if decided else "never",
        "%.0f" % max(decided) if decided else "", middle("trials"))


# Load's prefix: bounds of figures. The first that fits counts. What the issue
# asks of the first second, and of gaps, is in the first row.
FLOORS = (
    (("regular", "poisson", "burst", "cheap-poisson", "both-ours-100", "think",
      "one-end-trap", "one-end-slow-peer", "cheap-one-end", "one-end-10",
      "pool-job-20us"), {"own": (0, 1.02), "rate": (0.98, 9)}),
    (("both-ours-1hog", "both-ours-2hog", "both-ours-4hog", "one-end-2hog"),
     {"cpu": (0, 1.05), "rate": (0.98, 99)}),
    (("both-ours-10", "closed+open"), {"cpu": (0, 0.8), "rate": (2, 9)}),
    (("cheap-both-ours",), {"cpu": (0, 1.02), "rate": (0.98, 9)}),
    (("both-ours",), {"cpu": (0, 0.6), "rate": (3.5, 9)}),
    (("one-end", "pool-job-1us"), {"cpu": (0, 0.8), "rate": (2, 9)}),
    (("change-closed-idle",), {"cpu": (0, 0.6)}),
    (("change",), {"regret": (0, 1.1)}),
)


def broken_floors(load, results):
    for prefixes, bounds in FLOORS:
        if load.startswith(prefixes):
            return ["%s: %s is %.3f, not within %g and %g" % (load, name, one[name], *between)
                    for name, between in bounds.items() for one in results
                    if not between[0] <= one[name] <= between[1]]
    return [load + ": no floor is known"]


def check(program, loads):
    table = measure(program, loads, range(1, 4), 1)
    broken = [line for load in loads for line in broken_floors(load, table[load])]
    print("\n".join(broken) or "%d loads are within their floors" % len(loads))
    return 1 if broken else 0


HEAD = ("| load | on | on, own | auto | auto, worst | own, worst | rate | "
        "regret, worst | decided, ms | latest, ms | trials |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|")


def plot(path, by_length):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    loads = list(next(iter(by_length.values())))
    figure, axes = pyplot.subplots(
        1, 2, figsize=(13, 0.24 * len(loads) + 1.5), sharey=True)
    panels = (("cpu", "CPU against off, %"), ("regret", "CPU against the better of off and on, %"))
    for axis, (name, label) in zip(axes, panels):
        for shift, (seconds, table) in enumerate(by_length.items()):
            for at, load in enumerate(loads):
                values = sorted((one[name] - 1) * 100 for one in table[load])
                y = len(loads) - at - 0.3 * shift
                colour = "C%d" % shift
                axis.plot([values[0], values[-1]], [y, y], color=colour)
                axis.plot(statistics.median(values), y, "o", ms=3, color=colour,
                          label="%g s" % seconds if at == 0 else None)
        axis.axvline(0, color="0.7", lw=0.8)
        axis.axvline(2 if name == "cpu" else 5, color="C3", lw=0.8, ls="--")
        axis.set_xscale("symlog", linthresh=5)
        axis.set_xlabel(label)
        axis.grid(axis="x", color="0.9")
    axes[0].set_yticks([len(loads) - at for at in range(len(loads))], loads, fontsize=7)
    axes[0].legend(fontsize=7)
    axes[0].set_title("least, median and most of all seeds", fontsize=9)
    axes[0].set_ylim(0, len(loads) + 1)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--seconds", default="1,5")
    parser.add_argument("--loads", default="")
    parser.add_argument("--plot")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        program = build(directory)
        loads = subprocess.run([program, "--list"], check=True,
                               capture_output=True, text=True).stdout.split()
        prefixes = tuple(options.loads.split(","))
        loads = [load for load in loads if load.startswith(prefixes)]
        if options.check:
            return check(program, loads)
        by_length = {}
        for seconds in [float(word) for word in options.seconds.split(",")]:
            by_length[seconds] = measure(
                program, loads, range(1, options.seeds + 1), seconds)
            print("The first %g s, %d seeds:\n\n%s" % (seconds, options.seeds, HEAD))
            for load in loads:
                print(row(load, by_length[seconds][load]))
            print(flush=True)
    if options.plot:
        plot(options.plot, by_length)
    return 0


if __name__ == "__main__":
    sys.exit(main())
