# SPDX-License-Identifier: MIT
"""Medians, spreads, and which column is ahead."""
import math
import statistics

# A difference below this is called none.
SAME = 0.03
HIGHER_IS_BETTER = ("op/s", "MiB/s", "Gbit/s")
NO_DIRECTION = ("count", "percent", "none")


def direction(key, unit):
    """1: more is better, -1: less is, 0: neither."""
    # Fewer callbacks for the same sends are as good as more.
    if "/flood8/" in key:
        return 0
    # What an idle loop uses of a CPU.
    if key.endswith("/load"):
        return -1
    if unit in NO_DIRECTION:
        return 0
    return 1 if unit in HIGHER_IS_BETTER else -1


def median(values):
    return statistics.median(values)


def spread(values):
    return min(values), max(values)


def gain(values, reference, sign):
    """(median, least, most): how many times as good as the median of the
    reference. More is always better; None where no such figure exists."""
    base = median(reference)
    figures = [median(values), *spread(values)]
    if sign == 0 or base <= 0 or min(figures) <= 0:
        return None
    if sign > 0:
        return tuple(figure / base for figure in figures)
    middle, low, high = (base / figure for figure in figures)
    return middle, min(low, high), max(low, high)


def verdict(values, reference, sign):
    """What the runs prove about `values` against `reference`.

    better, worse   the ranges of the runs do not overlap
    same            the medians differ by less than SAME
    noise           the ranges overlap: the order may be chance
    one run         a figure of one run has no range
    none            the figure has no better direction, or is zero
    """
    found = gain(values, reference, sign)
    if found is None:
        return "none"
    if len(values) == 1 or len(reference) == 1:
        return "one run"
    if abs(found[0] - 1) <= SAME:
        return "same"
    low, high = spread(values)
    base_low, base_high = spread(reference)
    if low <= base_high and base_low <= high:
        return "noise"
    return "better" if found[0] > 1 else "worse"


def number(value):
    """Three digits that matter, thousands and millions by letter."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            scale = 1e3 if letter == "k" else limit
            return three(value / scale) + letter
    return three(value)


def three(value):
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 4)}f}"


def times(gain):
    """A gain as text: 17x, 2.4x, 1.04x, 0.35x."""
    return f"{gain:.0f}x" if gain >= 9.95 else (
        f"{gain:.1f}x" if gain >= 1.95 else f"{gain:.2f}x")
