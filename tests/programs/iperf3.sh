# iperf3: TCP both ways, four streams, UDP; as client and as server.
needs="iperf3"
# measure FROM TO ADDRESS ARGUMENTS...: a server on one side, a client on the other.
measure() {
  local client=$1 server=$2 address=$3
  shift 3
  start "$server" iperf3 -s -1
  local running=${started[-1]}
  sleep 0.3
  limit "$client" iperf3 -c "$address" -t 1 "$@" >"$work/iperf3.out" 2>&1 || { cat "$work/iperf3.out"; return 1; }
  wait "$running"
}
check() {
  measure zsock peer 192.0.2.2
  measure zsock peer 192.0.2.2 -R
  measure zsock peer 2001:db8::2 -P 4
  measure zsock peer 192.0.2.2 -u -b 50M
  measure peer zsock 192.0.2.1
  measure peer zsock 192.0.2.1 --bidir
  measure peer zsock 192.0.2.1 -u -b 50M
}
