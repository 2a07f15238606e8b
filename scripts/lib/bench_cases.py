"""The cases of scripts/bench: each yields rows. How to read one: "zsock" and "kernel" are medians of the rounds, "ratio" the median of their
ratios."""
import contextlib
import os
import shutil
import statistics
import struct
import subprocess
import sys
import time

from bench_devices import case_packet, case_xdp
from bench_bed import BUILD, CROWD, KERNEL, OURS, PLAIN, PORT, Comparison, program_of, ratio_row, run, spent_by

INSIDE = "5003"  # a server on zsockd, and one on the gateway's kernel
REFERENCE = "5004"  # a server on the gateway's kernel, for what translates to it


@contextlib.contextmanager
def other_daemon(bed, options="", settings=()):
    """The bed's zsockd is meanwhile another, whose peer is PLAIN."""
    main = bed.daemon, bed.socket
    bed.socket = os.path.join(bed.work, "other.sock")
    bed.daemon = bed.start_daemon("zs1", 1, bed.socket, options, settings)
    time.sleep(1.5)
    yield
    bed.daemon.terminate()
    bed.daemon.wait(timeout=10)
    bed.daemon, bed.socket = main


def case_bulk(bed, options, mode, version):
    comparison = Comparison(bed, options, mode, 131072, family=version)
    yield comparison.row(f"bulk {mode}, IPv{version}, 128 KiB calls", "Gbit/s")
    yield comparison.cost_row(f"bulk {mode}, IPv{version}, CPU")


def case_both(bed, options):
    comparison = Comparison(bed, options, "both", 131072, port=CROWD)
    yield comparison.row("bulk, a stream each way at once, sum", "Gbit/s")
    yield comparison.cost_row("bulk, a stream each way at once, CPU")


def case_streams(bed, options):
    for mode in ("send", "fetch"):
        for count in (1, 8, 64):
            yield Comparison(bed, options, mode, 131072, count, port=CROWD).row(f"bulk {mode}, {count} streams", "Gbit/s")


def case_sizes(bed, options):
    for mode in ("send", "fetch"):
        for size in (64, 1024, 16384, 131072, 1048576):
            yield Comparison(bed, options, mode, size).row(f"bulk {mode}, calls of {size}", "Gbit/s")


def rr_rows(bed, options, size, where, **how):
    comparison = Comparison(bed, options, "rr", size, **how)
    for index, name in ((1, "median"), (2, "p99"), (3, "p99.9")):
        yield comparison.row(f"request/response {size}, {where}, {name}", "us", index)


@contextlib.contextmanager
def wakeful():
    """No CPU enters an idle state that it would have to wake from, as long as this file is open (pm_qos)."""
    file = os.open("/dev/cpu_dma_latency", os.O_WRONLY)
    os.write(file, struct.pack("i", 0))
    yield
    os.close(file)


def case_rr(bed, options):
    yield from rr_rows(bed, options, 1, "all CPUs")
    yield from rr_rows(bed, options, 1, "all CPUs, IPv6", family=6)
    with other_daemon(bed, settings=("--set", "host.spin=0")):
        yield from rr_rows(bed, options, 1, "all CPUs, nobody looks", addresses=(PLAIN, KERNEL[4]))
    if os.access("/dev/cpu_dma_latency", os.W_OK):
        with wakeful():
            yield from rr_rows(bed, options, 1, "all CPUs, never idle")
    bed.use_cpus("0")
    yield from rr_rows(bed, options, 1, "one CPU")
    bed.use_cpus(f"0-{os.cpu_count() - 1}")


def case_crowded(bed, options):
    """Every CPU has three others to serve: who looks busily for an answer would wait their time slices for each."""
    busy = [bed.spawn(sys.executable, "-c", "while True: pass") for _ in range(3 * os.cpu_count())]
    try:
        yield from rr_rows(bed, options, 1, "all CPUs crowded")
    finally:
        for process in busy:
            process.terminate()


def case_rrsizes(bed, options):
    for size in (64, 1024, 16384):
        yield from rr_rows(bed, options, size, "all CPUs")


def case_connect(bed, options):
    # Short, so that TIME-WAIT does not eat up the kernel's ports.
    yield Comparison(bed, options, "connect", 1, seconds=0.2).row("connections, one after the other", "1/s")
    yield Comparison(bed, options, "connect", 1, 16, seconds=0.2, port=CROWD).row("connections, 16 at a time", "1/s")


def case_udp(bed, options):
    for size in (64, 1400):
        yield Comparison(bed, options, "udp", size).row(f"datagrams of {size} that arrive", "1/s")
    yield Comparison(bed, options, "udpbulk", 1400).row("datagrams of 1400, 45 with each call (UDP_SEGMENT)", "Gbit/s")


def case_idle(bed, _):
    """An idle daemon with a thousand connections."""
    with held(bed, 1000):
        time.sleep(1)
        before = spent_by(bed.daemon.pid)
        time.sleep(3)
        yield {"case": "idle daemon, 1,000 connections", "unit": "% CPU", "zsock": (spent_by(bed.daemon.pid) - before) / 3 * 100, "limit": 0.1}


@contextlib.contextmanager
def held(bed, count, who="zsock"):
    environment = dict(os.environ, ZSOCKD_SOCKET=bed.socket)
    address = OURS[4] if who == "zsock" else KERNEL[4]
    holder = bed.spawn(os.path.join(BUILD, program_of(who)), "hold", address, CROWD, str(count), env=environment, stdin=subprocess.PIPE)
    holder.stdout.readline()
    yield
    holder.stdin.close()
    holder.wait(timeout=30)


def case_beside(bed, options):
    """An active stream beside connections that say nothing; the kernel's has as many of the kernel's beside it."""
    for count in (10, 1000, 10000):
        with held(bed, count), held(bed, count, "kernel"):
            time.sleep(0.5)
            for mode in ("send", "fetch"):
                comparison = Comparison(bed, options, mode, 131072)
                yield comparison.row(f"bulk {mode} beside {count:,} idle connections", "Gbit/s")
                yield comparison.cost_row(f"bulk {mode} beside {count:,} idle connections, CPU")
            yield Comparison(bed, options, "rr", 1).row(f"request/response 1 beside {count:,} idle connections, median", "us", 1)


def case_memory(bed, _):
    before = bed.memory()
    count = 10000
    with held(bed, count):
        whole, private = ((now - then) / count / 1024 for now, then in zip(bed.memory(), before))
        yield {"case": "memory per idle connection, rings included", "unit": "KiB", "zsock": whole, "limit": 16}
        yield {"case": "memory per idle connection, the daemon's own", "unit": "KiB", "zsock": private, "limit": 4}


def case_syscalls(bed, options):
    gigabits, calls = bed.strace("send", OURS[4], PORT, str(options.seconds), "1024")
    sends = gigabits * 1e9 / 8 * options.seconds / 1024
    yield {"case": "system calls per zs_send of 1 KiB, streaming", "unit": "calls", "zsock": sum(calls.values()) / sends,
           "sends": round(sends), "most": most_of(calls, sends)}
    # One after the other, and on one CPU, where nobody looks about.
    bed.use_cpus("0")
    for mode, what in ("connect", "connection"), ("rr", "transaction of 1 octet"):
        per_second, *both = bed.strace_both(mode, OURS[4], PORT, "2", "1")
        for who, calls in zip(("application", "zsockd"), both):
            yield {"case": f"system calls per {what}, one CPU, {who}", "unit": "calls", "zsock": sum(calls.values()) / (2 * per_second),
                   "most": most_of(calls, 2 * per_second)}
    bed.use_cpus(f"0-{os.cpu_count() - 1}")


def most_of(calls, times):
    """The most frequent system calls, each time."""
    return {name: round(count / times, 3) for name, count in sorted(calls.items(), key=lambda item: -item[1])[:12]}


def case_calls(bed, options):
    """What a call of Zephyr's costs its caller, both ends on zsockd, beside the kernel's over its loopback; medians of the rounds."""
    environment = dict(os.environ, ZSOCKD_SOCKET=bed.socket)
    rounds = []
    for _ in range(options.rounds):
        lines = run(*bed.pin, os.path.join(BUILD, "calls"), "192.0.2.1", env=environment, timeout=60).splitlines()
        rounds.append({name: float(value) for name, value in (line.split() for line in lines)})
    median = {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}
    for call in "send", "recv":
        ratios = [figures[f"{call}_1k_ns"] / figures[f"{call}_1k_kernel_ns"] for figures in rounds]
        yield {"case": f"CPU of zsock_{call} of 1 KiB, its caller's", "unit": "ns", "zsock": median[f"{call}_1k_ns"],
               "kernel": median[f"{call}_1k_kernel_ns"], "ratio": statistics.median(ratios), "ratio_min": min(ratios),
               "ratio_max": max(ratios), "limit": 150}
    ratios = [figures["poll_ratio"] for figures in rounds]
    yield {"case": "CPU of zsock_poll of 100 sockets", "unit": "ns", "zsock": median["poll_100_ns"],
           "kernel": median["poll_100_kernel_ns"], "ratio": statistics.median(ratios), "ratio_min": min(ratios),
           "ratio_max": max(ratios), "limit": 1.05}


@contextlib.contextmanager
def plain_frames(bed):
    """zsockd is meanwhile one on a TAP without offload, and the veth pair has its own switched off."""
    with other_daemon(bed, ",offload=off"):
        bed.offload("off")
        yield
        bed.offload("on")


def case_mtu(bed, options):
    """Frames of 1,500 octets."""
    with plain_frames(bed):
        for mode in ("send", "fetch"):
            comparison = Comparison(bed, options, mode, 131072, addresses=(PLAIN, KERNEL[4]))
            yield comparison.row(f"bulk {mode}, frames of 1,500 octets", "Gbit/s")
            yield comparison.cost_row(f"bulk {mode}, frames of 1,500 octets, CPU")


def serve_inside(bed):
    bed.serve(os.path.join(BUILD, "traffic-zsock"), "serve", INSIDE)
    bed.serve(os.path.join(BUILD, "traffic"), "serve", INSIDE)


def case_inside(bed, options):
    """From one application to another of the same zsockd, beside the kernel's loopback."""
    serve_inside(bed)
    addresses = "192.0.2.1", "127.0.0.1"
    comparison = Comparison(bed, options, "send", 131072, port=INSIDE, addresses=addresses)
    yield comparison.row("bulk, application to application inside", "Gbit/s")
    yield comparison.cost_row("bulk, application to application inside, CPU")
    rr = Comparison(bed, options, "rr", 1, port=INSIDE, addresses=addresses)
    yield rr.row("request/response 1, application to application, median", "us", 1)
    yield rr.row("transactions, application to application", "1/s")


@contextlib.contextmanager
def taps(bed):
    """The kernel's own TCP over TAPs: a process carries the frames from one to the other."""
    carrier = bed.spawn(os.path.join(BUILD, "forwarder"), "tap:za", "tap:zb")
    carrier.stdout.readline()  # both are there; /sys may be another namespace's
    run("ip", "link", "set", "zb", "netns", str(bed.peer_pid))
    for prefix, device, address in (((), "za", "203.0.113.129/25"), (bed.peer(), "zb", "203.0.113.130/25")):
        run(*prefix, "ip", "addr", "add", address, "dev", device)
        run(*prefix, "ip", "link", "set", device, "up", "txqueuelen", "10000")
    time.sleep(1.5)
    yield (), "203.0.113.130", PORT
    carrier.terminate()
    carrier.wait(timeout=10)  # its TAPs go with it


@contextlib.contextmanager
def pasta(bed):
    """passt's: a namespace whose TCP it translates to sockets of the gateway's kernel. It wants a way out and an ordinary user, who may not
    open /dev/net/tun everywhere: in this mount namespace there is another."""
    run("ip", "route", "add", "default", "via", KERNEL[4])
    tun = os.path.join(bed.work, "tun")
    run("mknod", "-m", "666", tun, "c", "10", "200")
    run("mount", "--bind", tun, "/dev/net/tun")
    yield ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "pasta", "--config-net", "--quiet", "--ipv4-only", "-t", "none", "-u",
           "none", "-T", "none", "-U", "none", "-a", "10.0.2.100", "-n", "24", "-g", "10.0.2.2", "--"), "10.0.2.2", REFERENCE
    run("umount", "/dev/net/tun")
    run("ip", "route", "del", "default")


@contextlib.contextmanager
def slirp4netns(bed):
    holder = bed.start_namespace()
    translator = bed.spawn("slirp4netns", "-c", "-m", "65520", str(holder.pid), "tap0", stderr=subprocess.DEVNULL)
    time.sleep(1)
    yield ("nsenter", "-t", str(holder.pid), "-n"), "10.0.2.2", REFERENCE
    translator.terminate()


@contextlib.contextmanager
def lwip(bed):
    """lwIP as Debian builds it, inside the client: windows of 64 KiB, no offload. Its TAP's other end is the gateway's kernel."""
    run("ip", "tuntap", "add", "lw0", "mode", "tap")
    run("ip", "addr", "add", "203.0.113.65/26", "dev", "lw0")
    run("ip", "link", "set", "lw0", "up", "txqueuelen", "10000")
    yield ("env", "LWIP_TAP=lw0", "LWIP_ADDRESS=203.0.113.66"), "203.0.113.65", REFERENCE
    run("ip", "link", "del", "lw0")


REFERENCES = {"the kernel over two TAPs": ("ip", taps), "pasta": ("pasta", pasta), "slirp4netns": ("slirp4netns", slirp4netns),
              "lwIP": (os.path.join(BUILD, "traffic-lwip"), lwip)}


def case_references(bed, options):
    """Others that a program can have TCP through, in the same rounds; `kernel` in a row stands for theirs."""
    bed.serve(os.path.join(BUILD, "traffic"), "serve", REFERENCE)
    for name, (tool, reference) in REFERENCES.items():
        if shutil.which(tool) is None:
            print(f"{name}: {tool} is not there: scripts/setup --with-benchmarks")
            continue
        program = tool if name == "lwIP" else os.path.join(BUILD, "traffic")
        with reference(bed) as (prefix, address, port):
            for mode, size, unit, index in (("send", "131072", "Gbit/s", 0), ("fetch", "131072", "Gbit/s", 0), ("rr", "1", "us", 1)):
                rounds = [(bed.client("zsock", mode, OURS[4], PORT, str(options.seconds), size)[0][index],
                           float(run(*prefix, program, mode, address, port, str(options.seconds), size, timeout=60).split()[index]))
                          for _ in range(options.rounds)]
                what = f"bulk {mode}" if index == 0 else "request/response 1, median"
                yield ratio_row(f"{what}, beside {name}", unit, *zip(*rounds))


CASES = {
    "send": lambda bed, options: case_bulk(bed, options, "send", 4),
    "fetch": lambda bed, options: case_bulk(bed, options, "fetch", 4),
    "send6": lambda bed, options: case_bulk(bed, options, "send", 6),
    "fetch6": lambda bed, options: case_bulk(bed, options, "fetch", 6),
    "both": case_both, "streams": case_streams, "sizes": case_sizes, "mtu": case_mtu, "inside": case_inside, "beside": case_beside,
    "rr": case_rr, "crowded": case_crowded, "rrsizes": case_rrsizes, "connect": case_connect, "udp": case_udp, "syscalls": case_syscalls, "calls": case_calls,
    "memory": case_memory, "idle": case_idle, "references": case_references,
    "packet": case_packet, "xdp": case_xdp,
}
