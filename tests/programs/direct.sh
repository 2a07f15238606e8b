# Programs that make system calls by number, syscall(): what was a socket's number may be a file's next.
needs="python3"
check() {
  start peer /usr/bin/python3 "$here/python_servers.py" asyncio 8000
  wait_for 10 peer /usr/bin/python3 "$here/python_servers.py" client 192.0.2.2 8000
  printf file >"$work/file"
  limit zsock /usr/bin/python3 "$here/direct.py" 192.0.2.2 8000 "$work/file"
}
