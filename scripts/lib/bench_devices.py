"""The cases of scripts/bench for zsockd on an interface of the kernel's: a packet socket and an AF_XDP socket on one end of a veth pair of
their own, beside kernel to kernel over the veth pair.

    gateway namespace                   peer namespace
    +--------------------------+       +-----------------------+
    | zsockd - [socket] - vp0 ==== veth ==== vp1  203.0.113.194 |
    +--------------------------+       +-----------------------+
"""
import contextlib
import os
import time

from bench_bed import AS_SERVICE, BUILD, KERNEL, Comparison, await_daemon, run

OURS, THEIRS = "203.0.113.193/26", "203.0.113.194"


@contextlib.contextmanager
def on_veth(bed, kind):
    """The bed's zsockd is meanwhile one on that kind of device."""
    main = bed.daemon, bed.socket
    run("ip", "link", "add", "vp0", "type", "veth", "peer", "name", "vp1", "netns", str(bed.peer_pid))
    run("ip", "link", "set", "vp0", "up")
    run(*bed.peer("ip", "addr", "add", THEIRS + "/26", "dev", "vp1"))
    run(*bed.peer("ip", "link", "set", "vp1", "up"))
    bed.socket = os.path.join(bed.work, f"{kind}.sock")
    bed.daemon = bed.spawn(*AS_SERVICE, os.path.join(BUILD, "zsockd"), "--device", f"{kind}:vp0", "--address", OURS, "--socket", bed.socket, "--log-level", "warn")
    try:
        await_daemon(bed.daemon, bed.socket)
        time.sleep(1.5)  # the link starts to pass frames
        yield
    finally:
        bed.daemon.terminate()
        bed.daemon.wait(timeout=10)
        bed.daemon, bed.socket = main
        run("ip", "link", "del", "vp0")


def rows(bed, options, name):
    addresses = THEIRS, KERNEL[4]
    for mode in ("send", "fetch"):
        comparison = Comparison(bed, options, mode, 131072, addresses=addresses)
        yield comparison.row(f"bulk {mode}, {name}", "Gbit/s")
        yield comparison.cost_row(f"bulk {mode}, {name}, CPU")
    comparison = Comparison(bed, options, "rr", 1, addresses=addresses)
    for index, percentile in ((1, "median"), (2, "p99")):
        yield comparison.row(f"request/response 1, {name}, {percentile}", "us", index)


def case_packet(bed, options):
    """AF_PACKET: both sides have the segmentation offload of veth."""
    with on_veth(bed, "packet"):
        yield from rows(bed, options, "packet socket on veth")


def case_xdp(bed, options):
    """AF_XDP, which has no offload: the senders have none either, on both veth pairs. A veth has copy mode only."""
    with on_veth(bed, "xdp"):
        run(*bed.peer("ethtool", "-K", "vp1", "tx", "off", "tso", "off", "gso", "off"))
        bed.offload("off")
        try:
            yield from rows(bed, options, "AF_XDP on veth, no offload")
        finally:
            bed.offload("on")
