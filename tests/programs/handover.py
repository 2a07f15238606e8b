"""Connections that change hands. `serve`: 7004 posix_spawn of cat, 7005 vfork (subprocess) of cat after the first octets were read,
7006 SCM_RIGHTS to another process that echoes, 7008 a new image that says both names of its standard input. `echo HOST PORT`: sends, checks what comes back. `client`: reads a line, then becomes cat."""
import array
import os
import socket
import subprocess
import sys
import threading

TEXT = bytes(i * 31 & 255 for i in range(65536)) * 16


def listener(port):
    each = socket.socket()
    each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    each.bind(("192.0.2.1", port))
    each.listen()
    return each


def spawn(connection):
    fd = connection.fileno()
    actions = [(os.POSIX_SPAWN_DUP2, fd, 0), (os.POSIX_SPAWN_DUP2, fd, 1)]
    process = os.posix_spawn("/bin/cat", ["cat"], os.environ, file_actions=actions)
    connection.close()
    os.waitpid(process, 0)


def vfork(connection):
    first = connection.recv(1000)
    connection.sendall(first)
    subprocess.run(["cat"], stdin=connection, stdout=connection, check=True)
    connection.close()


def names(connection):
    script = "import socket; s = socket.socket(fileno=0); s.sendall(repr((s.getsockname(), s.getpeername())).encode())"
    subprocess.run([sys.executable, "-c", script], stdin=connection, check=True)
    connection.close()


def pass_on(connection, to):
    to.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [connection.fileno()]))])
    connection.close()


def receiver(channel):
    while True:
        _, control, _, _ = channel.recvmsg(1, socket.CMSG_SPACE(4))
        fd = array.array("i", control[0][2])[0]
        with socket.socket(fileno=fd) as connection:
            while data := os.read(fd, 65536):
                connection.sendall(data)


def serve():
    near, far = socket.socketpair()
    if os.fork() == 0:
        receiver(far)
    jobs = {7004: spawn, 7005: vfork, 7006: lambda connection: pass_on(connection, near), 7008: names}

    def run(port, job):
        each = listener(port)
        while True:
            job(each.accept()[0])

    threads = [threading.Thread(target=run, args=item) for item in jobs.items()]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def echo(host, port):
    connection = socket.create_connection((host, port), timeout=10)
    writer = threading.Thread(target=lambda: (connection.sendall(TEXT), connection.shutdown(socket.SHUT_WR)))
    writer.start()
    got = b""
    try:
        while data := connection.recv(65536):
            got += data
    except OSError as error:
        sys.exit(f"port {port}, after {len(got)} octets of {len(TEXT)}: {error}")
    writer.join()
    if got != TEXT:
        sys.exit(f"port {port}: {len(got)} octets of {len(TEXT)}, equal up to {os.path.commonprefix([got, TEXT]).__len__()}")


def client(host, port):
    connection = socket.create_connection((host, port), timeout=10)
    line = connection.recv(4)
    assert line == b"one\n", line
    connection.settimeout(None)
    connection.sendall(b"two\n")
    pid = os.fork()
    if pid == 0:
        os.dup2(connection.fileno(), 0)
        os.execvp("head", ["head", "-c", "10"])
    connection.sendall(b"three\n")
    os.waitpid(pid, 0)


def named(host, port):
    with socket.create_connection((host, port), timeout=10) as connection:
        expected, said = repr((connection.getpeername(), connection.getsockname())), connection.makefile().read()
    if said != expected:
        sys.exit(f"{said!r} instead of {expected}")


def main():
    kind, rest = sys.argv[1], sys.argv[2:]
    if kind == "serve":
        serve()
    elif kind == "echo":
        echo(rest[0], int(rest[1]))
    elif kind == "names":
        named(rest[0], int(rest[1]))
    else:
        client(rest[0], int(rest[1]))


main()
