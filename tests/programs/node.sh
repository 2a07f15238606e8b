# node: http and net, as server and client, and from worker threads.
needs="node curl"
check() {
  local programs=$here/node_programs.js
  start zsock node "$programs" serve 192.0.2.1 "$octets"
  wait_for 10 peer curl -sf -o /dev/null http://192.0.2.1:8000/
  limit peer curl -sf -o "$work/served" http://192.0.2.1:8000/
  same "$octets" "$work/served"
  [ "$(limit peer curl -sf -T "$octets" http://192.0.2.1:8000/sum)" = "$(sha256sum "$octets" | cut -d ' ' -f 1)" ]
  limit peer node "$programs" load 192.0.2.1 "$octets"
  start peer node "$programs" serve :: "$octets"
  wait_for 10 peer curl -sf -o /dev/null http://192.0.2.2:8000/
  limit zsock node "$programs" load 192.0.2.2 "$octets"
  limit zsock node "$programs" load 2001:db8::2 "$octets"
}
