# SPDX-License-Identifier: MIT
"""What is known of each question beyond its source: which figures are its
headline, how it is drawn, and the sentence that answers it from the data."""
from stats import geometric_mean

ORDER = ["devices", "idle_watchers", "gap", "ping_pong", "async_wake", "pool",
         "accept", "churn", "write_queue", "udp_flood", "timers", "spawn",
         "loop_floor", "libuv", "real"]

HEADLINE = {
    "idle_watchers": ("cpu",),
    "gap": ("cpu", "p50", "load"),
    "spawn": ("rate", "call"),
    "loop_floor": ("rate",),
    "timers": ("rate",),
    "write_queue": ("rate", "cpu"),
    "libuv": ("value",),
    "real": ("value", "cpu"),
}

# The last part of a case's name is a number: draw a curve over it.
CURVES = {
    "gap": "gap between requests, us",
    "idle_watchers": "idle watchers",
    "ping_pong": "connections",
    "spawn": "memory of the parent, MB",
}


def headline(program):
    return HEADLINE.get(program, ("rate", "cpu"))


def position(results, program, case):
    """Where a case lies on the curve's axis, or None."""
    last = case.rsplit("/", 1)[-1]
    if last.isdigit():
        return int(last)
    watchers = results.values.get(f"{program}/{case}/watchers")
    if watchers:
        return int(max(max(v) for v in watchers["columns"].values()))
    return None


def quotient(results, column, over, under):
    a, b = results.median(over, column), results.median(under, column)
    return a / b if a and b else None


def over_columns(results, worst, pairs):
    """["name 1.02", ...]: for each column the worst factor of the pairs."""
    parts = []
    for column in results.columns:
        factors = [quotient(results, column, over, under)
                   for over, under in pairs]
        factors = [f for f in factors if f is not None]
        if factors:
            parts.append(f"{column} {worst(factors):.2f}")
    return ", ".join(parts)


def answer_devices(results):
    text = over_columns(results, min, [("devices/32q/100/rate",
                                        "devices/32q/1/rate")])
    return text and ("With 100 devices instead of one, of which one is active, "
                     f"this share of the requests per second is left: {text}.")


def answer_idle(results):
    kinds = ("tcp", "pipe", "poll", "async", "timer")
    sizes = ("max", "3200")
    for size in sizes:
        pairs = [(f"idle_watchers/{k}/{size}/cpu", f"idle_watchers/{k}/32/cpu")
                 for k in kinds]
        text = over_columns(results, max, pairs)
        if text:
            what = ("as many as the limit allows" if size == "max" else size)
            return (f"With {what} idle watchers instead of 32, an event costs "
                    f"this many times the CPU (the worst kind of handle): "
                    f"{text}.")
    return ""


def answer_gap(results):
    parts = []
    for column in results.columns:
        if not column.endswith("+spin"):
            continue
        off = column[:-len("+spin")]
        worst = None
        for case in results.cases("gap", "cpu"):
            key = f"gap/{case}/cpu"
            on, base = results.median(key, column), results.median(key, off)
            if on and base and case != "nothing":
                found = (on / base, case.rsplit("/", 1)[-1])
                worst = max(worst, found) if worst else found
        if worst:
            parts.append(f"{column} {worst[0]:.2f} x (at {worst[1]} us)")
    return parts and ("Busy polling costs, in CPU per request against the same "
                      "monitor without it, at the worst gap: "
                      + ", ".join(parts) + ".")


def answer_spawn(results):
    for size in ("800", "200"):
        text = over_columns(results, max, [(f"spawn/parent_mb/10/rate",
                                            f"spawn/parent_mb/{size}/rate")])
        if text:
            return (f"A parent of {size} MB needs this many times as long as "
                    f"one of 10 MB: {text}.")
    return ""


def answer_async(results):
    text = over_columns(results, max, [
        (f"async_wake/{case}/0/rate", f"async_wake/{case}/10000/rate")
        for case in ("answer", "round_trip", "senders8")])
    return text and ("Among 10 000 idle handles a wake-up takes this many times "
                     f"as long as among none: {text}.")


def answer_floor(results):
    text = over_columns(results, max, [
        (f"loop_floor/{case}/plain/rate", f"loop_floor/{case}/metrics/rate")
        for case in ("nowait_idle", "default_idle", "nowait_fd")])
    return text and ("With UV_METRICS_IDLE_TIME an iteration takes this many "
                     f"times as long: {text}.")


SPECIAL = {
    "devices": answer_devices, "idle_watchers": answer_idle, "gap": answer_gap,
    "spawn": answer_spawn, "async_wake": answer_async,
    "loop_floor": answer_floor,
}


def compared(results, program):
    """Against the reference, the geometric mean over all cases."""
    sentences = []
    for metric in headline(program)[:2]:
        keys = [f"{program}/{case}/{metric}"
                for case in results.cases(program, metric)]
        parts = []
        for column in results.columns[1:]:
            factors = [results.ratio(key, column) for key in keys]
            mean = geometric_mean(factors)
            if mean is not None:
                parts.append(f"{column} {mean:.2f} x")
        if parts:
            sentences.append(f"{metric} against {results.reference} "
                             f"(geometric mean of {len(keys)} cases): "
                             + ", ".join(parts))
    return ". ".join(s[0].upper() + s[1:] for s in sentences)


def answer(results, program):
    special = SPECIAL.get(program)
    parts = [special(results) if special else "", compared(results, program)]
    text = " ".join(part for part in parts if part)
    return text if not text or text.endswith(".") else text + "."
