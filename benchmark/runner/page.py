# SPDX-License-Identifier: MIT
"""The report: one HTML page that needs nothing but itself."""
import html

import machine
import plots
from questions import ORDER, answer, headline
from stats import number, spread

STYLE = """
body { font: 15px/1.5 sans-serif; max-width: 1100px; margin: 2em auto;
       padding: 0 1em; color: #222; }
h2 { margin-top: 2.5em; border-top: 1px solid #ccc; padding-top: .7em; }
.question { font-size: 1.15em; font-style: italic; }
table { border-collapse: collapse; font-size: 13px; margin: .8em 0; }
td, th { padding: .15em .6em; text-align: right; white-space: nowrap; }
td:first-child, th:first-child { text-align: left; }
tr:nth-child(even) { background: #f5f5f5; }
.worse { color: #c00000; font-weight: bold; }
.better { color: #00702c; }
.maybe { color: #a06000; }
.spread { color: #888; font-size: 11px; }
.behind { border-left: 4px solid #c00000; padding-left: 1em; }
.plots { display: grid; grid-template-columns: 1fr 1fr; gap: 1em; }
svg { width: 100%; height: auto; }
pre { background: #f0f0f0; padding: .6em; overflow-x: auto; }
"""
CLASSES = {"worse": "worse", "better": "better", "maybe worse": "maybe",
           "maybe better": "maybe"}


def esc(text):
    return html.escape(str(text))


def cell(results, key, column):
    runs = results.runs(key, column)
    if not runs:
        return "<td>-</td>"
    text = number(results.median(key, column))
    quotient = results.ratio(key, column)
    if column != results.reference and quotient is not None:
        text += f" <b>{quotient:.2f}x</b>"
    if len(runs) > 1:
        low, high = spread(runs)
        text += f' <span class="spread">{number(low)}-{number(high)}</span>'
    kind = CLASSES.get(results.verdict(key, column), "")
    return f'<td class="{kind}">{text}</td>'


def table(results, keys):
    """keys: [(title, key)]"""
    head = "".join(f"<th>{esc(c)}</th>" for c in results.columns)
    rows = []
    for title, key in keys:
        unit = results.values[key]["unit"]
        cells = "".join(cell(results, key, c) for c in results.columns)
        rows.append(f"<tr><td>{esc(title)}, {esc(unit)}</td>{cells}</tr>")
    return f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def section(results, program, can_plot):
    keys = [(f"{case} {metric}", f"{program}/{case}/{metric}")
            for metric in headline(program)
            for case in results.cases(program, metric)]
    everything = [(key.split("/", 1)[1], key) for key in results.values
                  if key.startswith(program + "/")]
    parts = [f'<h2 id="{esc(program)}">{esc(program)}</h2>',
             f'<p class="question">{esc(results.questions.get(program, ""))}'
             "</p>", f"<p><b>Answer.</b> {esc(answer(results, program))}</p>"]
    if can_plot:
        parts.append('<div class="plots">' + "\n".join(
            plots.of_program(results, program)) + "</div>")
    parts.append(table(results, keys))
    parts.append("<details><summary>All figures: latencies, user and system "
                 "time, context switches and system calls per operation, peak "
                 f"memory</summary>{table(results, everything)}</details>")
    only = " ".join(("scripts/bench", "--only", program))
    parts.append(f"<p>Repeat: <code>{esc(only)}</code></p>")
    return "\n".join(parts)


def losses(results):
    found = results.losses(("rate", "cpu", "value"))
    behind = [loss for loss in found if loss[3] == "worse"]
    unsure = len(found) - len(behind)
    if not behind:
        return (f'<div class="behind"><p>In no figure of rate or CPU time is '
                f"Pollux surely behind {esc(results.reference)}; in {unsure} it "
                "may be: the runs overlap, or there was one only.</p></div>")
    rows = "".join(
        f'<tr><td class="worse">{esc(key)}</td><td class="worse">'
        f"{esc(column)}</td><td class=\"worse\">{quotient:.2f}x</td></tr>"
        for key, column, quotient, _ in behind)
    return (f'<div class="behind"><p class="worse">Pollux is behind '
            f"{esc(results.reference)} in {len(behind)} figures of rate or CPU "
            f"time, and perhaps in {unsure} more, where the runs overlap.</p>"
            f"<details><summary>Which</summary><table>{rows}</table></details>"
            "</div>")


def notes(results):
    rows = "".join(f"<tr><td>{esc(kind)}</td><td>{esc(program)}/{esc(case)}</td>"
                   f"<td>{esc(column)}</td><td>{esc(text)}</td></tr>"
                   for program, column, kind, case, text in results.notes)
    if not rows:
        return ""
    return ("<h2>Left out, and why</h2><table><tr><th>what</th><th>case</th>"
            f"<th>library</th><th>reason</th></tr>{rows}</table>")


def about(results):
    facts = results.about["machine"]
    rows = "".join(f"<tr><td>{esc(k)}</td><td>{esc(v)}</td></tr>"
                   for k, v in facts.items())
    cautions = "".join(f"<li>{esc(w)}</li>" for w in machine.warnings(facts))
    libs = "".join(
        f"<tr><td>{esc(c['name'])}</td><td>{esc(c['version'])}</td>"
        f"<td>{esc(' '.join(f'{k}={v}' for k, v in c['env'].items()))}</td>"
        f"<td>{esc(c['path'])}</td></tr>" for c in results.about["columns"])
    return (f"<h2>What was compared</h2><table><tr><th>column</th><th>says it is"
            f"</th><th>environment</th><th>file</th></tr>{libs}</table>"
            f"<h2>Machine</h2><table>{rows}</table>"
            f"<p>Mind:</p><ul>{cautions}</ul>")


def write(results, path):
    reason = plots.why_not()
    programs = sorted(results.programs(), key=lambda p: (
        ORDER.index(p) if p in ORDER else len(ORDER)))
    links = " &middot; ".join(f'<a href="#{esc(p)}">{esc(p)}</a>'
                              for p in programs)
    facts = results.about["machine"]
    info = results.about
    quick = (" <b>A quick run: a first look, not a measurement.</b>"
             if info["quick"] else "")
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        "<title>Pollux benchmarks</title>", f"<style>{STYLE}</style></head>",
        "<body><h1>Pollux beside libuv</h1>",
        f"<p>{esc(info['date'])}, {esc(facts['cpu'])}, {esc(facts['cores'])} "
        f"cores, Linux {esc(facts['kernel'])}. Medians of {info['runs']} "
        f"interleaved runs; small grey: the least and the most. The factor in "
        f"bold is against {esc(results.reference)}.{quick}</p>",
        f"<pre>{esc(info['command'])}</pre>", losses(results),
        f"<p>{links}</p>",
    ]
    if reason:
        parts.append(f"<p>No plots: {esc(reason)}.</p>")
    parts += [section(results, program, not reason) for program in programs]
    parts += [about(results), notes(results),
              "<p>How it is measured, what is noisy, and what must not be "
              "concluded: docs/benchmarking.md.</p></body></html>\n"]
    with open(path, "w") as file:
        file.write("\n".join(parts))
