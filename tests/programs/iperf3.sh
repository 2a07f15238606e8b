# iperf3: one stream and eight, each way and both at once, TCP and UDP; as client and as server.
needs="iperf3"
# measure FROM TO ADDRESS ARGUMENTS...: a server on one side, a client on the other. What was received, by the client's report, is most of it.
measure() {
  local client=$1 server=$2 address=$3
  shift 3
  start "$server" iperf3 -s -1 --forceflush
  local running=${started[-1]} log=$work/log.$((${#started[@]} - 1))
  wait_for 5 grep -q listening "$log"
  limit "$client" iperf3 -c "$address" -t 1 -J "$@" >"$work/iperf3.out" 2>&1 || { echo "$client $*" >&2; cat "$work/iperf3.out" >&2; return 1; }
  wait "$running"
  /usr/bin/python3 - "$work/iperf3.out" "$client $server $*" <<'CHECK'
import json, sys
end = json.load(open(sys.argv[1]))["end"]
sums = [end[name] for name in ("sum_received", "sum_received_bidir_reverse", "sum") if name in end]
sums = sums[-1:] if "sum" in end and "sum_received" not in end else [each for each in sums if "lost_packets" not in each] or sums
for each in sums:
    lost = each.get("lost_percent", 0)
    if each["bytes"] < 1_000_000 or lost > 20:
        sys.exit(f"{sys.argv[2]}: {each}")
CHECK
}
check() {
  local pair
  for pair in "zsock peer 192.0.2.2" "peer zsock 192.0.2.1"; do
    measure $pair
    measure $pair -R
    measure $pair -P 8
    measure $pair -P 8 -R
    measure $pair --bidir
    measure $pair -u -b 50M
    measure $pair -u -b 50M -R
  done
  measure zsock peer 2001:db8::2 -P 8
  measure peer zsock 2001:db8::1 -P 8
}
