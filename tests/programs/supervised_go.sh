# A Go program under the supervisor, as server and as client of itself on the kernel's side: HTTP, TCP and UDP, names.
needs="go curl python3"
check() {
  (cd "$work" && HOME=$work GOCACHE=$work/cache GO111MODULE=off go build -o "$work/program" "$here/supervised.go")
  zsock --explain "$work/program" | grep -q "mode: supervise"
  start peer /usr/bin/python3 "$here/../zephyr/run/name_server.py" 192.0.2.2
  local server=$work/log.$((${#started[@]} - 1))
  wait_for 10 grep -q ready "$server"

  start zsock "$work/program" serve 192.0.2.1 "$octets"
  wait_for 10 peer curl -s -o /dev/null http://192.0.2.1:8000/
  limit peer curl -sf -o "$work/served" http://192.0.2.1:8000/octets
  same "$octets" "$work/served"
  # Who asks is known by its address.
  limit peer curl -sf http://192.0.2.1:8000/from | grep -q '^192.0.2.2:'
  limit peer "$work/program" client 192.0.2.1 "$octets" ""

  start peer "$work/program" serve 192.0.2.2 "$octets"
  wait_for 10 peer curl -s -o /dev/null http://192.0.2.2:8000/
  limit zsock "$work/program" client 192.0.2.2 "$octets" www.example.org.
}
