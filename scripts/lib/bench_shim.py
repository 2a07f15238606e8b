"""Cases of scripts/bench about the shim: unmodified programs through zsockd, beside libzsock's own calls or the kernel over a TAP.

The kernel's side of redis and nginx goes through two TAPs and a process that carries the frames, as a program of the shim goes through one TAP and
zsockd.
"""
import functools
import json
import os
import re
import shutil
import statistics
import subprocess
import time

from bench_bed import BUILD, KERNEL, OURS, PORT, ratio_row, run
from bench_cases import taps

IPERF = "5201"
REDIS = "6379"
HTTP = "8080"
GATEWAY = {"zsock": "192.0.2.1", "kernel": "203.0.113.129"}  # of servers
RUN = os.path.join(BUILD, "zsock-run")


def missing(*programs):
    lacking = [program for program in programs if shutil.which(program) is None]
    for program in lacking:
        print(f"{program} is not installed: scripts/setup --with-programs")
    return bool(lacking)


def under_shim(bed, *command):
    return run(*bed.pin, RUN, *command, env=dict(os.environ, ZSOCKD_SOCKET=bed.socket), timeout=120)


def load_rows(name, rounds):
    """Of a load generator: each side of a round is requests per second, median and p99 in us."""
    for index, unit, what in ((0, "1/s", "requests"), (1, "us", "median"), (2, "us", "p99")):
        yield ratio_row(f"{name}, {what}", unit, [ours[index] for ours, _ in rounds], [kernel[index] for _, kernel in rounds])


def case_launch(bed, options):
    """What a program's start costs more, from zsock-run to its end; nothing of it needs a socket."""
    rounds = []
    for _ in range(max(options.rounds, 20)):
        pair = []
        for command in ((RUN, "true"), ("true",)):
            start = time.perf_counter()
            subprocess.run(command, check=True, env=dict(os.environ, ZSOCKD_SOCKET=bed.socket))
            pair.append((time.perf_counter() - start) * 1e3)
        rounds.append(pair)
    yield {"case": "shim, cost of a program's start", "unit": "ms", "zsock": statistics.median(ours - plain for ours, plain in rounds), "limit": 3,
           "rounds": rounds}


def case_iperf(bed, options):
    """In the rows of `same program`, `kernel` stands for libzsock's native calls; in iperf3's for iperf3 on the kernel's sockets, which has
    limits of its own."""
    if missing("iperf3"):
        return
    server = bed.spawn(*bed.peer("iperf3", "-s", "--forceflush"))
    while "listening" not in server.stdout.readline():
        pass
    seconds = str(max(options.seconds, 1))
    for name, traffic, flags in (("firmware to kernel", "send", ()), ("kernel to firmware", "fetch", ("-R",))):
        same, other = [], []
        for _ in range(options.rounds):
            arguments = (traffic, OURS[4], PORT, seconds, "131072")
            same.append((float(under_shim(bed, os.path.join(BUILD, "traffic"), *arguments)), bed.client("zsock", *arguments)[0][0]))
            texts = [program("iperf3", "-c", address, "-p", IPERF, "-t", seconds, "-l", "128K", "-C", "cubic", "-J", *flags)
                     for program, address in ((functools.partial(under_shim, bed), OURS[4]), (run, KERNEL[4]))]
            other.append([json.loads(text)["end"]["sum_received"]["bits_per_second"] / 1e9 for text in texts])
        yield ratio_row(f"shim, bulk {name}, same program, beside native", "Gbit/s", *zip(*same))
        yield ratio_row(f"shim, iperf3 {name}, beside the kernel's", "Gbit/s", *zip(*other))
    server.terminate()


def redis_rows(bed, options, clients):
    rounds = []
    for _ in range(options.rounds):
        pair = []
        for who in ("zsock", "kernel"):
            text = run(*bed.peer("redis-benchmark", "-h", GATEWAY[who], "-p", REDIS, "-c", str(clients), "-n", str(4000 * min(clients, 5)), "-P", "1",
                                 "-t", "get", "--csv"), timeout=120)
            # "test","rps","avg_latency_ms","min","p50","p95","p99","max"
            fields = [field.strip('"') for field in text.strip().splitlines()[-1].split(",")]
            pair.append([float(fields[1]), 1e3 * float(fields[4]), 1e3 * float(fields[6])])
        rounds.append(pair)
    yield from load_rows(f"shim, redis-benchmark -P 1, {clients} clients", rounds)


def case_redis(bed, options):
    if missing("redis-server", "redis-benchmark"):
        return
    with taps(bed):
        servers = []
        for who, prefix in (("zsock", (RUN,)), ("kernel", ())):
            servers.append(bed.spawn(*prefix, "redis-server", "--port", REDIS, "--bind", GATEWAY[who], "--save", "", "--protected-mode", "no", "--dir",
                                     bed.work, env=dict(os.environ, ZSOCKD_SOCKET=bed.socket)))
        answer(bed, "redis-cli", "-p", REDIS, "-h")
        for clients in (1, 20):
            yield from redis_rows(bed, options, clients)
        for server in servers:
            server.terminate()


def answer(bed, *command):
    """Waits until both servers do."""
    deadline = time.time() + 10
    for address in GATEWAY.values():
        word = command[-1].replace("ADDRESS", address)
        full = command[:-1] + ((word,) if word != command[-1] else (command[-1], address, "ping"))
        while subprocess.run(bed.peer(*full), check=False, capture_output=True, timeout=20).returncode != 0:
            if time.time() > deadline:
                raise RuntimeError(f"nobody answers: {full}")
            time.sleep(0.05)


NGINX = """worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; daemon off;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen {address}:{port}; location / {{ return 200 "small answer"; }} }}
}}
"""


def wrk_figures(text):
    """Requests per second, median and p99 in us."""
    scale = {"us": 1, "ms": 1e3, "s": 1e6}
    times = [float(value) * scale[unit] for value, unit in (re.search(rf"^ *{percent}% +([0-9.]+)(us|ms|s)$", text, re.M).groups() for percent in (50, 99))]
    return [float(re.search(r"Requests/sec: +([0-9.]+)", text)[1]), *times]


def case_wrk(bed, options):
    if missing("nginx", "wrk"):
        return
    with taps(bed):
        servers = []
        for who, prefix in (("zsock", (RUN,)), ("kernel", ())):
            folder = os.path.join(bed.work, f"nginx-{who}")
            os.mkdir(folder)
            with open(os.path.join(folder, "conf"), "w", encoding="utf-8") as file:
                file.write(NGINX.format(folder=folder, address=GATEWAY[who], port=HTTP))
            servers.append(bed.spawn(*prefix, "nginx", "-c", os.path.join(folder, "conf"), "-e", os.path.join(folder, "error.log"),
                                     env=dict(os.environ, ZSOCKD_SOCKET=bed.socket)))
        answer(bed, "curl", "-sf", "-o", "/dev/null", f"http://ADDRESS:{HTTP}/")
        for connections in (1, 20):
            rounds = [[wrk_figures(run(*bed.peer("wrk", "-t", "1", "-c", str(connections), "-d", "1", "--latency", f"http://{GATEWAY[who]}:{HTTP}/"),
                                       timeout=60)) for who in ("zsock", "kernel")] for _ in range(options.rounds)]
            yield from load_rows(f"shim, wrk and nginx, {connections} connections", rounds)
        for server in servers:
            server.terminate()


CASES = {"launch": case_launch, "iperf": case_iperf, "redis": case_redis, "wrk": case_wrk}
