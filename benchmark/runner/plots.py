# SPDX-License-Identifier: MIT
"""Plots by gnuplot, as SVG text, drawn for the width of a phone.

dots()    a case per band: how many times as good as the reference, with the
          spread of the runs. The line at 1 is the reference, the grey its noise.
curve()   figures as they are, over the number that ends the case's name.

Names stand beside what they name; there is no legend.
"""
import math
import shutil
import subprocess

import palette
from questions import CURVES, METRICS, headline, position
from stats import direction, spread

WIDTH, FONT = 400, 12
LANE, TITLE = 11, 21        # Heights in a band: of a column, of the case's name.
LABEL_GAP = 13              # Between two names at the ends of curves.
LETTER = 7                  # Width of one letter of a column's name.
BANDS_MAX = 8               # Cases in one plot.
TICKS = [2.0 ** i for i in range(-12, 16)]
# gnuplot's points: a ring, a disc, a rhomb.
HOLLOW, FULL, OPEN = 6, 7, 12
POINTS = {"off": HOLLOW, "default": FULL, "on": OPEN}


def why_not():
    return "" if shutil.which("gnuplot") else "gnuplot is not installed"


def draw(script, name, height):
    """The SVG of a gnuplot script, to be put into a page; None if it failed."""
    head = (f"set terminal svg size {WIDTH},{height} dynamic "
            f"font 'sans-serif,{FONT}' noenhanced name '{name}'\n"
            f"set border 1 lc rgb '{palette.LINE}'\nset tics nomirror\n"
            f"set xtics tc rgb '{palette.SOFT}'\n"
            f"set ytics tc rgb '{palette.SOFT}'\nunset key\n"
            "set style textbox opaque noborder margins 2,1\nset bars 0.6\n")
    done = subprocess.run(["gnuplot"], input=head + script, text=True,
                          capture_output=True)
    start = done.stdout.find("<svg")
    if done.returncode != 0 or start < 0:
        print(f"plots: {name}: {done.stderr.strip()[:300]}")
        return None
    return done.stdout[start:]


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def label(text, place, colour, more=""):
    return (f"set label {quoted(text)} at {place} tc rgb '{colour}' "
            f"{more}\n")


def point_of(column):
    return POINTS.get(column["spin"], FULL)


def size_of(column):
    return 0.7 if point_of(column) == OPEN else 0.5


# -- dots -------------------------------------------------------------------


def fraction(tick):
    return f"{tick:g}" if tick >= 1 else f"1/{1 / tick:g}"


def gain_axis(low, high):
    """Powers of two, so that half and twice are equally far from 1."""
    low, high = min(low, 0.8) / 1.1, max(high, 1.25) * 1.1
    inside = [tick for tick in TICKS if low <= tick <= high]
    step = math.ceil(len(inside) / 7)
    kept = [tick for tick in inside if round(math.log2(tick)) % step == 0]
    tics = ", ".join(f"'{fraction(tick)}' {tick}" for tick in kept)
    grid = "".join(f"set arrow from first {tick}, graph 0 to first {tick}, "
                   f"graph 1 nohead back lc rgb '{palette.LINE}'\n"
                   for tick in kept if tick != 1)
    parity = (f"set arrow from first 1, graph 0 to first 1, graph 1 nohead "
              f"back lw 1.5 lc rgb '{palette.SOFT}'\n")
    return (f"set logscale x 2\nset xrange [{low}:{high}]\n"
            f"set xtics ({tics})\n" + grid + parity)


def noise_box(results, key, top, bottom, number):
    """What the reference itself does from run to run."""
    own = results.gain(key, results.reference)
    if not own or own[1] == own[2]:
        return ""
    return (f"set object {number} rectangle from {own[1]},{bottom} to "
            f"{own[2]},{top} fs solid noborder fc rgb '{palette.GREY}' back\n")


def band(results, keys, columns):
    """Of a plot: labels and boxes as script, points of each column, the range,
    and the height in lanes' units."""
    script, points, low, high, y = "", {}, 1.0, 1.0, 0.0
    for number, (title, key) in enumerate(keys, 1):
        script += label(title, f"graph 0, first {y - TITLE / 2}", palette.INK,
                        "offset character 0.4,0 front boxed")
        top = y = y - TITLE
        for column in columns:
            y -= LANE
            found = results.gain(key, column["name"])
            if found:
                points.setdefault(column["name"], []).append(
                    (y + LANE / 2, *found))
                low, high = min(low, found[1]), max(high, found[2])
        script += noise_box(results, key, top, y, number)
    return script, points, low, high, -y + LANE / 2


def place_name(name, points, low, high):
    """(script's place, its alignment) beside the uppermost dot that has room for
    the name; at the right edge where none has."""
    width = math.log(high / low)
    needs = len(name) * LETTER / WIDTH * width
    for y, _, least, most in sorted(points, reverse=True):
        if math.log(high / most) > needs:
            return f"{most},{y}", "left offset character 0.7,0"
        if math.log(least / low) > needs:
            return f"{least},{y}", "right offset character -0.7,0"
    return f"graph 0.99, first {max(points)[0]}", "right boxed"


def names(points, columns, shades, low, high):
    """Each column's name, once."""
    script = ""
    for column, shade in zip(columns, shades):
        if column["name"] in points:
            at, side = place_name(column["name"], points[column["name"]], low,
                                  high)
            script += label(column["name"], at, shade,
                            f"{side} front font ',10'")
    return script


def dots(results, title, keys, name):
    """keys: [(name of the case, key)], all of one metric."""
    columns = [c for c in results.about["columns"]
               if c["name"] != results.reference]
    shades = palette.of_columns(columns)
    script, points, low, high, tall = band(results, keys, columns)
    if not points:
        return None
    blocks, lines = "", []
    for i, (column, shade) in enumerate(zip(columns, shades)):
        if column["name"] not in points:
            continue
        rows = "\n".join(" ".join(f"{v:.6g}" for v in (p[1], p[0], p[2], p[3]))
                         for p in points[column["name"]])
        blocks += f"$d{i} << EOD\n{rows}\nEOD\n"
        lines.append(f"$d{i} using 1:2:3:4 with xerrorbars lc rgb '{shade}' "
                     f"lw 1.2 pt {point_of(column)} ps {size_of(column)}")
    foot, head = 38, 26
    height = int(tall) + foot + head
    return draw(
        blocks + script + gain_axis(low, high)
        + names(points, columns, shades, low, high)
        + f"set yrange [{-tall}:0]\nunset ytics\n"
        f"set bmargin at screen {foot / height}\n"
        f"set tmargin at screen {1 - head / height}\n"
        "set lmargin at screen 0.02\nset rmargin at screen 0.98\n"
        + label(title, f"screen 0.02, screen {1 - 13 / height}", palette.INK,
                "font ',13'")
        + label("worse", f"screen 0.02, screen {9 / height}", palette.BAD)
        + label("better", f"screen 0.98, screen {9 / height}", palette.GOOD,
                "right")
        + label(f"times as good as {results.reference}",
                f"screen 0.5, screen {9 / height}", palette.SOFT, "center")
        + "plot " + ", ".join(lines) + "\n", name, height)


# -- curves -----------------------------------------------------------------


def spread_out(places, gap, low, high):
    """Heights near `places`, in their order, at least `gap` apart and between
    low and high."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    found, floor = [0.0] * len(places), low
    for i in order:
        found[i] = floor = max(places[i], floor)
        floor += gap
    ceiling = high
    for i in reversed(order):
        found[i] = ceiling = min(found[i], ceiling)
        ceiling -= gap
    return found


def curve_points(results, program, cases, metric, column):
    points = []
    for case in cases:
        key = f"{program}/{case}/{metric}"
        runs = results.runs(key, column)
        x = position(results, program, case)
        if runs and x and results.median(key, column) > 0:
            low, high = spread(runs)
            points.append((x, results.median(key, column), max(low, 1e-9),
                           high))
    return sorted(points)


def figures_axis(low, high):
    """(script, share of the height for a value)."""
    numbers = "%g" if high < 1000 else "%.0s%c"
    text = f"set format y '{numbers}'\n"
    if low > 0 and high / low > 10:
        bottom, top = low / 1.5, high * 1.5
        return (text + f"set logscale y\nset yrange [{bottom}:{top}]\n",
                lambda v: math.log(v / bottom) / math.log(top / bottom))
    top = high * 1.1
    return text + f"set yrange [0:{top}]\n", lambda v: v / top


def curve(results, program, group, cases, metric, name):
    """Absolute figures with the range of the runs."""
    columns = results.about["columns"]
    blocks, lines, ends = "", [], []
    for i, (column, shade) in enumerate(zip(columns,
                                            palette.of_columns(columns))):
        points = curve_points(results, program, cases, metric, column["name"])
        if not points:
            continue
        rows = "\n".join(" ".join(f"{v:.6g}" for v in p) for p in points)
        blocks += f"$d{i} << EOD\n{rows}\nEOD\n"
        dash = "dt 2" if column["spin"] == "on" else "dt 1"
        colour = f"lc rgb '{shade}'"
        lines.append(
            f"$d{i} using 1:2:3:4 with yerrorbars {colour} lw 0.8 pt "
            f"{point_of(column)} ps {size_of(column)}, "
            f"$d{i} using 1:2 with lines {colour} lw 1.5 {dash}")
        ends.append((column["name"], shade, points))
    if not lines:
        return None
    key = f"{program}/{cases[0]}/{metric}"
    unit = results.values[key]["unit"]
    seen = [value for _, _, points in ends for p in points for value in p[1:]]
    axis, share = figures_axis(min(seen), max(seen))
    height, bottom, top, right = 300, 50 / 300, 1 - 34 / 300, 0.72
    places = spread_out(
        [bottom + share(points[-1][1]) * (top - bottom)
         for _, _, points in ends], LABEL_GAP / height, bottom, top)
    ticks = sorted({p[0] for _, _, points in ends for p in points})
    better = "up is better" if direction(key, unit) > 0 else "down is better"
    what = METRICS.get(metric, metric)
    return draw(
        blocks + axis + "set logscale x\n"
        f"set xrange [{ticks[0] / 1.15}:{ticks[-1] * 1.15}]\n"
        f"set grid ytics lc rgb '{palette.LINE}'\n"
        "set xtics (" + ", ".join(f"'{t:g}' {t}" for t in thinned(ticks)) + ")\n"
        f"set bmargin at screen {bottom}\nset tmargin at screen {top}\n"
        f"set lmargin at screen 0.12\nset rmargin at screen {right}\n"
        + label(f"{group or program}: {what}, {unit} ({better})",
                f"screen 0.02, screen {1 - 13 / height}", palette.INK,
                "font ',13'")
        + label(CURVES[program], f"screen 0.42, screen {11 / height}",
                palette.SOFT, "center")
        + "".join(label(text, f"screen {right + 0.015}, screen {place}", shade,
                        "font ',11'")
                  for (text, shade, _), place in zip(ends, places))
        + "plot " + ", ".join(lines) + "\n", name, height)


def thinned(ticks):
    """Of the numbers measured, those far enough apart to be read."""
    kept = []
    for tick in ticks:
        if not kept or tick / kept[-1] >= 2.4:
            kept.append(tick)
    return kept


# -- all of a question ------------------------------------------------------


def groups_of(cases):
    """The cases by what comes before the last slash."""
    groups = {}
    for case in cases:
        groups.setdefault(case.rpartition("/")[0], []).append(case)
    return groups


def chunks(cases):
    """Cases of one plot each, by their first word when they are many."""
    if len(cases) <= BANDS_MAX:
        return [("", cases)]
    groups = {}
    for case in cases:
        groups.setdefault(case.split("/")[0], []).append(case)
    if max(map(len, groups.values())) == 1:
        groups = {"": cases}
    return [(word, some[i:i + BANDS_MAX]) for word, some in groups.items()
            for i in range(0, len(some), BANDS_MAX)]


def of_program(results, program):
    """Every SVG for one question: gain beside cost, then the curves."""
    found = []
    metrics = headline(program)
    for number, (word, cases) in enumerate(
            chunks(results.cases(program, metrics[0]))):
        for metric in metrics:
            keys = [(case, f"{program}/{case}/{metric}") for case in cases
                    if results.gain(f"{program}/{case}/{metric}",
                                    results.reference)]
            if keys:
                name = f"{program}_{number}_{metric}".replace("/", "_")
                title = " ".join((program, word)).strip()
                found.append(dots(results, f"{title}: "
                                  f"{METRICS.get(metric, metric)}", keys, name))
    for metric in metrics if program in CURVES else ():
        for group, cases in groups_of(results.cases(program, metric)).items():
            if len(cases) > 1:
                name = f"{program}_{group}_{metric}".replace("/", "_")
                found.append(curve(results, program, group, cases, metric, name))
    return [svg for svg in found if svg]
