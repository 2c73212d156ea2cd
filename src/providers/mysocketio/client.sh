# The part for mysocketio. The service was shut down in 2022: these are the commands for its client, which can no longer connect.
client_files='publish.sh runtime.sh'
has_ids=yes
token=${HOME:-}/.mysocketio_token
# The proxy that was compiled in, or otherwise that of the environment.
proxy=${proxy:-${HTTPS_PROXY:-${https_proxy:-}}}

# id_other_than ID: the first other id in a table of mysocketctl.
id_other_than() {
  grep -Eo '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' | grep -vxF -e "${1:-none}" | head -n 1
}

# id_of NAME: the id of a socket that this script created.
id_of() {
  [ ! -f "$state/sockets" ] || awk -v name="$1" '$1 == name { print $2 }' "$state/sockets"
}

client_check() {
  if [ "$(how)" = compose ]; then
    # The file named in compose.yaml, relative to its directory.
    token=$bound_token
    private "$token" 'the token'
    fresh 'the token' <"$token"
    return
  fi
  need mysocketctl
  [ -e "$token" ] || fail 'no token; run: sh publish.sh login'
  private "$token" 'the token'
  fresh 'the token' <"$token"
  case $proxy in
    *@*) fail 'the proxy needs a password, which would be visible in the process list; use a proxy without a password' ;;
    '' | http://*:* | https://*:*) ;;
    *) fail "expected a proxy of the form http://host:port or https://host:port, found $proxy" ;;
  esac
  # Bars and spaces separate its columns. An existing socket with one of these names is not touched.
  check_taken=$(mysocketctl socket ls 2>&1) || fail "cannot read the account; tokens expire after 5 hours, so run: sh publish.sh login
$check_taken"
  sockets | cut -f 1 | while read -r name; do
    if printf '%s\n' "$check_taken" | tr -s '│|[:space:]' '\n' | grep -qxF -e "$name"; then
      fail "a socket named $name already exists and was not created by this script; delete it, or rename the node"
    fi
  done
}

# open_socket NAME TYPE HOST PORT [OPTION…]: creates a socket and a tunnel, and starts the client that connects them to a node.
open_socket() {
  [ -z "$stopping" ] || return 0
  name=$1 type=$2 host=$3 port=$4
  shift 4
  socket=$(id_of "$name")
  if [ -z "$socket" ]; then
    socket=$(mysocketctl socket create -t "$type" -n "$name" "$@" | id_other_than)
    [ -n "$socket" ] || fail "could not create socket $name; the account may be full, or the token older than 5 hours"
    printf '%s %s\n' "$name" "$socket" >>"$state/sockets"
  fi
  tunnel=$(mysocketctl tunnel create -s "$socket" | id_other_than "$socket")
  [ -n "$tunnel" ] || fail "could not create a tunnel for socket $name"
  mysocketctl tunnel connect --host "$host" -p "$port" -s "$socket" -t "$tunnel" ${proxy:+--proxy "$proxy"} &
  keep "$!"
  clients="$clients $!"
}

# Runs one client per socket. If one exits, ends the others.
client_run() {
  # End the clients that a killed script left.
  end_kept
  clients=''
  # shellcheck disable=SC2154 # the loop below sets it before the trap runs
  trap 'for client in $clients; do kill "$client" 2>/dev/null; done' EXIT
  hold_signals
  open_sockets
  take_signals
  while :; do
    for client in $clients; do
      kill -0 "$client" 2>/dev/null || fail 'a client has exited'
    done
    sleep 2 &
    wait "$!"
  done
}

client_rows() {
  if [ "$(how)" = compose ]; then
    # The container has the ids of its sockets.
    compose exec -T "$service" /bin/sh /publish/publish.sh rows 2>/dev/null && return
  fi
  rows_table=$(mysocketctl socket ls 2>/dev/null | sed 's/│/|/g' || :)
  sockets | while IFS=$tab read -r name type _ _ _ _ _ _ _; do
    id=$(id_of "$name")
    row=$(printf '%s\n' "$rows_table" | awk -F '|' -v id="${id:-none}" '
      { for (i = 2; i < NF; i++) gsub(/^ +| +$/, "", $i) } $2 == id { print $3 "\t" $4 "\t" $6; exit }')
    if [ -n "$row" ] && is_up; then standing=up; else standing=down; fi
    dns=$(plain_word "$(printf '%s\n' "$row" | cut -f 1)")
    ports=$(plain_word "$(printf '%s\n' "$row" | cut -f 2)")
    auth=$(plain_word "$(printf '%s\n' "$row" | cut -f 3)")
    [ "$standing$dns" != up- ] || standing='no usable address'
    case $type in
      http | https) address="https://$dns/" ;;
      *) address=$dns:$ports ;;
    esac
    row "${id:--}" "$dns" "$ports" "$type" "$auth" "$name" "$address" "$standing"
  done
}

# Prints why the client could not connect, from its log.
client_why() {
  why_log=$(last_words)
  printf '%s\n' "$why_log" | grep -F 'publish.sh: ' | sed 's/^.*publish.sh: //' | tail -n 1 | grep . || printf 'the client could not connect; sh publish.sh logs shows more\n'
}

# Deletes the sockets that this script created, and no others. A container does so itself when it stops.
client_close() {
  [ -f "$state/sockets" ] || return 0
  while read -r name socket; do
    mysocketctl socket delete -s "$socket" >/dev/null 2>&1 || say "socket $name ($socket) could not be deleted; delete it by hand"
  done <"$state/sockets"
  rm -f "$state/sockets"
}

client_mark() {
  mark=$(id_of "$1")
  printf '%s\n' "${mark:-$1}"
}

client_visit() {
  case $1 in
    tls) printf "ssh %s@%s -o 'ProxyCommand=mysocketctl client tls --host %%h'\n" "$visit_user" "$2" ;;
    *) visit_port "$@" ;;
  esac
}

client_login() {
  need mysocketctl
  mysocketctl login
  chmod 600 "$token"
}

# For `verify`.
client_door() {
  echo 'none the service no longer exists'
}
