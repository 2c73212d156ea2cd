# The part for ssh. The client finds containers by name, because containerlab writes the names into /etc/hosts of this machine.
client_files=relay.ssh_config
# What the relay's administrator does before it accepts the key.
relay_setup='added the authorized_keys line and the settings in relay.md'
relay_word=relay

client_relay() {
  printf '%s\n' "$relay_host:$relay_port"
}

# Whether NO_PROXY excludes the relay from the proxy.
is_direct() {
  printf '%s\n' "${NO_PROXY:-${no_proxy:-}}" | tr ',' '\n' | tr -d ' ' | awk -v host="$relay_host" -v port="$relay_port" '
    { sub(/^\./, ""); sub(":" port "$", "") }
    $0 == "*" || ($0 != "" && (host == $0 || substr(host, length(host) - length($0)) == "." $0)) { found = 1 }
    END { exit !found }'
}

# Sets proxy_command from the proxy that was compiled in, or otherwise from HTTPS_PROXY.
find_proxy() {
  proxy_command=''
  if [ -z "$proxy" ] && ! is_direct; then
    proxy=${HTTPS_PROXY:-${https_proxy:-}}
  fi
  [ -n "$proxy" ] || return 0
  case $proxy in
    *@*) fail 'the proxy needs a password, which would be visible in the process list; use a proxy without a password' ;;
    http://*:*) ;;
    *) fail "ssh supports only proxies of the form http://host:port, not $proxy" ;;
  esac
  proxy_place=${proxy#http://}
  proxy_place=${proxy_place%%/*}
  proxy_host=${proxy_place%:*} proxy_port=${proxy_place##*:}
  case $proxy_port in '' | *[!0-9]*) fail "expected a proxy of the form http://host:port, found $proxy" ;; *) ;; esac
  case $proxy_host in '' | *[!A-Za-z0-9._-]*) fail "expected a proxy of the form http://host:port, found $proxy" ;; *) ;; esac
  if command -v socat >/dev/null 2>&1; then
    proxy_command="socat - PROXY:$proxy_host:%h:%p,proxyport=$proxy_port"
  elif nc -h 2>&1 | grep -q -e '-X'; then
    proxy_command="nc -X connect -x $proxy_host:$proxy_port %h %p"
  else
    fail 'a proxy needs socat or the OpenBSD nc'
  fi
}

client_check() {
  if [ "$(how)" != compose ]; then
    need ssh 'install the package openssh-client'
    find_proxy
    if [ -n "$proxy" ]; then
      answers "$proxy_host" "$proxy_port" || [ $? -eq 2 ] || fail "cannot connect to the proxy: $proxy"
    else
      answers "$relay_host" "$relay_port" || [ $? -eq 2 ] || fail "cannot connect to the $relay_word: $relay_host:$relay_port"
    fi
  fi
  private "$identity" 'the relay key'
  if [ -z "${SSH_AUTH_SOCK:-}" ] && command -v ssh-keygen >/dev/null 2>&1 &&
    ! ssh-keygen -y -P '' -f "$identity" >/dev/null 2>&1; then
    fail "the relay key has a passphrase, which the client cannot ask for: $identity; use a key without a passphrase, or load it into ssh-agent"
  fi
  # ssh would read the rest of the path as the names of other files.
  case $known_hosts in *\"*) fail "the path of the file with the relay's host key contains a quote, which ssh does not support: $known_hosts" ;; *) ;; esac
  [ -r "$known_hosts" ] || fail "the file with the relay's host key is not readable: $known_hosts; create it with ssh-keyscan -p $relay_port $relay_host >FILE, and verify the key with the relay's administrator"
}

client_prepare() {
  find_proxy
  # For later commands, whose environment may be different.
  printf '%s\n' "$proxy" >"$state/proxy"
  # In a directory of its own: ssh does not accept long paths here, and expands % and $.
  mktemp -d /tmp/publish-plan.XXXXXX >"$state/control"
  clients_record
}

# Prints the directory of the control sockets, one for each process.
control() {
  cat "$state/control" 2>/dev/null || echo /nonexistent
}

client_wants() {
  forwards
}

client_settings() {
  find_proxy
  printf '%s\n' "$runtime" "$identity" "$known_hosts" "$proxy"
  sed -e '/^ *#/d' -e '/^ *RemoteForward /d' "$here/relay.ssh_config"
}

clients_prepare() {
  controls=$(control) controls_count=0
  rm -f "$controls"/client.* "$controls"/started.*
  # Without the sockets, which each process gets as arguments.
  sed '/^ *RemoteForward /d' "$taken/relay.ssh_config" >"$controls/config"
  cd -- "$here" || exit
}

# One process, with one connection to the relay, for all sockets that are opened at a time: the relay lets a connection listen only on the
# ports that its key had when it logged in.
clients_start() {
  start_lines=$1
  controls_count=$((controls_count + 1))
  # Pass the paths here: ssh expands ~ to the home directory of the account, this script to HOME.
  set -- -F "$controls/config" -M -S "$controls/client.$controls_count" -i "$(no_tokens "$identity")" -o "UserKnownHostsFile=\"$(no_tokens "$known_hosts")\""
  [ -z "$proxy_command" ] || set -- "$@" -o "ProxyCommand=$proxy_command"
  while IFS=$tab read -r _ bind target; do
    set -- "$@" -R "$bind:$target"
  done <"$start_lines"
  cp "$start_lines" "$controls/started.$controls_count" || exit 1
  ssh "$@" relay &
  started "$!" "-$controls_count"
}

clients_ended() {
  rm -f "$controls/started.${1#-}" "$controls/client.${1#-}"
}

# A process whose sockets are all gone ends. Of others, the relay stops listening for what is gone; a connection that is already there could
# only be ended with all others of its process.
clients_cut() {
  cut_lines=$1 cut_ends=''
  for cut_started in "$controls"/started.*; do
    lines_without "$cut_started" "$cut_lines" >"$controls/stays" && lines_without "$cut_started" "$controls/stays" >"$controls/goes" || return 1
    if [ ! -s "$controls/goes" ]; then
      continue
    elif [ ! -s "$controls/stays" ]; then
      cut_ends="$cut_ends -${cut_started##*.}"
      continue
    fi
    while IFS=$tab read -r _ bind target; do
      # The exit code is 0 also if it fails.
      cut_said=$(limited 5 ssh -F /dev/null -S "$controls/client.${cut_started##*.}" -O cancel -R "$bind:$target" relay </dev/null 2>&1) || return 1
      [ -z "$cut_said" ] || return 1
    done <"$controls/goes"
    while IFS=$tab read -r _ _ target; do
      ! is_used "${target%:*}" "${target##*:}" || return 2
    done <"$controls/goes"
    mv "$controls/stays" "$cut_started" || return 1
  done
  end_named "$cut_ends"
}

client_lives() {
  if in_container; then
    contained ssh -F /publish/relay.ssh_config -S /tmp/relay -O check relay >/dev/null 2>&1
    return
  fi
  lives_controls=$(control)
  for lives_started in "$lives_controls"/started.*; do
    limited 5 ssh -F "$taken/relay.ssh_config" -S "$lives_controls/client.${lives_started##*.}" -O check relay >/dev/null 2>&1 || return 1
  done
}

client_rows() {
  if client_lives; then rows_client=yes; else rows_client=''; fi
  rows_proxy=$(cat "$state/proxy" 2>/dev/null || printf '%s\n' "$proxy")
  standing_rows
}

client_standing() {
  if [ -z "$rows_client" ]; then
    echo down
  elif [ -z "$rows_proxy" ] && ! port_answers "$3"; then
    echo 'not reachable on the relay'
  else
    echo up
  fi
}

# name_at_port PORT: the socket that has a port of the relay.
name_at_port() {
  forwards | awk -F '\t' -v port="$1" '{ sub(/.*:/, "", $2) } $2 == port { print $1 }'
}

# why_refused PORT NAME: what to check if the relay does not let the key listen on a port.
why_refused() {
  printf 'the relay refused port %s for %s; check that the authorized_keys line and PermitListen from relay.md name it, that the line is the only one for this key, and that nothing else on the relay uses the port\n' "$1" "$2"
}

# What to check if the client is connected and visitors still cannot connect.
why_unreachable() {
  printf 'the client is connected, but its ports on the relay cannot be reached from here; check GatewayPorts clientspecified on the relay, and any firewalls\n'
}

# Prints why the client exited, from its log.
client_why() {
  why_log=$(last_words)
  why_port=$(printf '%s\n' "$why_log" | sed -n 's/.*remote port forwarding failed for listen port \([0-9]*\).*/\1/p' | tail -n 1)
  why_name=$(name_at_port "$why_port")
  if [ "$(how)" = host ] && [ ! -f "$orders/refused" ] && client_lives; then
    why_unreachable
    return
  fi
  case $why_log in
    *'remote port forwarding failed'*)
      if answers "$relay_host" "$why_port"; then
        printf '%s port %s is already in use, so %s cannot use it\n' "$relay_word" "$why_port" "$why_name"
      else
        why_refused "$why_port" "$why_name"
      fi
      ;;
    *'REMOTE HOST IDENTIFICATION HAS CHANGED'* | *'Host key verification failed'* | *'host key is known for'*)
      printf "the %s's host key does not match %s; ask its administrator before you change that file\n" "$relay_word" "$known_hosts"
      ;;
    *'Permission denied'*) printf 'the %s rejected the key %s; has its administrator %s?\n' "$relay_word" "$identity" "$relay_setup" ;;
    *'Connection closed by UNKNOWN'* | *'E CONNECT'*)
      printf 'the proxy blocked the connection to the %s: %s\n' "$relay_word" "$proxy"
      ;;
    *'Connection refused'* | *'timed out'* | *'No route to host'* | *'Could not resolve'*)
      printf 'cannot reach the %s: %s:%s\n' "$relay_word" "$relay_host" "$relay_port"
      ;;
    *) no_connection 'the client' "$why_log" ;;
  esac
}

client_close() {
  [ ! -f "$state/control" ] || rm -rf "$(cat "$state/control")"
  rm -f "$state/control" "$state/proxy"
}

client_mark() {
  forwards | awk -F '\t' -v name="$1" '$1 == name { sub(/.*:/, "", $2); print "port " $2 }'
}

client_login() {
  say "ssh has no login: the relay accepts the key $identity once its administrator has added the authorized_keys line (see relay.md)"
}
