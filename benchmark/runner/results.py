# SPDX-License-Identifier: MIT
"""All figures of a run, and results.json.

values: {"program/case/metric": {"unit": u, "columns": {column: [v, ...]}}}
"""
import json

from stats import direction, gain, median, verdict

FORMAT = 1


class Results:
    def __init__(self, columns, machine, command, date, runs, quick):
        self.columns = [c.name for c in columns]
        self.about = {
            "format": FORMAT, "command": command, "date": date, "runs": runs,
            "quick": quick, "machine": machine,
            "columns": [c.as_json() for c in columns],
        }
        self.values = {}
        self.notes = []       # [program, column, kind, case, text]
        self.monitors = {}    # column -> [monitor, ...] that really ran
        self.questions = {}   # program -> its question

    @classmethod
    def load(cls, path):
        with open(path) as file:
            data = json.load(file)
        if data["about"]["format"] != FORMAT:
            raise ValueError(f"{path}: another format of results")
        results = cls([], {}, "", "", 0, False)
        results.about = data["about"]
        results.columns = [c["name"] for c in data["about"]["columns"]]
        for name in ("values", "notes", "monitors", "questions"):
            setattr(results, name, data[name])
        return results

    def save(self, path):
        with open(path, "w") as file:
            json.dump({"about": self.about, "values": self.values,
                       "notes": self.notes, "monitors": self.monitors,
                       "questions": self.questions}, file, indent=1)
            file.write("\n")

    def add(self, program, column, run):
        for case, metric, value, unit in run.values:
            self.add_value(f"{program}/{case}/{metric}", column, value, unit)
        for kind, case, text in run.notes:
            self.note(program, column, kind, case, text)
        seen = self.monitors.setdefault(column, [])
        if run.monitor and run.monitor not in seen:
            seen.append(run.monitor)

    def add_value(self, key, column, value, unit):
        entry = self.values.setdefault(key, {"unit": unit, "columns": {}})
        entry["columns"].setdefault(column, []).append(value)

    def note(self, program, column, kind, case, text):
        note = [program, column, kind, case, text]
        if note not in self.notes:
            self.notes.append(note)

    # -- asking ------------------------------------------------------------

    @property
    def reference(self):
        return self.columns[0]

    def programs(self):
        return list(dict.fromkeys(key.split("/", 1)[0] for key in self.values))

    def cases(self, program, metric):
        start, end = program + "/", "/" + metric
        return [key[len(start):-len(end)] for key in self.values
                if key.startswith(start) and key.endswith(end)]

    def metrics(self, program, case):
        start = f"{program}/{case}/"
        return [key[len(start):] for key in self.values
                if key.startswith(start) and "/" not in key[len(start):]]

    def runs(self, key, column):
        return self.values.get(key, {}).get("columns", {}).get(column)

    def median(self, key, column):
        runs = self.runs(key, column)
        return median(runs) if runs else None

    def sign(self, key):
        return direction(key, self.values[key]["unit"])

    def gain(self, key, column):
        """(median, least, most) against the reference; more is better."""
        runs, base = self.runs(key, column), self.runs(key, self.reference)
        return gain(runs, base, self.sign(key)) if runs and base else None

    def verdict(self, key, column):
        """See stats.verdict(); "none" for the reference itself."""
        runs, base = self.runs(key, column), self.runs(key, self.reference)
        if not runs or not base or column == self.reference:
            return "none"
        return verdict(runs, base, self.sign(key))

    def polluxes(self):
        return [c for c in self.about["columns"]
                if c["is_pollux"] and c["name"] != self.reference]

    def is_one_run(self):
        """No figure has two runs, so nothing is proved."""
        return not any(len(runs) > 1 for entry in self.values.values()
                       for runs in entry["columns"].values())

    def losses(self, metrics):
        """[(key, column, gain)] where Pollux is surely behind, worst first."""
        found = []
        for key in self.values:
            if key.rsplit("/", 1)[1] not in metrics:
                continue
            for column in self.polluxes():
                if self.verdict(key, column["name"]) == "worse":
                    found.append((key, column["name"],
                                  self.gain(key, column["name"])[0]))
        return sorted(found, key=lambda loss: loss[2])

    def unsure(self, metrics):
        """How many figures of Pollux have a worse median but no proof."""
        return sum(self.verdict(key, c["name"]) in ("noise", "one run")
                   and self.gain(key, c["name"])[0] < 1
                   for key in self.values if key.rsplit("/", 1)[1] in metrics
                   for c in self.polluxes())
