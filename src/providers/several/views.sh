# status [--json]: the sockets of all providers, in one table or as JSON. Returns 1 unless every socket is up.
status() {
  case ${1:-}:$# in :0 | --json:1) ;; *) usage 'status [--json] [--only PROVIDER]' ;; esac
  status_said=$(asked status --json)
  if [ "${1:-}" = --json ]; then
    LAB=$lab_json awk -F '\t' "$read_json"'
      match(said, /"open":"[a-z]+","how":"[a-z]*","closes_in":[a-z0-9]+,"sockets":\[$/) {
        providers = providers (providers == "" ? "" : ",") "{\"name\":\"" $1 "\"," substr(said, RSTART, RLENGTH - 12) "}"
      }
      index(said, "{\"id\":") == 1 {
        sub(/,$/, "", said)
        sockets = sockets (sockets == "" ? "" : ",") "\n{\"provider\":\"" $1 "\"," substr(said, 2)
      }
      END { printf "{\"version\":2,\"lab\":%s,\"providers\":[%s],\"sockets\":[%s\n]}\n", ENVIRON["LAB"], providers, sockets }' <<END
$status_said
END
  else
    awk -F '\t' -v OFS='\t' "$closing$read_json"'
      BEGIN { print "NODE", "STATE", "ADDRESS", "AUDIENCE", "PROVIDER", "CLOSES", "NAME" }
      match(said, /"closes_in":[a-z0-9]+,"sockets":\[$/) { closes = closing(substr(said, RSTART + 12, RLENGTH - 24)) }
      index(said, "{\"id\":") == 1 {
        read_json(said)
        print value["node"], value["standing"], value["address"], value["audience"], $1, closes, value["name"]
      }' <<END | aligned
$status_said
END
  fi
  status_codes=$(
    exit_codes <<END
$status_said
END
  )
  for status_code in $status_codes; do
    [ "$status_code" = 0 ] || return 1
  done
}

# chosen_sockets: the rows of the sockets of the chosen providers.
chosen_sockets() {
  sockets | CHOSEN=" $chosen" awk -F '\t' 'index(ENVIRON["CHOSEN"], " " $4 " ")'
}

# find WORD [PORT]: sets found to the name of the socket that is meant, and found_at to its provider. Stops if it is not the only one.
find_socket() {
  # What two providers open is one socket here.
  found=$(chosen_sockets | cut -f 1-3 | sort -u | sockets_named "$@")
  found_at=$(chosen_sockets | FOUND=$found awk -F '\t' '$1 == ENVIRON["FOUND"] { printf " %s", $4 }')
  found_at=${found_at# }
  case $found_at in *' '*) fail "$found is open with several providers; add --only and one of: $found_at" ;; *) ;; esac
}

# visit WORD [PORT]: prints how to connect to a socket, and its audience.
visit() {
  case $#:${1:-} in 1:?* | 2:?*) ;; *) usage 'visit SOCKET [--only PROVIDER]' ;; esac
  find_socket "$@"
  of "$found_at" visit "$found"
}

# logs [WORD [PORT]] [-f]: prints the logs of the clients, with the provider before each line, or what one of them says about a socket.
logs() {
  logs_word='' logs_port='' logs_follow=''
  for argument in "$@"; do
    case $argument in
      -f) logs_follow=-f ;;
      '' | -*) usage 'logs [SOCKET] [-f] [--only PROVIDER]' ;;
      *)
        [ -z "$logs_port" ] || usage 'logs [SOCKET] [-f] [--only PROVIDER]'
        if [ -z "$logs_word" ]; then logs_word=$argument; else logs_port=$argument; fi
        ;;
    esac
  done
  if [ -n "$logs_word" ]; then
    find_socket "$logs_word" "$logs_port"
    of "$found_at" logs "$found" ${logs_follow:+-f}
    return
  fi
  if [ -z "$logs_follow" ]; then
    for logs_one in $chosen; do
      of "$logs_one" logs | sed "s/^/$logs_one: /"
    done
    return
  fi
  # All at once, until each of them ends. In the background they would not notice Ctrl-C.
  logs_folder=$(mktemp -d "${TMPDIR:-/tmp}/publish-plan.XXXXXX") || fail 'cannot create a temporary directory'
  logs_pids=''
  trap 'follow_ended' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  for logs_one in $chosen; do
    is_same "$logs_one" logs
    mkfifo "$logs_folder/$logs_one"
    sh "$here/$logs_one/publish.sh" logs -f >"$logs_folder/$logs_one" &
    logs_pids="$logs_pids $!"
    sed "s/^/$logs_one: /" <"$logs_folder/$logs_one" &
    logs_pids="$logs_pids $!"
  done
  # shellcheck disable=SC2086 # a word for each process
  wait $logs_pids || :
}

# Leaves nothing that follows a log.
follow_ended() {
  trap '' HUP INT TERM
  # shellcheck disable=SC2086 # a word for each process
  [ -z "$logs_pids" ] || kill $logs_pids 2>/dev/null || :
  rm -rf "$logs_folder"
}

# Prints the sockets: name, type, host, port, address or how to connect, audience, provider.
list() {
  asked list | with_provider
}

# Prints the status as rows, with the provider in the last field.
rows() {
  asked rows | with_provider
}

# Moves the provider, before each line, to its end. Returns 1 if one of the scripts failed.
with_provider() {
  awk -F '\t' '
    { said = substr($0, length($1) + 2) }
    NF == 2 && said ~ /^=[0-9]+$/ { if (said != "=0") failed = 1; next }
    said != "" { print said "\t" $1 }
    END { exit failed }'
}
