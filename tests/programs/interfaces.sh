# Interfaces: getifaddrs(), if_nameindex(), SIOCGIF* and scopes by name tell of zsockd's what the kernel tells of the other end.
needs="node"
check() {
  peer ip addr del 192.0.2.2/24 dev zs0
  peer ip addr add 192.0.2.2/24 broadcast + dev zs0
  # What cannot be equal: who it is, and in which order.
  limit peer "$build/tests_names" interfaces | sed 's/192\.0\.2\.2\b/192.0.2.1/; s/2001:db8::2\b/2001:db8::1/; s/fe80::[0-9a-f:]*/link-local/' |
    grep -v 'address fe80\|address link-local' | sort >"$work/kernel"
  limit zsock "$build/tests_names" interfaces | sed 's/fe80::[0-9a-f:]*/link-local/' | grep -v 'address link-local' | sort >"$work/zsock"
  diff "$work/kernel" "$work/zsock"
  limit zsock "$build/tests_names" interfaces | grep -q '^zs0 flags .* address fe80::'
  # As a program asks that binds to what it finds.
  limit zsock node -e '
    const all = require("os").networkInterfaces().zs0;
    const found = all.map((each) => each.cidr);
    if (!found.includes("192.0.2.1/24") || !found.includes("2001:db8::1/64")) throw new Error(JSON.stringify(all));
    if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(all[0].mac)) throw new Error(all[0].mac);'
  # zsockd is gone: said so; with the fallback, the kernel's.
  kill "$daemon" && wait "$daemon" 2>/dev/null || true
  limit zsock "$build/tests_names" interfaces 2>"$work/gone" >/dev/null
  grep -q "getifaddrs: Network is down" "$work/gone"
  limit zsock --fallback kernel "$build/tests_names" interfaces 2>/dev/null | grep -q '^lo flags .* address 127.0.0.1'
}
