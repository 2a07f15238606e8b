# dig and a name server (dnsmasq) on either side: UDP, TCP after a cut answer, both families, forwarding; many questions at once.
needs="dig dnsmasq"
# serve SIDE ADDRESS ADDRESS6 [ARGUMENTS...]
serve() {
  local long=$work/long
  for i in $(seq 1 60); do echo "--txt-record=long.example.org,$(printf 'octets%.0s' $(seq 1 8))$i"; done >"$long"
  start "$1" dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root --group=root --pid-file= --bind-interfaces \
    --listen-address="$2" --listen-address="$3" --address=/www.example.org/192.0.2.80 --address=/www.example.org/2001:db8::80 $(cat "$long") "${@:4}"
}
# ask SIDE ADDRESS NAME...
ask() { limit "$1" dig +tries=2 +time=2 +short "@$2" "${@:3}"; }
# exercise SIDE ADDRESS ADDRESS6
exercise() {
  wait_for 10 ask "$1" "$2" www.example.org
  for server in "$2" "$3"; do
    [ "$(ask "$1" "$server" www.example.org)" = 192.0.2.80 ]
    [ "$(ask "$1" "$server" www.example.org AAAA)" = 2001:db8::80 ]
    [ "$(ask "$1" "$server" +tcp www.example.org)" = 192.0.2.80 ]
    [ "$(ask "$1" "$server" long.example.org TXT | wc -l)" -eq 60 ]
  done
  for i in $(seq 1 100); do echo "www.example.org"; done >"$work/questions"
  [ "$(ask "$1" "$2" -f "$work/questions" | grep -c '^192.0.2.80$')" -eq 100 ]
}
check() {
  serve zsock 192.0.2.1 2001:db8::1
  exercise peer 192.0.2.1 2001:db8::1
  stop "${started[-1]}"
  serve peer 192.0.2.2 2001:db8::2
  exercise zsock 192.0.2.2 2001:db8::2
  # A forwarder through zsockd: both ends of it.
  start zsock dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root --group=root --pid-file= --bind-interfaces --listen-address=192.0.2.1 \
    --server=192.0.2.2
  wait_for 10 ask peer 192.0.2.1 www.example.org
  [ "$(ask peer 192.0.2.1 www.example.org)" = 192.0.2.80 ]
  [ "$(ask peer 192.0.2.1 long.example.org TXT | wc -l)" -eq 60 ]
  # Nobody answers there: said, not hanging.
  ! ask zsock 192.0.2.2 -p 5354 www.example.org >"$work/none" || return 1
}
