# SPDX-License-Identifier: MIT
"""Neovim on Pollux, headless: nvim/run.lua.

  nvim.py MONITOR FOLDER

The other Neovims that the script starts run on the same monitor.
"""
import os
import re

import app as apps


def main():
    app = apps.App("nvim")
    app.env.update(VIMRUNTIME=app.tree + "/usr/share/nvim/runtime",
                   VIM=app.tree + "/usr/share/nvim",
                   XDG_CONFIG_HOME=app.path("config"),
                   XDG_DATA_HOME=app.path("data"),
                   XDG_STATE_HOME=app.path("state"),
                   XDG_CACHE_HOME=app.path("cache"),
                   XDG_RUNTIME_DIR=app.work, SHELL="/bin/sh", TERM="dumb")
    for key in ("NVIM", "NVIM_LISTEN_ADDRESS", "MYVIMRC"):
        app.env.pop(key, None)
    script = os.path.dirname(os.path.abspath(__file__)) + "/nvim/run.lua"
    output = app.run([app.tree + "/usr/bin/nvim", "--headless", "-u", "NONE",
                      "-i", "NONE", "-n", "-c", "luafile " + script])
    # Neovim may end a line with CR as well, for a terminal.
    output = output.replace("\r", "")
    print(output, end="")
    passed = len(re.findall(r"^ok ", output, re.MULTILINE))
    if passed == 0 or f"done {passed}\n" not in output + "\n":
        apps.fail(f"{passed} steps passed, but not all")
    app.check_monitor(least=4)


main()
