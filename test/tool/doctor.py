#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`pollux doctor`: tool/doctor/<test>. Each fault is made, and must be named."""
import json
import os
import subprocess

from box import OTHER_USER, expect, main, need_root

STATUS = """Name:\tprogram
Uid:\t{uid}\t{uid}\t{uid}\t{uid}
Gid:\t{uid}\t{uid}\t{uid}\t{uid}
Groups:\t
Seccomp:\t{seccomp}
Cpus_allowed_list:\t{cpus}
"""


def home(box):
    line = box.run("--version").stdout.split("library: ")[1].strip()
    return os.path.dirname(line)


def fake_system(box, uid=0, seccomp=0, cpus="0-3", ring="0"):
    """A root folder with a process 1234 that runs a program of ours."""
    program = box.program()
    box.write("root/proc/sys/kernel/io_uring_disabled", ring + "\n")
    box.write("root/proc/sys/kernel/osrelease", "6.1.0\n")
    box.write("root/proc/1234/status",
              STATUS.format(uid=uid, seccomp=seccomp, cpus=cpus))
    box.write("root/proc/1234/maps", "")
    box.write("root/proc/1234/cgroup", "0::/a/b\n")
    box.path("root", "proc", "1234", "exe").symlink_to("/usr/bin/program")
    target = box.path("root", "usr", "bin", "program")
    target.parent.mkdir(parents=True)
    os.rename(program, target)
    return box.path("root")


def fake(box, **more):
    return box.run("doctor", "--root", fake_system(box, **more), "1234")


def named(done, code, name):
    """The fault `name` stands in the output, in brackets, with its exit code."""
    expect(done, code, f"[{name}]")


# -- Good ----------------------------------------------------------------------

def a_healthy_program_has_no_fault(box):
    program = box.program()
    env = {"LD_LIBRARY_PATH": home(box)}
    done = box.run("doctor", program, env=env)
    expect(done, 0, "by LD_LIBRARY_PATH: Pollux", "a loop runs on epoll (auto)")
    assert "fault" not in done.stdout, done.stdout


def a_process_on_pollux_is_recognised(box):
    process = box.start(box.tool, "run", box.program(), "wait")
    while process.stdout.readline() != "ready\n":
        assert process.poll() is None
    done = box.run("doctor", process.pid)
    process.terminate()
    process.communicate(timeout=60)
    expect(done, done.returncode, "it has mapped", ": Pollux")


def json_says_the_same(box):
    program = box.compile("bare", "int main(void) { return 0; }\n")
    done = box.run("doctor", "--json", program)
    if box.options.json not in ("1", "TRUE"):
        expect(done, 2, "this build has no --json")
        return
    page = json.loads(done.stdout)
    names = [row["name"] for row in page["findings"]
             if row["level"] == "fault"]
    assert done.returncode == 1 and page["faults"] == 1, page
    assert names == ["no-libuv"], names


def the_machine_alone_can_be_asked_about(box):
    expect(box.run("doctor"), 0, "library", "kernel", "CPU")


def the_version_a_program_was_built_for_is_told(box):
    source = ("int uv_ip_name(void);\n"
              "int main(void) { return uv_ip_name() == 0; }\n")
    program = box.compile("newer", source, box.options.library)
    expect(box.run("doctor", program), 0, "uv_ip_name", "libuv 1.43 or newer")


# -- Bad command lines ---------------------------------------------------------

def what_is_not_there_is_3(box):
    expect(box.run("doctor", "no-such-program"), 3, "No such file")
    expect(box.run("doctor", "4194305"), 3, "there is none")
    expect(box.run("doctor", "--user", "no such user"), 3, "no user")
    expect(box.run("doctor", "--what"), 2, "unrecognized option")
    expect(box.run("doctor", "a", "b"), 2, "one program or process")


# -- Seeded faults -------------------------------------------------------------

def names_a_program_without_libuv(box):
    program = box.compile("bare", "int main(void) { return 0; }\n")
    named(box.run("doctor", program), 1, "no-libuv")


def names_a_static_copy(box):
    program = box.compile("copy", "int uv_loop_init(void) { return 0; }\n"
                          "int main(void) { return uv_loop_init(); }\n")
    named(box.run("doctor", program), 1, "static-copy")


def names_an_rpath_that_wins(box):
    box.other_library("other", "uv_run")
    program = box.program("plain", "-Wl,--disable-new-dtags",
                          f"-Wl,-rpath,{box.path('other')}")
    named(box.run("doctor", program), 1, "rpath")


def names_a_missing_symbol(box):
    library = box.other_library("new", "uv_from_the_future")
    program = box.compile("future", "int uv_from_the_future(void);\n"
                          "int main(void) { return uv_from_the_future(); }\n",
                          library)
    named(box.run("doctor", program), 1, "missing-symbol")


def names_a_set_uid_program(box):
    program = box.program_of_other_user(0o4755)
    named(box.run("doctor", program), 1, "set-uid")


def names_file_capabilities(box):
    program = box.program_with_capability()
    named(box.run("doctor", "--user", OTHER_USER, program), 1,
          "file-capabilities")


def names_a_program_for_another_processor(box):
    program = box.program()
    with open(program, "r+b") as file:
        file.seek(18)
        file.write(b"\xf3\x00")  # e_machine: RISC-V
    named(box.run("doctor", program), 1, "wrong-architecture")


def names_a_folder_that_the_user_cannot_read(box):
    need_root("judging for another user")
    prefix = box.path("prefix")
    (prefix / "bin").mkdir(parents=True)
    (prefix / "lib" / "pollux").mkdir(parents=True)
    subprocess.run(["cp", box.tool, prefix / "bin" / "pollux"], check=True)
    subprocess.run(["cp", box.options.library,
                    prefix / "lib" / "pollux" / "libuv.so.1"], check=True)
    program = box.program()
    box.tool = str(prefix / "bin" / "pollux")
    expect(box.run("doctor", "--user", OTHER_USER, program,
                   env={"LD_LIBRARY_PATH": home(box)}), 0)
    os.chmod(prefix, 0o700)
    named(box.run("doctor", "--user", OTHER_USER, program), 1,
          "unreadable-folder")


def names_a_setting_that_is_refused(box):
    named(box.run("doctor", env={"POLLUX_MONITOR": "telepathy"}), 1,
          "setting-refused")


def names_a_library_that_was_replaced(box):
    root = fake_system(box)
    box.write("root/proc/1234/maps", "7f00-7f01 r-xp 0 00:00 1 "
              "/opt/pollux/libuv.so.1.0.0 (deleted)\n")
    named(box.run("doctor", "--root", root, "1234"), 1, "deleted-library")


def names_an_apparmor_profile_without_a_rule(box):
    root = fake_system(box)
    box.write("root/proc/1234/attr/current", "program (enforce)\n")
    box.write("root/etc/apparmor.d/usr.bin.program", "/usr/bin/program {\n}\n")
    named(box.run("doctor", "--root", root, "1234"), 1, "apparmor")
    box.write("root/etc/apparmor.d/local/usr.bin.program",
              f"{home(box)}/libuv.so* mr,\n")
    assert "[apparmor]" not in box.run("doctor", "--root", root, "1234").stdout


def names_the_sysctl_that_denies_io_uring(box):
    done = fake(box, ring="2")
    expect(done, done.returncode, "[io_uring-sysctl]")


def names_seccomp_that_may_deny_io_uring(box):
    done = fake(box, seccomp=2)
    expect(done, done.returncode, "[io_uring-seccomp]")


def names_a_single_cpu(box):
    done = fake(box, cpus="3")
    expect(done, done.returncode, "[one-cpu]")


def names_a_quota_of_a_group_above(box):
    root = fake_system(box)
    box.write("root/sys/fs/cgroup/a/cpu.max", "150000 100000\n")
    box.write("root/sys/fs/cgroup/a/b/cpu.max", "max 100000\n")
    done = box.run("doctor", "--root", root, "1234")
    expect(done, done.returncode, "[cpu-quota]", "1.50 CPUs")


def a_healthy_system_has_none_of_these(box):
    done = fake(box)
    for name in ("apparmor", "io_uring-sysctl", "io_uring-seccomp", "one-cpu",
                 "cpu-quota", "deleted-library"):
        assert f"[{name}]" not in done.stdout, done.stdout


if __name__ == "__main__":
    main([value for value in list(globals().values())
          if getattr(value, "__module__", "") == "__main__"
          and value not in (home, fake_system, fake, named)])
