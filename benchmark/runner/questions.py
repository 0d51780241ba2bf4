# SPDX-License-Identifier: MIT
"""What is known of each question beyond its source: its short name, which figures
are its headline, and how it is drawn. answers.py answers it from the data."""

ORDER = ["devices", "idle_watchers", "gap", "ping_pong", "async_wake", "pool",
         "accept", "churn", "write_queue", "udp_flood", "timers", "spawn",
         "loop_floor", "libuv", "real"]

# How an answer begins, and what is counted: one, and many.
WORDS = {
    "devices": ("With many devices", "request", "requests"),
    "idle_watchers": ("Among idle watchers", "event", "events"),
    "gap": ("With pauses between requests", "request", "requests"),
    "ping_pong": ("Between two loops", "round trip", "round trips"),
    "async_wake": ("Between threads", "wake-up", "wake-ups"),
    "pool": ("With the pool", "call", "calls"),
    "accept": ("When accepting", "connection", "connections"),
    "churn": ("When watchers come and go", "change", "changes"),
    "write_queue": ("With writes that pile up", "write", "writes"),
    "udp_flood": ("With UDP", "datagram", "datagrams"),
    "timers": ("Among a million timers", "timer", "timers"),
    "spawn": ("When spawning", "child", "children"),
    "loop_floor": ("With nothing to do", "turn", "turns"),
    "libuv": ("In libuv's own benchmarks", "result", "results"),
    "real": ("In Node, BIND and uvloop", "request", "requests"),
}

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


# A metric in words: a benefit or a cost.
METRICS = {"rate": "rate", "value": "rate", "cpu": "CPU time",
           "p50": "median latency", "load": "CPU use of an idle loop",
           "call": "time of the call"}


def words(program):
    return WORDS.get(program, (f"In {program}", "operation", "operations"))


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
