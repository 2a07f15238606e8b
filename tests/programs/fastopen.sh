# Fast Open (RFC 7413) of programs: under the shim both ways; under the supervisor as server, and refused to clients, who do without.
needs="python3"
settings="--set tcp.fast_open=both"
says_info=yes
# Calls it twice: the first one gets the cookie.
client='
import errno, socket, sys
MSG_FASTOPEN, TCP_FASTOPEN_CONNECT = 0x20000000, 30
address, refused = (sys.argv[1], 8000), sys.argv[2:] == ["refused"]
def echo(each):
    each.settimeout(10)
    got = b""
    while len(got) < 5:
        got += each.recv(5) or sys.exit("the end came early")
    assert got == b"hello"
for _ in range(2):
    with socket.socket() as each:
        try:
            assert each.sendto(b"hello", MSG_FASTOPEN, address) == 5 and not refused
        except OSError as error:
            assert refused and error.errno == errno.EOPNOTSUPP, error
            each.connect(address)
            each.sendall(b"hello")
        echo(each)
    with socket.socket() as each:
        try:
            each.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
            assert not refused
        except OSError as error:
            assert refused and error.errno == errno.EOPNOTSUPP, error
        each.connect(address)
        each.sendall(b"hello")
        echo(each)
'
server='
import socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.setsockopt(socket.IPPROTO_TCP, 23, 16)
listener.bind((sys.argv[1], 8000))
listener.listen()
while True:
    with listener.accept()[0] as each:
        while octets := each.recv(100):
            each.sendall(octets)
'
# count NAME: a counter of zsockd.
count() {
  kill -USR1 "$daemon"
  sleep 0.1
  awk -v name="$1" '/ info: counters$/ {found = 0} $1 == name {found = $2} END {print found + 0}' "$work/zsockd.log"
}
check() {
  peer sysctl -qw net.ipv4.tcp_fastopen=3
  start peer /usr/bin/python3 -c "$server" 192.0.2.2
  wait_for 10 peer /usr/bin/python3 -c 'import socket; socket.create_connection(("192.0.2.2", 8000))'
  limit zsock /usr/bin/python3 -c "$client" 192.0.2.2
  [ "$(count tcp_fast_opens_out)" -ge 2 ]
  limit zsock --supervise /usr/bin/python3 -c "$client" 192.0.2.2 refused
  local how
  for how in "" --supervise; do
    local before
    before=$(count tcp_fast_opens_in)
    start zsock $how /usr/bin/python3 -c "$server" 192.0.2.1
    wait_for 10 peer /usr/bin/python3 -c 'import socket; socket.create_connection(("192.0.2.1", 8000))'
    limit peer /usr/bin/python3 -c "$client" 192.0.2.1
    [ "$(count tcp_fast_opens_in)" -gt "$before" ] || { echo "$how: no Fast Open" >&2; return 1; }
    stop "${started[-1]}"
  done
}
