# SPDX-License-Identifier: MIT
"""One line per question, for one column: what its middle case says.

The middle case is the one whose gain is the median over all cases. It is not
chosen by hand, and it has runs and a verdict of its own. Of an even number of
cases the worse one of the two is taken.
"""
import collections
import dataclasses

from questions import headline, words
from stats import times

# Denominators that have a name.
NAMED = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 6: "a sixth",
         7: "a seventh", 8: "an eighth", 9: "a ninth", 10: "a tenth"}
NAMED_WITHIN = 0.06
BENEFITS = ("rate", "value")
ONE_RUN = "one run: no verdict"


@dataclasses.dataclass
class Middle:
    """The middle case of a question, by one metric on one column."""
    key: str
    gain: float
    word: str
    tally: collections.Counter   # How many cases have which verdict.
    least: float
    most: float


def middle(results, program, metric, column):
    """None where no case can be compared."""
    found, tally = [], collections.Counter()
    for case in results.cases(program, metric):
        key = f"{program}/{case}/{metric}"
        word = results.verdict(key, column)
        if word == "none":
            continue
        tally[word] += 1
        found.append((results.gain(key, column)[0], key, word))
    if not found:
        return None
    found.sort()
    gain, key, word = found[(len(found) - 1) // 2]
    return Middle(key, gain, word, tally, found[0][0], found[-1][0])


def lead_column(results):
    """The column an answer is about: what a user gets without a setting if it
    was measured, on epoll, which is what `auto` picks."""
    ours = results.polluxes()
    for monitor, spin in (("epoll", "default"), ("epoll", "off"), ("", "")):
        for column in ours:
            is_like = (column["monitor"], column["spin"]) == (monitor, spin)
            if ":" not in column["name"] and (is_like or not monitor):
                return column["name"]
    others = [name for name in results.columns if name != results.reference]
    return others[0] if others else None


def fraction(share):
    """A share below one in words: an eighth, or 0.42."""
    near = round(1 / share)
    if near in NAMED and abs(share * near - 1) <= NAMED_WITHIN:
        return NAMED[near]
    return f"{share:.2f}" if share >= 0.095 else f"1/{1 / share:.0f}"


def benefit(found, noun):
    """17 times the calls."""
    if found.word in ("same", "noise"):
        return f"as many {noun}"
    return f"{times(found.gain)[:-1]} times the {noun}"


def cost(found, what):
    """at an eighth of the CPU time."""
    if found.word in ("same", "noise"):
        return f"the same {what}"
    if found.gain >= 1:
        share = fraction(1 / found.gain)
        return f"{share} {'' if share == 'half' else 'of '}the {what}"
    return f"{times(1 / found.gain)[:-1]} times the {what}"


def phrase(results, program, column):
    """(text, [Middle, ...]) of the headline metrics, without the beginning."""
    _, one, many = words(program)
    parts, middles = [], []
    for metric in headline(program):
        found = middle(results, program, metric, column)
        if found is None or metric not in BENEFITS + ("cpu",):
            continue
        middles.append(found)
        if metric in BENEFITS:
            parts.append(benefit(found, many))
        else:
            text = cost(found, "CPU time")
            parts.append("at " + text if parts else f"{text} per {one}")
    return " ".join(parts), middles


def overall(middles):
    """The verdict of a line: worse wins over better, a figure over none."""
    seen = {found.word for found in middles}
    for word in ("worse", "better", "noise", "same"):
        if word in seen:
            return word
    return "one run" if "one run" in seen else "none"


def tally_text(middles):
    """0.92x to 17x: 3 figures better, 1 worse, 2 even."""
    total = sum((found.tally for found in middles), collections.Counter())
    parts = [f"{total[word]} {word}" for word in ("better", "worse")
             if total[word]]
    if total["same"] + total["noise"]:
        parts.append(f"{total['same'] + total['noise']} even")
    least = min(found.least for found in middles)
    most = max(found.most for found in middles)
    return f"{times(least)} to {times(most)}: {', '.join(parts)}"


def answer(results, program, column=None):
    """(beginning, text, verdict, remark) of one question."""
    column = column or lead_column(results)
    start = words(program)[0]
    if column is None:
        return start, "there is one library only: nothing to compare", "none", ""
    text, middles = phrase(results, program, column)
    if not middles:
        return start, "nothing to compare", "none", ""
    word = overall(middles)
    if word == "one run":
        return start, ONE_RUN, word, f"this run: {text}"
    return start, text, word, tally_text(middles)


# Does the cost grow? Metric, last part of the small case, of the large one (the
# first that was measured), and what grows.
GROWTH = {
    "idle_watchers": ("cpu", "32", ("max", "3200", "320"), "idle watchers"),
    "devices": ("rate", "1", ("100", "10"), "devices, one of them active"),
    "async_wake": ("rate", "0", ("10000",), "idle handles"),
    "spawn": ("rate", "10", ("800", "200"), "MB in the parent"),
}


def growth_of(results, column, program, metric, small, large):
    """How many times the large cases cost what the small ones do, at worst."""
    worst = None
    for case in results.cases(program, metric):
        stem, slash, last = case.rpartition("/")
        low = results.median(f"{program}/{case}/{metric}", column)
        high = results.median(f"{program}/{stem}{slash}{large}/{metric}", column)
        if last != small or not low or not high:
            continue
        factor = low / high if metric == "rate" else high / low
        worst = max(worst, factor) if worst else factor
    return worst


def growth(results, program):
    """A sentence about what grows with the number of idle things, or ""."""
    if program not in GROWTH or lead_column(results) is None:
        return ""
    metric, small, larges, what = GROWTH[program]
    for large in larges:
        factors = [(column, growth_of(results, column, program, metric, small,
                                      large))
                   for column in (results.reference, lead_column(results))]
        if all(factor for _, factor in factors):
            costs = ", ".join(f"{factor:.2f} times on {column}"
                              for column, factor in factors)
            upper = "as many as the limit allows" if large == "max" else large
            return (f"From {small} to {upper} {what}, one operation costs at "
                    f"worst: {costs}.")
    return ""
