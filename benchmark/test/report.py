# SPDX-License-Identifier: MIT
"""Do the table and the kept page say what the figures say? page.py has the report.

  report.py FOLDER

results.json here is small and made up: Pollux is ahead in some of its figures,
surely behind in one, and perhaps in none. Also the parsers of what the benchmark
programs, strace and libuv's own benchmarks print.
"""
import io
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE),
                os.path.join(os.path.dirname(HERE), "runner")]

import own          # noqa: E402
import picture      # noqa: E402
import programs     # noqa: E402
import saved        # noqa: E402
import stats        # noqa: E402
import syscalls     # noqa: E402
import table        # noqa: E402
from results import Results  # noqa: E402

FOLDER = sys.argv.pop(1) if len(sys.argv) > 1 else "/tmp"


class Stats(unittest.TestCase):
    def test_a_small_difference_is_none(self):
        self.assertEqual("same", stats.verdict([102, 102], [100, 100], 1))

    def test_more_is_better_of_a_rate_and_worse_of_a_cost(self):
        self.assertEqual("better", stats.verdict([120, 121], [100, 101], 1))
        self.assertEqual("worse", stats.verdict([120, 121], [100, 101], -1))

    def test_overlapping_ranges_are_noise(self):
        self.assertEqual("noise",
                         stats.verdict([80, 90, 101], [99, 100, 101], 1))
        self.assertEqual("noise",
                         stats.verdict([99, 120, 121], [99, 100, 101], 1))

    def test_one_run_is_no_verdict(self):
        self.assertEqual("one run", stats.verdict([50], [100], 1))
        self.assertEqual("one run", stats.verdict([50], [100, 101], 1))
        self.assertEqual("one run", stats.verdict([50, 51], [100], 1))
        # Not even that they are the same.
        self.assertEqual("one run", stats.verdict([100], [100], 1))

    def test_a_gain_has_one_direction(self):
        self.assertEqual((2, 1.5, 2.5), stats.gain([200, 150, 250], [100], 1))
        self.assertEqual((2, 1, 4), stats.gain([50, 25, 100], [100], -1))

    def test_no_gain_without_a_direction_or_with_zero(self):
        for values, base, sign in (([2], [1], 0), ([0], [1], 1), ([1], [0], -1)):
            self.assertIsNone(stats.gain(values, base, sign))
            self.assertEqual("none", stats.verdict(values, base, sign))

    def test_a_count_has_no_direction(self):
        self.assertEqual(0, stats.direction("a/b/ops", "count"))
        self.assertEqual(0, stats.direction("async_wake/flood8/0/rate", "op/s"))

    def test_less_use_of_an_idle_loop_is_better(self):
        self.assertEqual(-1, stats.direction("gap/nothing/load", "percent"))
        self.assertEqual(0, stats.direction("gap/gap/1/served", "percent"))

    def test_numbers_have_three_digits(self):
        self.assertEqual(["32.0k", "1.23M", "0.568", "999", "0"],
                         [stats.number(v) for v in
                          (32000, 1234567, 0.5678, 999.4, 0)])

    def test_factors_have_as_many_digits_as_they_need(self):
        self.assertEqual(["17x", "10x", "2.4x", "1.04x", "0.35x"],
                         [stats.times(v) for v in
                          (17.2, 9.96, 2.41, 1.041, 0.351)])


class Parsers(unittest.TestCase):
    def test_program_lines_become_values_and_notes(self):
        run = programs.parse(
            "# library pool 1.44.2 /x/libuv.so\n# monitor pool/stat/4t/1 epoll\n"
            "pool/stat/4t/1/rate 5e4 op/s\n# skip pool/stat/1t/1 too little\n"
            "# missing pool/read/x uv_f\n")
        self.assertEqual([("stat/4t/1", "rate", 50000.0, "op/s")], run.values)
        self.assertEqual([("skip", "stat/1t/1", "too little"),
                          ("missing", "read/x", "uv_f")], run.notes)
        self.assertEqual(("epoll", "/x/libuv.so"), (run.monitor, run.library))

    def test_only_calls_between_the_marks_are_counted(self):
        calls = syscalls.count_lines([
            "12 read(3, 0x1, 8) = 8",
            "12 prctl(0x504f4c58 /* PR_??? */, 0x1, 0, 0, 0) = -1 EINVAL",
            "12 write(3, 0x1, 8 <unfinished ...>",
            "13 read(4, 0x1, 8) = 8",
            "12 <... write resumed>) = 8",
            "12 read(3, 0x1, 8) = 8",
            "12 prctl(0x504f4c58 /* PR_??? */, 0x2, 0, 0, 0) = -1 EINVAL",
            "12 close(3) = 0"])
        self.assertEqual({"write": 1, "read": 2}, dict(calls))

    def test_a_trace_without_its_end_counts_for_nothing(self):
        self.assertIsNone(syscalls.count_lines(
            ["12 prctl(0x504f4c58, 0x1) = -1", "12 read(3) = 8"]))

    def test_libuvs_own_outputs(self):
        for text, value, unit in (
                ("# async1: 9.78 sec (102,242/sec)", 102242, "op/s"),
                ("# ping_pongs: 4000 roundtrips/s", 4000, "op/s"),
                ("# tcp_pump1_client: 28.6 gbit/s", 28.6, "Gbit/s"),
                ("# 10.36 seconds total\n# 2 seconds init", 10.36, "s"),
                ("# 1000000 write requests in 1.25s.", 1.25, "s"),
                ("# accept2: 900 accepts/sec (5 total)", 900, "op/s"),
                ("# loop_count: 10 ticks in 0.1s (5000/s)", 5000, "op/s")):
            self.assertEqual([("x", "value", value, unit)], own.parse("x", text))
        self.assertEqual([], own.parse("x", "nothing of the kind"))

    def test_lines_of_fs_stat_that_were_broken(self):
        self.assertEqual(
            [("fs_stat/1", "value", 105274.0, "op/s")],
            own.parse("fs_stat", "# 100,000 stats\n#  (1 concurrent): 0.95s "
                      "(105,274/s)\n# 9 stats (2 concurrent): 1.75s (5/s)\n"))


class Report(unittest.TestCase):
    def setUp(self):
        self.results = Results.load(os.path.join(HERE, "results.json"))

    def test_a_loss_is_found_and_only_that(self):
        self.assertEqual(
            [("spawn/parent_mb/10/rate", "epoll+spin", 0.5)],
            self.results.losses(("rate", "cpu")))

    def test_the_table_has_every_column_and_the_loss(self):
        out = io.StringIO()
        table.print_table(self.results, out=out)
        self.assertRegex(out.getvalue(),
                         r"parent_mb/10 rate op/s +1000 +2000 2\.0x +"
                         r"500 0\.50x!")
        # A cost that is halved is twice as good.
        self.assertRegex(out.getvalue(),
                         r"parent_mb/10 call us/op +200 +100 2\.0x")
        self.assertIn("behind libuv in 1 figures", out.getvalue())
        self.assertIn("missing: spawn/parent_mb/1 on libuv", out.getvalue())

    def test_the_table_can_have_other_rows(self):
        out = io.StringIO()
        table.print_table(self.results, ["call"], out)
        self.assertIn("parent_mb/10 call us/op", out.getvalue())
        self.assertNotIn("rate op/s", out.getvalue())

    def test_the_picture_reads_old_tables_and_new_ones(self):
        self.results.about["commit"] = "0123456"
        new = saved.page(self.results, "new")
        self.assertEqual(2, picture.tables(new)["spawn", "parent_mb/10", "call",
                                                "epoll"])
        old = ("### spawn\n\n  libuv epoll\n"
               "  parent_mb/10 call us/op  200  100 /0.50!\n"
               "  parent_mb/10 rate op/s  200  400 /2.00\n")
        old = old.replace("  libuv epoll", "          libuv epoll")
        for metric in ("call", "rate"):
            self.assertEqual(2, picture.tables(old)["spawn", "parent_mb/10",
                                                    metric, "epoll"])

    def test_a_kept_page_has_its_command_and_its_tables(self):
        names = saved.write(self.results, os.path.join(FOLDER, "kept/spawned"))
        with open(names[1]) as file:
            text = file.read()
        self.assertIn("\n    scripts/bench --only spawn\n", text)
        self.assertIn("[spawned.json](spawned.json)", text)
        self.assertRegex(text, r"commit \S+, a <test> CPU, 2 cores, Linux 6\.0")
        self.assertRegex(text, r"parent_mb/10 rate op/s +1000 +2000 2\.0x +"
                               r"500 0\.50x!")
        self.assertIn("## Left out, and why\n\n- missing: `spawn/parent_mb/1`",
                      text)
        outside = re.sub(r"```.*?```", "", text, flags=re.S)
        self.assertLessEqual(max(map(len, outside.splitlines())), 120)
        again = Results.load(names[0])
        self.assertEqual(self.results.values, again.values)
        self.assertEqual(self.results.about["commit"], again.about["commit"])

    def test_what_is_saved_is_loaded_again(self):
        os.makedirs(FOLDER, exist_ok=True)
        path = os.path.join(FOLDER, "again.json")
        self.results.save(path)
        again = Results.load(path)
        self.assertEqual(self.results.values, again.values)
        self.assertEqual(self.results.about, again.about)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
