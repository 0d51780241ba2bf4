# SPDX-License-Identifier: MIT
"""BIND's named on Pollux: questions over UDP and TCP from dig, a reload by signal
and one by rndc, a zone transfer, a dynamic update, many questions at once.

  named.py MONITOR FOLDER

named, dig, rndc and nsupdate all run on Pollux (BIND's network manager makes a
loop per thread).
"""
import os
import re
import signal
import subprocess

import app as apps

ZONE = """$TTL 60
@ IN SOA ns.test. admin.test. ( {serial} 3600 600 86400 60 )
@ IN NS ns
ns IN A 127.0.0.1
www IN A {address}
{more}
"""

CONF = """options {{
  directory "{work}";
  pid-file "{work}/named.pid";
  session-keyfile none;
  lock-file none;
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  recursion no;
  dnssec-validation no;
  notify no;
  allow-transfer {{ 127.0.0.1; }};
}};
key "control" {{ algorithm hmac-sha256; secret "cG9sbHV4LXRlc3Qta2V5LW5vdC1zZWNyZXQ="; }};
controls {{ inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ "control"; }}; }};
zone "test" {{ type primary; file "{work}/test.zone"; }};
zone "dynamic" {{ type primary; file "{work}/dynamic.zone"; allow-update {{ 127.0.0.1; }}; }};
"""

RNDC = """key "control" { algorithm hmac-sha256; secret "cG9sbHV4LXRlc3Qta2V5LW5vdC1zZWNyZXQ="; };
options { default-key "control"; default-server 127.0.0.1; };
"""


class Named:
    def __init__(self, app):
        self.app = app
        self.port, self.control = apps.free_port(), apps.free_port()
        self.write_zone(1, "10.0.0.1")
        app.write("dynamic.zone", ZONE.format(serial=1, address="10.9.9.9",
                                              more=""))
        app.write("rndc.conf", RNDC)
        self.conf = app.write("named.conf", CONF.format(
            work=app.work, port=self.port, control=self.control))
        self.log = open(app.path("log"), "w+", encoding="utf-8")
        self.process = app.start(
            [app.tree + "/usr/sbin/named", "-g", "-n", "2", "-c", self.conf],
            stdout=self.log, stderr=subprocess.STDOUT)

    def write_zone(self, serial, address):
        more = "\n".join(f"host{i} IN A 10.2.0.{i}" for i in range(1, 201))
        self.app.write("test.zone.new", ZONE.format(
            serial=serial, address=address, more=more))
        os.replace(self.app.path("test.zone.new"), self.app.path("test.zone"))

    def said(self):
        with open(self.app.path("log"), encoding="utf-8") as file:
            return file.read()

    def wait_until_it_says(self, pattern):
        def is_said():
            if self.process.poll() is not None:
                apps.fail(f"named ended with {self.process.returncode}",
                          self.said())
            return re.search(pattern, self.said(), re.MULTILINE)
        apps.wait_for(f"named to say {pattern}", is_said, 15)

    def tool(self, name, *words, **options):
        return self.app.run([f"{self.app.tree}/usr/{name}", *words], **options)

    def dig(self, *words):
        return self.tool("bin/dig", "@127.0.0.1", "-p", str(self.port),
                         "+tries=2", "+time=5", *words)

    def rndc(self, *words):
        return self.tool("sbin/rndc", "-c", self.app.path("rndc.conf"),
                         "-p", str(self.control), *words)


def ask(named):
    for way, name in (("+notcp", "UDP"), ("+tcp", "TCP")):
        output = named.dig(way, "www.test", "A")
        apps.expect(output, "status: NOERROR", r"www\.test\..*\sA\s10\.0\.0\.1",
                    rf"SERVER: 127\.0\.0\.1#{named.port}.*\({name}\)")
        apps.expect(named.dig(way, "none.test", "A"), "status: NXDOMAIN")
    apps.expect(named.dig("other.zone", "A"), "status: REFUSED")
    # All names of the zone in one TCP stream.
    output = named.dig("test", "AXFR")
    apps.expect(output, r"host200\.test", r"XFR size: 20\d records")
    print("ok UDP, TCP and a zone transfer")


def ask_much(named):
    batch = named.app.write("batch", "".join(
        f"host{i}.test A\n" for i in range(1, 201)))
    for way in ("+notcp", "+tcp"):
        output = named.dig(way, "+short", "-f", batch)
        expected = "".join(f"10.2.0.{i}\n" for i in range(1, 201))
        if output != expected:
            apps.fail(f"not the 200 answers {way}", output)
    # mdig sends all of them before it waits for the first answer.
    output = named.tool("bin/mdig", "@127.0.0.1", "-p", str(named.port),
                        "+noall", "+answer", "-f", batch)
    if len(set(re.findall(r"10\.2\.0\.\d+", output))) != 200:
        apps.fail("not the 200 answers at once", output)
    print("ok 200 questions in a row and at once")


def reload(named):
    named.write_zone(2, "10.0.0.2")
    named.process.send_signal(signal.SIGHUP)
    named.wait_until_it_says(r"zone test/IN: loaded serial 2\b")
    apps.expect(named.dig("+short", "www.test"), r"^10\.0\.0\.2$")
    named.write_zone(3, "10.0.0.3")
    apps.expect(named.rndc("reload"), "server reload successful")
    named.wait_until_it_says(r"zone test/IN: loaded serial 3\b")
    apps.expect(named.dig("+short", "www.test"), r"^10\.0\.0\.3$")
    # Listens anew on what is there already.
    apps.expect(named.rndc("reconfig") + "done", "done")
    apps.expect(named.dig("+tcp", "+short", "www.test"), r"^10\.0\.0\.3$")
    apps.expect(named.rndc("status"), "server is up and running")
    print("ok reloaded by signal and by rndc")


def update(named):
    for way in ([], ["-v"]):  # By UDP, by TCP.
        script = named.app.write("update", f"server 127.0.0.1 {named.port}\n"
                                 "zone dynamic\nupdate delete new.dynamic A\n"
                                 f"update add new.dynamic 60 A 10.3.0.{len(way)}\n"
                                 "send\n")
        named.tool("bin/nsupdate", *way, script)
        apps.expect(named.dig("+short", "new.dynamic"),
                    rf"^10\.3\.0\.{len(way)}$")
    print("ok updated over UDP and TCP")


def main():
    app = apps.App("named")
    named = Named(app)
    named.wait_until_it_says(r" running$")
    ask(named)
    ask_much(named)
    reload(named)
    update(named)
    named.rndc("stop")
    apps.wait_for("named to end", lambda: named.process.poll() is not None, 15)
    if named.process.returncode != 0 or "assertion" in named.said():
        apps.fail(f"named ended with {named.process.returncode}", named.said())
    print("ok stopped")
    app.check_monitor(least=10)


main()
