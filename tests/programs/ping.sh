# iputils' ping through zsockd, on a ping socket. A copy of it, without file capabilities: they would keep the shim out.
needs="ping"
check() {
  cp "$(command -v ping)" "$work/ping"
  limit zsock "$work/ping" -c 3 -i 0.2 192.0.2.2 >"$work/four" 2>&1 || { cat "$work/four" >&2; return 1; }
  grep -q "3 packets transmitted, 3 received" "$work/four"
  limit zsock "$work/ping" -6 -c 3 -i 0.2 2001:db8::2 >"$work/six" 2>&1 || { cat "$work/six" >&2; return 1; }
  grep -q "3 packets transmitted, 3 received" "$work/six"
}
