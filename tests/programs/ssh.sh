# OpenSSH as client: a server on the kernel's side, commands, a pipe of 3 MB each way, scp of 100 MB each way.
needs="ssh scp sshd ssh-keygen nc"
check() {
  ssh-keygen -q -t ed25519 -N '' -f "$work/host"
  ssh-keygen -q -t ed25519 -N '' -f "$work/user"
  cp "$work/user.pub" "$work/authorized"
  mount -t tmpfs tmpfs /run  # of this mount namespace; sshd wants /run/sshd
  mkdir /run/sshd
  cat >"$work/sshd_config" <<END
ListenAddress 192.0.2.2:2222
HostKey $work/host
AuthorizedKeysFile $work/authorized
StrictModes no
PasswordAuthentication no
UsePAM no
PermitRootLogin yes
PidFile none
Subsystem sftp internal-sftp
END
  start peer "$(command -v sshd)" -D -e -f "$work/sshd_config"
  wait_for 10 peer nc -z 192.0.2.2 2222
  local ssh=(ssh -F none -i "$work/user" -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile="$work/known" -o BatchMode=yes root@192.0.2.2)
  [ "$(limit zsock "${ssh[@]}" echo hello </dev/null)" = hello ]
  limit zsock "${ssh[@]}" cat <"$octets" >"$work/echoed"
  same "$octets" "$work/echoed"
  head -c 100000000 /dev/urandom >"$work/big"
  local options=(-q -F none -i "$work/user" -P 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile="$work/known" -o BatchMode=yes)
  timeout --foreground 50 "$work/bin/zsock" scp "${options[@]}" "$work/big" root@192.0.2.2:"$work/up"
  same "$work/big" "$work/up"
  timeout --foreground 50 "$work/bin/zsock" scp "${options[@]}" root@192.0.2.2:"$work/big" "$work/down"
  same "$work/big" "$work/down"
}
