#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`pollux top`: tool/top/<test>. A pseudo-terminal stands in for a screen."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from box import expect, main, need_no_sanitizer

SOURCE = r"""
#include <uv.h>
static void be_slow(uv_timer_t* timer) {
  (void) timer;
  uint64_t until_ns = uv_hrtime() + 20000000;
  while (uv_hrtime() < until_ns) continue;
}
static void do_nothing(uv_timer_t* timer) { (void) timer; }
static void work(uv_work_t* req) { (void) req; uv_sleep(5); }
int main(void) {
  uv_timer_t slow, fast;
  uv_work_t req;
  uv_loop_t* loop = uv_default_loop();
  uv_timer_init(loop, &slow);
  uv_timer_start(&slow, be_slow, 0, 100);
  uv_timer_init(loop, &fast);
  uv_timer_start(&fast, do_nothing, 0, 10);
  uv_queue_work(loop, &req, work, NULL);
  return uv_run(loop, UV_RUN_DEFAULT);
}
"""


class Service:
    """A program with a live page, as long as the block lasts."""

    def __init__(self, box):
        need_no_sanitizer(box)
        self.box = box
        self.program = box.compile("service", SOURCE, box.options.library)
        self.folder = str(box.path("runtime"))
        os.mkdir(self.folder, 0o700)
        self.env = dict(box.env, XDG_RUNTIME_DIR=self.folder,
                        LD_LIBRARY_PATH=os.path.dirname(box.options.library))

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.program], env=dict(self.env, POLLUX_STATS="live"))
        deadline = time.monotonic() + 20
        while not os.listdir(self.folder):
            assert time.monotonic() < deadline, "no page appears"
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def top(self, *words):
        return subprocess.run(
            [str(self.box.tool), "top", *words], env=self.env, text=True,
            timeout=60, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, check=False)


def a_table_names_the_longest_callback(box):
    with Service(box) as service:
        done = service.top("--once", "--interval", "0.5")
    expect(done, 0, "1 processes, 1 loops", "service", "longest: timer ",
           "service+0x")
    assert "\033" not in done.stdout, done
    assert all(len(line) <= 80 for line in done.stdout.splitlines()), done


def the_same_comes_as_json(box):
    with Service(box) as service:
        done = service.top("--json", "--interval", "0.5",
                           str(service.process.pid))
        table = json.loads(done.stdout)
    loop, = table["loops"]
    assert loop["pid"] == service.process.pid, loop
    assert loop["longest"]["type"] == "timer", loop
    assert loop["longest"]["ns"] >= 20000000, loop
    assert 0.05 < loop["busy"] <= 1, loop
    assert loop["delay_p99_ns"] > 1000000, loop
    pool, = table["pools"]
    assert pool["workers"] == 1 and pool["mostly"] in ("work", ""), pool


def two_processes_are_two_rows(box):
    with Service(box) as service:
        other = subprocess.Popen([service.program],
                                 env=dict(service.env, POLLUX_STATS="live"))
        try:
            while len(os.listdir(service.folder)) < 2:
                time.sleep(0.01)
            done = service.top("--json", "--sort", "pid", "-i", "0.2")
        finally:
            other.kill()
            other.wait()
    pids = [loop["pid"] for loop in json.loads(done.stdout)["loops"]]
    assert pids == sorted([service.process.pid, other.pid]), pids


def a_page_that_kill_9_left_is_removed(box):
    with Service(box) as service:
        service.process.send_signal(signal.SIGKILL)
        service.process.wait()
        assert len(os.listdir(service.folder)) == 1
        done = service.top("--once", "-i", "0.1")
        expect(done, 3)
        assert not os.listdir(service.folder), os.listdir(service.folder)


def a_page_of_the_same_number_but_another_begin_is_removed(box):
    with Service(box) as service:
        name = f"pollux.{os.getpid()}.1.live"
        with open(os.path.join(service.folder, name), "wb") as file:
            file.write(bytes(100000))
        done = service.top("--once", "-i", "0.1")
        expect(done, 0, "1 processes")
        assert len(os.listdir(service.folder)) == 1


def another_file_is_left_alone(box):
    with Service(box) as service:
        for name in ("pollux.live", "pollux.x.1.live", "notes"):
            with open(os.path.join(service.folder, name), "wb"):
                pass
        expect(service.top("--once", "-i", "0.1"), 0)
        assert len(os.listdir(service.folder)) == 4


def wrong_words_are_refused(box):
    for words in (["--sort", "colour"], ["--interval", "0"], ["abc"],
                  ["--interval", "soon"], ["--nothing"], ["0"]):
        expect(box.run("top", *words), 2)


def without_a_folder_it_says_so(box):
    done = box.run("top", "--once",
                   env={"XDG_RUNTIME_DIR": "/nonexistent/pollux"})
    expect(done, 3)
    assert "XDG_RUNTIME_DIR" in done.stderr, done


def a_program_is_started_and_shown(box):
    service = Service(box)
    done = service.top("--once", "--interval", "1", "--", service.program)
    expect(done, 0, "1 processes, 1 loops", "service")
    assert not os.listdir(service.folder), os.listdir(service.folder)


# --- On a terminal -----------------------------------------------------------

def read_until(fd, text, seen=b"", seconds=20):
    deadline = time.monotonic() + seconds
    while text not in seen:
        left = deadline - time.monotonic()
        assert left > 0 and select.select([fd], [], [], left)[0], seen
        seen += os.read(fd, 65536)
    return seen


def on_terminal(service, *words):
    pid, fd = pty.fork()
    if pid == 0:
        env = dict(service.env, TERM="xterm", LC_ALL="C.UTF-8")
        os.execve(str(service.box.tool),
                  [str(service.box.tool), "top", *words], env)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return pid, fd


def screens(seen):
    """What stands on the screen after each refresh."""
    text = seen.decode("utf-8", "replace")
    return [re.sub(r"\033\[[?0-9]*[a-zA-Z]", "", part)
            for part in text.split("\033[H")[1:]]


def keys_sort_and_end(box):
    with Service(box) as service:
        pid, fd = on_terminal(service, "-i", "0.2")
        seen = read_until(fd, b"by busy")
        os.write(fd, b"d")
        seen = read_until(fd, b"by delay", seen)
        if b"\xe2\x96" not in seen:  # The blocks of a sparkline.
            seen = read_until(fd, b"\xe2\x96", seen)
        os.write(fd, b"q")
        seen = read_until(fd, b"\033[?1049l", seen)
        _, status = os.waitpid(pid, 0)
        assert status == 0, status
    lines = screens(seen)[-1].split("\r\n")
    assert len(lines) <= 24 and all(len(line) <= 80 for line in lines), lines


def a_signal_gives_the_terminal_back(box):
    with Service(box) as service:
        pid, fd = on_terminal(service)
        seen = read_until(fd, b"by busy")
        os.kill(pid, signal.SIGTERM)
        read_until(fd, b"\033[?25h\033[?1049l", seen)
        _, status = os.waitpid(pid, 0)
        assert status == 0, status


if __name__ == "__main__":
    helpers = (Service, read_until, on_terminal, screens)
    main([value for value in list(globals().values())
          if getattr(value, "__module__", "") == "__main__"
          and value not in helpers])
