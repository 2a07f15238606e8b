# Sourced by the checks of this folder, inside a namespace, with $root and $build set: zsockd on a TAP, and small helpers.
work=$(mktemp -d)
started=()
stop() { kill "${started[@]}" 2>/dev/null || true; rm -rf "$work"; }
trap stop EXIT
export ZSOCKD_SOCKET=$work/zsockd.sock LD_LIBRARY_PATH=$build

compile() {  # OUTPUT SOURCES...
  # shellcheck disable=SC2086 # flags are words
  cc -O2 $CFLAGS_OF_BUILD -D__ZEPHYR__=1 -U_FORTIFY_SOURCE -I"$root/libzsock/include" -I"$root/libzsock/include/zsock/posix" \
    "${@:2}" -L"$build" -lzsock -o "$1"
}
start() { "$@" & started+=($!); }
expect() {  # WHAT IS SHOULD_BE
  if [ "$2" != "$3" ]; then echo "FAILED: $1: '$2' is not '$3'"; exit 1; fi
  echo "ok: $1"
}
talk() {  # tcp|udp ADDRESS PORT TEXT: what the other side answers, over TCP at least as many octets as went, however cut
  timeout 10 python3 -c '
import socket, sys
kind, address, port, text = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
s.settimeout(5)
s.connect((address, int(port)))
s.send(text.encode())
answer = s.recv(2000)
while kind == "tcp" and len(answer) < len(text):
    part = s.recv(2000)
    if not part: break
    answer += part
print(answer.decode())' "$@"
}
start_daemon() {  # zsockd has 192.0.2.1 and 2001:db8::1, the kernel on the other side 192.0.2.2 and 2001:db8::2
  ip link set lo up
  start "$build/zsockd" --device tap:zs0 --address 192.0.2.1/24 --address 2001:db8::1/64 --socket "$ZSOCKD_SOCKET" \
    --set dns.servers="192.0.2.2 [2001:db8::2]:53" --set dns.search=example.org --log-level info >"$work/zsockd.log" 2>&1
  wait_for 10 grep -q ready "$work/zsockd.log"
  ip address add 192.0.2.2/24 dev zs0
  ip address add 2001:db8::2/64 dev zs0 nodad
  ip link set zs0 up
}
