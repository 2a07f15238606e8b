# `--user NAME`: NAME makes the control socket and takes it away; NAME and its group may use it, others may not. With it and without, no
# thread of zsockd's keeps a capability.
needs="/usr/bin/python3 setpriv"
users=yes
as() { setpriv --reuid="$1" --regid="$2" --clear-groups /usr/bin/python3 -c \
  'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(sys.argv[1])' "$socket" 2>"$work/why"; }
denied() { ! as "$@" && grep -q PermissionError "$work/why"; }
serve() {
  start "$build/zsockd" --device memory: --address 192.0.2.9/24 "${@---user=nobody}" --socket "$socket"
  wait_for 10 ready "${started[-1]}"
}
ready() { [ -S "$socket" ] && powerless "$1"; }
# A log line has been written before, so the log has its thread.
powerless() {
  [ "$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l)" -gt 1 ] || return 1
  [ "$(cat "/proc/$1/task"/*/status | grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb):' | tr -d '\t' | cut -d: -f2 | sort -u)" = 0000000000000000 ]
}
check() {
  local group
  group=$(id -g nobody)
  socket=$work/run/zsockd.sock
  mkdir -m 755 "$work/run"
  # A folder that is missing is made.
  socket=$work/made/zsockd.sock
  serve
  [ "$(stat -c '%u %g %a' "$work/made" "$socket" | tr '\n' ' ')" = "$(id -u nobody) $group 750 $(id -u nobody) $group 660 " ]
  as 4000 "$group"
  denied 4000 4000
  kill "${started[-1]}" && wait "${started[-1]}"
  socket=$work/root.sock
  serve --log-level=info
  kill "${started[-1]}" && wait "${started[-1]}"
  socket=$work/run/zsockd.sock
  # A folder that is not the user's: said at once.
  ! limit "$build/zsockd" --device memory: --address 192.0.2.9/24 --user nobody --socket "$socket" 2>"$work/why" || return 1
  grep -q 'Permission denied' "$work/why"
  chown nobody "$work/run"
  serve
  [ "$(stat -c '%u %g %a' "$socket")" = "$(id -u nobody) $group 660" ]
  as "$(id -u nobody)" 4000
  as 4000 "$group"
  denied 4000 4000
  kill "${started[-1]}" && wait "${started[-1]}"
  [ ! -e "$socket" ]
  # The folder's set-group-id bit decides about the group.
  chown nobody:4000 "$work/run"
  chmod 2755 "$work/run"
  serve
  [ "$(stat -c '%u %g %a' "$socket")" = "$(id -u nobody) 4000 660" ]
  as 4001 4000
  denied 4001 4001
}
