"""Peers of the firmware here, on the kernel's sockets: echo ADDRESS ADDRESS PORT, hold ADDRESS PORT, broker ADDRESS PORT,
clock ADDRESS PORT, pages ADDRESS PORT, telnet ADDRESS ADDRESS PORT."""
import gzip
import json
import socket
import struct
import sys
import time

HELLO, SAMPLE, PING, PONG, COMMAND, REPLY, BYE = range(1, 8)
PLACES = 3


def connect(address, port):
    return socket.create_connection((address, port), timeout=10)


def exactly(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            break
        data += part
    return data


def echo(ipv4, ipv6, port):
    text = bytes(i % 251 for i in range(100_000))
    for address in (ipv4, ipv6):
        with connect(address, port) as connection:
            connection.sendall(text)
            assert exactly(connection, len(text)) == text, "an echo of 100000 octets over TCP"
    time.sleep(0.2)  # until their places are free
    for address, family in ((ipv4, socket.AF_INET), (ipv6, socket.AF_INET6)):
        with socket.socket(family, socket.SOCK_DGRAM) as datagrams:
            datagrams.settimeout(10)
            for size in (0, 1, 511, 512):
                datagrams.sendto(text[:size], (address, port))
                assert datagrams.recv(2000) == text[:size], f"a datagram of {size}"
            datagrams.sendto(text[:1000], (address, port))
            assert datagrams.recv(2000) == text[:512], "a datagram longer than the buffer"
    clients = [connect(ipv4, port) for _ in range(PLACES)]
    for number, client in enumerate(clients):
        client.sendall(b"%d" % number)
        assert client.recv(1) == b"%d" % number
    with connect(ipv4, port) as late:
        assert exactly(late, 100) == b"no place\n"
    for client in clients:
        assert client.recv(1) == b"", "who says nothing is sent away"
        client.close()
    print("ok: echoes over TCP and UDP, IPv4 and IPv6; no place for a fourth; idle ones sent away")


def hold(address, port):
    client = connect(address, port)
    client.sendall(b"x")
    assert client.recv(1) == b"x"
    print("held", flush=True)
    try:
        while client.recv(100):
            pass
    except OSError:
        pass
    print("gone", flush=True)


class Session:
    def __init__(self, listener):
        self.connection, _ = listener.accept()
        self.connection.settimeout(10)
        assert self.read(HELLO) == b"sensor-1"

    def next(self):
        head = exactly(self.connection, 3)
        if not head:
            return None, b""
        kind, length = struct.unpack(">BH", head)
        return kind, exactly(self.connection, length)

    def read(self, wanted):
        """The next frame of this kind; samples are looked at, pings answered."""
        while True:
            kind, data = self.next()
            assert kind is not None, "the session has ended"
            if kind == SAMPLE:
                sample = json.loads(data)
                assert 20 <= sample["temperature"] < 21, sample
            if kind == PING:
                self.write(PONG, data)
            if kind == wanted:
                return data

    def write(self, kind, data=b""):
        self.connection.sendall(struct.pack(">BH", kind, len(data)) + data)

    def ask(self, command):
        self.write(COMMAND, command.encode())
        return self.read(REPLY).decode()


def broker(address, port):
    listener = socket.create_server((address, port))
    first = Session(listener)
    numbers = [json.loads(first.read(SAMPLE))["n"] for _ in range(70)]
    assert numbers[0] > 0 and numbers == list(range(numbers[0], numbers[0] + 70)), "kept, in order, the oldest dropped"
    assert first.ask("status").startswith("sensor-1 published ")
    assert first.ask("period 0") == "error: a period is 1 to 60000"
    assert first.ask("nonsense") == "error: unknown: nonsense"
    assert first.ask("period 60000") == "period 60000"
    first.write(PING, b"are you there")
    assert first.read(PONG) == b"are you there"
    assert first.read(PING) == b"?", "asks when it hears nothing"
    for octet in struct.pack(">BH", COMMAND, 6) + b"status":  # cut as small as possible
        first.connection.sendall(bytes([octet]))
    assert first.read(REPLY).startswith(b"sensor-1")
    first.connection.sendall(b"\xff\xff\xff\xff")  # nonsense ends the session
    while first.next()[0] is not None:
        pass
    second = Session(listener)
    while second.next()[0] is not None:  # says nothing at all: it gives up after the keep-alive
        pass
    third = Session(listener)
    assert third.ask("quit") == "bye"
    assert third.read(BYE) == b""
    print("ok: a queue kept and cut, commands, pings, nonsense, silence, an orderly end")


def clock(address, port):
    """An SNTP server: silent, then a stranger's answer, one that knows no time, then the time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, port))
        print("ready", flush=True)
        for number in range(100):
            request, peer = server.recvfrom(100)
            assert len(request) == 48 and request[0] == 0x23, request
            cookie = request[40:48] if number != 1 else bytes(8)
            stratum = 0 if number == 2 else 2
            if number > 0:
                server.sendto(struct.pack(">BB22x8s8xII", 0x24, stratum, cookie, 1_700_000_000 + 2_208_988_800, 0), peer)
            print("asked", number + 1, flush=True)


def ask(address, port, request):
    with connect(address, port) as connection:
        connection.sendall(request)
        return exactly(connection, 100_000)


def pages(address, port):
    head, body = ask(address, port, b"GET / HTTP/1.0\r\n\r\n").split(b"\r\n\r\n", 1)
    assert b"200 OK" in head and b"Content-Length: %d" % len(body) in head, head
    assert b"<p>It works.</p>" in gzip.decompress(body)
    body = ask(address, port, b"GET /time HTTP/1.0\r\n\r\n").split(b"\r\n\r\n", 1)[1]
    assert 1_700_000_000 <= json.loads(body)["now"] < 1_700_000_100, body
    assert b"404" in ask(address, port, b"GET /nothing HTTP/1.0\r\n\r\n")
    assert ask(address, port, b"x" * 255) == b"", "a request that is too long"
    first, second = connect(address, port), connect(address, port)
    assert ask(address, port, b"") == b"", "no room for a third"
    first.sendall(b"GET / HTTP/1.0\r\n")  # in pieces, with the other one idle
    first.sendall(b"\r\n")
    assert b"200 OK" in exactly(first, 100_000)
    assert second.recv(1) == b"", "who says nothing is sent away"
    print("ok: pages, as they are asked for")


def until_prompts(connection, count):
    """The lines before so many prompts."""
    text = b""
    while text.count(b"gateway:~$ ") < count:
        part = connection.recv(1000)
        assert part, text
        text += part
    return text.decode().replace("gateway:~$ ", "").split("\n")[:-1]


def telnet(ipv4, ipv6, port):
    for address in (ipv4, ipv6):
        with connect(address, port) as connection:
            assert until_prompts(connection, 1) == []
            connection.sendall(b"gateway sta")
            connection.sendall(b"tus\r\n")
            (status,) = until_prompts(connection, 1)
            assert status.endswith("requests, time is known"), status
            with connect(address, port) as late:
                assert exactly(late, 100) == b"in use\n"
            connection.sendall(b"gateway time\ngateway time 1000\ngateway time x\ngateway time 1 2\n")
            now, later, wrong, *rest = until_prompts(connection, 4)
            assert 1_700_000_000 <= int(now) < 1_700_000_100 and 0 <= int(later) - int(now) - 1000 <= 2, (now, later)
            assert wrong == "x is not a number" and rest[0] == "time: wrong parameter count", (wrong, rest)
            connection.sendall(b"exit\n")
            assert exactly(connection, 100) == b""
    print("ok: a shell over the network, for one at a time")


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    {"echo": echo, "hold": hold, "broker": broker, "clock": clock, "pages": pages, "telnet": telnet}[kind](*[int(x) if x.isdigit() else x for x in rest])
