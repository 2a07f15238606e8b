# fork, dup, close, exec and their kind race in four threads, under the shim and by libzsock's own calls: nothing hangs, nothing is lost, and
# zsockd has no socket left over. `scripts/dev races 10000` does more (ZSOCK_ROUNDS), a seed repeats a run (ZSOCK_SEED).
needs="head"
says_info=yes
# sockets: what zsockd has now.
sockets() {
  kill -USR1 "$daemon"
  sleep 0.1
  awk '/ info: sockets$/ {rows = ""; inside = 1; next} !/^(tcp|udp|icmp) / {inside = 0} inside {rows = rows $0 "\n"} END {printf "%s", rows}' "$work/zsockd.log"
}
# none_but STATE...: no sockets in other states.
none_but() { ! sockets | grep -v -E "^[a-z]+ ($1) "; }
# race COMMAND...
race() {
  local left=0 status=0
  mkfifo "$work/input"
  "$@" run 192.0.2.2 8000 "${ZSOCK_ROUNDS:-600}" ${ZSOCK_SEED:+"$ZSOCK_SEED"} <"$work/input" >"$work/said" 2>&1 &
  local running=$!
  exec 7>"$work/input"
  wait_for "${ZSOCK_SECONDS:-90}" sh -c "grep -q ' wrong' $work/said || ! kill -0 $running" || { cat "$work/said" >&2; kill "$running"; return 1; }
  # What was made ahead is closed, and belongs to somebody.
  wait_for 5 none_but CLOSED || { sockets >&2; left=1; }
  [ "$(sockets | grep -c CLOSED)" -le 32 ] || { sockets >&2; left=1; }
  exec 7>&-
  wait "$running" || status=$?
  rm "$work/input"
  cat "$work/said" >&2
  [ "$status" -eq 0 ] && [ "$left" -eq 0 ] || return 1
  wait_for 5 none_but - || { sockets >&2; return 1; }
}
check() {
  start peer "$build/tests_races" serve 192.0.2.2 8000
  wait_for 10 grep -q ready "$work/log.0"
  race zsock "$build/tests_races"
  race "$build/tests_races_native"
  # Every descriptor of a connection in zsockd was closed with its socket.
  [ "$(ls -l "/proc/$daemon/fd" | grep -c 'socket:')" -le 8 ]
}
