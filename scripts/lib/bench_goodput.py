#!/usr/bin/env python3
"""Goodput over a bad link: firmware and kernel beside kernel and kernel, over the same impairment (drivers/fault), alternately.

    scripts/bench goodput [--rounds 2] [--seconds 3] [--json FILE]

      gateway namespace                                 peer namespace
    +------------------------------+                  +---------------------+
    | traffic-zsock - zsockd +fault ====== TAP ======= zs0  192.0.2.2       |
    | traffic - za == TAP == forwarder +fault == TAP == zb  203.0.113.2     |
    +------------------------------+                  +---------------------+

100 Mbit/s, queue of 2000 frames; send: the gateway sends, fetch: it receives. Both sides use CUBIC.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")
PORT = "5001"
LINK = "rate=100mbit,queue=2000"
FAULTS = {"loss 0.1 %": "loss=0.001", "loss 1 %": "loss=0.01", "loss 3 %": "loss=0.03", "reordering 1 %": "reorder=0.01"}
RTTS = {"0 ms": "", "20 ms": "delay=10ms", "100 ms": "delay=50ms"}
REQUIRED = 0.8


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options).stdout


class Peer:
    """The other namespace, with a server in it."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "3600"])
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        self.run("ip", "link", "set", "lo", "up")
        self.server = subprocess.Popen(self.inside(os.path.join(BUILD, "traffic"), "serve", PORT), stdout=subprocess.PIPE, text=True)
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
        forwarder = subprocess.Popen([os.path.join(BUILD, "forwarder"), "tap:za," + options, "tap:zb"], stdout=subprocess.PIPE, text=True)
        self.processes.append(forwarder)
        forwarder.stdout.readline()
        deadline = time.time() + 5
        while not os.path.exists(self.socket):
            if time.time() > deadline:
                sys.exit("bench: zsockd did not start")
            time.sleep(0.02)
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
    cell = Cell(peer, ",".join(word for word in (FAULTS[fault], RTTS[rtt], LINK) if word))
    try:
        for direction in ("send", "fetch"):
            figures = {"zsock": [], "kernel": []}
            for _ in range(options.rounds):
                for who, values in figures.items():
                    values.append(cell.measure(who, direction, options.seconds))
            ours, kernel = (statistics.median(figures[who]) for who in ("zsock", "kernel"))
            yield {"fault": fault, "rtt": rtt, "direction": direction, "zsock": ours, "kernel": kernel, "ratio": ours / kernel, "all": figures}
    finally:
        cell.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--json", help="write every figure to this file")
    options = parser.parse_args()
    if os.environ.get("ZSOCK_NAMESPACE") != "inside":
        subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cmake", "--build", "--preset", "release", "--target", "zsockd", "traffic", "traffic-zsock", "forwarder"], cwd=ROOT,
                       check=True, stdout=subprocess.DEVNULL)
        user = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
        os.environ["ZSOCK_NAMESPACE"] = "inside"
        os.execvp("unshare", ["unshare", *user, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable,
                              os.path.abspath(__file__), *sys.argv[1:]])
    run("ip", "link", "set", "lo", "up")
    peer = Peer()
    rows = []
    try:
        for rtt in RTTS:
            for fault in FAULTS:
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
