# FTP, two connections at a time: vsftpd with a process per session that it isolates by clone(), lftp with eight commands at once; both modes of the
# second connection, both families, as server and as client.
needs="vsftpd lftp"
users=yes
# serve SIDE ADDRESS [LINE...]
serve() {
  mkdir -p "$work/ftp" "$work/empty"
  printf '%s\n' listen=NO listen_ipv6=YES background=NO anonymous_enable=YES no_anon_password=YES anon_root="$work/ftp" anon_upload_enable=YES \
    anon_umask=022 write_enable=YES ftp_username=daemon secure_chroot_dir="$work/empty" connect_from_port_20=NO port_enable=YES \
    xferlog_enable=NO "listen_address6=$2" "${@:3}" >"$work/vsftpd.$1"
  chown root "$work/vsftpd.$1"
  start "$1" vsftpd "$work/vsftpd.$1"
}
# exercise SIDE ADDRESS
exercise() {
  local mode
  for mode in true false; do
    rm -rf "$work/got"
    limit "$1" lftp -c "set net:timeout 5; set net:max-retries 2; set ftp:passive-mode $mode; set ftp:ssl-allow false; open ftp://$2/;
      cls; mirror --parallel=4 / $work/got; put -O /incoming $octets -o mode-$mode" >"$work/lftp" 2>&1 || { cat "$work/lftp" >&2; return 1; }
    for file in a b c d; do same "$octets" "$work/got/$file"; done
    same "$octets" "$work/ftp/incoming/mode-$mode"
    rm "$work/ftp/incoming/mode-$mode"
  done
}
check() {
  mkdir -p "$work/ftp/incoming"
  for file in a b c d; do cp "$octets" "$work/ftp/$file"; done
  chown daemon "$work/ftp/incoming"
  chmod 755 "$work/ftp"
  serve zsock ::
  wait_for 10 timeout 5 "$work/bin/peer" lftp -c 'set ftp:ssl-allow false; set net:max-retries 1; open ftp://192.0.2.1/; cls'
  exercise peer 192.0.2.1
  exercise peer '[2001:db8::1]'
  stop "${started[-1]}"
  serve peer ::
  wait_for 10 timeout 5 "$work/bin/peer" lftp -c 'set ftp:ssl-allow false; set net:max-retries 1; open ftp://192.0.2.2/; cls'
  exercise zsock 192.0.2.2
  exercise zsock '[2001:db8::2]'
}
