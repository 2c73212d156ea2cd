# The part for bore. The client finds containers by name, because containerlab writes the names into /etc/hosts of this machine.
client_files='publish.sh runtime.sh'
# In a container it is at another path.
secret=${SECRET_FILE:-$secret}
NO_COLOR=1 RUST_BACKTRACE=0
export NO_COLOR RUST_BACKTRACE

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
}

# open_socket NAME HOST PORT RELAY-PORT: starts the client of one socket.
open_socket() {
  [ -z "$stopping" ] || return 0
  bore local "$3" --local-host "$2" --to "$relay_host" --port "$4" &
  keep "$!"
  clients="$clients $!"
  first=${first:-"$2 $3 $4"}
  names="$names $1"
}

# Whether something already listens on one of the relay's ports.
is_held() {
  for held_port in $(sockets | cut -f 5 | sed 's/.*://'); do
    if answers "$relay_host" "$held_port"; then
      return 0
    fi
  done
  return 1
}

# Runs one client per socket. If one exits, ends the others.
client_run() {
  # End the clients that a killed script left; the relay notices within a second.
  end_kept
  run_left=5
  while [ "$run_left" -gt 0 ] && is_held; do
    sleep 1
    run_left=$((run_left - 1))
  done
  # Marks the start in the log.
  echo 'the clients start'
  clients='' names='' first='' question='' asked=0 silent=0
  # shellcheck disable=SC2154 # the loop below sets it before the trap runs
  trap 'for client in $clients $question; do kill "$client" 2>/dev/null; done' EXIT
  hold_signals
  while IFS=$tab read -r name _ host port address _; do
    open_socket "$name" "$host" "$port" "${address##*:}"
  done <<END
$(sockets)
END
  take_signals
  while :; do
    # shellcheck disable=SC2086 # one word per name
    set -- $names
    for client in $clients; do
      kill -0 "$client" 2>/dev/null || fail "the client for $1 has exited"
      shift
    done
    ask_relay
    sleep 1 &
    wait "$!"
  done
}

# Called every second. A client only listens, so it does not notice that the relay hangs or cannot be reached. Every fifth second,
# this requests a port that the lab already has; a working relay refuses. After two requests without an answer, all clients restart.
ask_relay() {
  asked=$(((asked + 1) % 5))
  if [ -n "$question" ]; then
    if kill -0 "$question" 2>/dev/null; then
      [ "$asked" -eq 4 ] || return 0
      kill "$question" 2>/dev/null || :
    fi
    wait "$question" 2>/dev/null || :
    question=''
    case $(cat "$state/question") in
      *'port already in use'*) silent=0 ;;
      *listening*) fail 'the relay no longer has the tunnels' ;;
      *)
        silent=$((silent + 1))
        [ "$silent" -lt 2 ] || fail 'the relay does not answer'
        ;;
    esac
  elif [ "$asked" -eq 0 ]; then
    # shellcheck disable=SC2086 # three words
    set -- $first
    bore local "$2" --local-host "$1" --to "$relay_host" --port "$3" >"$state/question" 2>&1 &
    question=$!
  fi
}

client_rows() {
  if client_lives; then rows_client=yes; else rows_client=''; fi
  rows_log=$(words | awk '/the clients start/ { text = "" } { text = text "\n" $0 } END { print text }')
  standing_rows
}

# Reads the client's log too, because another program may have the port. In the foreground there is no log.
client_standing() {
  if [ -z "$rows_client" ]; then
    echo down
  elif [ "$(how)" != run ] && ! printf '%s\n' "$rows_log" | grep -q "listening at .*:${3##*:}\$"; then
    echo down
  elif ! port_answers "$3"; then
    echo 'not reachable on the relay'
  else
    echo up
  fi
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
  rm -f "$state/question"
}

client_mark() {
  marked_port "$1"
}

client_login() {
  say 'bore has no login: the relay has a shared secret (see relay.md)'
}
