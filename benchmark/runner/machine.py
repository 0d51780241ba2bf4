# SPDX-License-Identifier: MIT
"""The machine and its state, as far as they explain a figure."""
import os
import platform
import resource


def read(path, fallback=""):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return fallback


def cpu_model():
    for line in read("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def memory_mib():
    for line in read("/proc/meminfo").splitlines():
        if line.startswith("MemTotal"):
            return int(line.split()[1]) // 1024
    return 0


def describe():
    system = ""
    for line in read("/etc/os-release").splitlines():
        if line.startswith("PRETTY_NAME="):
            system = line.split("=", 1)[1].strip('"')
    cpufreq = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "usable cores": len(os.sched_getaffinity(0)),
        "memory MiB": memory_mib(),
        "kernel": platform.release(),
        "system": system,
        "virtual": "yes" if "hypervisor" in read("/proc/cpuinfo") else "no",
        "governor": read(cpufreq, "not told"),
        "clock": read("/sys/devices/system/clocksource/clocksource0/"
                      "current_clocksource", "not told"),
        "cpu quota": read("/sys/fs/cgroup/cpu.max", "none"),
        "descriptors": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        "io_uring_disabled": read("/proc/sys/kernel/io_uring_disabled", "0"),
        "load before": read("/proc/loadavg").split(" ")[0],
    }


def is_busy(machine):
    return (float(machine["load before"] or 0)
            > 0.5 * machine["usable cores"])


def warnings(machine):
    """What makes figures of this machine less certain."""
    found = []
    if machine["usable cores"] <= 2:
        found.append(
            "Two cores or fewer: both ends of a connection and all threads "
            "share them. What needs a third core (senders, a reader beside two "
            "loops) is hurt; a wake-up of an idle neighbour core is flattered.")
    if machine["virtual"] == "yes":
        found.append("A virtual machine: waking a sleeping core costs more than "
                     "on bare metal, and neighbours disturb.")
    if is_busy(machine):
        found.append(f"The machine was busy before (load "
                     f"{machine['load before']}): repeat when it is quiet.")
    found.append("All traffic is loopback: no network card, no interrupts of "
                 "one, no latency of a wire.")
    return found
