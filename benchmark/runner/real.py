# SPDX-License-Identifier: MIT
"""Programs that people run, each with the column's library in front of its own.

Debian's packages of node, named and uvloop come from test/apps/fetch.py, private
to this cache; wrk and dnsperf are of the system. What cannot be had is skipped
with its reason. CPU time is that of the program under test, not of its client.
"""
import contextlib
import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from programs import Run

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
APPS = os.path.join(os.path.dirname(HERE), "test", "apps")
LIMIT_S = 60
FILES = 2000
TURNS = 300000

NAMED = """options {{ directory "{work}"; pid-file "{work}/pid";
  session-keyfile none; lock-file none; listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; notify no; }};
controls {{ }};
zone "test" {{ type primary; file "{work}/zone"; }};
"""
ZONE = ("$TTL 60\n@ IN SOA ns.test. a.test. ( 1 3600 600 86400 60 )\n"
        "@ IN NS ns\nns IN A 127.0.0.1\n")


class Absent(Exception):
    """Something that a case needs is not here."""


def tree_of(name):
    """The unpacked packages of a program."""
    sys.path.insert(0, APPS)
    try:
        import fetch
        cache = fetch.find_cache(os.environ.get("POLLUX_APPS_FALLBACK"))
        if fetch.is_there(cache, name, fetch.read_packages()[name]):
            return os.path.join(cache, name)
        with contextlib.suppress(OSError):
            with open(f"{cache}/{name}.reason") as file:
                raise Absent(file.read())
    except (ImportError, AttributeError, KeyError, SystemExit) as failure:
        raise Absent(f"test/apps/fetch.py: {failure}") from None
    finally:
        sys.path.remove(APPS)
    raise Absent(f"test/apps/fetch.py {name} has not run")


def tool(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        raise Absent(f"{name} is not installed")
    return path


def cpu_us(pid):
    """User and system time of a process that runs, all threads."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1e6 / os.sysconf("SC_CLK_TCK")


def maps_library(pid, column):
    """Does the process have the column's library, and no other libuv?"""
    with open(f"/proc/{pid}/maps") as file:
        found = {line.split()[-1] for line in file if "libuv.so" in line}
    return found == {column.path}


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class RealPrograms:
    name = "real"
    has_counts = False
    guess_s = 3.0
    default_runs = 3

    def __init__(self, build):
        self.out = os.path.join(build, "benchmark")

    def question(self):
        return "What do programs that people run gain?"

    def why_not(self, quick):
        return "not in --quick: each takes seconds" if quick else ""

    def cases(self, quick):
        return list(CASES)

    def environment(self, column, tree):
        env = column.environment()
        libraries = glob.glob(tree + "/usr/lib/*-linux-gnu*")[:1]
        env["LD_LIBRARY_PATH"] = ":".join([column.folder, *libraries])
        return env

    def run(self, column, case, quick, time_ms=None):
        seconds = (time_ms or 2000) / 1000
        with tempfile.TemporaryDirectory(prefix="bench-real-") as work:
            try:
                rate, cpu = CASES[case](self, column, work, seconds)
            except Absent as failure:
                return Run(notes=[("skip", case, str(failure))])
            except (subprocess.SubprocessError, ValueError, OSError) as failure:
                return Run(notes=[("failed", case, str(failure)[:200])])
        return Run(values=[(case, "value", rate, "op/s"),
                           (case, "cpu", cpu, "us/op")])

    # -- Node --------------------------------------------------------------

    def node(self, column):
        """(the words that start node, its environment)"""
        tree = tree_of("node")
        env = self.environment(column, tree)
        # Debian's node reads parts of itself from below /usr/share/nodejs.
        redirect = os.path.join(self.out, "bench-redirect.so")
        if not os.path.exists(redirect):
            subprocess.run([tool("cc"), "-shared", "-fPIC", "-D_GNU_SOURCE", "-o",
                            redirect, os.path.join(APPS, "redirect.c"), "-ldl"],
                           check=True, capture_output=True)
        env.update(LD_PRELOAD=os.path.abspath(redirect), NODE_OPTIONS="",
                   POLLUX_APPS_NODEJS=tree + "/usr/share/nodejs")
        return tree + "/usr/bin/node", env

    def script(self, column, name, *words):
        """A script that prints its two figures."""
        node, env = self.node(column)
        return two_figures([node, f"{HERE}/real/{name}", *words], env)

    def readfile(self, column, work, seconds):
        for i in range(FILES):
            with open(f"{work}/{i}", "w") as file:
                file.write("x" * 512)
        return self.script(column, "readfile.js", work, str(FILES))

    def elu(self, column, work, seconds):
        return self.script(column, "elu.js", str(TURNS))

    def http(self, column, work, seconds):
        wrk = tool("wrk")
        node, env = self.node(column)
        with serving([node, f"{HERE}/real/http.js"], env) as server:
            port = int(server.stdout.readline())
            command = [wrk, "-t1", "-c50", f"http://127.0.0.1:{port}/"]
            client([*command, "-d1s"])  # Compiles what is hot.
            return measured(server, column, [
                *command, f"-d{max(1, round(seconds))}s"],
                r"Requests/sec: +([\d.]+)", r"(\d+) requests in")

    # -- BIND --------------------------------------------------------------

    def dns(self, column, work, seconds):
        dnsperf = tool("dnsperf")
        tree = tree_of("named")
        port = free_port()
        with open(work + "/zone", "w") as file:
            file.write(ZONE + "".join(f"h{i} IN A 10.0.0.{i}\n"
                                      for i in range(1, 201)))
        with open(work + "/conf", "w") as file:
            file.write(NAMED.format(work=work, port=port))
        with open(work + "/queries", "w") as file:
            file.writelines(f"h{i}.test A\n" for i in range(1, 201))
        with serving([tree + "/usr/sbin/named", "-f", "-n", "1", "-c",
                      work + "/conf"], self.environment(column, tree)) as named:
            wait_for_port(port)
            return measured(named, column, [
                dnsperf, "-s", "127.0.0.1", "-p", str(port), "-d",
                work + "/queries", "-l", str(max(1, round(seconds)))],
                r"Queries per second: +([\d.]+)", r"Queries completed: +(\d+)")

    # -- uvloop ------------------------------------------------------------

    def echo(self, column, work, seconds):
        tree = tree_of("uvloop")
        env = self.environment(column, tree)
        env["PYTHONPATH"] = tree + "/usr/lib/python3/dist-packages"
        # Its module is built for Debian's Python, which may not be ours.
        python = "/usr/bin/python3"
        try:
            subprocess.run([python, "-c", "import uvloop"], env=env, check=True,
                           capture_output=True, timeout=LIMIT_S)
        except (OSError, subprocess.CalledProcessError):
            raise Absent(f"{python} cannot load Debian's uvloop") from None
        return two_figures([python, f"{HERE}/real/echo.py", str(seconds)], env)


def two_figures(command, env):
    done = subprocess.run(command, env=env, capture_output=True, text=True,
                          timeout=LIMIT_S)
    words = done.stdout.split()
    if done.returncode != 0 or len(words) != 2:
        raise ValueError(f"exit {done.returncode}: {done.stderr[-150:]}")
    return float(words[0]), float(words[1])


@contextlib.contextmanager
def serving(command, env):
    server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    try:
        yield server
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def client(command):
    done = subprocess.run(command, capture_output=True, text=True,
                          timeout=LIMIT_S)
    if done.returncode != 0:
        raise ValueError(f"{command[0]}: {done.stderr[-150:]}")
    return done.stdout


def measured(server, column, command, rate_pattern, count_pattern):
    if not maps_library(server.pid, column):
        raise ValueError(f"the program does not run on {column.path}")
    before = cpu_us(server.pid)
    text = client(command)
    used = cpu_us(server.pid) - before
    rate = re.search(rate_pattern, text)
    count = re.search(count_pattern, text)
    if not rate or not count or int(count.group(1)) == 0:
        raise ValueError(f"{command[0]} says: {text[-150:]}")
    return float(rate.group(1)), used / int(count.group(1))


def wait_for_port(port):
    """Until something listens there by TCP."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise ValueError("named did not start")


CASES = {
    "node_http": RealPrograms.http,
    "node_readfile": RealPrograms.readfile,
    "node_elu": RealPrograms.elu,
    "named_dnsperf": RealPrograms.dns,
    "uvloop_echo": RealPrograms.echo,
}
