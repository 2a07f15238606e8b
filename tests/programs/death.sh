# SHIM-3: zsockd is killed while calls wait; each ends within 100 ms and says why. Descriptors show the end to poll().
needs="python3 nc"
check() {
  start peer /usr/bin/python3 "$here/python_servers.py" asyncio 8000
  start peer /usr/bin/python3 "$here/python_servers.py" accept 8001
  wait_for 10 peer /usr/bin/python3 "$here/python_servers.py" client 192.0.2.2 8000
  wait_for 10 peer nc -z 192.0.2.2 8001
  timeout -k 1 20 "$work/bin/zsock" /usr/bin/python3 "$here/death.py" "$daemon"
}
