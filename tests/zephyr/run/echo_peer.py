#!/usr/bin/env python3
"""The kernel's side for the tutorial: echo over TCP (one octet ends the connection) and a log of datagrams, both families.
Usage: echo_peer.py PORT"""
import socket
import sys
import threading

port = int(sys.argv[1])


def say(text):
    print(text, flush=True)


def serve(connection, address):
    say(f"connection from {address[0]}")
    with connection:
        while data := connection.recv(65536):
            connection.sendall(data)
            if len(data) == 1:
                break


def listen(listener):
    while True:
        threading.Thread(target=serve, args=listener.accept(), daemon=True).start()


def datagrams(receiver):
    while True:
        data, address = receiver.recvfrom(2000)
        say(f"{address[0]} {data.decode()}")


threads = []
for family, host in ((socket.AF_INET, "192.0.2.2"), (socket.AF_INET6, "2001:db8::2")):
    threads.append(threading.Thread(target=listen, args=[socket.create_server((host, port), family=family)]))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("192.0.2.2", port))
threads.append(threading.Thread(target=datagrams, args=[udp]))
for thread in threads:
    thread.start()
say("ready")
