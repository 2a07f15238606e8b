# The supervisor: programs that nothing can be preloaded into. busybox as server and as client; a static program that looks
# at each call, another one that does what it can against its supervisor; what is left when they have ended.
needs="busybox curl python3"
supervisors() {
  local count=0 process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/exe")" != "$build/zsock-run" ] || count=$((count + 1))
  done
  [ "$count" -eq "$1" ]
}
check() {
  zsock --explain busybox | grep -q "mode: supervise" || { echo "skipped: busybox is not static" >&2; exit 77; }
  # Every call of a static program, over the stack's own loopback.
  timeout --foreground 100 "$work/bin/zsock" "$build/tests_supervised_calls"
  # The same after much that is wrong.
  timeout --foreground 100 "$work/bin/zsock" "$build/tests_supervised_hostile" "${ZSOCK_SEED:-$RANDOM}" "${ZSOCK_ROUNDS:-4}" \
    "$build/tests_supervised_calls"

  # A server with a process per connection.
  start zsock busybox httpd -f -p 192.0.2.1:8000 -h "$work"
  local server=${started[-1]}
  wait_for 10 peer curl -s -o /dev/null http://192.0.2.1:8000/octets
  local each jobs=()
  for each in 1 2 3 4; do limit peer curl -sf -o "$work/served$each" http://192.0.2.1:8000/octets & jobs+=($!); done
  for each in "${jobs[@]}"; do wait "$each"; done
  for each in 1 2 3 4; do same "$octets" "$work/served$each"; done
  # It ends by a signal to zsock-run, and its supervisor with it.
  stop "$server"
  wait_for 10 supervisors 0

  # A client: both families, one that refuses, a kernel's address by policy.
  start peer python3 -m http.server 8000 --bind :: --directory "$work"
  wait_for 10 peer curl -s -o /dev/null http://192.0.2.2:8000/
  limit zsock busybox wget -q -O "$work/v4" http://192.0.2.2:8000/octets
  limit zsock busybox wget -q -O "$work/v6" 'http://[2001:db8::2]:8000/octets'
  same "$octets" "$work/v4"
  same "$octets" "$work/v6"
  ! limit zsock busybox wget -q -O /dev/null http://192.0.2.2:8001/ || return 1
  start python3 -m http.server 8002 --bind 127.0.0.1 --directory "$work"
  wait_for 10 curl -s -o /dev/null http://127.0.0.1:8002/
  limit zsock --except 127.0.0.0/8 busybox wget -q -O "$work/kernel" http://127.0.0.1:8002/octets
  same "$octets" "$work/kernel"
  # What a shell under the supervisor starts is supervised as well, whatever it is.
  limit zsock busybox sh -c "busybox wget -q -O - http://192.0.2.2:8000/octets | cat >$work/piped; exit 3" || [ $? -eq 3 ]
  same "$octets" "$work/piped"
  limit zsock --supervise curl -sf -o "$work/dynamic" http://192.0.2.2:8000/octets
  same "$octets" "$work/dynamic"
  # A daemon outlives the one who started it.
  limit zsock busybox httpd -p 192.0.2.1:8003 -h "$work"
  wait_for 10 peer curl -s -o /dev/null http://192.0.2.1:8003/octets
  limit peer curl -sf -o "$work/daemon" http://192.0.2.1:8003/octets
  same "$octets" "$work/daemon"
  kill $(pidof busybox)
  wait_for 10 supervisors 0
}
