# SPDX-License-Identifier: MIT
"""Results to be kept, below docs/results/: NAME.json with every figure, and the
page NAME.md with the tables of medians and the command that made them."""
import io
import os
import subprocess
import textwrap

import machine
import table

COLUMNS_MAX = 118
HERE = os.path.dirname(os.path.abspath(__file__))


def commit():
    """The commit measured; `+` when the tree had changes."""
    done = subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty=+"],
                          capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def paragraph(text, indent=""):
    return "\n".join(textwrap.wrap(
        text, COLUMNS_MAX, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False))


def page(results, name):
    info, facts = results.about, results.about["machine"]
    quick = " A quick run: a first look, not a measurement." if info["quick"] else ""
    columns = ", ".join(
        f"`{c['name']}`" + (f" ({c['version']})" if c["version"] else "")
        for c in info["columns"])
    parts = [
        f"# Results: {name}",
        paragraph(f"{info['date']}, commit {info['commit']}, {facts['cpu']}, "
                  f"{facts['cores']} cores, Linux {facts['kernel']}. Medians of "
                  f"{info['runs']} interleaved runs, then how many times as good "
                  f"as {results.reference}: more is better in every row. `!` marks "
                  f"a figure that is surely behind.{quick} Made by"),
        f"    {info['command']}",
        paragraph(f"Columns: {columns}. All figures of all runs, with latencies, "
                  f"context switches and peak memory: [{name}.json]({name}.json). "
                  "[Benchmarking](../benchmarking.md) says how it is measured and "
                  "what must not be concluded."),
        "\n".join(paragraph("- " + text, "  ")
                  for text in machine.warnings(facts)),
    ]
    for program in results.programs():
        lines = io.StringIO()
        table.print_program(results, program, None, lines)
        if not lines.getvalue():
            continue
        parts += [f"## {program}",
                  paragraph(results.questions.get(program, "")),
                  "```\n" + lines.getvalue().rstrip("\n") + "\n```"]
    if results.notes:
        parts += ["## Left out, and why", "\n".join(
            paragraph(f"- {kind}: `{program}/{case}` on {column}: {text}", "  ")
            for program, column, kind, case, text in results.notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def write(results, path):
    """Writes PATH.json and PATH.md; their names."""
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    results.about.setdefault("commit", commit())
    results.save(path + ".json")
    with open(path + ".md", "w") as file:
        file.write(page(results, os.path.basename(path)))
    return path + ".json", path + ".md"
