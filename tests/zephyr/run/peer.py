"""Peers of the examples, on the kernel's sockets: udp PORT, tcp PORT (echo), chat ADDRESS PORT LOG, broker PORT COUNT,
coap PORT (a CoAP server that loses the first message of each client)."""
import socket
import sys
import threading
import time


def udp(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("192.0.2.2", port))
    print("ready", flush=True)
    while True:
        data, peer = s.recvfrom(2000)
        s.sendto(b"echo " + data, peer)


def tcp(port):
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    print("ready", flush=True)

    def echo(connection):
        with connection:
            while data := connection.recv(65536):
                connection.sendall(data)

    while True:
        threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()


def chat(address, port, log):
    clients = [socket.create_connection((address, port), timeout=10) for _ in range(4)]
    for _ in range(500):  # until the server has accepted all of them
        with open(log, encoding="utf-8") as said:
            if said.read().count("client ") == 4:
                break
        time.sleep(0.02)
    for i, talker in enumerate(clients):
        text = b"I am %d" % i
        talker.sendall(text)
        for other in clients:
            if other is not talker:
                assert other.recv(len(text), socket.MSG_WAITALL) == text
    with socket.create_connection((address, port), timeout=10) as fifth:
        assert fifth.recv(1) == b"", "a fifth client"
    print("ok: a chat of four")


def broker(port, count):
    listener = socket.create_server(("192.0.2.2", port))
    connection, _ = listener.accept()
    connection.settimeout(10)
    for _ in range(count):
        kind, topic, high, low = connection.recv(4, socket.MSG_WAITALL)
        assert kind == 3
        text = connection.recv(topic + high * 256 + low, socket.MSG_WAITALL)
        print(text[:topic].decode(), text[topic:].decode(), flush=True)
        connection.sendall(bytes([4, 0, 0, 0]))


def coap(port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", port))
    print("ready", flush=True)
    seen = set()
    while True:
        request, peer = s.recvfrom(2000)
        if peer not in seen:
            seen.add(peer)
            continue
        assert request[:2] == bytes([0x44, 1]), request
        message, token, path = request[2:4], request[4:8], request[8:]
        if path == bytes([0xb4]) + b"time" + bytes([3]) + b"now":
            # Two options, one of them with an extended length, before the payload.
            options = bytes([0xc1, 0, 0xdd, 100, 2]) + bytes(15)
            s.sendto(b"x", peer)
            s.sendto(bytes([0x64, 0x45]) + message + token + options + b"\xff" + b"12:00", peer)
        elif path == bytes([0xb5]) + b"later":
            s.sendto(bytes([0x60, 0]) + message, peer)
            s.sendto(bytes([0x44, 0x45, 0x77, 0x77]) + token + b"\xff" + b"here it is", peer)
            answer, _ = s.recvfrom(2000)
            print("acknowledged" if answer == bytes([0x60, 0, 0x77, 0x77]) else answer, flush=True)
        else:
            s.sendto(bytes([0x70, 0]) + message, peer)


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    {"udp": udp, "tcp": tcp, "chat": chat, "broker": broker, "coap": coap}[kind](*[int(x) if x.isdigit() else x for x in rest])
