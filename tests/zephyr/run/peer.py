"""Peers of the examples, on the kernel's sockets: udp PORT, tcp PORT (echo), chat ADDRESS PORT LOG, broker PORT COUNT."""
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


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    {"udp": udp, "tcp": tcp, "chat": chat, "broker": broker}[kind](*[int(x) if x.isdigit() else x for x in rest])
