# SPDX-License-Identifier: MIT
"""The report: one HTML page that needs nothing but itself. From the top: what was
compared and on which machine, a line per question, the heat map, where Pollux is
behind, then each question with its plots and tables."""
import os

import heat
import machine
import palette
import plots
import table
from answers import ONE_RUN, answer, growth, lead_column
from heat import esc
from questions import ORDER, headline
from stats import times

BEHIND_SHOWN = 6
CSS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "style.css")
CLASSES = {"one run": "one"}


def style(results):
    variables = {"ink": palette.INK, "paper": palette.PAPER,
                 "soft": palette.SOFT, "line": palette.LINE,
                 "link": palette.LINK, "panel": palette.PANEL,
                 "good": palette.GOOD, "bad": palette.BAD,
                 "count": max(1, len(heat.compared(results)))}
    root = "".join(f"--{name}: {value}; " for name, value in variables.items())
    with open(CSS) as file:
        return f":root {{ {root}}}\n{file.read()}"


# -- what was compared, on top ----------------------------------------------


def facts(results):
    info, host = results.about, results.about["machine"]
    reference = info["columns"][0]
    ours = results.polluxes()
    is_virtual = ", virtual" if host["virtual"] == "yes" else ""
    rows = [("Reference", f"{reference['name']} {reference['version']}"),
            ("Pollux", f"API of libuv {ours[0]['version']}" if ours else "none"),
            ("Runs of each figure", info["runs"]),
            ("Load before", load_text(host)),
            ("Machine", f"{host['cpu']}, {host['usable cores']} "
             f"cores{is_virtual}"),
            ("System", f"Linux {host['kernel']}"),
            ("Date", info["date"])]
    if info.get("commit"):
        rows.insert(2, ("Commit", info["commit"]))
    return '<dl class="facts">' + "".join(
        f"<div><dt>{esc(k)}</dt><dd>{esc(v)}</dd></div>"
        for k, v in rows) + "</dl>"


def load_text(host):
    word = "busy" if machine.is_busy(host) else "quiet"
    return f"{host['load before'] or 'unknown'} ({word})"


def warnings(results):
    parts, info = [], results.about
    if info["quick"]:
        parts.append("<b>A quick run</b>: a first look, not a measurement.")
    if results.is_one_run():
        parts.append(f"<b>{ONE_RUN.capitalize()}.</b> A figure of one run has "
                     "no spread, so nothing here is called better or worse.")
    if info["columns"][0]["is_pollux"]:
        parts.append("<b>No libuv in this run.</b> Pollux is compared with "
                     f"{esc(results.reference)}, which is a Pollux too.")
    if machine.is_busy(info["machine"]):
        parts.append("<b>The machine was busy</b> before this run (load "
                     f"{esc(info['machine']['load before'])}). Repeat it when "
                     "nothing else runs.")
    failed = sum(note[2] == "failed" for note in results.notes)
    if failed:
        parts.append(f"<b>{failed} cases failed.</b> See the end of the page.")
    return "".join(f'<p class="warn">{text}</p>' for text in parts)


# -- answers ----------------------------------------------------------------


def answer_line(results, program):
    start, text, word, remark = answer(results, program)
    return (f'<li class="{CLASSES.get(word, word)}"><div>'
            f'<a href="#{esc(program)}">{esc(start)}</a>: <b>{esc(text)}</b>'
            f'</div><div class="remark">{esc(remark)}</div></li>')


def answers(results, programs):
    column = lead_column(results)
    if column is None:
        return "<p>There is one library only: nothing to compare.</p>"
    asked = next(c for c in results.about["columns"] if c["name"] == column)
    setting = " ".join(f"{k}={v}" for k, v in asked["env"].items())
    with_what = f", with <code>{esc(setting)}</code>" if setting else ""
    return ("<h2>In short</h2><p>"
            f"Pollux as <b>{esc(column)}</b>{with_what}, against "
            f"{esc(results.reference)}. Each line is the middle one of the "
            "question's cases. Behind it: the least and the most of them, and "
            "how many figures are surely better, surely worse, or even within "
            "the noise.</p>"
            '<ul class="answers">'
            + "".join(answer_line(results, p) for p in programs) + "</ul>")


def behind(results):
    found = results.losses(("rate", "cpu", "value"))
    parts = ["<h2>Where Pollux is behind</h2>",
             f"<p>{esc(table.summary(results))}</p>"]
    rows = [f'<tr><td style="{heat.colours("worse", gain)}"><b>{times(gain)}'
            f"</b></td><td>{esc(key)}</td><td>{esc(column)}</td></tr>"
            for key, column, gain in found]
    start = '<table class="plain"><tbody>'
    if rows:
        parts.append(start + "".join(rows[:BEHIND_SHOWN]) + "</tbody></table>")
    if len(rows) > BEHIND_SHOWN:
        parts.append(f"<details><summary>The other {len(rows) - BEHIND_SHOWN}"
                     f"</summary>{start}" + "".join(rows[BEHIND_SHOWN:])
                     + "</tbody></table></details>")
    return "".join(parts)


# -- a question -------------------------------------------------------------


def section(results, program, can_plot):
    keys = [(f"{case} {metric}", f"{program}/{case}/{metric}")
            for metric in headline(program)
            for case in results.cases(program, metric)]
    everything = [(key.split("/", 1)[1], key) for key in results.values
                  if key.startswith(program + "/")]
    start, text, _, remark = answer(results, program)
    parts = [f'<h2 id="{esc(program)}">{esc(program)}</h2>',
             f"<p><i>{esc(results.questions.get(program, ''))}</i></p>",
             f"<p>{esc(start)}: <b>{esc(text)}</b> "
             f'<span class="soft">({esc(remark)})</span>. '
             f"{esc(growth(results, program))}</p>"]
    if can_plot:
        parts.append('<div class="plots">' + "".join(
            f"<figure>{svg}</figure>"
            for svg in plots.of_program(results, program)) + "</div>")
    parts += [heat.table(results, keys),
              "<details><summary>All figures: latencies, user and system time, "
              "context switches and system calls per operation, peak memory"
              f"</summary>{heat.table(results, everything)}</details>",
              '<p class="small soft">Repeat: <code>scripts/bench --only '
              f"{esc(program)}</code></p>"]
    return "\n".join(parts)


# -- the end ----------------------------------------------------------------


def plain_table(head, rows):
    cells = "".join("<tr>" + "".join(f"<td>{esc(c)}</td>" for c in row) + "</tr>"
                    for row in rows)
    names = "".join(f"<th>{esc(name)}</th>" for name in head)
    return (f'<table class="plain"><thead><tr>{names}</tr></thead><tbody>'
            f"{cells}</tbody></table>")


def about(results):
    host = results.about["machine"]
    cautions = "".join(f"<li>{esc(w)}</li>" for w in machine.warnings(host))
    libraries = [(c["name"], c["version"],
                  " ".join(f"{k}={v}" for k, v in c["env"].items()), c["path"])
                 for c in results.about["columns"]]
    parts = ["<h2>How it was measured</h2>",
             f"<pre>{esc(results.about['command'])}</pre><ul>{cautions}</ul>",
             "<p>docs/benchmarking.md says how it is measured, what is noisy, "
             "and what must not be concluded.</p>",
             plain_table(("column", "says it is", "environment", "file"),
                         libraries),
             "<details><summary>The machine</summary>",
             plain_table(("", ""), host.items()), "</details>"]
    if results.notes:
        parts += ["<h2>Left out, and why</h2>", plain_table(
            ("what", "case", "library", "reason"),
            [(kind, f"{program}/{case}", column, text)
             for program, column, kind, case, text in results.notes])]
    return "".join(parts)


def write(results, path):
    reason = plots.why_not()
    programs = sorted(results.programs(), key=lambda p: (
        ORDER.index(p) if p in ORDER else len(ORDER)))
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>Pollux beside libuv</title>",
        f"<style>{style(results)}</style></head><body>",
        "<h1>Pollux beside libuv</h1>",
        '<p class="soft">A reading of two minutes. In every factor of this page '
        "more is better: 2x is twice the rate, or half the cost.</p>",
        facts(results), warnings(results), answers(results, programs),
        "<h2>Every question, every column</h2>",
        "<p>How many times as good the middle case is. Grey: the runs overlap, "
        "or differ by less than 3 %. Point at a cell for its case and its "
        "range.</p>", heat.heat_map(results, programs), behind(results),
    ]
    if reason:
        parts.append(f"<p>No plots: {esc(reason)}.</p>")
    else:
        parts.append(
            "<h2>The questions one by one</h2><p>A dot is a median, its line "
            "the least and the most of the runs. The grey field is the spread "
            "of the reference itself. Right of the line at 1 is better. Hollow "
            "round dots: no busy polling; full: the default; rhombs: busy "
            "polling forced.</p>")
    parts += [section(results, program, not reason) for program in programs]
    parts += [about(results), "</body></html>\n"]
    with open(path, "w") as file:
        file.write("\n".join(parts))
