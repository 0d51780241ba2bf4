# SPDX-License-Identifier: MIT
"""asyncio programs on Pollux through uvloop: uvloop/run.py.

  uvloop.py MONITOR FOLDER

Debian's uvloop is built for Debian's own Python 3.11, which is not fetched.
"""
import os
import re
import subprocess

import app as apps

PYTHON = "/usr/bin/python3"


def check_python():
    if not os.path.exists(PYTHON):
        apps.skip(f"no {PYTHON} here, which Debian's uvloop needs")
    version = subprocess.run(
        [PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        check=True, encoding="ascii", stdout=subprocess.PIPE).stdout.strip()
    if version != "3.11":
        apps.skip(f"{PYTHON} is {version}; Debian 12's uvloop is for 3.11")


def main():
    app = apps.App("uvloop")
    check_python()
    # Without the module of this very folder, which has the same name.
    app.env.update(PYTHONPATH=app.tree + "/usr/lib/python3/dist-packages",
                   PYTHONDONTWRITEBYTECODE="1")
    for key in ("PYTHONHOME", "VIRTUAL_ENV"):
        app.env.pop(key, None)
    script = os.path.dirname(os.path.abspath(__file__)) + "/uvloop/run.py"
    output = app.run([PYTHON, script])
    print(output, end="")
    passed = len(re.findall(r"^ok ", output, re.MULTILINE))
    if passed == 0 or not output.endswith(f"done {passed}\n"):
        apps.fail(f"{passed} steps passed, but not all")
    app.check_monitor(least=passed)


main()
