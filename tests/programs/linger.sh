# Descriptors whose last close() waits, sent to zsockd by a hostile client: nobody else notices.
needs="python3"
check() {
  local how
  for how in end control empty adopt queue nested; do limit /usr/bin/python3 "$here/linger.py" $how "$daemon"; done
  # Neither the thread that waited in place of zsockd's nor that of its log has more privileges.
  [ "$(ls "/proc/$daemon/task" | wc -l)" = 3 ]
  ! grep -E '^Cap(Prm|Eff|Inh|Amb):.*[1-9a-f]$|^NoNewPrivs:.*0$' /proc/"$daemon"/task/*/status || return 1
  grep -q "a request of a wrong size" "$work/zsockd.log"
  : >"$work/zsockd.log"  # which says that the sender was cut off
}
