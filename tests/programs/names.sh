# Names, asked of a server on the kernel's side through zsockd: UDP, TCP after a cut answer, an alias, a name that is not there;
# gethostbyname() and its kind, whose answers are those of the C library on the kernel's side.
needs="curl wget python3"
check() {
  start peer /usr/bin/python3 "$here/../zephyr/run/name_server.py" 192.0.2.2
  local server=$work/log.$((${#started[@]} - 1))
  wait_for 10 grep -q ready "$server"
  start peer python3 -m http.server 8000 --bind :: --directory "$work"
  wait_for 10 peer curl -s -o /dev/null http://192.0.2.2:8000/
  limit zsock curl -sf -o "$work/a" http://www.example.org:8000/octets
  limit zsock curl -sf -o "$work/b" http://long.example.org:8000/octets
  limit zsock wget -q -O "$work/c" http://alias.example.org:8000/octets
  for copy in a b c; do same "$octets" "$work/$copy"; done
  grep -q "tcp long.example.org" "$server"
  ! limit zsock curl -sf http://no.example.org:8000/ || return 1
  # The same questions to the same server, the kernel's side through the C library's resolver.
  printf 'nameserver 192.0.2.2\n' >"$work/resolv.conf"
  mount --bind "$work/resolv.conf" /etc/resolv.conf
  for question in "hosts www.example.org alias.example.org no.example.org 192.0.2.7" "addresses 127.0.0.1 192.0.2.9 2001:db8::9"; do
    limit peer "$build/tests_names" $question >"$work/kernel.names"
    limit zsock "$build/tests_names" $question >"$work/zsock.names"
    diff "$work/kernel.names" "$work/zsock.names"
  done
  limit zsock /usr/bin/python3 -c 'import socket; assert socket.getnameinfo(("192.0.2.2", 80), socket.NI_NUMERICHOST) == ("192.0.2.2", "http")'
}
