# rsync: daemon (a child per connection) on either side.
needs="rsync nc"
serve() {
  local side=$1 address=$2
  mkdir -p "$work/$side"
  printf 'use chroot = no\nuid = root\ngid = root\npid file = %s\n[files]\npath = %s\n' "$work/$side.pid" "$work/shared" >"$work/$side.conf"
  start "$side" rsync --daemon --no-detach --address="$address" --port=8730 --config="$work/$side.conf"
  wait_for 10 "$3" nc -z "$address" 8730
}
check() {
  mkdir "$work/shared"
  cp "$octets" "$work/shared/octets"
  seq 1 1000 >"$work/shared/lines"
  serve zsock 192.0.2.1 peer
  limit peer rsync -a rsync://192.0.2.1:8730/files/ "$work/fetched/"
  serve peer 192.0.2.2 peer
  limit zsock rsync -a rsync://192.0.2.2:8730/files/ "$work/got/"
  for copy in fetched got; do
    same "$octets" "$work/$copy/octets"
    same "$work/shared/lines" "$work/$copy/lines"
  done
}
