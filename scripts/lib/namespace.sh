# Sourced by scripts that need a network of their own. No name is left anywhere: the namespaces belong to a process tree and
# vanish with it, also when it is killed.
#
#   enter_namespace "$@"    re-runs the calling script inside new network, mount and process namespaces, as root there; as an
#                           ordinary user it enters a user namespace as well, where the kernel allows it. Exits with 77
#                           (skipped) and a reason where it does not.
#   inside_namespace        true in the inner run

inside_namespace() { [ "${ZSOCK_NAMESPACE:-}" = inside ]; }

enter_namespace() {
  inside_namespace && return 0
  local user=()
  [ "$(id -u)" -eq 0 ] || user=(--user --map-root-user)
  local wrap=(unshare "${user[@]}" --net --mount --pid --fork --kill-child --mount-proc)
  if ! "${wrap[@]}" true 2>/dev/null; then
    echo "skipped: this kernel does not let $(id -un) make namespaces (unshare failed)" >&2
    exit 77
  fi
  if [ ! -c /dev/net/tun ] || ! "${wrap[@]}" sh -c 'exec 9<>/dev/net/tun' 2>/dev/null; then
    echo "skipped: /dev/net/tun cannot be opened by $(id -un)" >&2
    exit 77
  fi
  export ZSOCK_NAMESPACE=inside
  exec "${wrap[@]}" "$0" "$@"
}

# wait_for SECONDS COMMAND...: polls until the command succeeds.
wait_for() {
  local tries=$(($1 * 50))
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "gave up waiting for: $*" >&2; return 1; }
    sleep 0.02
  done
}
