# nginx: two workers, sendfile and keep-alive, IPv4 and IPv6, loaded by wrk; reloaded while loaded.
needs="nginx curl wrk"
check() {
  mkdir "$work/nginx"
  cat >"$work/nginx/nginx.conf" <<END
worker_processes 2; pid $work/nginx/pid; error_log $work/nginx/error.log notice; daemon off;
events { worker_connections 256; }
http {
  access_log off; sendfile on; tcp_nopush on;
  client_body_temp_path $work/nginx/a; proxy_temp_path $work/nginx/b; fastcgi_temp_path $work/nginx/c;
  uwsgi_temp_path $work/nginx/d; scgi_temp_path $work/nginx/e;
  server { listen 192.0.2.1:80; listen [2001:db8::1]:80; root $work; }
}
END
  printf 'small\n' >"$work/small"
  start zsock nginx -c "$work/nginx/nginx.conf" -e "$work/nginx/error.log"
  local master=${started[-1]}
  wait_for 10 peer curl -sf -o /dev/null http://192.0.2.1/small
  limit peer curl -sf -o "$work/v4" http://192.0.2.1/octets
  same "$octets" "$work/v4"
  limit peer curl -sfg -o "$work/v6" 'http://[2001:db8::1]/octets'
  same "$octets" "$work/v6"
  start peer wrk -d 4 -c 20 -t 2 http://192.0.2.1/small
  local load=${started[-1]} out=$work/log.$((${#started[@]} - 1))
  sleep 1
  kill -HUP "$master"
  sleep 1
  limit peer curl -sf -o "$work/reloaded" http://192.0.2.1/octets
  same "$octets" "$work/reloaded"
  wait "$load"
  cat "$out"
  ! grep -E "Non-2xx|Socket errors: connect [1-9]" "$out" || return 1
  [ "$(awk '/requests in/ {print $1}' "$out")" -gt 500 ]
  ! grep -E "\[(alert|crit|emerg)\]" "$work/nginx/error.log" || return 1
}
