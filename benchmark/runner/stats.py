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
    if unit in NO_DIRECTION:
        return 0
    return 1 if unit in HIGHER_IS_BETTER else -1


def median(values):
    return statistics.median(values)


def spread(values):
    return min(values), max(values)


def ratio(values, reference):
    """Median over median; None when there is no such thing."""
    base = median(reference)
    return median(values) / base if base > 0 else None


def verdict(values, reference, sign):
    """better, worse or same; `maybe worse` and `maybe better` when the ranges of
    the runs overlap or there is one run only, so that the order may be chance.
    """
    quotient = ratio(values, reference)
    if quotient is None or sign == 0:
        return "same"
    if abs(quotient - 1) <= SAME:
        return "same"
    name = "better" if (quotient > 1) == (sign > 0) else "worse"
    low, high = spread(values)
    base_low, base_high = spread(reference)
    overlap = low <= base_high and base_low <= high
    alone = len(values) == 1 or len(reference) == 1
    return "maybe " + name if overlap or alone else name


def geometric_mean(values):
    positive = [value for value in values if value and value > 0]
    if not positive:
        return None
    return math.exp(sum(math.log(value) for value in positive) / len(positive))


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
