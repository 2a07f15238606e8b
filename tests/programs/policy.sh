# SHIM-1: which addresses go through zsockd, for connections, listeners and datagrams.
needs="curl python3"
check() {
  start python3 -m http.server 8000 --bind 127.0.0.1 --directory "$work"
  wait_for 10 curl -s -o /dev/null http://127.0.0.1:8000/
  start peer python3 -m http.server 8000 --bind 192.0.2.2 --directory "$work"
  wait_for 10 peer curl -s -o /dev/null http://192.0.2.2:8000/
  # Loopback is the stack's: nobody listens there.
  ! limit zsock curl -sf -o "$work/none" http://127.0.0.1:8000/octets || return 1
  # Loopback is the kernel's, the rest is not.
  limit zsock --except 127.0.0.0/8 curl -sf -o "$work/a" http://127.0.0.1:8000/octets -o "$work/b" http://192.0.2.2:8000/octets
  limit zsock --only 192.0.2.0/24 curl -sf -o "$work/c" http://127.0.0.1:8000/octets -o "$work/d" http://192.0.2.2:8000/octets
  for copy in a b c d; do same "$octets" "$work/$copy"; done
  # This namespace's kernel has no way to the peer: an exempt port does not get there.
  ! limit zsock --except :8000 curl -sf -o "$work/none" http://192.0.2.2:8000/octets || return 1
  # A listener of the kernel's.
  start zsock --except :8001 /usr/bin/python3 -m http.server 8001 --directory "$work"
  wait_for 10 curl -sf -o "$work/e" http://127.0.0.1:8001/octets
  same "$octets" "$work/e"
}
