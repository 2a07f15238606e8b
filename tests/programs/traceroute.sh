# traceroute over UDP, both families: hops that are told by ICMP errors with IP_RECVERR, from routers and from the end; as the kernel finds them.
needs="traceroute"
# Behind the peer, which forwards, is another host.
build_route() {
  unshare --net sleep infinity &
  started+=($!)
  beyond=${started[-1]}
  wait_for 5 sh -c "[ \$(readlink /proc/$beyond/ns/net) != \$(readlink /proc/$$/ns/net) ]"
  peer ip link add ve0 type veth peer name ve1
  peer ip link set ve1 netns "$beyond"
  local far=(nsenter -t "$beyond" -n)
  peer ip addr add 198.51.100.1/24 dev ve0
  peer ip addr add 2001:db8:1::1/64 dev ve0 nodad
  peer ip link set ve0 up
  "${far[@]}" ip addr add 198.51.100.2/24 dev ve1
  "${far[@]}" ip addr add 2001:db8:1::2/64 dev ve1 nodad
  "${far[@]}" ip link set ve1 up
  "${far[@]}" ip route add default via 198.51.100.1
  "${far[@]}" ip route add default via 2001:db8:1::1
  # Every answer counts here; the kernel would send some only.
  for each in "$beyond" "$peer_pid"; do
    nsenter -t "$each" -n sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  done
  wait_for 10 "${far[@]}" ping -q -c1 -W1 198.51.100.1
  wait_for 10 "${far[@]}" ping -6 -q -c1 -W1 2001:db8:1::1
}
hops() { limit zsock traceroute -n -w 2 -q 2 "$@" | tee "$work/trace" | awk 'NR > 1 {print $1, $2}' | tr '\n' ' '; }
check() {
  build_route
  [ "$(hops 198.51.100.2)" = "1 192.0.2.2 2 198.51.100.2 " ] || { cat "$work/trace" >&2; return 1; }
  [ "$(hops -6 2001:db8:1::2)" = "1 2001:db8::2 2 2001:db8:1::2 " ] || { cat "$work/trace" >&2; return 1; }
  # One port after the other, one socket for all, ports of its own choice.
  [ "$(hops -U -p 5353 198.51.100.2)" = "1 192.0.2.2 2 198.51.100.2 " ] || { cat "$work/trace" >&2; return 1; }
  [ "$(hops -N 1 -m 2 198.51.100.2)" = "1 192.0.2.2 2 198.51.100.2 " ] || { cat "$work/trace" >&2; return 1; }
}
