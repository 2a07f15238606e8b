# Apache as prefork and as event: workers of another user, sendfile and keep-alive, a CGI program, loaded by wrk and restarted meanwhile.
needs="apache2 curl wrk setpriv"
users=yes
modules=/usr/lib/apache2/modules
# serve MPM CGI_MODULE
serve() {
  local folder=$work/$1
  mkdir "$folder"
  chown www-data "$folder"
  cat >"$folder/conf" <<END
LoadModule mpm_$1_module $modules/mod_mpm_$1.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule $2_module $modules/mod_$2.so
ServerRoot $folder
ServerName zsock.example.org
PidFile $folder/pid
DefaultRuntimeDir $folder
ErrorLog $folder/error
User www-data
Group www-data
StartServers 2
Listen 192.0.2.1:80
Listen [2001:db8::1]:80
EnableSendfile On
DocumentRoot $work/pages
<Directory $work/pages>
Require all granted
Options +ExecCGI
<Files *.cgi>
SetHandler cgi-script
</Files>
</Directory>
END
  [ "$2" = cgi ] || echo "ScriptSock $folder/socket" >>"$folder/conf"
  start setsid zsock apache2 -D FOREGROUND -f "$folder/conf"  # it ends its whole process group
  wait_for 10 peer curl -sf -o /dev/null http://192.0.2.1/small
}
exercise() {
  local server=${started[-1]} log=$work/$1/error
  limit peer curl -sf -o "$work/v4" http://192.0.2.1/octets
  same "$octets" "$work/v4"
  limit peer curl -sfg -o "$work/v6" 'http://[2001:db8::1]/octets'
  same "$octets" "$work/v6"
  [ "$(limit peer curl -sf --data-binary "@$octets" http://192.0.2.1/sum.cgi)" = "$(sha256sum <"$octets")" ]
  start peer wrk -d 3 -c 20 -t 2 http://192.0.2.1/small
  local load=${started[-1]} out=$work/log.$((${#started[@]} - 1))
  sleep 1
  kill -USR1 "$server"
  sleep 0.5
  limit peer curl -sf -o "$work/restarted" http://192.0.2.1/octets
  same "$octets" "$work/restarted"
  wait "$load"
  ! grep -E "Non-2xx|Socket errors: connect [1-9]" "$out" || return 1
  [ "$(awk '/requests in/ {print $1}' "$out")" -gt 200 ]
  stop "$server"
  ! grep -E ":(error|crit|alert|emerg)\]" "$log" || return 1
}
check() {
  mkdir "$work/pages"
  cp "$octets" "$work/pages/octets"
  printf 'small\n' >"$work/pages/small"
  printf '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"\nexec sha256sum\n' >"$work/pages/sum.cgi"
  chmod 755 "$work/pages" "$work/pages/sum.cgi"
  serve prefork cgi
  exercise prefork
  serve event cgid
  exercise event
}
