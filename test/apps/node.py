# SPDX-License-Identifier: MIT
"""Debian's Node runs the script node/TOPIC.js on Pollux.

  node.py MONITOR FOLDER REDIRECT TOPIC

Debian's node links libuv.so.1; the machine's own mostly carries a copy. REDIRECT
is the library made of redirect.c. A script prints `ok` for each of its steps and
`done` with their number; every process of it runs on the same monitor.
"""
import os
import re

import app as apps


def main():
    app = apps.App("node")
    redirect, topic = app.arguments
    if topic == "setuid" and os.getuid() != 0:
        apps.skip("process.setuid() needs root")
    app.env.update(LD_PRELOAD=os.path.abspath(redirect),
                   POLLUX_APPS_NODEJS=app.tree + "/usr/share/nodejs",
                   NODE_REPL_HISTORY="", NODE_OPTIONS="")
    scripts = os.path.dirname(os.path.abspath(__file__)) + "/node"
    output = app.run([app.tree + "/usr/bin/node", f"{scripts}/{topic}.js"])
    print(output, end="")
    passed = len(re.findall(r"^ok ", output, re.MULTILINE))
    if passed == 0 or not output.endswith(f"done {passed}\n"):
        apps.fail(f"{passed} steps passed, but not all")
    app.check_monitor()


main()
