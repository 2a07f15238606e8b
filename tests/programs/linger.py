"""A client passes zsockd descriptors whose last close() waits 3 s; another client is answered meanwhile.
   linger.py end|control|empty|adopt|queue|nested PROCESS_OF_ZSOCKD"""
import array
import errno
import os
import signal
import socket
import struct
import sys
import time

SO_PASSRIGHTS = 83
HELLO, SOCKET, REPORT, ADOPT = 1, 4, 17, 20
REQUEST = struct.Struct("=IHHIIIIii24xII256x")
assert REQUEST.size == 320


def request(op, a=0, b=0):
    return REQUEST.pack(0x314B535A, 2, op, 1, 0, 0, 0, a, b, 0, 0)


def client():
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(os.environ["ZSOCKD_SOCKET"])
    ask(control, HELLO)
    return control


def ask(control, op, a=0, b=0):
    control.send(request(op, a, b))
    _, fds, _, _ = socket.recv_fds(control, 320, 8)
    return fds


def lingering():
    """A socket whose last close() waits 3 s, and what keeps it so."""
    listener = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listener.getsockname())
    far = listener.accept()[0]
    near.setblocking(False)
    try:
        while True:
            near.send(b"x" * 65536)
    except BlockingIOError:
        pass
    near.setblocking(True)
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3))
    return near, (listener, far)


def rights(*sockets):
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [each.fileno() for each in sockets]))]


def attack(how, bad):
    near, kept = lingering()
    if how == "control":  # many: beyond what any request may have
        others = [lingering() for _ in range(9)]
        bad.sendmsg([request(REPORT)], rights(near, *(other for other, _ in others)))
        kept += tuple(each for _, each in others)
        for other, _ in others:
            other.close()
    elif how == "empty":  # a message of no octets
        bad.sendmsg([b""], rights(near))
    elif how == "adopt":  # which has a descriptor, but not this
        bad.sendmsg([request(ADOPT)], rights(near))
    elif how == "queue":  # never read: its sender is cut off before
        daemon = int(sys.argv[2])
        os.kill(daemon, signal.SIGSTOP)
        bad.send(b"nonsense")
        bad.sendmsg([request(REPORT)], rights(near))
        near.close()
        os.kill(daemon, signal.SIGCONT)
    elif how == "nested":  # SO_LINGER of the descriptor itself is not what matters
        inner, outer = socket.socketpair()
        inner.sendmsg([b"x"], rights(near))
        bad.sendmsg([request(REPORT)], rights(outer))
        inner.close()
        outer.close()
    else:  # the application's end
        end = socket.socket(fileno=ask(bad, SOCKET, 4, socket.SOCK_STREAM)[0])
        try:
            end.sendmsg([b"p"], rights(near))
        except OSError as error:
            assert error.errno == errno.EPERM, error
            print("refused")
        near.close()
        end.close()
    near.close()
    return kept


def main():
    how = sys.argv[1]
    if how == "end":
        try:
            socket.socketpair()[0].getsockopt(socket.SOL_SOCKET, SO_PASSRIGHTS)
        except OSError:
            print("skipped: this kernel has no SO_PASSRIGHTS (Linux 6.16), an application's end takes descriptors")
            return
    good, bad = client(), client()
    kept = attack(how, bad)
    if how == "end":
        bad.close()
    slowest, begin = 0, time.monotonic()
    while time.monotonic() - begin < 1:
        before = time.monotonic()
        ask(good, REPORT)
        slowest = max(slowest, time.monotonic() - before)
        time.sleep(0.01)
    print(f"{how}: {1000 * slowest:.1f} ms")
    assert slowest < 0.2, "another client waited"
    if how not in ("end", "adopt"):
        bad.settimeout(0.2)
        try:
            while bad.recv(320):  # cut off, whatever waits
                pass
        except ConnectionResetError:  # that was unread
            pass
    del kept


main()
