"""Calls that wait when zsockd dies, in one thread each: errno and time of their end."""
import errno
import os
import select
import signal
import socket
import sys
import threading
import time

PEER = ("192.0.2.2", 8000)
ends = {}


def stream():
    return socket.create_connection(PEER, timeout=None)


def full():
    connection = stream()
    while True:
        connection.send(b"x" * 65536)


def listener():
    each = socket.socket()
    each.bind(("192.0.2.1", 0))
    each.listen()
    return each


def datagram():
    each = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    each.bind(("192.0.2.1", 0))
    return each


def connect_nobody():
    socket.create_connection(("192.0.2.77", 9), timeout=None)


def poll_for_error():
    poller = select.poll()
    connection = stream()
    poller.register(connection, select.POLLIN)
    found = poller.poll()[0][1]
    raise OSError(0 if found & select.POLLERR and found & select.POLLHUP else -1, "")


CALLS = {
    "recv": (lambda: stream().recv(1), {errno.ECONNRESET}),
    "recv with a limit": (lambda: socket.create_connection(PEER, timeout=30).recv(1), {errno.ECONNRESET}),
    "send": (full, {errno.ECONNRESET, errno.EPIPE}),
    "accept": (lambda: listener().accept(), {errno.ENETDOWN}),
    "recvfrom": (lambda: datagram().recvfrom(1), {errno.ENETDOWN}),
    "connect": (connect_nobody, {errno.ENETDOWN, errno.ECONNRESET}),
    "poll": (poll_for_error, {0}),
}


def run(name, call):
    try:
        call()
        ends[name] = (None, time.monotonic())
    except OSError as error:
        ends[name] = (error.errno, time.monotonic())


def main():
    for name, (call, _) in CALLS.items():
        threading.Thread(target=run, args=(name, call), daemon=True).start()
    idle = stream()
    time.sleep(1)
    assert not ends, f"ended by themselves: {ends}"
    death = time.monotonic()
    os.kill(int(sys.argv[1]), signal.SIGKILL)
    time.sleep(0.5)
    # Nobody can know before the kernel shows it.
    shown = ends.get("poll", (None, death))[1]
    wrong = []
    for name, (_, allowed) in CALLS.items():
        code, when = ends.get(name, ("still waiting", time.monotonic()))
        print(f"{name}: {code}, {1000 * (when - death):.1f} ms")
        if code not in allowed or when - shown > 0.1:
            wrong.append(name)
    # What begins afterwards: ECONNRESET once, new sockets ENETDOWN.
    for call, allowed in ((lambda: idle.recv(1), errno.ECONNRESET), (lambda: socket.socket(), errno.ENETDOWN)):
        try:
            call()
            wrong.append("after")
        except OSError as error:
            if error.errno != allowed:
                wrong.append(f"after: {error}")
    sys.exit(f"wrong: {wrong}" if wrong else 0)


main()
