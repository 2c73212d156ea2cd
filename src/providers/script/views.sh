# The sockets that `visit` can show: name, port, node.
visible() {
  sockets | cut -f 1,4,8
  folded | cut -f 1,4,7
}

# The rows of client_rows, safe to print. A socket that the client does not report gets a row too.
rows() {
  { client_rows | printable; echo; sockets; } | awk -F '\t' -v OFS='\t' '
    $0 == "" { is_plan = 1; next }
    !is_plan { seen[$6] = 1; print }
    is_plan && !($1 in seen) { print "-", "-", "-", $2, $7, $1, "-", "not known" }'
}

# openness: what is open, compared with what this script opens: `nothing`; the `same`; `less`, because sockets were added since; or
# `other`, because something that is open is no longer in the lab, or is another socket now.
openness() {
  if ! is_up; then
    echo nothing
  elif same_sockets; then
    echo same
  elif only_more; then
    echo less
  else
    echo other
  fi
}

# gone: the sockets that are open, but no longer in the lab, because it was compiled since: name, address. Those that lead elsewhere now, or
# for other people, are not among them.
gone() {
  [ -f "$state/sockets-open" ] || return 0
  sockets | awk -F '\t' -v OFS='\t' '
    FILENAME == ARGV[1] { was[$1] = $5; next }
    { delete was[$1] }
    END { for (name in was) print name, was[name] }' "$state/sockets-open" -
}

# status [--json]: prints a table, or JSON. The state comes from the client and the relay. Returns 1 unless every socket is up.
status() {
  case ${1:-}:$# in :0 | --json:1) ;; *) usage 'status [--json]' ;; esac
  [ -n "${HOME:-}${XDG_STATE_HOME:-}" ] || fail 'HOME is not set, so it is not known what is open'
  same_sockets || say 'the lab was recompiled after its tunnels were opened, and this is the new version; run sh publish.sh up'
  ! is_node_old || say "the lab was compiled again after its node was deployed, and this is the new version; run containerlab deploy -t $(node_deploys)"
  if [ -n "$node" ]; then status_opens="containerlab deploy -t $(node_deploys)"; else status_opens='sh publish.sh up'; fi
  (same_sources) 2>/dev/null || say "the topology, its entries, or its settings changed after this was compiled; run publish-plan compile, then $status_opens"
  client_notes
  status_gone=$(gone | awk -F '\t' '{ printf " %s (%s)", $1, $2 }')
  [ -z "$status_gone" ] || say "still open, but no longer in the lab:$status_gone"
  status_verified=$(last_verification)
  [ -z "$status_verified" ] || say "$status_verified"
  status_rows=$(rows)
  status_closes=$(closes_in)
  if [ "${1:-}" = --json ]; then
    printf '{"version":1,"lab":%s,"open":"%s","how":"%s","closes_in":%s,"sockets":[' "$lab_json" "$(openness)" "$(how)" "${status_closes:-null}"
    { sockets; echo; printf '%s\n' "$status_rows"; } | awk -F '\t' '
      function json_text(words) { gsub(/[\\"]/, "\\\\&", words); return "\"" words "\"" }
      $0 == "" { is_row = 1; next }
      !is_row { type[$1] = $2; target[$1] = ($3 ~ /:/ ? "[" $3 "]" : $3) ":" $4; audience[$1] = $6; node[$1] = $8; next }
      {
        printf "%s\n{\"id\":%s,\"dns_name\":%s,\"ports\":%s,\"address\":%s,\"standing\":%s,\"name\":%s,\"node\":%s,", comma, \
          json_text($1), json_text($2), json_text($3), json_text($7), json_text($8), json_text($6), json_text(node[$6])
        printf "\"type\":%s,\"target\":%s,\"audience\":%s}", json_text(type[$6]), json_text(target[$6]), json_text(audience[$6])
        comma = ","
      }'
    printf '\n]}\n'
  else
    # The most important columns come first and fit into 80 columns in most labs.
    { sockets; echo; printf '%s\n' "$status_rows"; } | awk -F '\t' -v OFS='\t' -v closes="$status_closes" -v has_ids="$has_ids" "$closing"'
      BEGIN { closes = closing(closes); print "NODE", "STATE", "ADDRESS", "AUDIENCE", "CLOSES", "NAME" (has_ids == "" ? "" : "\tSOCKET ID\tCLOUD AUTH") }
      $0 == "" { is_row = 1; next }
      !is_row { node[$1] = $8; audience[$1] = $6; next }
      {
        print ($6 in node ? node[$6] : "-"), $8, $7, ($6 in node ? audience[$6] : "-"), closes, $6 \
          (has_ids == "" ? "" : "\t" $1 "\t" $5)
      }' | aligned
  fi
  if [ -n "$status_gone" ] || printf '%s\n' "$status_rows" | cut -f 8 | grep -qvxF up; then
    return 1
  fi
}

# visit WORD [PORT]: prints how to connect to a socket, and its audience.
visit() {
  visit_name=$(visible | sockets_named "$@")
  visit_folded=$(folded | awk -F '\t' -v name="$visit_name" '$1 == name { print $5; print "# " $6 }')
  if [ -n "$visit_folded" ]; then
    printf '%s\n' "$visit_folded"
    return 0
  fi
  visit_row=$(rows | awk -F '\t' -v name="$visit_name" '$6 == name')
  # shellcheck disable=SC2034 # the provider's part reads it
  visit_user=$(sockets | awk -F '\t' -v name="$visit_name" '$1 == name { print $9 }')
  printf '%s\n' "$visit_row" | {
    IFS=$tab read -r _ dns ports type _ name address standing _
    [ "$standing" = up ] || say "this socket is not reachable now: $standing"
    if [ -n "$jump" ]; then
      printf '%s\n' "$jump"
    else
      is_place "$dns" "$ports" "$address" || fail "the address of $name is not known: $address"
      client_visit "$type" "$dns" "$ports" "$address" "$name"
    fi
    sockets | awk -F '\t' -v name="$name" '$1 == name { print "# " $6 }'
  }
}

# is_place HOST PORT ADDRESS: whether these are safe in a command to paste.
is_place() {
  [ "$1" != - ] && only '0-9,-' "$2" && [ "$1" = "$(plain_word "$1")" ] && [ "$3" = "$(plain_word "$3")" ]
}

# logs [WORD [PORT]] [-f]: prints the client's log, or its lines about a socket.
logs() {
  logs_word='' logs_port='' logs_socket='' logs_follow=''
  for argument in "$@"; do
    case $argument in
      -f) logs_follow=yes ;;
      '' | -*) usage 'logs [SOCKET] [-f]' ;;
      *)
        [ -z "$logs_port" ] || usage 'logs [SOCKET] [-f]'
        if [ -z "$logs_word" ]; then logs_word=$argument; else logs_port=$argument; fi
        ;;
    esac
  done
  if [ -n "$logs_word" ]; then
    logs_socket=$(sockets | cut -f 1,4,8 | sockets_named "$logs_word" "$logs_port")
  fi
  case $(how) in
    host) set -- follow_log "$logs_follow" ;;
    compose | node) set -- shown_log "$logs_follow" ;;
    *) fail 'nothing is open' ;;
  esac
  if [ -n "$logs_socket" ]; then
    "$@" | grep -F -e "$logs_socket" -e "$(client_mark "$logs_socket")" || say "the log has no line about $logs_socket"
  else
    "$@"
  fi
}

# shown_log [yes]: prints the container's log; with an argument, new lines too.
shown_log() {
  if [ -z "$1" ]; then
    container_log 2>&1 | tr -d '\r' | printable
  else
    container_log -f 2>&1 | printable_lines
  fi
}

# follow_log [yes]: prints the log; with an argument, new lines too until the tunnels are closed.
follow_log() {
  follow_seen=0
  while :; do
    # Test this first, so that the last lines are printed too.
    if [ -n "$1" ] && is_up; then follow_more=yes; else follow_more=''; fi
    follow_lines=$({ wc -l <"$state/log"; } 2>/dev/null) || return 0
    if [ "$follow_lines" -gt "$follow_seen" ]; then
      LC_ALL=C sed -n "$((follow_seen + 1)),$((follow_lines))p" "$state/log" | tr -d '\r' | printable
      follow_seen=$((follow_lines))
    fi
    [ -n "$follow_more" ] || return 0
    sleep 1
  done
}

# Prints the sockets: name, type, host, port, address or how to connect, audience.
list() {
  {
    sockets | cut -f 1-6
    folded | cut -f 1-6
  } | printable
}

# Prints the file for visitors, with the current address of the jump host.
ssh_config() {
  rows | {
    IFS=$tab read -r _ dns ports _ _ name address standing _
    [ "$standing" = up ] || fail "the jump host is not up, so its address is not known: $name: $standing"
    is_place "$dns" "$ports" "$address" || fail "the address of the jump host is not known: $address"
    case $ports in '' | *[!0-9]*) ports=22 ;; *) ;; esac
    sed "s/jump-host\.invalid/$dns/; s/^  Port 65535\$/  Port $ports/" "$here/ssh_config"
  }
}

