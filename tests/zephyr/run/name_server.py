#!/usr/bin/env python3
"""A name server for the checks of this folder: UDP and TCP on port 53 of the address given. Prints what it is asked."""
import socket
import struct
import sys
import threading

HOST = "192.0.2.2"
NXDOMAIN, SERVFAIL, TC = 3, 2, 0x200


def labels(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def a_record(name):
    return labels(name) + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(HOST)


def cname(name, target):
    data = labels(target)
    return labels(name) + struct.pack(">HHIH", 5, 1, 60, len(data)) + data


def answer(message, kind):
    """The reply to a question: flags and records by name."""
    name, at = [], 12
    while message[at]:
        name.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    name = ".".join(name)
    question = message[12:at + 5]
    wanted = struct.unpack(">H", message[at + 1:at + 3])[0]
    print(kind, name, wanted, flush=True)
    flags, records = 0, []
    if name.startswith("no.") or not name.endswith("example.org"):
        flags = NXDOMAIN
    elif name.startswith("broken."):
        flags = SERVFAIL
    elif wanted == 1 and name.startswith("long.") and kind == "udp":
        flags = TC
    elif wanted == 1 and name.startswith("alias."):
        records = [cname(name, "www.example.org"), a_record("www.example.org")]
    elif wanted == 1:
        records = [a_record(name)]
    return message[:2] + struct.pack(">HHHHH", 0x8180 | flags, 1, len(records), 0, 0) + question + b"".join(records)


def serve_tcp(listener):
    while True:
        connection, _ = listener.accept()
        with connection:
            length = struct.unpack(">H", connection.recv(2, socket.MSG_WAITALL))[0]
            reply = answer(connection.recv(length, socket.MSG_WAITALL), "tcp")
            connection.sendall(struct.pack(">H", len(reply)) + reply)


def main():
    address = (sys.argv[1], 53)
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(address)
    listener = socket.create_server(address)
    threading.Thread(target=serve_tcp, args=(listener,), daemon=True).start()
    print("ready", flush=True)
    while True:
        message, peer = datagrams.recvfrom(2048)
        datagrams.sendto(answer(message, "udp"), peer)


if __name__ == "__main__":
    main()
