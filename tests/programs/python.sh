# Python: http.server (threads), urllib, socketserver with fork, asyncio, as server and as client.
needs="curl python3"
check() {
  start zsock /usr/bin/python3 -m http.server 8000 --bind 192.0.2.1 --directory "$work"
  wait_for 10 peer curl -s -o /dev/null http://192.0.2.1:8000/
  limit peer curl -sf -o "$work/served" http://192.0.2.1:8000/octets
  same "$octets" "$work/served"

  start zsock /usr/bin/python3 "$here/python_servers.py" fork 8001
  start zsock /usr/bin/python3 "$here/python_servers.py" asyncio 8002
  for port in 8001 8002; do
    wait_for 10 peer /usr/bin/python3 "$here/python_servers.py" client 192.0.2.1 $port
    limit peer /usr/bin/python3 "$here/python_servers.py" client 192.0.2.1 $port
  done

  start peer /usr/bin/python3 "$here/python_servers.py" asyncio 8003
  wait_for 10 peer /usr/bin/python3 "$here/python_servers.py" client 192.0.2.2 8003
  limit zsock /usr/bin/python3 "$here/python_servers.py" client 192.0.2.2 8003
  limit zsock /usr/bin/python3 "$here/python_servers.py" udp 192.0.2.2 8003
  limit zsock /usr/bin/python3 "$here/python_servers.py" many 192.0.2.2 8003
  limit peer /usr/bin/python3 "$here/python_servers.py" many 192.0.2.1 8002
  start peer /usr/bin/python3 -m http.server 8004 --bind :: --directory "$work"
  wait_for 10 peer curl -s -o /dev/null http://192.0.2.2:8004/
  limit zsock /usr/bin/python3 "$here/python_servers.py" urllib http://192.0.2.2:8004/octets "$octets"
  limit zsock /usr/bin/python3 "$here/python_servers.py" urllib 'http://[2001:db8::2]:8004/octets' "$octets"
}
