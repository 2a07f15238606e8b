#!/usr/bin/env python3
"""Goodput over a bad link: firmware and kernel beside kernel and kernel, over the same impairment (drivers/fault), alternately.

    scripts/bench goodput [--rounds 5] [--seconds 3] [--json FILE] [CELL...]      CELL: "loss 1 %, 100 ms" or a part of such a name
    scripts/bench goodput --fair [--rounds 5] [--seconds 15]                      one flow of zsock's beside one of the kernel's

      gateway namespace                                 peer namespace
    +------------------------------+                  +---------------------+
    | traffic-zsock - zsockd +fault ====== TAP ======= zs0  192.0.2.2       |
    | traffic - za == TAP == forwarder +fault == TAP == zb  203.0.113.2     |
    +------------------------------+                  +---------------------+

100 Mbit/s, queue of 2000 frames; send: the gateway sends, fetch: it receives. What the receiver's application has taken when the time is
over counts. Both sides use CUBIC, and neither keeps what it learned of a path (tcp_no_metrics_save). The ratio is the median of the rounds'.
--fair: zsockd's TAP and the gateway's kernel are on one bridge, and both flows go through one forwarder with 50 Mbit/s and a queue of one
bandwidth-delay product; Jain's index of what each gets is 1 when both get the same, 0.5 when one gets all.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from bench_bed import BUILD, PORT, ROOT, await_daemon, await_namespace, run

LINK = "rate=100mbit,queue=2000"
FAULTS = {"loss 0.1 %": "loss=0.001", "loss 1 %": "loss=0.01", "loss 3 %": "loss=0.03", "reordering 1 %": "reorder=0.01"}
RTTS = {"0 ms": "", "20 ms": "delay=10ms", "100 ms": "delay=50ms"}
REQUIRED = 0.8


class Peer:
    """The other namespace, with a server in it."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "3600"])
        await_namespace(self.holder)
        self.run("ip", "link", "set", "lo", "up")
        self.run("sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1")
        self.server = subprocess.Popen(self.inside(os.path.join(BUILD, "traffic"), "serve", PORT, "2"), stdout=subprocess.PIPE, text=True)
        self.server.stdout.readline()

    def inside(self, *command):
        return ["nsenter", "-t", str(self.holder.pid), "-n", *command]

    def run(self, *command):
        return run(*self.inside(*command))

    def take(self, device, address):
        run("ip", "link", "set", device, "netns", str(self.holder.pid))
        self.run("ip", "addr", "add", address, "dev", device)
        self.run("ip", "link", "set", device, "up", "txqueuelen", "10000")

    def stop(self):
        for process in (self.server, self.holder):
            process.terminate()
            process.wait(timeout=10)


class Cell:
    """Both links with one impairment."""

    def __init__(self, peer, options):
        self.work = tempfile.TemporaryDirectory(prefix="zsock-goodput-")
        self.socket = os.path.join(self.work.name, "zsockd.sock")
        self.processes = []
        try:
            self.start(peer, options)
        except BaseException:
            self.stop()
            raise

    def start(self, peer, options):
        self.processes.append(subprocess.Popen([os.path.join(BUILD, "zsockd"), "--device", "tap:zs0," + options, "--address",
                                                "192.0.2.1/24", "--socket", self.socket, "--log-level", "warn"]))
        forwarder = subprocess.Popen([os.path.join(BUILD, "forwarder"), "tap:za", "tap:zb," + options], stdout=subprocess.PIPE, text=True)
        self.processes.append(forwarder)
        forwarder.stdout.readline()
        await_daemon(self.processes[0], self.socket)
        run("ip", "addr", "add", "203.0.113.1/24", "dev", "za")
        run("ip", "link", "set", "za", "up", "txqueuelen", "10000")
        peer.take("zs0", "192.0.2.2/24")
        peer.take("zb", "203.0.113.2/24")
        time.sleep(1.5)  # the links start to pass frames

    def measure(self, who, direction, seconds):
        program, address = {"zsock": ("traffic-zsock", "192.0.2.2"), "kernel": ("traffic", "203.0.113.2")}[who]
        environment = dict(os.environ, ZSOCKD_SOCKET=self.socket)
        command = (os.path.join(BUILD, program), direction, address, PORT, str(seconds), "65536")
        return 1000 * float(run(*command, env=environment, timeout=60).split()[0])

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=10)
        self.work.cleanup()


def measure(peer, fault, rtt, options):
    """Every transfer has a link that carried nothing before: in a round both sides meet the same luck until they first differ."""
    for direction in ("send", "fetch"):
        sides = {"zsock": [], "kernel": []}
        for seed in range(1, options.rounds + 1):
            cell = Cell(peer, ",".join(word for word in (FAULTS[fault], RTTS[rtt], LINK, f"seed={seed}") if word))
            try:
                for who, values in sides.items():
                    values.append(cell.measure(who, direction, options.seconds))
            finally:
                cell.stop()
        ours, kernel = (statistics.median(sides[who]) for who in ("zsock", "kernel"))
        ratio = statistics.median(a / b for a, b in zip(sides["zsock"], sides["kernel"]))
        yield {"fault": fault, "rtt": rtt, "direction": direction, "zsock": ours, "kernel": kernel, "ratio": ratio, "all": sides}


class Bottleneck:
    """zsockd and the gateway's kernel behind one forwarder."""

    def __init__(self, peer, rtt):
        self.work = tempfile.TemporaryDirectory(prefix="zsock-goodput-")
        self.socket = os.path.join(self.work.name, "zsockd.sock")
        queue = max(20, int(50e6 / 8 * rtt / 1514))
        self.processes = [subprocess.Popen([os.path.join(BUILD, "forwarder"), f"tap:za,rate=50mbit,delay={int(rtt * 500)}ms,queue={queue + queue // 2}",
                                            "tap:zb"], stdout=subprocess.PIPE, text=True)]
        try:
            self.processes[0].stdout.readline()
            self.processes.append(subprocess.Popen([os.path.join(BUILD, "zsockd"), "--device", "tap:zs0", "--address", "192.0.2.1/24", "--socket",
                                                    self.socket, "--log-level", "warn"]))
            await_daemon(self.processes[1], self.socket)
            run("ip", "link", "add", "br0", "type", "bridge")
            for port in ("zs0", "za"):
                run("ip", "link", "set", port, "master", "br0")
                run("ip", "link", "set", port, "up")
            run("ip", "addr", "add", "192.0.2.3/24", "dev", "br0")
            run("ip", "link", "set", "br0", "up")
            peer.take("zb", "192.0.2.2/24")
            time.sleep(2)  # the bridge starts to pass frames
        except BaseException:
            self.stop()
            raise

    def measure(self, direction, seconds):
        environment = dict(os.environ, ZSOCKD_SOCKET=self.socket)
        flows = [subprocess.Popen([os.path.join(BUILD, program), direction, "192.0.2.2", PORT, str(seconds), "65536"], env=environment, text=True,
                                  stdout=subprocess.PIPE) for program in ("traffic-zsock", "traffic")]
        return [1000 * float(flow.communicate(timeout=seconds + 60)[0].split()[0]) for flow in flows]

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=10)
        subprocess.run(["ip", "link", "del", "br0"], check=False, capture_output=True)
        self.work.cleanup()


def fair(peer, options):
    for rtt in (0.02, 0.1):
        bottleneck = Bottleneck(peer, rtt)
        try:
            for direction in ("send", "fetch"):
                pairs = [bottleneck.measure(direction, options.seconds) for _ in range(options.rounds)]
                index = statistics.median((a + b) ** 2 / (2 * (a * a + b * b)) for a, b in pairs)
                ours, kernel = (statistics.median(pair[i] for pair in pairs) for i in (0, 1))
                yield {"rtt": rtt, "direction": direction, "zsock": ours, "kernel": kernel, "jain": index, "all": pairs}
                print(f"RTT {int(rtt * 1000):>3} ms {direction:<6} zsock {ours:6.2f} Mbit/s  kernel {kernel:6.2f}   Jain's index {index:.2f}"
                      + ("" if index >= REQUIRED else "  BELOW"), flush=True)
        finally:
            bottleneck.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, help="of a transfer; default 3, with --fair 15")
    parser.add_argument("--fair", action="store_true", help="two flows through one bottleneck instead")
    parser.add_argument("--json", help="write every figure to this file")
    parser.add_argument("cells", nargs="*", help="only cells whose name has one of these in it")
    options = parser.parse_args()
    options.seconds = options.seconds or (15 if options.fair else 3)
    if os.environ.get("ZSOCK_NAMESPACE") != "inside":
        subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cmake", "--build", "--preset", "release", "--target", "zsockd", "traffic", "traffic-zsock", "forwarder"], cwd=ROOT,
                       check=True, stdout=subprocess.DEVNULL)
        user = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
        os.environ["ZSOCK_NAMESPACE"] = "inside"
        os.execvp("unshare", ["unshare", *user, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable,
                              os.path.abspath(__file__), *sys.argv[1:]])
    run("ip", "link", "set", "lo", "up")
    run("sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1")
    peer = Peer()
    rows = []
    try:
        if options.fair:
            rows = list(fair(peer, options))
            return
        for rtt in RTTS:
            for fault in FAULTS:
                name = f"{fault}, {rtt}"
                if options.cells and not any(part in name for part in options.cells):
                    continue
                for row in measure(peer, fault, rtt, options):
                    rows.append(row)
                    print(f"{row['fault']:<16} RTT {row['rtt']:<7} {row['direction']:<6} {row['zsock']:>8.2f} Mbit/s  kernel {row['kernel']:>8.2f}"
                          f"   ratio {row['ratio']:.2f}" + ("" if row["ratio"] >= REQUIRED else "  BELOW"), flush=True)
    finally:
        peer.stop()
        if options.json:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump(rows, file, indent=2)


if __name__ == "__main__":
    main()
