# wrk as client of nginx on the kernel's side: two threads, 20 connections that are kept, and one at a time.
needs="wrk nginx curl"
check() {
  mkdir "$work/nginx"
  cat >"$work/nginx/nginx.conf" <<END_OF_FILE
worker_processes 1; pid $work/nginx/pid; error_log $work/nginx/error.log notice; daemon off;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path $work/nginx/a; proxy_temp_path $work/nginx/b; fastcgi_temp_path $work/nginx/c;
  uwsgi_temp_path $work/nginx/d; scgi_temp_path $work/nginx/e;
  server { listen 192.0.2.2:80; listen [2001:db8::2]:80; location / { return 200 "small"; } }
}
END_OF_FILE
  start peer nginx -c "$work/nginx/nginx.conf" -e "$work/nginx/error.log"
  wait_for 10 peer curl -sf -o /dev/null http://192.0.2.2/
  local arguments
  for arguments in "-c 20 -t 2 http://192.0.2.2/" "-c 20 -t 2 http://[2001:db8::2]/" "-c 4 -t 1 -H Connection:close http://192.0.2.2/"; do
    limit zsock wrk -d 2 $arguments >"$work/out" || { cat "$work/out" >&2; return 1; }
    ! grep -E "Non-2xx|Socket errors" "$work/out" >&2 || return 1
    [ "$(awk '/requests in/ {print $1}' "$work/out")" -gt 200 ] || { cat "$work/out" >&2; return 1; }
  done
}
