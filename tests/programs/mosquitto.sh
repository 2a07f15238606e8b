# mosquitto: broker here, subscriber on the kernel's side, publisher here; 100 messages in order.
needs="mosquitto mosquitto_sub mosquitto_pub nc ss"
check() {
  printf 'listener 1883 192.0.2.1\nallow_anonymous true\nuser root\n' >"$work/mosquitto.conf"
  start zsock mosquitto -c "$work/mosquitto.conf"
  wait_for 10 peer nc -z 192.0.2.1 1883
  limit peer mosquitto_sub -h 192.0.2.1 -t topic -C 100 >"$work/heard" &
  local subscriber=$!
  wait_for 10 sh -c "[ \$(nsenter -t $peer_pid -n ss -Htn state established dst 192.0.2.1:1883 | wc -l) -ge 1 ]"
  sleep 0.5
  seq 1 100 >"$work/said"
  # The publisher goes through zsockd as well: both ends are the stack's.
  limit zsock mosquitto_pub -h 192.0.2.1 -t topic -l -q 1 <"$work/said"
  wait "$subscriber"
  same "$work/said" "$work/heard"
}
