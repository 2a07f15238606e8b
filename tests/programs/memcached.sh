# memcached: four threads; a value of 500 kB, many small ones over several connections. As client: libmemcached's tools, TCP and its binary protocol.
needs="memcached python3 nc memccp memccat memcslap"
check() {
  start zsock memcached -u root -l 192.0.2.1 -p 11211 -t 4 -U 0
  wait_for 10 peer nc -z 192.0.2.1 11211
  limit peer /usr/bin/python3 - <<'CHECK'
import socket

connections = [socket.create_connection(("192.0.2.1", 11211), timeout=10).makefile("rwb") for _ in range(8)]
for number, each in enumerate(connections):
    for size in (1, 1000, 500_000):
        value = bytes([65 + number]) * size
        each.write(b"set key%d 0 0 %d\r\n" % (number, size) + value + b"\r\n")
        each.flush()
        assert each.readline() == b"STORED\r\n"
        each.write(b"get key%d\r\n" % number)
        each.flush()
        assert each.readline() == b"VALUE key%d 0 %d\r\n" % (number, size)
        assert each.read(size) == value
        assert each.read(2) == b"\r\n" and each.readline() == b"END\r\n"
CHECK
  start peer memcached -u root -l 192.0.2.2 -p 11211 -t 2 -U 0 -I 8m -m 64
  wait_for 10 peer nc -z 192.0.2.2 11211
  local protocol
  for protocol in "" --binary; do
    limit zsock memccp --servers=192.0.2.2:11211 $protocol "$octets"
    limit zsock memccat --servers=192.0.2.2:11211 $protocol octets >"$work/got"
    # memccat ends what it prints with a line feed.
    head -c 3000000 "$work/got" | cmp - "$octets"
    limit zsock memcslap --servers=192.0.2.2:11211 $protocol --concurrency=4 --execute-number=200 --test=set >"$work/slap"
    limit zsock memcslap --servers=192.0.2.2:11211 $protocol --concurrency=4 --execute-number=200 --test=get >"$work/slap"
  done
}
