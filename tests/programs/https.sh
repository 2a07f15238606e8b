# HTTP/2 over TLS: curl with eight transfers on one connection, nginx on either side; downloads that are taken up again by curl and wget.
needs="nginx curl wget openssl"
# serve SIDE ADDRESS ADDRESS6
serve() {
  local folder=$work/nginx.$1
  mkdir "$folder"
  cat >"$folder/conf" <<END
worker_processes 1; pid $folder/pid; error_log $folder/error notice; daemon off;
events { worker_connections 256; }
http {
  access_log off; sendfile on;
  client_body_temp_path $folder/a; proxy_temp_path $folder/b; fastcgi_temp_path $folder/c; uwsgi_temp_path $folder/d; scgi_temp_path $folder/e;
  ssl_certificate $work/certificate; ssl_certificate_key $work/key;
  server { listen $2:443 ssl http2; listen [$3]:443 ssl http2; root $work; }
}
END
  start "$1" nginx -c "$folder/conf" -e "$folder/error"
}
# fetch SIDE ADDRESS ADDRESS6
fetch() {
  local side=$1 copies=()
  local curl=(curl -sfg --cacert "$work/certificate" --resolve "one.example.org:443:$2" --resolve "six.example.org:443:$3")
  wait_for 10 "$side" "${curl[@]}" -o "$work/$side.first" https://one.example.org/octets
  for i in 1 2 3 4 5 6 7 8; do copies+=(-o "$work/$side.$i" https://one.example.org/octets); done
  limit "$side" "${curl[@]}" --http2 --parallel -w '%{http_version} %{num_connects}\n' "${copies[@]}" >"$work/$side.out"
  for i in first 1 2 3 4 5 6 7 8; do same "$octets" "$work/$side.$i"; done
  [ "$(grep -c '^2 ' "$work/$side.out")" -eq 8 ]
  limit "$side" "${curl[@]}" --http2 -o "$work/$side.six" https://six.example.org/octets
  same "$octets" "$work/$side.six"
  head -c 1000000 "$octets" >"$work/$side.part"
  limit "$side" "${curl[@]}" -C - -o "$work/$side.part" https://one.example.org/octets
  same "$octets" "$work/$side.part"
  head -c 2000000 "$octets" >"$work/$side.rest"
  limit "$side" wget -q --no-check-certificate -c -O "$work/$side.rest" "https://$2/octets"
  same "$octets" "$work/$side.rest"
}
check() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=one.example.org \
    -addext "subjectAltName=DNS:one.example.org,DNS:six.example.org" -keyout "$work/key" -out "$work/certificate" 2>/dev/null
  serve zsock 192.0.2.1 2001:db8::1
  fetch peer 192.0.2.1 2001:db8::1
  serve peer 192.0.2.2 2001:db8::2
  fetch zsock 192.0.2.2 2001:db8::2
}
