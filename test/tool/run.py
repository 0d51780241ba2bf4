#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`pollux run`: tool/run/<test>. What it starts, and what it refuses and why."""
import os
import signal
import stat
import subprocess

from box import OTHER_UID, Skip, expect, main, need_no_sanitizer


def a_program_runs_on_pollux(box):
    expect(box.run("run", box.program()), 0, "on Pollux")


def the_machines_own_ctest_runs_on_pollux(box):
    need_no_sanitizer(box)
    ctest = "/usr/bin/ctest"
    if not os.path.exists(ctest):
        raise Skip("there is no /usr/bin/ctest here")
    box.write("CTestTestfile.cmake", "add_test(it true)\n")
    done = box.run("run", "--stats", ctest)
    if "no-libuv" in done.stderr:
        raise Skip("this ctest needs no libuv.so.1")
    expect(done, 0, "100% tests passed", "1 loop in 1 process",
           "monitor epoll (auto)")


def the_exit_code_passes_through(box):
    program = box.program()
    for options in ([], ["--stats"]):
        for code in (0, 1, 42, 125, 255):
            expect(box.run("run", *options, program, "exit", code), code)


def a_signal_ends_the_command_as_it_ended_the_program(box):
    program = box.program()
    for options in ([], ["--stats"]):
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGUSR2):
            done = box.run("run", *options, program, "die", int(number))
            assert done.returncode == -number, done


def words_arrive_unchanged(box):
    words = ["--stats", "-m", "--", "a b", "", "--help", "ü"]
    for options in ([], ["--"], ["--stats", "--"]):
        done = box.run("run", *options, box.program(), "words", *words)
        expect(done, 0)
        shown = done.stdout.splitlines()[1:]
        assert shown == [f"[{word}]" for word in words], shown


def the_path_is_searched_for_a_name(box):
    box.program("bin/named-by-path")
    path = f"{box.path('nothing')}:{box.path('bin')}:{box.env['PATH']}"
    expect(box.run("run", "named-by-path", env={"PATH": path}), 0, "on Pollux")


def a_library_path_that_was_set_stays_behind(box):
    program = box.program()
    done = box.run("run", program, "env", "LD_LIBRARY_PATH",
                   env={"LD_LIBRARY_PATH": "/nothing/here"})
    expect(done, 0, "on Pollux", "/lib/pollux:/nothing/here]")


def the_folder_holds_libuv_alone(box):
    done = box.run("run", box.program(), "env", "LD_LIBRARY_PATH")
    folder = done.stdout.split("[")[1].split("]")[0]
    assert os.listdir(folder) == ["libuv.so.1"], folder


def a_script_is_followed_to_its_interpreter(box):
    program = box.program()
    script = box.write("script", f"#!{program} words\n", 0o755)
    expect(box.run("run", script), 0, "on Pollux", f"[{script}]")
    box.program("bin/by-env")
    path = f"{box.path('bin')}:{box.env['PATH']}"
    script = box.write("env-script", "#!/usr/bin/env by-env\n", 0o755)
    expect(box.run("run", script, env={"PATH": path}), 0, "on Pollux")
    script = box.write("shell", "#!/bin/sh\ntrue\n", 0o755)
    expect(box.run("run", script), 125, "no-libuv")


def scripts_in_a_circle_are_refused(box):
    path = box.path("circle")
    box.write("circle", f"#!{path}\n", 0o755)
    expect(box.run("run", path), 126, "symbolic links")


def a_prefix_can_be_moved(box):
    subprocess.run(["cmake", "--install", box.options.build, "--prefix",
                    box.path("prefix")], check=True, capture_output=True)
    box.path("prefix").rename(box.path("moved"))
    box.tool = str(box.path("moved/bin/pollux"))
    expect(box.run("--version"), 0, str(box.path("moved")))
    expect(box.run("run", box.program()), 0, "on Pollux")
    for page in ("pollux", "pollux-run", "pollux-doctor", "pollux-enable"):
        assert list(box.path("moved").rglob(page + ".1")), page


# -- Settings ------------------------------------------------------------------

def the_monitor_and_the_spin_are_handed_on(box):
    program = box.program()
    for monitor in ("poll", "epoll", "POLL", "auto"):
        expect(box.run("run", "--monitor", monitor, program, "env",
                       "POLLUX_MONITOR"), 0, f"[{monitor}]")
    expect(box.run("run", "--spin=50us", program, "env", "POLLUX_POLL_MAX_NS"),
           0, "[50us]")
    expect(box.run("run", "--stats", "--monitor=poll", program), 0,
           "monitor poll")


def a_wrong_setting_is_refused(box):
    program = box.program()
    for words, text in ((["--monitor", "telepathy"],
                         "--monitor telepathy: POLLUX_MONITOR=telepathy is "
                         "not understood"),
                        (["--monitor", ""], "an empty value"),
                        (["--spin", "3y"], "=3y is not understood"),
                        (["--spin", "-1"], "is not understood"),
                        (["--spin", "11ms"], "is out of range"),
                        (["--spin", ""], "an empty value"),
                        (["--what"], "unrecognized option"),
                        (["--monitor"], "which program?")):
        done = expect(box.run("run", *words, program), 125, text)
        assert "on Pollux" not in done.stdout, words


def without_a_program_it_says_so(box):
    expect(box.run("run"), 125, "which program?")
    expect(box.run("run", "--"), 125, "which program?")
    expect(box.run("run", "--stats"), 125, "which program?")


# -- What cannot be started ----------------------------------------------------

def what_is_not_there_is_127(box):
    expect(box.run("run", "no-such-program"), 127, "No such file")
    expect(box.run("run", box.path("nothing")), 127, "No such file")
    expect(box.run("run", ""), 127, "No such file")


def what_is_no_program_is_126(box):
    expect(box.run("run", box.folder), 126, "Is a directory")
    text = box.write("text", "only words\n", 0o755)
    expect(box.run("run", text), 126, "is no program")
    expect(box.run("run", box.write("empty", "", 0o755)), 126, "is no program")
    missing = box.write("missing", "#!/no/interpreter\n", 0o755)
    expect(box.run("run", missing), 127, "/no/interpreter")
    short = box.path("short")
    short.write_bytes(b"\x7fELF\x02\x01\x01")
    short.chmod(0o755)
    expect(box.run("run", short), 126, "is no program")


def a_program_without_execute_permission_is_126(box):
    program = box.program()
    os.chmod(program, 0o644)
    expect(box.run("run", program), 126, "Permission denied")


# -- What would not use Pollux -------------------------------------------------

def a_program_without_libuv_is_refused(box):
    program = box.compile("bare", "int main(void) { return 7; }\n")
    expect(box.run("run", program), 125, "no-libuv", "--force")
    expect(box.run("run", "--force", program), 7, "no-libuv")


def a_static_copy_is_refused(box):
    source = ("int uv_run(void) { return 0; }\n"
              "int main(void) { return uv_run(); }\n")
    program = box.compile("copy", source)
    expect(box.run("run", program), 125, "static-copy", program,
           "--shared-libuv")
    shared = box.compile("copy-shared", source, "-rdynamic", "-s")
    expect(box.run("run", shared), 125, "static-copy")


def a_copy_in_a_library_is_refused(box):
    box.compile("libcarrier.so", "int uv_loop_init(void) { return 0; }\n"
                "int carry(void) { return 3; }\n", "-shared", "-fPIC")
    program = box.compile("rider", "int carry(void);\n"
                          "int main(void) { return carry(); }\n",
                          str(box.path("libcarrier.so")))
    expect(box.run("run", program), 125, "static-copy", "libcarrier.so")


def an_rpath_that_wins_is_refused(box):
    box.other_library("other", "uv_run")
    flags = ["-Wl,--disable-new-dtags", f"-Wl,-rpath,{box.path('other')}"]
    expect(box.run("run", box.program("wins", *flags)), 125, "rpath",
           "other/libuv.so.1", "patchelf")
    flags[1] = "-Wl,-rpath,$ORIGIN/other"
    expect(box.run("run", box.program("origin", *flags)), 125, "rpath")


def an_rpath_without_libuv_is_no_obstacle(box):
    flags = ["-Wl,--disable-new-dtags", f"-Wl,-rpath,{box.path('empty')}"]
    expect(box.run("run", box.program("harmless", *flags)), 0, "on Pollux")


def a_runpath_does_not_win(box):
    box.other_library("other", "uv_run")
    program = box.program("loses", "-Wl,--enable-new-dtags",
                          f"-Wl,-rpath,{box.path('other')}")
    expect(box.run("run", program), 0, "on Pollux")


def a_full_name_of_libuv_is_refused(box):
    library = box.other_library("other", "uv_run")
    os.rename(library, box.path("other", "fixed.so"))
    # A library without a soname is asked for by the name that it was linked by.
    library = box.compile("other/libuv.so.1", "int uv_run(void) { return 0; }\n",
                          "-shared", "-fPIC")
    program = box.compile("full", "int uv_run(void);\n"
                          "int main(void) { return uv_run(); }\n", library)
    expect(box.run("run", program), 125, "full-name", library)


def a_symbol_that_pollux_lacks_is_refused(box):
    library = box.other_library("new", "uv_run", "uv_from_the_future")
    program = box.compile("future", "int uv_from_the_future(void);\n"
                          "int main(void) { return uv_from_the_future(); }\n",
                          library)
    expect(box.run("run", program), 125, "missing-symbol", "uv_from_the_future")


def a_set_uid_program_is_refused(box):
    program = box.program_of_other_user(0o4755)
    expect(box.run("run", program), 125, "set-uid")
    os.chmod(program, 0o2755)
    expect(box.run("run", program), 125, "set-uid")
    os.chmod(program, 0o755)
    expect(box.run("run", program), 0, "on Pollux")


def file_capabilities_are_refused(box):
    program = box.program_with_capability()
    home = box.run("--version").stdout.split("library: ")[1].strip()
    os.chmod(box.folder, 0o755)
    done = box.run("run", program, user=OTHER_UID, group=OTHER_UID, extra_groups=[])
    if "cannot be read" in done.stderr or "not beside" in done.stderr:
        raise Skip(f"another user cannot read {home}")
    expect(done, 125, "file-capabilities", "setcap -r")
    # For root they change nothing.
    expect(box.run("run", program), 0, "on Pollux")


def another_processor_is_refused(box):
    program = box.program()
    with open(program, "r+b") as file:
        file.seek(18)
        file.write(b"\xf3\x00")  # e_machine: RISC-V
    expect(box.run("run", program), 125, "wrong-architecture", "riscv64")


# -- --stats -------------------------------------------------------------------

def stats_come_after_the_program_on_stderr(box):
    done = box.run("run", "--stats", box.program())
    expect(done, 0, "plain, 1 loop in 1 process", "monitor epoll (auto)",
           "iterations", "waits", "events", "busy polls", "wake-ups")
    assert done.stdout == "on Pollux\n", done.stdout
    assert "\033" not in done.stderr, "colours, and stderr is no terminal"


def stats_leave_no_file(box):
    box.path("runtime").mkdir()
    done = box.run("run", "--stats", box.program(), "env", "POLLUX_STATS",
                   env={"XDG_RUNTIME_DIR": str(box.path("runtime"))})
    expect(done, 0, f"[{box.path('runtime')}/pollux-stats-")
    assert os.listdir(box.path("runtime")) == []


def the_file_of_stats_is_private(box):
    process = box.start(box.tool, "run", "--stats", box.program(), "wait")
    while process.stdout.readline() != "ready\n":
        assert process.poll() is None
    file, = box.folder.glob("pollux-stats-*")
    mode = stat.S_IMODE(file.stat().st_mode)
    process.terminate()
    process.communicate(timeout=60)
    assert mode == 0o600, oct(mode)
    assert not file.exists()


def stats_hand_signals_on(box):
    for number in (signal.SIGUSR1, signal.SIGTERM):
        process = box.start(box.tool, "run", "--stats", box.program(), "wait")
        while process.stdout.readline() != "ready\n":
            assert process.poll() is None
        process.send_signal(number)
        said, figures = process.communicate(timeout=60)
        assert said == f"signal {int(number)}\n", (said, figures)
        assert process.returncode == 0, figures
        assert "1 loop in 1 process" in figures, figures


def stats_of_a_killed_program_say_why_there_are_none(box):
    process = box.start(box.tool, "run", "--stats", "--", box.program(), "wait")
    while process.stdout.readline() != "ready\n":
        assert process.poll() is None
    with open(f"/proc/{process.pid}/task/{process.pid}/children",
              encoding="ascii") as file:
        child, = file.read().split()
    os.kill(int(child), signal.SIGKILL)
    figures = process.communicate(timeout=60)[1]
    assert process.returncode == -signal.SIGKILL, process.returncode
    assert "ended by a signal (Killed)" in figures, figures


def stats_of_a_program_without_a_loop_say_so(box):
    source = ("#include <uv.h>\n"
              "int main(void) { return uv_version() == 0; }\n")
    program = box.compile("loopless", source, box.options.library)
    expect(box.run("run", "--stats", program), 0, "no figures",
           "made no loop")


def stats_say_which_setting_is_not_in_force(box):
    expect(box.run("run", "--stats", box.program(),
                   env={"POLLUX_IDLE_MS": "soon"}), 0,
           "A setting is not in force: ", "POLLUX_IDLE_MS=soon")


if __name__ == "__main__":
    main([value for value in list(globals().values())
          if getattr(value, "__module__", "") == "__main__"])
