# Stream mode: connections that other programs read and write, inherited, dup'ed onto the standard streams, or passed on.
needs="socat python3 nc"
check() {
  # A connection as standard input and output of a program, the inetd way; cat and sh know nothing of it.
  start zsock socat TCP-LISTEN:7001,bind=192.0.2.1,reuseaddr,fork EXEC:cat,nofork
  start zsock socat TCP-LISTEN:7002,bind=192.0.2.1,reuseaddr,fork EXEC:"sha256sum",nofork
  # The same with a program that nothing can be preloaded into.
  start zsock socat TCP-LISTEN:7003,bind=192.0.2.1,reuseaddr,fork EXEC:"$build/tests_static_cat",nofork
  start zsock /usr/bin/python3 "$here/handover.py" serve
  for port in 7001 7003 7004 7005 7006; do
    wait_for 10 peer nc -z 192.0.2.1 $port
    limit peer /usr/bin/python3 "$here/handover.py" echo 192.0.2.1 $port
  done
  wait_for 10 peer nc -z 192.0.2.1 7008
  limit peer /usr/bin/python3 "$here/handover.py" names 192.0.2.1 7008
  wait_for 10 peer nc -z 192.0.2.1 7002
  [ "$(limit peer nc -N 192.0.2.1 7002 <"$octets")" = "$(sha256sum - <"$octets")" ]
  # As a client: what was read before the program changed stays in its place.
  start peer socat TCP-LISTEN:7007,bind=192.0.2.2,reuseaddr,fork SYSTEM:'echo one; sleep 0.2; cat'
  wait_for 10 peer nc -z 192.0.2.2 7007
  limit zsock /usr/bin/python3 "$here/handover.py" client 192.0.2.2 7007
}
