"""scripts/bench profile: where the CPU time of a case goes, by process and by kind of work, ours beside the kernel's, per unit of work.

    scripts/bench profile [--seconds 2] [CASE...]      CASE: send fetch both send64 fetch64 mtu-send mtu-fetch rr rr-one connect connect16 inside
                                                       udpbulk

One run of each side under `perf record -a` (by the clock: no counter of the processor's is needed) yields the times, another under `perf stat`
system calls, switches and page faults. A sample is of the first of KINDS that its call chain shows; time in which the kernel has
interrupts off is seen where it turns them on again. Needs root and perf (scripts/setup --with-benchmarks). Without CASE: all.
"""
import argparse
import collections
import contextlib
import os
import re
import signal
import subprocess
import sys
import time

from bench_bed import CROWD, KERNEL, OURS, PLAIN, PORT, Testbed, family
from bench_cases import INSIDE, plain_frames, serve_inside

IDLE = re.compile(r"cpuidle|idle|safe_halt")
COPY = re.compile(r"copy_(to|from)_|_copy|copy_user|rep_movs|memcpy|memmove|csum|checksum")
KINDS = {  # of the kernel's, by any symbol of the chain
    "page faults": r"exc_page_fault|handle_mm_fault",
    "wake-ups, switches": r"^(try_to_wake_up|__wake_up|schedule|__schedule|do_sched_yield|finish_task_switch|sched_ttwu)",
    "TCP, UDP, IP": r"^_*(tcp|udp|inet6?|ip6?|ipv6)_",
    "TAP, veth": r"^_*(tun|veth|netif|dev|napi|net_rx)_",
    "unix sockets": r"^_*(unix|scm|sock_alloc|sock_release)",
    "epoll, poll, eventfd": r"^_*(do_)?(sys_)?(ep|epoll|eventfd|poll|ppoll)_",
    "other system calls": r"entry_SYSCALL|do_syscall_64",
    "interrupts, other": r"",
}
MATCHERS = {name: re.compile(pattern) for name, pattern in KINDS.items()}
HEAD = re.compile(r"^(.{1,16}?)\s+(\d+)/(\d+)\s*$")
EVENTS = {"raw_syscalls:sys_enter": "system calls", "context-switches": "switches", "page-faults": "page faults"}


class Case:
    """How a case's client is called, and what its unit is. \\param per_second  makes units per second of the first figure it prints"""

    def __init__(self, unit, per_second, *arguments, port=PORT, frames="large", cpus=None):
        self.unit, self.per_second, self.arguments, self.port, self.frames, self.cpus = unit, per_second, arguments, port, frames, cpus

    def addresses(self):
        return {"large": (OURS[4], KERNEL[4]), "plain": (PLAIN, KERNEL[4]), "inside": ("192.0.2.1", "127.0.0.1")}[self.frames]


def megabytes(gigabits):
    return gigabits * 1000 / 8


CASES = {
    "send": Case("MB", megabytes, "send", "131072"), "fetch": Case("MB", megabytes, "fetch", "131072"),
    "send64": Case("MB", megabytes, "send", "131072", "64", port=CROWD), "fetch64": Case("MB", megabytes, "fetch", "131072", "64", port=CROWD),
    "mtu-send": Case("MB", megabytes, "send", "131072", frames="plain"), "mtu-fetch": Case("MB", megabytes, "fetch", "131072", frames="plain"),
    "rr": Case("transaction", float, "rr", "1"), "rr-one": Case("transaction", float, "rr", "1", cpus="0"),
    "connect": Case("connection", float, "connect", "1"), "connect16": Case("connection", float, "connect", "1", "16", port=CROWD),
    "inside": Case("MB", megabytes, "send", "131072", port=INSIDE, frames="inside"),
    "both": Case("MB", megabytes, "both", "131072", port=CROWD), "udpbulk": Case("MB", megabytes, "udpbulk", "1400"),
}


def kind_of(frames):
    """\\param frames  (symbol, object) of a sample, the innermost first"""
    symbol, owner = frames[0]
    if COPY.search(symbol):
        return "copies, checksums"
    kernel = [name for name, where in frames if where.startswith("[") and where not in ("[unknown]", "[vdso]")]
    if kernel:
        return next(kind for kind, pattern in MATCHERS.items() if any(map(pattern.search, kernel)))
    owner = os.path.basename(owner)
    return owner if owner == "zsockd" else "libzsock" if owner.startswith("libzsock") else "program, C library"


def samples(path):
    """Yields name and number of the process, and the frames."""
    text = subprocess.run(["perf", "script", "-i", path, "-F", "comm,pid,tid,ip,sym,dso"], check=True, capture_output=True, text=True,
                          errors="replace").stdout
    for block in text.split("\n\n"):
        lines = block.strip("\n").splitlines()
        if lines and (head := HEAD.match(lines[0])):
            frames = [(words[1], words[-1][1:-1]) for words in (line.split() for line in lines[1:])]
            if frames:
                yield head.group(1).strip(), int(head.group(2)), frames


class Profiler:
    def __init__(self, bed, case, seconds):
        self.bed, self.case, self.seconds = bed, case, seconds
        self.data = os.path.join(bed.work, "perf.data")

    def run_client(self, who):
        """Returns the units of work per second."""
        mode, *rest = self.case.arguments
        address = self.case.addresses()[who == "kernel"]
        figures, _ = self.bed.client(who, mode, address, self.case.port, str(self.seconds), *rest)
        return self.case.per_second(figures[0])

    def role(self, name, pid, frames):
        """None: not of the case. What interrupts do while a CPU is idle is."""
        if pid == self.bed.daemon.pid:
            return "zsockd"
        if name.startswith("traffic"):
            return "server" if pid in self.servers else "client"
        idle = any(symbol == "do_idle" for symbol, _ in frames) and not IDLE.search(frames[0][0])
        return "no process" if idle else None

    @contextlib.contextmanager
    def perf(self, *arguments):
        process = subprocess.Popen(["perf", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(0.3)
        yield
        process.send_signal(signal.SIGINT)
        if "rror" in (said := process.communicate(timeout=30)[1]):
            sys.exit(f"perf: {said}")

    def times(self, who):
        """Units per second, and microseconds per unit by kind and role."""
        self.servers = {pid for server in self.bed.servers for pid in family(server.pid)}
        with self.perf("record", "-a", "-g", "-F", "1999", "-o", self.data):
            rate = self.run_client(who)
        found = collections.Counter()
        for name, pid, frames in samples(self.data):
            if role := self.role(name, pid, frames):
                found[kind_of(frames), role] += 1
        return rate, {key: count / 1999 / self.seconds / rate * 1e6 for key, count in found.items()}

    def counts(self, who):
        """What EVENTS has, per unit by role."""
        roles = {"server": self.servers} | ({"zsockd": {self.bed.daemon.pid}} if who == "zsock" else {})
        with contextlib.ExitStack() as stack:
            files = {}
            for role, pids in roles.items():
                files[role] = os.path.join(self.bed.work, f"stat-{role}")
                stack.enter_context(self.perf("stat", "-x,", "-e", ",".join(EVENTS), "-o", files[role], "-p", ",".join(map(str, pids))))
            files["client"] = os.path.join(self.bed.work, "stat-client")
            pin, self.bed.pin = self.bed.pin, ("perf", "stat", "-x,", "-e", ",".join(EVENTS), "-o", files["client"], "--", *self.bed.pin)
            rate = self.run_client(who)
            self.bed.pin = pin
        found = {}
        for role, path in files.items():
            with open(path, encoding="utf-8") as file:
                for fields in (line.split(",") for line in file):
                    if len(fields) > 2 and fields[2] in EVENTS and fields[0].isdigit():
                        found[EVENTS[fields[2]], role] = int(fields[0]) / (rate * self.seconds)
        return found


def show(name, case, sides):
    """\\param sides  of "zsock" and "kernel": rate, times, counts"""
    columns = [("zsock", role) for role in ("zsockd", "client", "server", "no process")] + [("kernel", role) for role in ("client", "server", "no process")]
    rates = " / ".join(f"{who} {sides[who][0]:,.0f}" for who in sides)
    print(f"\n{name}: {case.unit}s per second: {rates}; of each {case.unit}:")
    print(f"  {'µs of CPU':<22}" + "".join(f"{who + ': ' + role:>20}" for who, role in columns) + f"{'zsock: all':>14}{'kernel: all':>14}")
    kinds = ["copies, checksums", "zsockd", "libzsock", "program, C library", *KINDS]
    for kind in kinds:
        line(kind, [sides[who][1].get((kind, role), 0) for who, role in columns], columns, 2)
    line("all", [sum(value for (_, owner), value in sides[who][1].items() if owner == role) for who, role in columns], columns, 2)
    for event in EVENTS.values():
        line(event, [sides[who][2].get((event, role), 0) for who, role in columns], columns, 2)
    sys.stdout.flush()


def line(name, values, columns, digits):
    sums = [sum(value for value, (who, _) in zip(values, columns) if who == side) for side in ("zsock", "kernel")]
    print(f"  {name:<22}" + "".join(f"{value:>20.{digits}f}" for value in values) + "".join(f"{value:>14.{digits}f}" for value in sums))


def profile(bed, name, seconds):
    case = CASES[name]
    with contextlib.ExitStack() as stack:
        if case.frames == "plain":
            stack.enter_context(plain_frames(bed))
        if case.frames == "inside":
            serve_inside(bed)
        if case.cpus:
            bed.use_cpus(case.cpus)
        profiler = Profiler(bed, case, seconds)
        sides = {}
        for who in ("zsock", "kernel"):
            rate, times = profiler.times(who)
            sides[who] = rate, times, profiler.counts(who)
        if case.cpus:
            bed.use_cpus(f"0-{os.cpu_count() - 1}")
        show(name, case, sides)


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench profile", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("cases", nargs="*", metavar="CASE", choices=[*CASES, []])
    options = parser.parse_args(arguments)
    bed = Testbed()
    try:
        bed.start()
        for name in options.cases or CASES:
            profile(bed, name, options.seconds)
    finally:
        bed.stop()
