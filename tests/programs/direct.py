"""System calls by number: sockets made, used and closed by syscall(), whose numbers files get next. direct.py HOST PORT FILE."""
import ctypes
import os
import socket
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"x86_64": dict(read=0, write=1, close=3, socket=41, connect=42, shutdown=48),
           "aarch64": dict(read=63, write=64, close=57, socket=198, connect=203, shutdown=210)}[os.uname().machine]


def call(name, *arguments):
    result = libc.syscall(NUMBERS[name], *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def main():
    host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8)
    for each in range(20):
        fd = call("socket", socket.AF_INET, socket.SOCK_STREAM, 0)
        call("connect", fd, address, len(address))
        text = b"round %d" % each
        assert call("write", fd, text, len(text)) == len(text)
        buffer = ctypes.create_string_buffer(100)
        octets = call("read", fd, buffer, 100)
        assert buffer.raw[:octets] == text, buffer.raw
        call("shutdown", fd, socket.SHUT_WR)
        if each % 2:
            assert call("read", fd, buffer, 100) == 0  # all that is left of the connection is a number
        call("close", fd)
        with open(path, "rb", buffering=0) as file:
            assert file.fileno() == fd
            assert file.read(4) == b"file", "the file is taken for the socket"


main()
