#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does the report's page say what the figures say, to any reader?

  page.py FOLDER           on results.json, which is small and made up
  page.py FOLDER narrow    in a browser as wide as a phone; 77 without one

Pollux is ahead in some of the figures, surely behind in one, and perhaps in none.
Variants of them have one run, no libuv, or one library.
"""
import copy
import html
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "runner"))

import answers   # noqa: E402
import heat      # noqa: E402
import page      # noqa: E402
import palette   # noqa: E402
import plots     # noqa: E402
from results import Results  # noqa: E402

FOLDER = sys.argv[1] if len(sys.argv) > 1 else "/tmp"
READABLE = 4.5    # WCAG AA, for text of any size.
PHONE = 390


def figures():
    return Results.load(os.path.join(HERE, "results.json"))


def one_run():
    results = figures()
    results.values = copy.deepcopy(results.values)
    for entry in results.values.values():
        entry["columns"] = {name: runs[:1]
                            for name, runs in entry["columns"].items()}
    return results


def without(results, *names):
    """The same, had these columns not been measured."""
    results.about["columns"] = [c for c in results.about["columns"]
                                if c["name"] not in names]
    results.columns = [c["name"] for c in results.about["columns"]]
    for entry in results.values.values():
        for name in names:
            entry["columns"].pop(name, None)
    return results


def written(results, name="page"):
    os.makedirs(FOLDER, exist_ok=True)
    path = os.path.join(FOLDER, name + ".html")
    page.write(results, path)
    with open(path) as file:
        return file.read()


class Answers(unittest.TestCase):
    def test_one_line_says_benefit_and_cost_in_words(self):
        results = figures()
        results.values["pool/stat/4t/1/rate"]["columns"]["epoll"] = [
            544000, 540000, 550000]
        results.values["pool/stat/4t/1/cpu"] = {"unit": "us/op", "columns": {
            "libuv": [80, 81, 79], "epoll": [10, 10.1, 9.9]}}
        self.assertEqual(
            ("With the pool", "17 times the calls at an eighth of the CPU time",
             "better", "8.0x to 17x: 2 better"),
            answers.answer(results, "pool"))

    def test_the_middle_case_is_taken_and_of_two_the_worse(self):
        found = answers.middle(figures(), "spawn", "rate", "epoll")
        self.assertEqual(("spawn/parent_mb/10/rate", 2, "better"),
                         (found.key, found.gain, found.word))
        self.assertEqual((2, 20), (found.least, found.most))

    def test_a_loss_is_said(self):
        _, text, word, remark = answers.answer(figures(), "spawn", "epoll+spin")
        self.assertEqual("0.50 times the children", text)
        self.assertEqual("worse", word)
        self.assertIn("1 worse", remark)

    def test_within_the_noise_nothing_is_more_or_less(self):
        results = figures()
        columns = results.values["pool/stat/4t/1/rate"]["columns"]
        columns["libuv"], columns["epoll"] = [30, 31, 50], [30, 40, 50]
        _, text, word, remark = answers.answer(results, "pool")
        self.assertEqual(("as many calls", "noise"), (text, word))
        self.assertTrue(remark.endswith(": 1 even"), remark)

    def test_one_run_is_no_verdict(self):
        _, text, word, _ = answers.answer(one_run(), "pool")
        self.assertEqual(("one run: no verdict", "one run"), (text, word))

    def test_one_library_is_nothing_to_compare(self):
        results = without(figures(), "epoll", "epoll+spin")
        self.assertIn("nothing to compare", answers.answer(results, "pool")[1])

    def test_the_lead_is_what_a_user_gets_without_a_setting(self):
        results = figures()
        self.assertEqual("epoll", answers.lead_column(results))
        results.about["columns"][2]["spin"] = "default"
        self.assertEqual("epoll+spin", answers.lead_column(results))

    def test_what_grows_is_told_of_both(self):
        self.assertEqual(
            "From 10 to 800 MB in the parent, one operation costs at worst: "
            "10.00 times on libuv, 1.00 times on epoll.",
            answers.growth(figures(), "spawn"))

    def test_shares_that_have_a_name_get_it(self):
        self.assertEqual(["half", "a third", "an eighth", "0.42", "1/40"],
                         [answers.fraction(v) for v in
                          (0.49, 0.33, 0.125, 0.42, 0.025)])


class Colours(unittest.TestCase):
    def test_every_text_is_readable(self):
        for text in (palette.INK, palette.SOFT, palette.GOOD, palette.BAD,
                     palette.LINK):
            for behind in (palette.PAPER, palette.PANEL):
                self.assertGreaterEqual(palette.contrast(text, behind), READABLE,
                                        (text, behind))
        for shade in [*palette.MONITORS.values(), *palette.OTHERS]:
            self.assertGreaterEqual(palette.contrast(shade, palette.PAPER),
                                    READABLE, shade)

    def test_every_cell_is_readable(self):
        for behind in (*palette.GREENS, *palette.REDS, palette.GREY):
            self.assertGreaterEqual(
                palette.contrast(palette.text_on(behind), behind), READABLE,
                behind)

    def test_the_page_has_no_other_colour_for_text(self):
        with open(page.CSS) as file:
            text = file.read()
        self.assertEqual([], re.findall(r"(?<![-\w])color: (?!var\()", text))

    def test_green_is_better_red_is_worse_grey_is_no_verdict(self):
        self.assertIn(palette.cell("better", 1.1), palette.GREENS)
        self.assertIn(palette.cell("worse", 0.9), palette.REDS)
        for word in ("noise", "same", "one run", "none"):
            self.assertEqual(palette.GREY, palette.cell(word, 100))

    def test_a_loss_and_a_gain_of_the_same_size_are_as_strong(self):
        for gain in (1.1, 1.5, 3, 5, 100):
            self.assertEqual(
                palette.GREENS.index(palette.cell("better", gain)),
                palette.REDS.index(palette.cell("worse", 1 / gain)))
        self.assertNotEqual(palette.cell("worse", 0.01),
                            palette.cell("worse", 0.9))

    def test_black_on_white_is_21(self):
        self.assertAlmostEqual(21, palette.contrast("#000000", "#ffffff"))


class Heat(unittest.TestCase):
    def cells(self, results, program):
        rows = heat.heat_rows(results, program)
        return [re.findall(r'background:(#\w+);.*?>([^<]*)<', row)
                for row in rows]

    def test_a_cost_that_falls_is_green_as_a_rate_that_rises(self):
        rate, call = self.cells(figures(), "spawn")
        # epoll: twice the rate, and half the time of the call.
        self.assertEqual((palette.GREENS[2], "2.0x"), rate[0])
        self.assertEqual((palette.GREENS[2], "2.0x"), call[0])
        # epoll+spin: half the rate.
        self.assertEqual((palette.REDS[2], "0.50x"), rate[1])

    def test_cases_that_are_worse_show_beside_a_middle_that_is_not(self):
        results = figures()
        results.values["spawn/parent_mb/5/rate"] = {"unit": "op/s", "columns": {
            "libuv": [100, 101], "epoll": [10, 11]}}
        self.assertIn("<small>1 of 3 worse</small>",
                      heat.heat_rows(results, "spawn")[0])

    def test_one_run_is_grey(self):
        for row in self.cells(one_run(), "spawn"):
            self.assertEqual({palette.GREY}, {colour for colour, _ in row})

    def test_a_column_without_a_figure_is_a_dash(self):
        call = self.cells(figures(), "spawn")[1]
        results = figures()
        del results.values["pool/stat/4t/1/rate"]["columns"]["epoll"]
        self.assertEqual((palette.GREY, "-"), self.cells(results, "pool")[0][0])
        self.assertNotEqual("-", call[0][1])


class Page(unittest.TestCase):
    def test_it_stands_alone(self):
        text = written(figures())
        # Nothing is fetched from elsewhere.
        self.assertIsNone(re.search(r"""(?:src|href)=["'](?!#)""", text))
        self.assertNotIn("@import", text)
        self.assertNotIn("url(http", text)
        self.assertIn("How many processes a second?", text)
        self.assertIn("a &lt;test&gt; CPU", text)
        self.assertIn("scripts/bench --only spawn", text)
        self.assertIn("Two cores or fewer", text)

    def test_it_fits_a_phone(self):
        self.assertIn('<meta name="viewport" content="width=device-width, '
                      'initial-scale=1">', written(figures()))

    def test_what_was_compared_stands_above_the_answers(self):
        text = written(figures())
        for fact in ("libuv 1.44.2", "0.10 (quiet)", "a &lt;test&gt; CPU"):
            self.assertLess(text.index(fact), text.index("In short"), fact)
        self.assertLess(text.index("In short"),
                        text.index("Every question, every column"))
        self.assertLess(text.index("Every question, every column"),
                        text.index("Where Pollux is behind"))

    def test_a_busy_machine_is_said_on_top(self):
        results = figures()
        results.about["machine"]["load before"] = "7.5"
        text = written(results)
        self.assertLess(text.index("The machine was busy"),
                        text.index("In short"))
        self.assertIn("7.5 (busy)", text)
        self.assertNotIn("The machine was busy", written(figures()))

    def test_the_loss_is_listed_in_red(self):
        text = written(figures())
        start = text.index("Where Pollux is behind")
        self.assertRegex(text[start:], palette.REDS[2] + r'[^>]*><b>0\.50x</b>'
                         r'</td><td>spawn/parent_mb/10/rate</td>'
                         r'<td>epoll\+spin</td>')

    def test_one_run_says_so_and_calls_nothing_better(self):
        text = written(one_run(), "one-run")
        self.assertLess(text.index("One run: no verdict."),
                        text.index("In short"))
        body = text[text.index("In short"):]
        for colour in palette.GREENS + palette.REDS:
            # The key of the colours has them.
            self.assertLessEqual(body.count("background:" + colour), 1)
        self.assertNotIn("surely behind libuv in", body)
        self.assertNotIn("One run", written(figures()))

    def test_without_libuv_it_says_so(self):
        text = written(without(figures(), "libuv"), "no-libuv")
        self.assertIn("No libuv in this run.", text)
        self.assertNotIn("No libuv in this run.", written(figures()))

    def test_one_library_alone_still_makes_a_page(self):
        text = written(without(figures(), "epoll", "epoll+spin"), "alone")
        self.assertIn("There is one library only: nothing to compare.", text)

    def test_the_plots_name_what_they_draw(self):
        if plots.why_not():
            self.skipTest(plots.why_not())
        text = written(figures())
        # spawn: dots and a curve of rate and of call; pool: dots of rate.
        self.assertEqual(5, text.count("<svg"))
        self.assertIn("memory of the parent, MB", text)
        self.assertIn("times as good as libuv", text)
        drawn = "".join(re.findall(r"<svg.*?</svg>", text, re.S))
        for name in ("epoll", "epoll+spin", "libuv"):
            self.assertIn(f">{name}<", drawn.replace("</tspan>", "<"))

    def test_names_at_the_ends_of_curves_do_not_overlap(self):
        places = plots.spread_out([0.5, 0.5, 0.51, 0.99], 0.1, 0, 1)
        found = sorted(places)
        for low, high in zip(found, found[1:]):
            self.assertGreaterEqual(high - low, 0.1 - 1e-9)
        self.assertTrue(0 <= found[0] and found[-1] <= 1, found)


def narrow():
    """Nothing of the page is wider than a phone."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        print("skip: chromium is not installed")
        return 77
    # In a frame: a browser's window has a least width of its own.
    frame = html.escape(written(figures(), "narrow"))
    path = os.path.join(FOLDER, "framed.html")
    with open(path, "w") as file:
        file.write(f"""<iframe width="{PHONE}" height="900" srcdoc="{frame}"
            style="border: 0" onload="document.body.dataset.width =
            this.contentDocument.documentElement.scrollWidth"></iframe>""")
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
         f"--user-data-dir={FOLDER}/browser", "file://" + os.path.abspath(path)],
        capture_output=True, text=True, timeout=100)
    found = re.search(r'data-width="(\d+)"', done.stdout)
    if not found:
        print(f"skip: {browser} does not run here: {done.stderr[-200:]}")
        return 77
    print(f"the page is {found.group(1)} wide in a frame of {PHONE}")
    return 0 if int(found.group(1)) <= PHONE else 1


if __name__ == "__main__":
    if sys.argv[2:] == ["narrow"]:
        sys.exit(narrow())
    unittest.main(argv=sys.argv[:1], verbosity=2)
