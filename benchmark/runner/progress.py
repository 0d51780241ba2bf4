# SPDX-License-Identifier: MIT
"""What runs, how far, and how long it will take still."""
import sys
import time


class Progress:
    def __init__(self, total_s, out=sys.stderr):
        """total_s: the guess for everything; corrected by what steps took."""
        self.out = out
        self.total_s = max(total_s, 0.001)
        self.guessed_s = 0.0
        self.started = time.monotonic()
        self.is_live = out.isatty()
        self.last = ""

    def left(self):
        spent = time.monotonic() - self.started
        if self.guessed_s <= 0:
            return self.total_s
        factor = spent / self.guessed_s
        return max(0.0, (self.total_s - self.guessed_s) * factor)

    def step(self, title, part, guess_s):
        """A step named `title` begins that will take about `guess_s`."""
        share = min(1.0, self.guessed_s / self.total_s)
        left = self.left()
        if self.is_live:
            line = (f"[{share * 100:3.0f} %, {left / 60:.0f} min "
                    f"{left % 60:02.0f} s left] {title} {part}")
            self.out.write("\r\033[K" + line[:110])
            self.out.flush()
        elif title != self.last:
            print(f"[{share * 100:3.0f} %, {left:.0f} s left] {title}",
                  file=self.out, flush=True)
        self.last = title
        self.guessed_s += guess_s

    def end(self):
        if self.is_live:
            self.out.write("\r\033[K")
        print(f"measured in {time.monotonic() - self.started:.0f} s",
              file=self.out, flush=True)
