# curl as client of the kernel's side, over IPv4 and IPv6; three at once; resumed.
needs="curl python3"
check() {
  start peer python3 -m http.server 8000 --bind :: --directory "$work"
  wait_for 10 peer curl -s -o /dev/null http://192.0.2.2:8000/
  limit zsock curl -sf -o "$work/v4" http://192.0.2.2:8000/octets
  same "$octets" "$work/v4"
  limit zsock curl -sfg -o "$work/v6" 'http://[2001:db8::2]:8000/octets'
  same "$octets" "$work/v6"
  limit zsock curl -sf --parallel -o "$work/a" http://192.0.2.2:8000/octets -o "$work/b" http://192.0.2.2:8000/octets \
    -o "$work/c" http://192.0.2.2:8000/octets
  for copy in a b c; do same "$octets" "$work/$copy"; done
  # Nobody listens: refused, not hanging.
  ! limit zsock curl -sf http://192.0.2.2:8001/ || return 1
}
