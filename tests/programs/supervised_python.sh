# Dynamic programs under the supervisor: datagrams with addresses, forking and asynchronous servers, and the death of zsockd.
needs="python3"
check() {
  start zsock --supervise /usr/bin/python3 "$here/python_servers.py" fork 8001
  start zsock --supervise /usr/bin/python3 "$here/python_servers.py" asyncio 8002
  for port in 8001 8002; do
    wait_for 10 peer /usr/bin/python3 "$here/python_servers.py" client 192.0.2.1 $port
    limit peer /usr/bin/python3 "$here/python_servers.py" client 192.0.2.1 $port
  done
  for server in "${started[@]}"; do stop "$server"; done
  started=()
  start peer /usr/bin/python3 "$here/python_servers.py" asyncio 8000
  wait_for 10 peer /usr/bin/python3 "$here/python_servers.py" client 192.0.2.2 8000
  limit zsock --supervise /usr/bin/python3 "$here/python_servers.py" client 192.0.2.2 8000
  limit zsock --supervise /usr/bin/python3 "$here/python_servers.py" udp 192.0.2.2 8000
  start peer /usr/bin/python3 "$here/python_servers.py" accept 8001
  wait_for 10 peer /usr/bin/python3 -c 'import socket; socket.create_connection(("192.0.2.2", 8001))'
  # Not those that differ there: docs/shim.md, docs/compat.md.
  limit zsock --supervise /usr/bin/python3 "$here/death.py" "$daemon" "close, SO_LINGER" "poll of datagrams"
}
