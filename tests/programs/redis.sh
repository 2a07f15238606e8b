# redis: server and benchmark on either side, BGSAVE (fork) while loaded.
needs="redis-server redis-cli redis-benchmark"
load() { limit "$1" redis-benchmark -h "$2" -n 3000 -q -t set,get,lpush "${@:3}" >"$work/bench" 2>&1 || { cat "$work/bench"; return 1; }; }
serve() { start "$1" redis-server --port 6379 --bind "$2" --dir "$work" --save "" --protected-mode no; }
check() {
  serve zsock 192.0.2.1
  local server=${started[-1]}
  wait_for 10 peer redis-cli -h 192.0.2.1 ping
  load peer 192.0.2.1
  load peer 192.0.2.1 -P 16
  limit peer redis-cli -h 192.0.2.1 bgsave
  load peer 192.0.2.1
  wait_for 10 peer sh -c 'redis-cli -h 192.0.2.1 info persistence | grep -q "rdb_bgsave_in_progress:0"'
  limit peer redis-cli -h 192.0.2.1 info persistence | grep -q "rdb_last_bgsave_status:ok"
  stop "$server"
  serve peer 192.0.2.2
  wait_for 10 zsock redis-cli -h 192.0.2.2 ping
  load zsock 192.0.2.2
}
