#!/usr/bin/env python3
"""A TLS server that sends back what it gets, closes properly after "bye", and cuts the stream after "cut"."""
import socket
import ssl
import sys
import threading

address, port, certificate, key = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
context.maximum_version = ssl.TLSVersion.TLSv1_2
context.set_alpn_protocols(["echo"])


def serve(plain):
    try:
        connection = context.wrap_socket(plain, server_side=True)
        while True:
            data = connection.recv(65536)
            if not data:
                break
            if data == b"cut":
                socket.socket(fileno=connection.detach()).close()
                return
            if data == b"bye":
                break
            connection.sendall(data)
        connection.unwrap()
        connection.close()
    except (OSError, ssl.SSLError):
        plain.close()


listener = socket.create_server((address, port))
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
