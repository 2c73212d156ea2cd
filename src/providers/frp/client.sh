# The part for frp. The client finds containers by name, because containerlab writes the names into /etc/hosts of this machine.
client_files=frpc.toml
FRP_TOKEN_FILE=$secret
export FRP_TOKEN_FILE

client_relay() {
  printf '%s\n' "$relay_host:$relay_port"
}

client_check() {
  private "$FRP_TOKEN_FILE" 'the relay token'
  [ "$(how)" != compose ] || return 0
  need frpc 'see https://github.com/fatedier/frp'
  # The client inserts the name into a quoted string of its configuration.
  case $FRP_TOKEN_FILE in
    *\"* | *\\*) fail "the token file name contains a quote or a backslash, which frp cannot read: $FRP_TOKEN_FILE" ;;
    *) ;;
  esac
  if [ -z "$proxy" ]; then
    answers "$relay_host" "$relay_port" || [ $? -eq 2 ] || fail "cannot connect to the relay: $relay_host:$relay_port"
  fi
  check_said=$(frpc verify -c "$taken/frpc.toml" 2>&1) || fail "the client rejected frpc.toml: $check_said"
}

client_prepare() {
  clients_record
}

client_wants() {
  sockets | awk -F '\t' -v OFS='\t' '{ print $1, $2, $3, $4, $5 }'
}

# With what comes before the sockets in frpc.toml.
client_settings() {
  printf '%s\n' "$runtime" "$relay_host" "$relay_port" "$secret" "$proxy"
  sed '/^\[\[proxies\]\]/,$d' "$here/frpc.toml"
}

# The client is one process, which changes by `frpc reload` (frp 0.66.0, observed): sockets that are not named in `start` any more are closed,
# new ones open, and the others go on. It reads the file that it was started with. For that it listens on a port of this machine, behind
# a password that only this user can read.
client_run() {
  run_port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 30000))
  cp "$taken/frpc.toml" "$orders/all.toml" || exit 1
  cat >"$orders/admin.toml" <<END
webServer.addr = "127.0.0.1"
webServer.port = $run_port
webServer.user = "publish"
webServer.password = "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
END
  frp_write "$orders/open" || exit 1
  exec frpc -c "$orders/frpc.toml"
}

# frp_write LINES: writes the client's file, with the sockets of these lines.
frp_write() {
  {
    cat "$orders/admin.toml" &&
      printf 'start = [%s]\n' "$(cut -f 1 "$1" | sed 's/.*/"&"/' | tr '\n' ',')" &&
      # Without any name, every socket would start.
      if [ -s "$1" ]; then cat "$orders/all.toml"; else sed '/^\[\[proxies\]\]/,$d' "$orders/all.toml"; fi
  } >"$orders/frpc.new" && mv "$orders/frpc.new" "$orders/frpc.toml"
}

# frp_reload LINES: from now on, these sockets are open. Returns 1 if the client does not take them.
frp_reload() {
  frp_write "$1" && limited 10 frpc reload -c "$orders/frpc.toml" >"$orders/said" 2>&1
}

# order WORD LINES: what other clients of several processes do in their own process.
order() {
  order_is=no
  case $1 in
    less)
      frp_reload "$orders/stays" || return 1
      order_is=used
      # A connection that is already there goes on after a reload.
      clients=$(cut -d ' ' -f 1 "$state/client")
      while IFS=$tab read -r _ _ order_host order_port _; do
        ! is_used "$order_host" "$order_port" || return 1
      done <"$2"
      ;;
    more) cp "$here/frpc.toml" "$orders/all.toml" && frp_reload "$orders/wanted" || return 1 ;;
    undo) frp_reload "$orders/stays" || return 1 ;;
    *) lives client ;;
  esac
}

# Whether it runs; in a container, as ever.
client_lives() {
  if in_container; then is_up; else lives client; fi
}

client_rows() {
  if client_lives; then rows_client=yes; else rows_client=''; fi
  rows_log=$(words)
  standing_rows
}

# The last line that the client logged about a socket: `[NAME] start proxy success`, or `[NAME] start error: REASON` with the relay's
# text (frp 0.70.0, client/control.go, handleNewProxyResp). After a reconnect, the client starts all sockets again. In the foreground
# it logs to the terminal, not to a file.
client_standing() {
  if [ -z "$rows_client" ]; then
    echo down
    return
  elif [ "$(how)" = run ]; then
    echo 'not known'
    return
  fi
  standing_said=$(printf '%s\n' "$rows_log" | awk -v mark="[$1]" '
    # The rest of the line comes from the relay and could look like any other line.
    error = index($0, "] start error: ") {
      if (index(substr($0, 1, error + 14), mark " start error: ")) said = "refused: " substr($0, error + 15)
      next
    }
    /try to connect to server/ { said = "down" }
    # After a reload: `proxy removed: [NAME NAME]`.
    /proxy removed: \[/ {
      gone = $0
      sub(/.*proxy removed: \[/, "", gone)
      sub(/\].*/, "", gone)
      if (index(" " gone " ", " " substr(mark, 2, length(mark) - 2) " ")) said = "down"
    }
    index($0, mark " start proxy success") { said = "up" }
    END { print said == "" ? "down" : said }' | tr '\t|' '  ')
  if [ "$standing_said" = up ] && [ "$2" = tcp ] && [ -z "$proxy" ] && ! port_answers "$3"; then
    standing_said='not reachable on the relay'
  fi
  printf '%s\n' "$standing_said"
}

# Prints why a socket is not up, from the client's log. A port is `already used` if another client of the relay has it, and
# `unavailable` if another program has it (frp 0.70.0, server/ports/ports.go).
client_why() {
  why_log=$(last_words)
  why_refused=$(client_rows | awk -F '\t' '$8 ~ /^refused/ { print $6 ": " substr($8, 10); exit }')
  case $why_log in
    *'port already used'* | *'port unavailable'*) printf 'a relay port is already in use, for %s\n' "$why_refused" ;;
    *'port not allowed'*) printf 'the relay does not allow a port, for %s; has its administrator installed frps.toml?\n' "$why_refused" ;;
    *'router config conflict'* | *'already exists'*) printf 'the relay already has a socket with this name, for %s\n' "$why_refused" ;;
    *"token in login doesn't match"* | *'authorization failed'*) printf 'the relay rejected the token in %s\n' "$FRP_TOKEN_FILE" ;;
    *'connection refused'* | *'i/o timeout'* | *'no such host'* | *'no route to host'*)
      printf 'cannot reach the relay: %s:%s\n' "$relay_host" "$relay_port"
      ;;
    *)
      if [ -n "$why_refused" ]; then
        printf 'the relay refused %s\n' "$why_refused"
      else
        no_connection 'the client' "$why_log"
      fi
      ;;
  esac
}

client_mark() {
  printf '[%s]\n' "$1"
}

client_visit() {
  case $1 in
    tls) printf 'openssl s_client -connect %s -servername %s\n' "$4" "$2" ;;
    *) visit_port "$@" ;;
  esac
}

client_login() {
  say 'frp has no login: the relay has a shared token (see relay.md)'
}

# For `verify`: a name that the relay does not know, and a node that does not answer, get the same page with status 404 (frp 0.66.0, observed).
client_unplanned() {
  sockets | awk -F '\t' '
    $2 == "http" && !found {
      found = $5
      sub(/^http:\/\/[^.\/]*\./, "", found)
      sub(/\/.*/, "", found)
      host = $5
      sub(/^http:\/\//, "", host)
      sub(/\/.*/, "", host)
      if (host !~ /:[0-9]+$/) host = host ":80"
      print "http " found " " host
    }'
}
