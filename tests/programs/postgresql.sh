# PostgreSQL, a process per connection, on either side; psql on the other: COPY of 3 MB each way, a query cancelled from a signal handler; pgbench.
needs="psql pgbench initdb postgres setpriv"
users=yes
for bin in /usr/lib/postgresql/*/bin; do PATH=$bin:$PATH; done
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
# serve SIDE ADDRESS OTHER_SIDE
serve() {
  start "$1" "${nobody[@]}" postgres -D "$work/data" -h "$2" -k '' -c fsync=off -c shared_buffers=16MB
  wait_for 10 "$3" psql -h "$2" -U tester -d postgres -c 'select 1'
}
# exercise SIDE ADDRESS
exercise() {
  local psql=("$1" psql -qAtX -v ON_ERROR_STOP=1 -h "$2" -U tester -d postgres) bench=("$1" pgbench -h "$2" -U tester)
  limit "${psql[@]}" -c 'drop table if exists lines' -c 'create table lines (n int, word text)' -c '\copy lines from '"$work/lines"' csv' 2>"$work/said"
  limit "${psql[@]}" -c '\copy (select * from lines order by n) to '"$work/copied"' csv'
  same "$work/lines" "$work/copied"
  ! limit timeout -s INT 1 "${psql[@]}" -c 'select pg_sleep(15)' 2>"$work/said" || return 1
  grep -q "canceling statement due to user request" "$work/said"
  limit "${bench[@]}" -q -i postgres >"$work/bench" 2>&1 || { cat "$work/bench" >&2; return 1; }
  for how in "-T 2" "-C -t 20"; do
    # shellcheck disable=SC2086
    limit "${bench[@]}" -n -c 4 -j 2 $how postgres >"$work/bench" 2>&1 || { cat "$work/bench" >&2; return 1; }
    grep -q "number of failed transactions: 0 " "$work/bench"
  done
}
check() {
  mkdir "$work/data"
  chown 65534:65534 "$work/data"
  "${nobody[@]}" initdb -A trust -U tester -N -D "$work/data" >"$work/initdb" 2>&1 || { cat "$work/initdb" >&2; return 1; }
  echo "host all all all trust" >>"$work/data/pg_hba.conf"
  seq 1 160000 | awk '{print $1 ",word " $1}' >"$work/lines"
  serve zsock 192.0.2.1 peer
  exercise peer 192.0.2.1
  stop "${started[-1]}"
  serve peer 192.0.2.2 zsock
  exercise zsock 192.0.2.2
}
