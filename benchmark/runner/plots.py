# SPDX-License-Identifier: MIT
"""Plots by gnuplot, as SVG text: curves over the last number of the case's name,
and bars of how many times as fast as the first column."""
import shutil
import subprocess

from questions import CURVES, headline, position
from stats import direction, spread

COLOURS = {"poll": "#d98e00", "epoll": "#0072b2", "io_uring": "#00875f"}
PALE = {"poll": "#f5cf8a", "epoll": "#8ec5e8", "io_uring": "#8bd3bb"}
OTHERS = ("#777777", "#a05fa0", "#8c5a3c", "#444444")
BARS_MAX = 6  # Cases in one plot.


def why_not():
    return "" if shutil.which("gnuplot") else "gnuplot is not installed"


def colours(columns):
    """Pollux: a colour per monitor, pale without busy polling."""
    chosen, others = [], iter(OTHERS * 4)
    for column in columns:
        monitor = column["monitor"]
        if monitor in COLOURS and ":" not in column["name"]:
            shades = PALE if column["spin"] == "off" else COLOURS
            chosen.append(shades[monitor])
        else:
            chosen.append(next(others))
    return chosen


def draw(script, name):
    """The SVG of a gnuplot script, to be put into a page; None if it failed."""
    head = (f"set terminal svg size 640,400 dynamic font 'sans-serif,13' "
            f"noenhanced name '{name}'\n"
            "set border 3 lc rgb '#888888'\nset tics nomirror\n"
            "set grid ytics lc rgb '#dddddd'\n"
            "set key below horizontal\n")
    done = subprocess.run(["gnuplot"], input=head + script, text=True,
                          capture_output=True)
    start = done.stdout.find("<svg")
    if done.returncode != 0 or start < 0:
        print(f"plots: {name}: {done.stderr.strip()[:300]}")
        return None
    return done.stdout[start:]


def groups_of(cases):
    """The cases by what comes before the last slash."""
    groups = {}
    for case in cases:
        groups.setdefault(case.rpartition("/")[0], []).append(case)
    return groups


def y_axis(low, high):
    """From 0 where the figures are alike, by decades where they are not."""
    numbers = "%g" if high < 1000 else "%.0s%c"
    text = f"set format y '{numbers}'\n"
    if low > 0 and high / low > 10:
        return text + f"set logscale y\nset yrange [{low / 1.5}:{high * 1.5}]\n"
    return text + f"set yrange [0:{high * 1.1}]\n"


def curve(results, program, group, cases, metric, name):
    """Absolute figures with the range of the runs."""
    lines, blocks, seen = [], [], []
    shades = colours(results.about["columns"])
    for i, column in enumerate(results.columns):
        points = []
        for case in cases:
            key = f"{program}/{case}/{metric}"
            runs = results.runs(key, column)
            x = position(results, program, case)
            if runs and x is not None and results.median(key, column) > 0:
                low, high = spread(runs)
                points.append((x, results.median(key, column),
                               max(low, 1e-9), high))
        if not points:
            continue
        seen += [point[1] for point in points]
        rows = "\n".join(" ".join(f"{v:.6g}" for v in p)
                         for p in sorted(points))
        blocks.append(f"$d{i} << EOD\n{rows}\nEOD\n")
        style = f"lc rgb '{shades[i]}' lw 2 pt 7 ps 0.5"
        lines.append(f"$d{i} using 1:2:3:4 with yerrorbars {style} notitle, "
                     f"$d{i} using 1:2 with lines {style} title '{column}'")
    if not lines:
        return None
    unit = results.values[f"{program}/{cases[0]}/{metric}"]["unit"]
    return draw("".join(blocks) + "set logscale x\n" + y_axis(min(seen), max(seen)) +
                f"set xlabel '{CURVES[program]}'\n"
                f"set ylabel '{metric}, {unit}'\n"
                f"set title '{group or program}: {metric}'\n"
                "plot " + ", ".join(lines) + "\n", name)


def times_as_fast(results, key, column):
    """(median, low, high) against the reference; more is better."""
    base = results.median(key, results.reference)
    runs = results.runs(key, column)
    if not base or not runs:
        return None
    values = [results.median(key, column), *spread(runs)]
    if min(values) <= 0:
        return None
    if direction(key, results.values[key]["unit"]) > 0:
        return [v / base for v in values]
    values = [base / v for v in values]
    return [values[0], min(values), max(values)]


def bars(results, program, title, cases, metric, name):
    rows, top, bottom = [], 1.0, 1.0
    for case in cases:
        cells = [f'"{case}"']
        for column in results.columns:
            found = times_as_fast(results, f"{program}/{case}/{metric}", column)
            if found is None:
                cells += ["NaN", "NaN", "NaN"]
                continue
            cells += [f"{v:.4g}" for v in found]
            top, bottom = max(top, found[2]), min(bottom, found[1])
        rows.append(" ".join(cells))
    shades = colours(results.about["columns"])
    lines = []
    for i, column in enumerate(results.columns):
        at = 2 + 3 * i
        label = ":xtic(1)" if i == 0 else ""
        lines.append(f"$d using {at}:{at + 1}:{at + 2}{label} "
                     f"lc rgb '{shades[i]}' title '{column}'")
    lines.append("1 with lines dt 2 lc rgb '#aa0000' notitle")
    scale = ("set logscale y 2\n" f"set yrange [{bottom * 0.8:.4g}:"
             f"{top * 1.2:.4g}]\n" if top > 4 or bottom < 0.25 else
             f"set yrange [0:{top * 1.1:.4g}]\n")
    return draw(f"$d << EOD\n" + "\n".join(rows) + "\nEOD\n" + scale +
                "set style data histograms\n"
                "set style histogram errorbars gap 1.5 lw 1\n"
                "set style fill solid 0.9 border rgb '#666666'\n"
                "set boxwidth 0.95\n"
                "set xtics rotate by -15\n"
                f"set ylabel 'times as fast as {results.reference}'\n"
                f"set title '{title}: {metric} (1 = {results.reference})'\n"
                "plot " + ", ".join(lines) + "\n", name)


def chunks(cases):
    """Cases of one plot each, by their first word when they are many."""
    if len(cases) <= BARS_MAX:
        return {"": cases}
    groups = {}
    for case in cases:
        groups.setdefault(case.split("/")[0], []).append(case)
    if max(len(g) for g in groups.values()) == 1 or len(groups) > 8:
        return {f"{i // BARS_MAX + 1}": cases[i:i + BARS_MAX]
                for i in range(0, len(cases), BARS_MAX)}
    return groups


def of_program(results, program):
    """Every SVG for one question."""
    found = []
    if program in CURVES:
        for metric in headline(program):
            for group, cases in groups_of(
                    results.cases(program, metric)).items():
                if len(cases) < 2:
                    continue
                name = f"{program}_{group}_{metric}".replace("/", "_")
                found.append(curve(results, program, group, cases, metric,
                                   name))
    else:
        for metric in headline(program)[:1]:
            for group, cases in chunks(results.cases(program, metric)).items():
                name = f"{program}_{group}_{metric}".replace("/", "_")
                found.append(bars(results, program, f"{program} {group}".strip(),
                                  cases, metric, name))
    return [svg for svg in found if svg]
