"""Calls that wait when zsockd dies, in one thread each: errno and time of their end."""
import ctypes
import errno
import os
import select
import signal
import socket
import struct
import sys
import threading
import time

PEER = ("192.0.2.2", 8000)
BUSY = ("192.0.2.2", 8001)  # takes connections and reads nothing
NOBODY = ("198.51.100.9", 9)  # behind the peer, which drops what goes there
libc = ctypes.CDLL(None, use_errno=True)
ends = {}


def stream(to=PEER):
    return socket.create_connection(to, timeout=None)


def full(to=BUSY):
    """A connection with no room left."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
    connection.connect(to)
    connection.setblocking(False)
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < 0.3:
        try:
            connection.send(b"x" * 65536)
            quiet_since = time.monotonic()
        except BlockingIOError:
            time.sleep(0.02)
    connection.setblocking(True)
    return connection


def listener():
    each = socket.socket()
    each.bind(("192.0.2.1", 0))
    each.listen()
    return each


def datagram():
    each = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    each.bind(("192.0.2.1", 0))
    return each


def ping():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)


def told(well):
    """Of calls that show the end instead of an errno."""
    raise OSError(0 if well else -1, "")


def polls(make):
    def call():
        poller = select.poll()
        made = make()
        poller.register(made, select.POLLIN)
        found = poller.poll()[0][1]
        told(found & select.POLLERR and found & select.POLLHUP)
    return call


def epolls(make):
    def call():
        epoll = select.epoll()
        made = make()
        epoll.register(made, select.EPOLLIN)
        found = epoll.poll()[0][1]
        told(found & (select.EPOLLERR | select.EPOLLHUP))
    return call


def selects(make):
    def call():
        made = make()
        told(select.select([made], [], [])[0] == [made])
    return call


def connects(limit=None):
    def call():
        socket.create_connection(NOBODY, timeout=limit)
    return call


def sends_file():
    connection = full()
    with open(sys.executable, "rb") as file:
        os.sendfile(connection.fileno(), file.fileno(), 0, 1 << 20)


def splices():
    readable, writable = os.pipe()
    connection = stream()
    os.splice(connection.fileno(), writable, 1000)
    told(True)  # the end, as read() of a hung-up descriptor


def receives_many():
    """recvmmsg(), which Python has not."""
    each = datagram()
    octets = ctypes.create_string_buffer(64)
    piece = struct.pack("@PN", ctypes.addressof(octets), 64)
    pieces = ctypes.create_string_buffer(piece, len(piece))
    # struct mmsghdr: name, its length, pieces, their count, control, its length, flags, received
    header = ctypes.create_string_buffer(struct.pack("@PIxxxxPNPNixxxxIxxxx", 0, 0, ctypes.addressof(pieces), 1, 0, 0, 0, 0))
    if libc.recvmmsg(each.fileno(), header, 1, 0, None) < 0:
        raise OSError(ctypes.get_errno(), "")


def lingers():
    connection = full()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 60))
    connection.close()
    told(True)


def streams_raw():
    """In stream mode, as another program would have it."""
    connection = stream()
    copy = os.dup(connection.fileno())
    os.set_inheritable(copy, True)
    with os.fdopen(copy, "rb", buffering=0, closefd=False) as file:
        libc.fdopen(ctypes.c_int(copy), b"r")
        if file.read(1) == b"":
            told(False)


RESET = {errno.ECONNRESET}
DOWN = {errno.ENETDOWN}
SHOWN = {0}
CALLS = {
    "recv": (lambda: stream().recv(1), RESET),
    "recv with a limit": (lambda: socket.create_connection(PEER, timeout=30).recv(1), RESET),
    "recv with SO_RCVTIMEO": (lambda: limited(stream()).recv(1), RESET),
    "recv, MSG_WAITALL": (lambda: stream().recv(100, socket.MSG_WAITALL), RESET),
    "recv, MSG_PEEK": (lambda: stream().recv(1, socket.MSG_PEEK), RESET),
    "recvmsg": (lambda: stream().recvmsg(1), RESET),
    "read": (lambda: os.read(keep(stream()), 1), RESET),
    "readv": (lambda: os.readv(keep(stream()), [bytearray(1)]), RESET),
    "read in stream mode": (streams_raw, RESET),
    "send": (lambda: full().send(b"x" * 65536), RESET | {errno.EPIPE}),
    "sendmsg": (lambda: full().sendmsg([b"x" * 65536]), RESET | {errno.EPIPE}),
    "write": (lambda: os.write(keep(full()), b"x" * 65536), RESET | {errno.EPIPE}),
    "sendfile": (sends_file, RESET | {errno.EPIPE}),
    "splice": (splices, RESET | SHOWN),
    "close, SO_LINGER": (lingers, SHOWN),
    "accept": (lambda: listener().accept(), DOWN),
    "recvfrom": (lambda: datagram().recvfrom(1), DOWN),
    "recvmsg of datagrams": (lambda: datagram().recvmsg(1), DOWN),
    "recvmmsg": (receives_many, DOWN),
    "recvfrom of a ping socket": (lambda: ping().recvfrom(1), DOWN),
    "connect": (connects(None), DOWN | RESET),
    "connect with a limit": (connects(30), DOWN | RESET),
    "poll": (polls(stream), SHOWN),
    "poll of a listener": (polls(listener), SHOWN),
    "poll of datagrams": (polls(datagram), SHOWN),
    "select": (selects(stream), SHOWN),
    "select of datagrams": (selects(datagram), SHOWN),
    "epoll_wait": (epolls(stream), SHOWN),
    "epoll_wait of a listener": (epolls(listener), SHOWN),
    "epoll_wait of datagrams": (epolls(datagram), SHOWN),
}
kept = []


def keep(connection):
    kept.append(connection)
    return connection.fileno()


def limited(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@qq", 30, 0))
    return connection


def run(name, call):
    try:
        call()
        ends[name] = (None, time.monotonic())
    except OSError as error:
        ends[name] = (error.errno, time.monotonic())


def main():
    for name in sys.argv[2:]:
        del CALLS[name]
    for name, (call, _) in CALLS.items():
        threading.Thread(target=run, args=(name, call), daemon=True).start()
    idle = stream()
    time.sleep(4)
    assert not ends, f"ended by themselves: {ends}"
    death = time.monotonic()
    os.kill(int(sys.argv[1]), signal.SIGKILL)
    time.sleep(1)
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
    sys.stdout.flush()
    print(f"wrong: {wrong}" if wrong else f"{len(CALLS)} calls", flush=True)
    # Threads that still wait would be waited for.
    os._exit(1 if wrong else 0)


main()
