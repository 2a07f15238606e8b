"""Races of fork, dup and close on connections that threads use: ROUNDS connections to an echo server. Says what went wrong."""
import os
import socket
import sys
import threading

PEER = (sys.argv[1], int(sys.argv[2]))
ROUNDS = int(sys.argv[3])
wrong = []


def round_of(number):
    connection = socket.create_connection(PEER, timeout=10)
    copy = socket.socket(fileno=os.dup(connection.fileno()))
    copy.settimeout(10)
    child = 0
    if number % 4 == 0:
        child = os.fork()
        if child == 0:
            copy.sendall(b"child")
            os._exit(0)
    first, second = (connection, copy) if number % 2 else (copy, connection)
    first.sendall(b"parent")
    first.close()
    expected = 6 + (5 if child else 0)
    if child:
        os.waitpid(child, 0)
    got = b""
    while len(got) < expected:
        more = second.recv(100)
        if not more:
            raise OSError(f"the end after {got!r}")
        got += more
    second.close()


def work(numbers):
    for number in numbers:
        try:
            round_of(number)
        except Exception as error:
            wrong.append(f"round {number}: {error!r}")
            return


threads = [threading.Thread(target=work, args=(range(i, ROUNDS, 4),)) for i in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
sys.exit("\n".join(wrong) if wrong else 0)
