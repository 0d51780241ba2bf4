# SPDX-License-Identifier: MIT
"""The colours of the report. Each text is readable on what is behind it: WCAG's
contrast of 4.5 at least, which bench/page checks for all of them."""
import math

INK, PAPER = "#1d2430", "#ffffff"
SOFT = "#566072"          # Secondary text.
LINE = "#d9dee6"          # Rules and grids; never text.
PANEL = "#f5f7fa"
LINK = "#0a5cad"
GOOD, BAD, EVEN = "#116329", "#a40e26", "#566072"   # Text on PAPER or PANEL.
# Lines and their labels, on PAPER.
MONITORS = {"poll": "#9a4d00", "epoll": "#0a5cad", "io_uring": "#06705a"}
OTHERS = ("#454d5a", "#8a2f8a", "#7a4a1c", "#3b3b8f")
# A cell of the heat map: from the lightest to the strongest.
GREENS = ("#dff3e3", "#b6e3c0", "#7fcb93", "#27803f", "#14632f")
REDS = ("#fde3e1", "#f8bfba", "#ee8f88", "#c13a35", "#8e1519")
GREY = "#e9ecf0"
# A gain of so many times needs that shade; a loss the same, upside down.
STEPS = (1.25, 2, 4, 10)


def channel(value):
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour):
    red, green, blue = (int(colour[i:i + 2], 16) for i in (1, 3, 5))
    return (0.2126 * channel(red) + 0.7152 * channel(green)
            + 0.0722 * channel(blue))


def contrast(one, other):
    """WCAG's ratio: 1 for the same colour, 21 for black on white."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def text_on(background):
    """Ink or paper, whichever is read more easily."""
    return max((INK, PAPER), key=lambda c: contrast(c, background))


def cell(word, gain):
    """The background of a figure with this verdict and gain."""
    if word not in ("better", "worse"):
        return GREY
    strength = max(gain, 1 / gain)
    shade = sum(strength >= step for step in STEPS)
    return (GREENS if word == "better" else REDS)[shade]


def of_columns(columns):
    """A colour per column: Pollux has one per monitor."""
    chosen, others = [], iter(OTHERS * math.ceil(len(columns) / len(OTHERS)))
    for column in columns:
        is_ours = column["monitor"] in MONITORS and ":" not in column["name"]
        chosen.append(MONITORS[column["monitor"]] if is_ours else next(others))
    return chosen
