# NTP: chronyd as client and as server, the other one on the kernel's side. No clock is set.
needs="chronyd"
# serve SIDE ADDRESS
serve() {
  printf 'local stratum 5\nallow all\nbindaddress %s\ncmdport 0\npidfile %s\nbindcmdaddress /\n' "$2" "$work/$1.pid" >"$work/$1.conf"
  start "$1" chronyd -d -x -u root -f "$work/$1.conf"
}
# ask SIDE ADDRESS: measures, and ends.
ask() {
  printf 'server %s iburst maxsamples 1\ncmdport 0\npidfile %s\nbindcmdaddress /\n' "$2" "$work/$1.asking" >"$work/$1.ask"
  limit "$1" chronyd -Q -t 15 -u root -f "$work/$1.ask" >"$work/$1.out" 2>&1 || { cat "$work/$1.out" >&2; return 1; }
  grep -q "System clock wrong by" "$work/$1.out"
}
check() {
  serve zsock 192.0.2.1
  ask peer 192.0.2.1
  serve peer 192.0.2.2
  ask zsock 192.0.2.2
}
