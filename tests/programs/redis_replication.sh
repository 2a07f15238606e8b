# redis replication: the primary through zsockd, a replica on the kernel's side, and the other way round; the link is cut and resumed.
needs="redis-server redis-cli redis-benchmark"
# serve SIDE ADDRESS ARGUMENTS...
serve() {
  mkdir -p "$work/$1"
  start "$1" redis-server --port 6379 --bind "$2" --dir "$work/$1" --save "" --protected-mode no "${@:3}"
}
digest() { "$1" redis-cli -h "$2" debug digest; }
alike() { [ "$(digest peer 192.0.2.1)" = "$(digest zsock 192.0.2.2)" ]; }
# exercise PRIMARY ADDRESS REPLICA ADDRESS: "PRIMARY" loads the replica's side, from where it is reached.
exercise() {
  local primary=$2 replica=$4
  serve "$1" "$primary" --enable-debug-command yes --repl-diskless-sync-delay 0
  local first=${started[-1]}
  wait_for 10 "$3" redis-cli -h "$primary" ping
  limit "$3" redis-benchmark -h "$primary" -n 3000 -r 2000 -d 1000 -q -t set,lpush >"$work/bench"
  serve "$3" "$replica" --enable-debug-command yes --replicaof "$primary" 6379
  local second=${started[-1]}
  wait_for 10 "$1" redis-cli -h "$replica" ping
  limit "$3" redis-benchmark -h "$primary" -n 3000 -r 2000 -d 1000 -q -t set,sadd >"$work/bench"
  wait_for 15 alike
  limit "$1" redis-cli -h "$replica" info replication | grep -q master_link_status:up
  # The connection ends; the replica comes again and gets what it has missed.
  limit "$3" redis-cli -h "$primary" client kill type replica
  limit "$3" redis-benchmark -h "$primary" -n 3000 -r 2000 -d 1000 -q -t set >"$work/bench"
  wait_for 15 alike
  limit "$3" redis-cli -h "$primary" info stats | grep -q "sync_partial_ok:[1-9]"
  stop "$second"
  stop "$first"
}
check() {
  exercise zsock 192.0.2.1 peer 192.0.2.2
  exercise peer 192.0.2.2 zsock 192.0.2.1
}
