# SPDX-License-Identifier: MIT
"""The terminal table: a block per question, a row per case and headline metric,
a column per library and monitor. Medians, then how many times as good as the
first column: more is better in every row. Red where Pollux is surely behind."""
import sys

from questions import ORDER, headline
from stats import number, times

RED, GREEN, PLAIN = "\033[31m", "\033[32m", "\033[0m"
COLOURS = {"worse": RED, "better": GREEN}
WIDTH = 14  # At least.


def width_of(results):
    return max([WIDTH] + [len(name) + 1 for name in results.columns])


def cell(results, key, column, colour):
    width = width_of(results)
    value = results.median(key, column)
    if value is None:
        return "-".rjust(width)
    text = number(value)
    if column != results.reference:
        gain = results.gain(key, column)
        text += f" {times(gain[0])}" if gain else " -"
    word = results.verdict(key, column)
    padded = text.rjust(width)
    if colour and word in COLOURS:
        return COLOURS[word] + padded + PLAIN
    return padded + ("!" if not colour and word == "worse" else "")


def rows(results, program, metrics):
    for metric in metrics or headline(program):
        for case in results.cases(program, metric):
            yield case, metric, f"{program}/{case}/{metric}"


def print_table(results, metrics=None, out=sys.stdout):
    """`metrics`: which rows, where a case has them; else the headlines."""
    programs = sorted(results.programs(), key=lambda p: (
        ORDER.index(p) if p in ORDER else len(ORDER)))
    for program in programs:
        if not list(rows(results, program, metrics)):
            continue
        question = results.questions.get(program, "")
        print(f"\n{program}: {question}", file=out)
        print_program(results, program, metrics, out)
    print_notes(results, out)


def print_program(results, program, metrics, out):
    """The rows of one program below the names of the columns."""
    lines = list(rows(results, program, metrics))
    if not lines:
        return
    label = max(len(case) for case, _, _ in lines) + 16
    print(" " * label + "".join(name.rjust(width_of(results))
                                for name in results.columns), file=out)
    for case, metric, key in lines:
        title = f"  {case} {metric} {results.values[key]['unit']}"
        print(title.ljust(label) + "".join(
            cell(results, key, column, out.isatty())
            for column in results.columns), file=out)


def summary(results):
    """One sentence: in how many figures Pollux is behind."""
    metrics = ("rate", "cpu", "value")
    if results.is_one_run():
        return "One run: no verdict."
    behind, unsure = results.losses(metrics), results.unsure(metrics)
    return (f"Pollux is surely behind {results.reference} in {len(behind)} "
            f"figures of rate and CPU time. In {unsure} more its median is "
            "lower, but the runs overlap.")


def print_notes(results, out):
    print("\n" + summary(results), file=out)
    for key, column, gain in results.losses(("rate", "cpu", "value"))[:20]:
        print(f"  {key} on {column}: {times(gain)}", file=out)
    told = set()
    for program, column, kind, case, text in results.notes:
        line = f"  {kind}: {program}/{case} on {column}: {text}"
        if line not in told:
            print(line, file=out)
        told.add(line)
