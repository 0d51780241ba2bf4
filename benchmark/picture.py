#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The picture of docs/performance.md, from the tables of a page of results.

  picture.py PAGE.md OUT.svg           write it
  picture.py --check PAGE.md OUT.svg   fail when OUT.svg is not what PAGE.md says

Each bar is how many times as good as libuv the table says; more is better. Pages
of an older runner have a ratio behind a slash, of a cost (us) its inverse.
"""
import math
import pathlib
import re
import sys

# Heading, column of the tables, and rows: label, section, case, metric.
GROUPS = [
    ("Default settings", "epoll+default", [
        ("Node: readFile", "real", "node_readfile", "value"),
        ("BIND: queries", "real", "named_dnsperf", "value"),
        ("Node: HTTP", "real", "node_http", "value"),
        ("uvloop: echo", "real", "uvloop_echo", "value")]),
    ("Busy polling off: operations per second", "epoll", [
        ("pool: stat, 16 threads, 64 in flight", "pool", "stat/16t/64", "rate"),
        ("pool: stat, 4 threads, 64 in flight", "pool", "stat/4t/64", "rate"),
        ("pool: stat, 4 threads, 1 in flight", "pool", "stat/4t/1", "rate"),
        ("timers: cancel among a million", "timers", "cancel/mixed", "rate"),
        ("timers: restart among a million", "timers", "restart/mixed", "rate"),
        ("timers: fire among a million", "timers", "fire/mixed", "rate"),
        ("spawn from a parent of 200 MB", "spawn", "parent_mb/200", "rate"),
        ("spawn from a parent of 10 MB", "spawn", "parent_mb/10", "rate"),
        ("UDP: 64 datagrams queued", "udp_flood", "send/64", "rate"),
        ("wake-up among 10 000 idle handles", "async_wake", "senders8/10000",
         "rate"),
        ("TCP: 100 connections", "ping_pong", "tcp/64B/100", "rate"),
        ("accept: bursts of 64", "accept", "tcp/burst64", "rate"),
        ("small writes that pile up", "write_queue", "small/16B", "rate")]),
    ("Busy polling off: CPU time per request", "epoll", [
        ("an event among 3200 idle timers", "idle_watchers", "timer/3200", "cpu"),
        ("an event among 3200 idle sockets", "idle_watchers", "tcp/3200", "cpu"),
        ("a request each 10 us", "gap", "gap/10", "cpu"),
        ("a request each 10 ms", "gap", "gap/10000", "cpu")]),
    ("Busy polling forced: operations per second", "epoll+spin", [
        ("TCP: 1 connection", "ping_pong", "tcp/64B/1", "rate"),
        ("two threads: round trips", "async_wake", "round_trip/0", "rate")]),
    ("Busy polling forced: CPU time per request", "epoll+spin", [
        ("a request each 10 us", "gap", "gap/10", "cpu")]),
]
WIDTH, LEFT, ROW, LOW, HIGH = 760, 270, 19, 0.2, 64
BLUE, RED, GREY = "#0072b2", "#c0392b", "#888888"


def gains(line, unit):
    """How many times as good each column is: 2.0x, or /0.50 of a cost."""
    old = [float(text) for text in re.findall(r"\s/([\d.]+)", line)]
    if old:
        return [1 / ratio if unit.startswith("us") and ratio else ratio
                for ratio in old]
    return [float(text) for text in re.findall(r"\s([\d.]+)x", line)]


def tables(text):
    """{(section, case, metric, column): times as good}"""
    found, section, columns = {}, None, []
    for line in text.splitlines():
        if line.startswith(("## ", "### ")):
            section, columns = line.lstrip("# ").strip(), []
        elif line.startswith("  ") and "libuv" in line and " /" not in line:
            columns = line.split()[1:]
        elif line.startswith("  ") and columns:
            row = re.match(r"  (\S+) (\S+) (\S+)  ", line)
            times = gains(line, row[3]) if row else []
            if len(times) == len(columns):
                for column, value in zip(columns, times):
                    found[section, row[1], row[2], column] = value
    return found


def place(value):
    """The x of a ratio, on a scale of powers."""
    value = min(max(value, LOW), HIGH)
    share = math.log(value / LOW) / math.log(HIGH / LOW)
    return LEFT + share * (WIDTH - LEFT - 50)


def picture(text):
    figures, parts, y = tables(text), [], 30
    for title, column, rows in GROUPS:
        y += 10
        parts.append(f'<text x="8" y="{y + 12}" font-weight="bold">{title}</text>')
        y += ROW
        for label, section, case, metric in rows:
            if (section, case, metric, column) not in figures:
                sys.exit(f"there is no {section}/{case} {metric} on {column}")
            times = figures[section, case, metric, column]
            left, right = sorted((place(1), place(times)))
            colour = GREY if abs(times - 1) < 0.1 else BLUE if times > 1 else RED
            parts.append(
                f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{label}'
                f'</text><rect x="{left:.1f}" y="{y + 2}" width='
                f'"{max(right - left, 1.5):.1f}" height="12" fill="{colour}"/>'
                f'<text x="{right + 5:.1f}" y="{y + 12}">{times:.2f}</text>')
            y += ROW
    grid = []
    for tick in (0.25, 0.5, 1, 2, 4, 8, 16, 32):
        style = "#333333" if tick == 1 else "#dddddd"
        grid.append(f'<line x1="{place(tick):.1f}" y1="24" x2="{place(tick):.1f}" '
                    f'y2="{y}" stroke="{style}"/><text x="{place(tick):.1f}" '
                    f'y="18" text-anchor="middle" fill="#666666">{tick:g}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height='
            f'"{y + 12}" font-family="sans-serif" font-size="12">\n'
            f'<rect width="{WIDTH}" height="{y + 12}" fill="white"/>\n'
            f'<text x="8" y="18" fill="#666666">times as fast as libuv</text>\n'
            + "\n".join(grid + parts) + "\n</svg>\n")


def main(arguments):
    check = arguments[:1] == ["--check"]
    page, out = (pathlib.Path(name) for name in arguments[check:])
    text = picture(page.read_text())
    if not check:
        out.write_text(text)
        return 0
    if out.exists() and out.read_text() == text:
        return 0
    print(f"{out} is not what {page} says; make it with benchmark/picture.py")
    return 1


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
