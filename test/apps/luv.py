# SPDX-License-Identifier: MIT
"""Lua programs on Pollux through lua-luv: luv/run.lua.

  luv.py MONITOR FOLDER
"""
import glob
import os
import re

import app as apps


def main():
    app = apps.App("luv")
    modules = glob.glob(app.tree + "/usr/lib/*/lua/5.1")[0]
    app.env["LUA_CPATH"] = modules + "/?.so"
    script = os.path.dirname(os.path.abspath(__file__)) + "/luv/run.lua"
    output = app.run([app.tree + "/usr/bin/lua5.1", script])
    print(output, end="")
    passed = len(re.findall(r"^ok ", output, re.MULTILINE))
    if passed == 0 or not output.endswith(f"done {passed}\n"):
        apps.fail(f"{passed} steps passed, but not all")
    app.check_monitor()


main()
