# Descriptors whose last close() waits, sent to zsockd by a hostile client: nobody else notices.
needs="python3"
check() {
  local how
  for how in end control empty adopt queue nested; do limit /usr/bin/python3 "$here/linger.py" $how "$daemon"; done
  # The thread that waited in place of zsockd's has no more privileges.
  local closer
  closer=$(ls -v "/proc/$daemon/task" | tail -n 1)
  [ "$closer" != "$daemon" ]
  ! grep -E '^Cap(Prm|Eff|Inh|Amb):.*[1-9a-f]$|^NoNewPrivs:.*0$' "/proc/$daemon/task/$closer/status" || return 1
  grep -q "a request of a wrong size" "$work/zsockd.log"
  : >"$work/zsockd.log"  # which says that the sender was cut off
}
