# SPDX-License-Identifier: MIT
"""Runs the benchmarks on several libuv libraries in turn and reports.

Called by scripts/bench, which builds first. The order is: for each program and
run, each case on every column, A B C A B C; a drift of the machine hits all
columns alike. libraries.py makes the columns, programs.py and its like run one
case, results.py keeps, table.py and page.py show.
"""
import argparse
import datetime
import os
import shlex
import sys

import libraries
import machine
import own
import page
import programs
import questions
import real
import saved
import syscalls
import table
from progress import Progress
from results import Results

# How long a case takes, for the first guess; and how often it runs.
QUICK_S, FULL_S, COUNT_S = 0.12, 0.6, 0.7
RUNS = 5


def pair(text):
    name, equals, path = text.partition("=")
    if not equals or not name or not path:
        raise argparse.ArgumentTypeError(f"{text}: not NAME=PATH")
    return name, path


def words(allowed):
    def split(text):
        found = text.split(",")
        if not set(found) <= set(allowed):
            raise argparse.ArgumentTypeError(
                f"{text}: not of {', '.join(allowed)}")
        return found
    return split


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Pollux beside libuv, in one run.")
    parser.add_argument("--only", action="append", metavar="NAME[/CASE]",
                        help="only this question, or cases that begin like "
                             "that; may be repeated")
    parser.add_argument("--quick", action="store_true",
                        help="a first look, under two minutes")
    parser.add_argument("--runs", type=int, metavar="N",
                        help="runs per figure (5; 1 with --quick)")
    parser.add_argument("--lib", action="append", type=pair, default=[],
                        metavar="NAME=PATH", help="a libuv.so.1 to compare; "
                        "the first is the reference; may be repeated")
    parser.add_argument("--monitors", type=words(libraries.MONITORS),
                        default=list(libraries.MONITORS), metavar="M,...",
                        help="of Pollux: poll,epoll,io_uring")
    parser.add_argument("--spin", type=words(("off", "default", "on")), metavar="S,...",
                        default=["default", "on"],
                        help="busy polling of Pollux: off,default,on")
    parser.add_argument("--time-ms", type=int, metavar="MS",
                        help="how long a case measures")
    parser.add_argument("--no-counts", action="store_true",
                        help="do not count system calls")
    parser.add_argument("--metrics", type=lambda text: text.split(","),
                        metavar="M,...", help="rows of the terminal table, as "
                        "syscalls,switches,p50,p99,p99.9,max,peak; else a "
                        "question's headlines")
    parser.add_argument("--list", action="store_true",
                        help="the questions, and stop")
    parser.add_argument("--report-from", metavar="RESULTS.JSON",
                        help="only make the report, from an earlier run")
    parser.add_argument("--save", metavar="docs/results/NAME",
                        help="also write NAME.json, every figure, and NAME.md, "
                        "a page of tables")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--out", required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def wanted(only, name, case):
    if not only:
        return True
    full = f"{name}/{case}"
    return any(name == o or full == o or full.startswith(o.rstrip("/") + "/")
               for o in only)


def sources(args):
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folder = os.path.join(args.build, "benchmark")
    found = programs.ours(folder, here, questions.ORDER)
    found.append(own.LibuvsOwn(folder))
    found.append(real.RealPrograms(args.build))
    return found


def plan(args, found, results):
    """[(source, [case, ...])], with the reasons of what is left out."""
    steps = []
    for source in found:
        if args.only and not any(o.split("/")[0] == source.name
                                 for o in args.only):
            continue
        reason = getattr(source, "why_not", lambda quick: "")(args.quick)
        if reason:
            results.note(source.name, "all", "skip", "*", reason)
            continue
        cases = [case for case in source.cases(args.quick)
                 if wanted(args.only, source.name, case)]
        results.questions[source.name] = source.question()
        if cases:
            steps.append((source, cases))
    return steps


class Steps:
    """One source's part of the plan: its cases, runs, and how long they take."""

    def __init__(self, args, source, cases, no_counts):
        each = QUICK_S if args.quick else FULL_S
        if args.time_ms:
            each = 0.03 + args.time_ms * 1.3 / 1000
        self.source, self.cases = source, cases
        self.guess_s = getattr(source, "guess_s", each)
        self.runs = args.runs or (
            1 if args.quick else getattr(source, "default_runs", RUNS))
        self.is_counted = not no_counts and source.has_counts

    def guess_all_s(self, columns):
        once = self.guess_s * self.runs + (COUNT_S if self.is_counted else 0)
        return once * len(self.cases) * len(columns)

    def in_turn(self, columns, rounds):
        """A B C A B C, case by case, round by round."""
        for i in range(rounds):
            for case in self.cases:
                for column in columns:
                    yield i, case, column


def measure(args, columns, planned, results):
    no_counts = ("not in --quick" if args.quick else
                 "--no-counts" if args.no_counts else syscalls.why_not())
    if no_counts:
        results.note("all", "all", "left out", "syscalls", no_counts)
    all_steps = [Steps(args, *step, no_counts) for step in planned]
    progress = Progress(sum(s.guess_all_s(columns) for s in all_steps))
    for steps in all_steps:
        source = steps.source
        for i, case, column in steps.in_turn(columns, steps.runs):
            progress.step(source.name, f"{case} on {column.name}, run {i + 1} "
                          f"of {steps.runs}", steps.guess_s)
            results.add(source.name, column.name, source.run(
                column, case, args.quick, args.time_ms))
        if not steps.is_counted:
            continue
        for _, case, column in steps.in_turn(columns, 1):
            progress.step(source.name, f"{case} on {column.name}, counted",
                          COUNT_S)
            for value in syscalls.count(source, column, case):
                results.add_value(f"{source.name}/{case}/{value[1]}",
                                  column.name, value[2], value[3])
    progress.end()


def check_monitors(results, columns):
    for column in columns:
        for monitor in results.monitors.get(column.name, []):
            if column.monitor and monitor != column.monitor:
                results.note("all", column.name, "not as asked", "monitor",
                             f"ran on {monitor} instead of {column.monitor}")


def main():
    args = arguments()
    if os.path.exists(args.out) and not os.path.isdir(args.out):
        sys.exit(f"bench: {args.out} is no folder")
    if args.report_from:
        results = Results.load(args.report_from)
    else:
        columns = libraries.columns_of(
            args.lib, os.path.join(args.build, "libuv.so.1"),
            os.path.join(args.out, "lib"), args.monitors, args.spin)
        command = "scripts/bench " + shlex.join(
            os.environ.get("BENCH_ARGUMENTS", "").split())
        results = Results(columns, machine.describe(), command.strip(),
                          datetime.datetime.now().strftime("%Y-%m-%d %H:%M"),
                          args.runs or (1 if args.quick else RUNS), args.quick)
        results.about["commit"] = saved.commit()
        found = sources(args)
        if args.list:
            for source in found:
                print(f"{source.name}: {source.question()}")
            return 0
        steps = plan(args, found, results)
        if not steps:
            sys.exit("bench: nothing to measure; see --list")
        measure(args, columns, steps, results)
        check_monitors(results, columns)
    report = os.path.join(args.out, "report")
    os.makedirs(report, exist_ok=True)
    results.save(os.path.join(report, "results.json"))
    table.print_table(results, args.metrics)
    page.write(results, os.path.join(report, "index.html"))
    print(f"\nThe whole report: {report}/index.html, figures in results.json")
    if args.save:
        print(f"Saved: {' and '.join(saved.write(results, args.save))}")
    return 1 if any(note[2] == "failed" for note in results.notes) else 0


sys.exit(main())
