# OpenSSH as server: privilege separation and its sandbox, a command, a pipe of 3 MB, and scp of 100 MB each way.
needs="ssh scp sshd ssh-keygen nc"
users=yes
check() {
  local big=$work/big
  head -c 100M /dev/urandom >"$big"
  ssh-keygen -q -t ed25519 -N '' -f "$work/host"
  ssh-keygen -q -t ed25519 -N '' -f "$work/user"
  cp "$work/user.pub" "$work/authorized"
  mount -t tmpfs tmpfs /run  # of this mount namespace; sshd wants /run/sshd
  mkdir /run/sshd
  cat >"$work/sshd_config" <<END
ListenAddress 192.0.2.1:2222
ListenAddress [2001:db8::1]:2222
HostKey $work/host
AuthorizedKeysFile $work/authorized
StrictModes no
PasswordAuthentication no
UsePAM no
PermitRootLogin yes
PidFile none
Subsystem sftp internal-sftp
END
  start zsock "$(command -v sshd)" -D -e -f "$work/sshd_config"
  wait_for 10 peer nc -z 192.0.2.1 2222
  local options=(-F none -i "$work/user" -o StrictHostKeyChecking=no -o UserKnownHostsFile="$work/known" -o BatchMode=yes)
  [ "$(limit peer ssh "${options[@]}" -p 2222 root@192.0.2.1 echo hello </dev/null)" = hello ]
  limit peer ssh "${options[@]}" -p 2222 root@2001:db8::1 cat <"$octets" >"$work/echoed"
  same "$octets" "$work/echoed"
  timeout --foreground 50 "$work/bin/peer" scp -q "${options[@]}" -P 2222 "$big" root@192.0.2.1:"$work/up"
  same "$big" "$work/up"
  timeout --foreground 50 "$work/bin/peer" scp -q "${options[@]}" -P 2222 root@192.0.2.1:"$big" "$work/down"
  same "$big" "$work/down"
  # Who it was, told by the image that has inherited the connection.
  [[ "$(limit peer ssh "${options[@]}" -p 2222 root@192.0.2.1 'echo $SSH_CONNECTION' </dev/null)" =~ ^192.0.2.2\ [0-9]+\ 192.0.2.1\ 2222$ ]]
}
