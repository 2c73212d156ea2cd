# The part for bore. The client finds containers by name, because containerlab writes the names into /etc/hosts of this machine.
client_files='publish.sh runtime.sh'
# In a container it is at another path.
secret=${SECRET_FILE:-$secret}
NO_COLOR=1 RUST_BACKTRACE=0
# A second process, which asks the relay, comes every sixth second.
clients_nap=2
export NO_COLOR RUST_BACKTRACE

client_relay() {
  printf '%s\n' "$relay_host:$relay_port"
}

# Puts the secret into the environment, because every user of the machine can read arguments.
take_secret() {
  BORE_SECRET=$(secret_of "${BORE_SECRET:-}" "$secret" 'the relay secret') || exit 1
  # The client would use an empty value.
  if [ -n "$BORE_SECRET" ]; then export BORE_SECRET; else unset BORE_SECRET; fi
}

client_check() {
  [ -z "${HTTPS_PROXY:-${https_proxy:-}}" ] || say 'bore does not support proxies; HTTPS_PROXY is not used for its tunnels'
  take_secret
  if [ "$(how)" != compose ]; then
    need bore 'cargo install bore-cli --locked'
    answers "$relay_host" "$relay_port" || [ $? -eq 2 ] || fail "cannot connect to the relay: $relay_host:$relay_port"
  fi
}

client_prepare() {
  take_secret
  clients_record
}

client_wants() {
  sockets | awk -F '\t' -v OFS='\t' '{ sub(/.*:/, "", $5); print $1, $3, $4, $5 }'
}

client_settings() {
  printf '%s\n' "$runtime" "$relay_host" "$relay_port" "$secret"
}

# are_free LINES: whether nothing listens on the relay's ports yet.
are_free() {
  cut -f 4 "$1" | while IFS= read -r free_port; do
    ! answers "$relay_host" "$free_port" || exit 1
  done
}

# The relay notices within a second that a client has ended.
clients_wait() {
  wait_left=5
  while [ "$wait_left" -gt 0 ] && ! are_free "$1"; do
    sleep 1
    wait_left=$((wait_left - 1))
  done
}

clients_prepare() {
  end asking
  # Marks the start in the log.
  echo 'the clients start'
  asked=0 silent=0
}

# One process for each socket.
clients_start() {
  while IFS=$tab read -r name host port relay_socket; do
    [ -z "$stopping" ] || break
    bore local "$port" --local-host "$host" --to "$relay_host" --port "$relay_socket" </dev/null &
    started "$!" "$name"
  done <"$1"
}

clients_cut() {
  # The question might be asked for one of them.
  if [ -n "$question" ]; then
    kill "$question" 2>/dev/null || :
    wait "$question" 2>/dev/null || :
    question=''
  fi
  end_named "$(cut -f 1 "$1" | tr '\n' ' ')"
}

# For client_rows.
clients_closed() {
  cut -f 4 "$1" | sed 's/^/closed port /'
}

# A client only listens, so it does not notice that the relay hangs or cannot be reached. Every sixth second,
# this requests a port that the lab already has; a working relay refuses. After two requests without an answer, all clients restart.
clients_beat() {
  asked=$(((asked + 1) % 3))
  if [ -n "$question" ]; then
    if kill -0 "$question" 2>/dev/null; then
      [ "$asked" -eq 2 ] || return 0
      kill "$question" 2>/dev/null || :
    fi
    wait "$question" 2>/dev/null || :
    question=''
    answer='' line=''
    while IFS= read -r line || [ -n "$line" ]; do
      answer="$answer $line"
    done <"$state/question"
    case $answer in
      *'port already in use'*) silent=0 ;;
      *listening*) fail 'the relay no longer has the tunnels' ;;
      *)
        silent=$((silent + 1))
        [ "$silent" -lt 2 ] || fail 'the relay does not answer'
        ;;
    esac
  elif [ "$asked" -eq 0 ] && [ -s "$orders/open" ]; then
    IFS=$tab read -r _ host port relay_socket <"$orders/open"
    hold_signals
    bore local "$port" --local-host "$host" --to "$relay_host" --port "$relay_socket" >"$state/question" 2>&1 &
    question=$!
    # If this client is killed, it might still get the port.
    remember asking "$question"
    take_signals
  fi
}

client_rows() {
  if client_lives; then rows_client=yes; else rows_client=''; fi
  rows_listen=$(words | awk '
    /the clients start/ { split("", listens) }
    /listening at .*:[0-9]+$/ { sub(/.*:/, ""); listens[$0] = 1 }
    /^closed port [0-9]+$/ { delete listens[$3] }
    END { for (number in listens) printf " %s ", number }')
  standing_rows
}

# Reads the client's log too, because another program may have the port. In the foreground there is no log.
client_standing() {
  if [ -z "$rows_client" ]; then
    echo down
  elif [ "$(how)" != run ] && is_silent "${3##*:}"; then
    echo down
  elif ! port_answers "$3"; then
    echo 'not reachable on the relay'
  else
    echo up
  fi
}

# is_silent PORT: whether no client says that it has this port.
is_silent() {
  case $rows_listen in *" $1 "*) return 1 ;; *) ;; esac
}

# Prints why a client exited, from the log.
client_why() {
  why_log=$(last_words)
  why_name=$(printf '%s\n' "$why_log" | sed -n 's/.*publish.sh: the client for \(.*\) has exited.*/\1/p' | tail -n 1)
  why_name=${why_name:-a socket}
  case $why_log in
    *'port already in use'*) printf 'the relay port for %s is already in use: %s\n' "$why_name" "$(marked_port "$why_name")" ;;
    *'not in allowed range'*) printf 'the relay does not allow the port for %s; has its administrator set the range in relay.md?\n' "$why_name" ;;
    *'invalid secret'*) printf 'the relay rejected the secret\n' ;;
    *'no client secret was provided'*) printf 'the relay requires a secret; compile with --secret FILE, or set BORE_SECRET\n' ;;
    *'could not connect to'* | *'the relay does not answer'* | *'timed out'*) printf 'cannot reach the relay: %s:%s\n' "$relay_host" "$relay_port" ;;
    *) no_connection 'the client' "$why_log" ;;
  esac
}

client_close() {
  end asking
  rm -f "$state/question"
}

client_mark() {
  marked_port "$1"
}

client_login() {
  say 'bore has no login: the relay has a shared secret (see relay.md)'
}
