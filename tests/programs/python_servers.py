"""Echo servers made in Python's ways, and a client that sends 20 messages of growing size over each of 5 connections."""
import asyncio
import concurrent.futures
import socket
import socketserver
import sys
import urllib.error
import urllib.request


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Forking(socketserver.ForkingTCPServer):
    allow_reuse_address = True


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


class EchoDatagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        self.transport.sendto(data, peer)


async def serve(port):
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(EchoDatagrams, local_addr=("0.0.0.0", port))
    server = await asyncio.start_server(echo, "0.0.0.0", port)
    await server.serve_forever()


def client(host, port):
    sockets = [socket.create_connection((host, port), timeout=10) for _ in range(5)]
    for size in (1 << i for i in range(20)):
        message = bytes(i * 7 & 255 for i in range(1024)) * (size // 1024 + 1)
        for each in sockets:
            each.sendall(message[:size])
        for each in sockets:
            got = b""
            while len(got) < size:
                got += each.recv(size - len(got)) or sys.exit("the end came early")
            assert got == message[:size]
    for each in sockets:
        each.shutdown(socket.SHUT_WR)
        assert each.recv(1) == b""


def udp(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as each:
        each.settimeout(10)
        for size in (1, 1400, 9000):
            each.sendto(b"d" * size, (host, port))
            data, peer = each.recvfrom(65535)
            assert data == b"d" * size and peer == (host, port)


async def converse(host, port, number):
    reader, writer = await asyncio.open_connection(host, port)
    message = bytes((i * 13 + number) & 255 for i in range(1024)) * 300
    writer.write(message)
    got, _ = await asyncio.gather(reader.readexactly(len(message)), writer.drain())
    assert got == message
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()


class Answers(asyncio.DatagramProtocol):
    def __init__(self):
        self.got = asyncio.get_running_loop().create_future()

    def datagram_received(self, data, peer):
        self.got.set_result((data, peer))


async def many(host, port):
    await asyncio.gather(*(converse(host, port, number) for number in range(20)))
    transport, answers = await asyncio.get_running_loop().create_datagram_endpoint(Answers, remote_addr=(host, port))
    transport.sendto(b"datagram")
    assert await asyncio.wait_for(answers.got, 10) == (b"datagram", (host, port))
    transport.close()


def fetch(url, path):
    with open(path, "rb") as file:
        expected = file.read()

    def once(_):
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read() == expected

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(pool.map(once, range(8)))
    try:
        urllib.request.urlopen(url + "-not", timeout=10)
    except urllib.error.HTTPError as error:
        assert error.code == 404
    else:
        sys.exit("what is not there was found")


def accept_only(port):
    """Takes connections and never reads from them."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    listener.bind(("0.0.0.0", port))
    listener.listen(64)
    held = []
    while True:
        held.append(listener.accept())


if __name__ == "__main__":
    kind, rest = sys.argv[1], sys.argv[2:]
    if kind == "fork":
        Forking(("0.0.0.0", int(rest[0])), Echo).serve_forever()
    elif kind == "asyncio":
        asyncio.run(serve(int(rest[0])))
    elif kind == "accept":
        accept_only(int(rest[0]))
    elif kind == "client":
        client(rest[0], int(rest[1]))
    elif kind == "many":
        asyncio.run(many(rest[0], int(rest[1])))
    elif kind == "urllib":
        fetch(rest[0], rest[1])
    elif kind == "udp":
        udp(rest[0], int(rest[1]))
