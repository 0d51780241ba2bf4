#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`pollux enable`, `disable`, `status`: tool/enable/<test>, in a root folder."""
import os

from box import OTHER_UID, Skip, expect, main, need_root

DROP_IN = "root/etc/systemd/system/web.service.d/pollux.conf"


def system(box):
    box.write("root/usr/lib/systemd/system/web.service", "[Service]\n")
    box.write("root/usr/lib/systemd/system/job@.service", "[Service]\n")
    box.write("root/etc/systemd/system/old.service.d/other.conf", "[Service]\n")
    box.path("root/etc/ld.so.conf.d").mkdir(parents=True)
    return box.path("root")


def snapshot(root):
    return {str(path): path.read_bytes() if path.is_file() else None
            for path in sorted(root.rglob("*"))}


def run(box, command, *words):
    return box.run(command, "--root", box.path("root"), *words)


def a_service_is_enabled_shown_and_disabled_without_a_trace(box):
    before = snapshot(system(box))
    expect(run(box, "status", "web"), 1, "web.service: not enabled")
    expect(run(box, "enable", "web", "job@1.service"), 0, "restart web.service")
    text = box.path(DROP_IN).read_text(encoding="utf-8")
    assert "[Service]\nEnvironment=\"LD_LIBRARY_PATH=/" in text, text
    expect(run(box, "enable", "web"), 0)
    assert box.path(DROP_IN).read_text(encoding="utf-8") == text
    expect(run(box, "status", "web.service"), 0, "web.service: enabled")
    expect(run(box, "disable", "web", "job@1"), 0, "disabled")
    assert snapshot(box.path("root")) == before
    expect(run(box, "disable", "web"), 0)


def wrong_names_are_refused(box):
    before = snapshot(system(box))
    for name, text in (("nothing", "there is no service nothing.service"),
                       ("../web", "is no name"), ("a/b", "is no name"),
                       ("", "is no name"), ("..", "is no name"),
                       (".service", "is no name")):
        expect(run(box, "enable", name), 1, text)
    expect(run(box, "enable"), 2, "name services")
    expect(run(box, "enable", "--system", "web"), 2, "name services")
    assert snapshot(box.path("root")) == before


def a_file_of_another_is_left_alone(box):
    system(box)
    box.write(DROP_IN, "[Service]\nNice=1\n")
    before = snapshot(box.path("root"))
    for command in ("enable", "disable", "status"):
        expect(run(box, command, "web"), 1, "not ours")
    assert snapshot(box.path("root")) == before


def one_wrong_name_does_not_stop_the_others(box):
    system(box)
    expect(run(box, "enable", "nothing", "web"), 1, "web.service: enabled")
    assert box.path(DROP_IN).exists()


def without_the_right_to_write_it_says_so(box):
    need_root("a user without rights")
    before = snapshot(system(box))
    done = box.run("enable", "--root", box.path("root"), "web", user=OTHER_UID,
                   group=OTHER_UID, extra_groups=[])
    if "not beside" in done.stderr:
        raise Skip("another user cannot read the build tree")
    expect(done, 1, "Permission denied")
    assert snapshot(box.path("root")) == before


def the_whole_system_is_enabled_and_disabled(box):
    need_root("ldconfig -r")
    system(box)
    box.write("root/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")
    expect(run(box, "status", "--system"), 1, "not enabled")
    expect(run(box, "disable", "--system"), 0)
    before = snapshot(box.path("root"))
    expect(run(box, "enable", "--system"), 0, "all programs: enabled")
    expect(run(box, "status", "--system"), 0, "all programs: enabled")
    expect(run(box, "disable", "--system"), 0, "all programs: disabled")
    after = snapshot(box.path("root"))
    assert after == before, set(after) ^ set(before)
    assert os.listdir(box.path("root/etc/ld.so.conf.d")) == []


if __name__ == "__main__":
    main([value for value in list(globals().values())
          if getattr(value, "__module__", "") == "__main__"
          and value not in (system, snapshot, run)])
