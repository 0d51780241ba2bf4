# SPDX-License-Identifier: MIT
"""The heat map of all questions, and the tables of figures. A cell's colour says
the verdict and how far: green better, red worse, grey where nothing is proved."""
import html

import palette
from answers import middle
from questions import METRICS, headline
from stats import number, spread, times

SPIN_NAMES = {"off": "no spin", "default": "default", "on": "spin"}
WORDS = {"better": "better", "worse": "worse", "same": "no difference",
         "noise": "within the noise", "one run": "one run: no verdict",
         "none": "not compared"}


def esc(text):
    return html.escape(str(text))


def colours(word, gain):
    background = palette.cell(word, gain or 1)
    return f"background:{background};color:{palette.text_on(background)}"


def column_head(column):
    if not column["is_pollux"] or ":" in column["name"]:
        return esc(column["name"])
    spin = SPIN_NAMES.get(column["spin"], "")
    return f'{esc(column["monitor"])}<br>{spin}'


def compared(results):
    return [c for c in results.about["columns"]
            if c["name"] != results.reference]


# -- the heat map -----------------------------------------------------------


def heat_cell(results, program, metric, column):
    found = middle(results, program, metric, column["name"])
    if found is None:
        return f'<td style="{colours("none", 1)}" title="not compared">-</td>'
    total = sum(found.tally.values())
    worse = found.tally["worse"]
    mark = f"<br><small>{worse} of {total} worse</small>" if (
        worse and found.word != "worse") else ""
    tip = (f"{column['name']}, {found.key}: {WORDS[found.word]}; all cases: "
           f"{times(found.least)} to {times(found.most)}, {worse} of {total} "
           "worse")
    return (f'<td style="{colours(found.word, found.gain)}" title="{esc(tip)}">'
            f"{times(found.gain)}{mark}</td>")


def heat_rows(results, program):
    """A row per headline metric; the first one has the question's name."""
    rows, first = [], ' class="first"'
    for metric in headline(program):
        cells = [heat_cell(results, program, metric, c)
                 for c in compared(results)]
        if not any("not compared" not in cell for cell in cells):
            continue
        what = METRICS.get(metric, metric)
        link = f'<a href="#{esc(program)}">{esc(program)}</a>: {what}'
        rows.append(f'<tr{first}><th scope="row">{link}</th>'
                    + "".join(cells) + "</tr>")
        first = ""
    return rows


def key():
    """What the colours mean."""
    parts = []
    for step, text in ((0.1, "a tenth or less"), (0.4, "less than half"),
                       (0.9, "worse")):
        parts.append(("worse", step, text))
    parts.append(("noise", 1, "within the noise"))
    for step, text in ((1.1, "better"), (3, "more than twice"),
                       (20, "ten times or more")):
        parts.append(("better", step, text))
    return '<p class="key">' + "".join(
        f'<span style="{colours(word, gain)}">{text}</span>'
        for word, gain, text in parts) + "</p>"


def heat_map(results, programs):
    columns = compared(results)
    if not columns:
        return "<p>There is one library only: nothing to compare.</p>"
    head = "".join(f"<th>{column_head(c)}</th>" for c in columns)
    rows = "".join(row for program in programs
                   for row in heat_rows(results, program))
    return (f"{key()}<table class=\"heat\"><thead><tr><th>times as good as "
            f"{esc(results.reference)}</th>{head}</tr></thead><tbody>{rows}"
            "</tbody></table>")


# -- tables of figures ------------------------------------------------------


def figure(results, key, column):
    name = column["name"]
    runs = results.runs(key, name)
    attribute = f'data-name="{esc(name)}"'
    if not runs:
        return f"<td {attribute}>-</td>"
    gain, word = results.gain(key, name), results.verdict(key, name)
    value = number(results.median(key, name))
    is_reference = name == results.reference
    style = "" if is_reference or word == "none" else (
        f' style="{colours(word, gain[0])}"')
    factor = times(gain[0]) if gain and not is_reference else ""
    low, high = spread(runs)
    ends = f"{number(low)} to {number(high)}" if len(runs) > 1 else ""
    return (f'<td {attribute}{style} title="{WORDS[word]}"><b>{factor}</b> '
            f"<span>{value}</span> <small>{ends}</small></td>")


def table(results, keys):
    """keys: [(title, key)]"""
    columns = results.about["columns"]
    head = "".join(f"<th>{esc(c['name'])}</th>" for c in columns)
    rows = "".join(
        f'<tr><th scope="row">{esc(title)}, '
        f"{esc(results.values[key]['unit'])}</th>"
        + "".join(figure(results, key, c) for c in columns) + "</tr>"
        for title, key in keys)
    return (f'<table class="figures"><thead><tr><th></th>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table>")
