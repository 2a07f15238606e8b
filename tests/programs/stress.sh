# fork, dup and close race on connections in four threads; nothing is left over. ZSOCK_ROUNDS=10000 does more.
needs="python3"
check() {
  start peer /usr/bin/python3 "$here/python_servers.py" asyncio 8000
  wait_for 10 peer /usr/bin/python3 "$here/python_servers.py" client 192.0.2.2 8000
  timeout --foreground 100 "$work/bin/zsock" /usr/bin/python3 "$here/stress.py" 192.0.2.2 8000 "${ZSOCK_ROUNDS:-1000}"
  # Every descriptor of a connection in zsockd was closed with its socket.
  wait_for 5 sh -c "[ \$(ls -l /proc/$daemon/fd | grep -c 'socket:') -le 8 ]"
}
