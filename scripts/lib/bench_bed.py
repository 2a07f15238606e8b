"""Where scripts/bench measures: two namespaces with zsockd, the kernel and servers in them, and the comparison of both sides.

      gateway namespace            peer namespace
    +--------------------------+                 +---------------------------+
    | traffic-zsock -- zsockd ========= TAP ====== zs0  192.0.2.2            |
    |                192.0.2.1 |                 |      traffic serve        |
    | traffic ------- kernel ---------- veth ----- kernel  198.51.100.2      |
    +--------------------------+                 +---------------------------+
"""
import contextlib
import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")
AS_SERVICE = ("nice", "-n", "-20")  # as the unit in systemd/ starts zsockd; says so where that is not allowed
PORT = "5001"  # one server, one connection at a time
CROWD = "5002"  # 64 of them
NETS = ({4: "192.0.2.", 6: "2001:db8::"}, {4: "203.0.113.", 6: "2001:db8:2::"})  # of the first zsockd and of another
OURS = {4: "192.0.2.2", 6: "2001:db8::2"}
PLAIN = "203.0.113.2"  # the peer's address on the TAP of the other
KERNEL = {4: "198.51.100.2", 6: "2001:db8:1::2"}


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options).stdout


def await_namespace(holder):
    """Returns when a process that unshare(1) started has a network namespace of its own."""
    while os.readlink(f"/proc/{holder.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
        time.sleep(0.01)


def await_daemon(daemon, socket):
    """Returns when zsockd can be asked; ends the program if that takes too long."""
    deadline = time.time() + 5
    while not os.path.exists(socket):
        if time.time() > deadline or daemon.poll() is not None:
            sys.exit("bench: zsockd did not start")
        time.sleep(0.02)


def allow_descriptors():
    """As many per process as can be had: idle connections need one each in client, server and daemon."""
    for most in (1 << 20, resource.getrlimit(resource.RLIMIT_NOFILE)[1]):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
            return


class Testbed:
    """Both namespaces with everything in them; stop() ends what start() began."""

    def __init__(self):
        self.processes = []
        self.pin = ()
        self.work = tempfile.mkdtemp(prefix="zsock-bench-")
        self.socket = os.path.join(self.work, "zsockd.sock")

    def spawn(self, *command, **options):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
        self.processes.append(process)
        return process

    def start_namespace(self):
        holder = self.spawn("unshare", "-n", "sleep", "3600")
        await_namespace(holder)
        return holder

    def peer(self, *command):
        return ("nsenter", "-t", str(self.peer_pid), "-n") + command

    def start(self):
        allow_descriptors()
        self.peer_pid = self.start_namespace().pid
        run("ip", "link", "set", "lo", "up")
        run(*self.peer("ip", "link", "set", "lo", "up"))
        run("ip", "link", "add", "ve0", "type", "veth", "peer", "name", "ve1", "netns", str(self.peer_pid))
        for prefix, device, ours, theirs in (((), "ve0", "198.51.100.1/24", "2001:db8:1::1/64"),
                                             (self.peer(), "ve1", "198.51.100.2/24", "2001:db8:1::2/64")):
            run(*prefix, "ip", "addr", "add", ours, "dev", device)
            run(*prefix, "ip", "addr", "add", theirs, "dev", device, "nodad")
            run(*prefix, "ip", "link", "set", device, "up")
        self.daemon = self.start_daemon("zs0", 0, self.socket)
        self.servers = [self.spawn(*self.peer(os.path.join(BUILD, "traffic"), "serve", PORT)),
                        self.spawn(*self.peer(os.path.join(BUILD, "traffic"), "serve", CROWD, "64"))]
        for server in self.servers:
            server.stdout.readline()
        time.sleep(1.5)  # the link starts to pass frames, addresses become usable

    def start_daemon(self, tap, number, socket, options="", settings=()):
        """zsockd on a TAP whose other end is the peer's; it takes the 64 processes of CROWD beside others. \\param options  of the device"""
        ours, theirs = ({4: f"{NETS[number][4]}{host}/24", 6: f"{NETS[number][6]}{host}/64"} for host in (1, 2))
        daemon = self.spawn(*AS_SERVICE, os.path.join(BUILD, "zsockd"), "--device", f"tap:{tap}{options}", "--address", ours[4], "--address", ours[6],
                            "--socket", socket, "--log-level", "warn", "--set", "user.clients=200", *settings)
        await_daemon(daemon, socket)
        run("ip", "link", "set", tap, "netns", str(self.peer_pid))
        run(*self.peer("ip", "addr", "add", theirs[4], "dev", tap))
        run(*self.peer("ip", "addr", "add", theirs[6], "dev", tap, "nodad"))
        run(*self.peer("ip", "link", "set", tap, "up", "txqueuelen", "10000"))
        return daemon

    def offload(self, how):
        """Segmentation and merging of the veth pair: "on" or "off"."""
        for prefix, device in (((), "ve0"), (self.peer(), "ve1")):
            run(*prefix, "ethtool", "-K", device, "tso", how, "gso", how, "gro", how)

    def serve(self, *command):
        """One more server, whose CPU time counts; without `peer()` in the gateway's namespace."""
        server = self.spawn(*command, env=dict(os.environ, ZSOCKD_SOCKET=self.socket))
        server.stdout.readline()
        self.servers.append(server)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(timeout=10)
        subprocess.run(["rm", "-rf", self.work], check=False)

    def client(self, who, *arguments):
        """Runs one client; who: 'zsock' or 'kernel'. Returns its figures, those of several streams added up, and the CPU seconds that
        client, daemon and server have spent."""
        program = os.path.join(BUILD, program_of(who))
        environment = dict(os.environ, ZSOCKD_SOCKET=self.socket)
        before = self.cpu_seconds()
        lines = run(*self.pin, program, *arguments, env=environment, timeout=60).splitlines()
        figures = [sum(column) for column in zip(*([float(word) for word in line.split()] for line in lines))]
        return figures, self.cpu_seconds() - before

    def use_cpus(self, cpus):
        """Everybody runs on these from now on."""
        self.pin = ("taskset", "-c", cpus)
        for process in [self.daemon, *self.servers]:
            for pid in family(process.pid):
                run("taskset", "-a", "-c", "-p", cpus, str(pid))
        time.sleep(1.1)  # zsockd looks once a second

    def strace(self, *arguments):
        """The figure that one client prints, and its system calls by name."""
        environment = dict(os.environ, ZSOCKD_SOCKET=self.socket)
        log = os.path.join(self.work, "strace")
        printed = run(*self.pin, "strace", "-f", "-c", "-o", log, os.path.join(BUILD, "traffic-zsock"), *arguments, env=environment, timeout=60)
        return float(printed.split()[0]), calls_in(log)

    def strace_both(self, *arguments):
        """The same, and the daemon's system calls meanwhile."""
        log = os.path.join(self.work, "strace-daemon")
        tracer = self.spawn("strace", "-f", "-c", "-o", log, "-p", str(self.daemon.pid), stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        figure, calls = self.strace(*arguments)
        tracer.send_signal(signal.SIGINT)
        tracer.wait(timeout=10)
        return figure, calls, calls_in(log)

    def memory(self):
        """Octets that the daemon has touched: all of it, and what no client has mapped as well (arenas and rings are memfds)."""
        with open(f"/proc/{self.daemon.pid}/smaps", encoding="utf-8") as file:
            text = file.read()
        resident = shared = 0
        for mapping in re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", text, flags=re.M)[1:]:
            octets = int(re.search(r"^Rss:\s+(\d+) kB", mapping, re.M).group(1)) * 1024
            resident += octets
            shared += octets if "/memfd:" in mapping.partition("\n")[0] else 0
        return resident, resident - shared

    def cpu_seconds(self):
        """Of daemon, servers, and clients that have ended."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        pids = [self.daemon.pid] + [pid for server in self.servers for pid in family(server.pid)]
        return usage.ru_utime + usage.ru_stime + sum(spent_by(pid) for pid in pids)


def calls_in(log):
    """Calls by name in a table of `strace -c`."""
    calls = {}
    with open(log, encoding="utf-8") as file:
        for line in file:
            match = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
            if match and match.group(2) != "total":
                calls[match.group(2)] = int(match.group(1))
    return calls


def program_of(who):
    return "traffic-zsock" if who == "zsock" else "traffic"


def family(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return [pid] + [int(word) for word in file.read().split()]


def spent_by(pid):
    """CPU seconds, exact where the kernel keeps them."""
    try:
        with open(f"/proc/{pid}/schedstat", encoding="utf-8") as file:
            return int(file.read().split()[0]) / 1e9
    except FileNotFoundError:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Comparison:
    """One case, alternately ours and the kernel's."""

    def __init__(self, bed, options, *arguments, family=4, seconds=None, port=PORT, addresses=None):
        mode, *rest = arguments
        self.seconds = seconds or options.seconds
        self.rounds = []
        for _ in range(options.rounds):
            pair = []
            for who, address in zip(("zsock", "kernel"), addresses or (OURS[family], KERNEL[family])):
                pair.append(bed.client(who, mode, address, port, str(self.seconds), *map(str, rest)))
            self.rounds.append(pair)

    def row(self, name, unit, index=0):
        ours = [ours[0][index] for ours, _ in self.rounds]
        kernel = [kernel[0][index] for _, kernel in self.rounds]
        return ratio_row(name, unit, ours, kernel)

    def cost_row(self, name):
        """CPU seconds per GB of daemon, client and server together."""
        costs = [[cpu / (figures[0] * self.seconds / 8) for figures, cpu in pair] for pair in self.rounds]
        return ratio_row(name, "CPU s/GB", *zip(*costs))


def ratio_row(name, unit, ours, kernel):
    ratios = [a / b for a, b in zip(ours, kernel)]
    return {"case": name, "unit": unit, "zsock": statistics.median(ours), "kernel": statistics.median(kernel),
            "ratio": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios),
            "rounds": [list(pair) for pair in zip(ours, kernel)]}
