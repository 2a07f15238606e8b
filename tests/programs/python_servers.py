"""Echo servers made in Python's ways, and a client that sends 20 messages of growing size over each of 5 connections."""
import asyncio
import socket
import socketserver
import sys


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


if __name__ == "__main__":
    kind, rest = sys.argv[1], sys.argv[2:]
    if kind == "fork":
        Forking(("0.0.0.0", int(rest[0])), Echo).serve_forever()
    elif kind == "asyncio":
        asyncio.run(serve(int(rest[0])))
    elif kind == "client":
        client(rest[0], int(rest[1]))
    elif kind == "udp":
        udp(rest[0], int(rest[1]))
