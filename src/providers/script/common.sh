# limited SECONDS PROGRAM ARGUMENT…: runs a program, for that long at most if this host can limit it.
limited() {
  if command -v timeout >/dev/null 2>&1; then
    timeout "$@"
  else
    shift
    "$@"
  fi
}

# The program that tests whether something listens; `none` if this host has none.
tester=''

# Sets tester.
find_tester() {
  if nc -h 2>&1 | grep -q -e '-[a-zA-Z0-9]*z'; then
    tester=nc
  elif command -v socat >/dev/null 2>&1; then
    tester=socat
  elif command -v bash >/dev/null 2>&1; then
    tester=bash
  else
    tester=none
  fi
}

# answers HOST PORT: whether something listens there. Returns 2 if this host has no program to test it.
answers() {
  [ -n "$tester" ] || find_tester
  # shellcheck disable=SC2016 # bash expands them
  case $tester in
    nc) nc -z -w 3 "$1" "$2" </dev/null >/dev/null 2>&1 ;;
    socat) socat -u OPEN:/dev/null "TCP:$1:$2,connect-timeout=3" >/dev/null 2>&1 ;;
    bash) timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" >/dev/null 2>&1 ;;
    *) return 2 ;;
  esac
}

# tracked FILE: whether Git tracks it. Returns 1 if it does not or the file is not in a repository, and 2 if Git cannot tell.
# The settings of a cloned repository can name programs, so Git starts none of them, fetches nothing, and ignores a directory that
# only looks like a bare repository (git-config(1), git(1)). The user's own settings apply, such as safe.directory. No environment
# variable can point Git to another repository.
tracked() {
  tracked_code=0 tracked_file=$1
  # Check the file that a link points to, because others could read that file.
  if [ -h "$1" ]; then
    tracked_file=$(readlink -f -- "$1") || return 2
  fi
  tracked_said=$(
    unset GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CEILING_DIRECTORIES GIT_COMMON_DIR GIT_CONFIG GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS
    unset GIT_DIR GIT_GRAFT_FILE GIT_IMPLICIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_PREFIX GIT_REPLACE_REF_BASE
    unset GIT_SHALLOW_FILE GIT_WORK_TREE
    export GIT_ALLOW_PROTOCOL=none GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1 GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 LC_ALL=C
    git --no-pager --literal-pathspecs -c core.fsmonitor= -c core.hooksPath=/dev/null -c protocol.allow=never \
      -c safe.bareRepository=explicit -C "$(dirname -- "$tracked_file")" ls-files --error-unmatch -- "$(basename -- "$tracked_file")" 2>&1 >/dev/null
  ) || tracked_code=$?
  case $tracked_code:$tracked_said in
    [01]:*) return "$tracked_code" ;;
    *'ot a git repository (or any '*) return 1 ;;
    *) return 2 ;;
  esac
}

# no_tokens PATH: the path with % escaped, so that ssh does not expand %h and other tokens.
no_tokens() {
  printf '%s\n' "$1" | sed 's/%/%%/g'
}

# private FILE WHAT: stops unless the file exists, no other user can read or write it, and Git does not track it.
private() {
  [ -e "$1" ] || fail "$2 is missing: $1"
  [ -r "$1" ] || fail "$2 is not readable: $1"
  if [ -n "$(find -L "$1" -prune \( -perm -040 -o -perm -020 -o -perm -004 -o -perm -002 \) -print)" ]; then
    fail "$2 is accessible to other users; run: chmod 600 $(pasted "$1")"
  fi
  if command -v git >/dev/null 2>&1; then
    private_tracked=0
    tracked "$1" || private_tracked=$?
    case $private_tracked in
      0) fail "$2 is tracked by Git, where others can read it; run: git rm --cached $(pasted "$1"), and create a new one" ;;
      1) ;;
      *) fail "Git cannot tell whether $2 is tracked, because the repository belongs to another user or is broken: $1; move the file to a directory outside any repository" ;;
    esac
  fi
}

# confirmed VARIABLE VALUE DIGEST WHAT: the settings that decide who may connect are in an account, not in these files. Stops unless
# the user has confirmed them for the file with this digest.
confirmed() {
  [ "$2" = "$3" ] || fail "$4; then run: $1=$3 sh publish.sh up"
}

# JSON with each of its parts in a line of its own: enough to find a value.
json_lines() {
  tr ',' '\n' | tr '{' '\n' | tr '}' '\n' | tr '\t' ' '
}

# fresh WHAT: stops if the token on standard input, a JWT, has expired. The signature is not checked.
fresh() {
  # No part of the token becomes an argument of a program, which other users could read; in some shells printf is a program.
  fresh_end=$(cut -d . -f 2 | tr -d '\n' | tr '_-' '/+' | awk '{ while (length($0) % 4) $0 = $0 "="; print }' |
    base64 -d 2>/dev/null | json_lines | sed -n 's/^ *"exp" *: *\([0-9][0-9]*\).*/\1/p') || :
  [ -n "$fresh_end" ] || return 0
  fresh_left=$((fresh_end - $(date +%s)))
  [ "$fresh_left" -gt 0 ] || fail "$1 has expired; run: sh publish.sh login"
  [ "$fresh_left" -gt 3600 ] || say "$1 expires in $((fresh_left / 60)) minutes; open tunnels stay up, but new ones will fail"
}

# compose ARGUMENT…: runs Compose 2, as a plugin or as docker-compose, with this lab's project and with compose.yaml only: no override
# file and no .env file.
compose() {
  PUBLISH_TAKEN=$taken
  export PUBLISH_TAKEN
  # The project that was opened. If the directory was moved and recompiled since, the script has a new project name.
  compose_project=$(cat "$state/project" 2>/dev/null || printf '%s\n' "$project")
  if docker compose version >/dev/null 2>&1; then
    docker compose --env-file /dev/null --project-name "$compose_project" --project-directory "$here" -f "$here/compose.yaml" "$@"
  else
    need docker-compose 'install it or the Docker Compose plugin'
    docker-compose --env-file /dev/null --project-name "$compose_project" --project-directory "$here" -f "$here/compose.yaml" "$@"
  fi
}

# Whether the client runs in a container: that of compose.yaml, or a node of the topology.
in_container() {
  case $(how) in compose | node) ;; *) return 1 ;; esac
}

# contained PROGRAM ARGUMENT…: runs a program in that container.
contained() {
  if [ "$(how)" = node ]; then
    docker exec "$node" "$@"
  else
    compose exec -T "$service" "$@"
  fi
}

# The client's log since its last start, or a container's whole log. NUL bytes are removed because shells do not support them.
words() {
  if in_container; then
    # Compose writes terminal control sequences even into a pipe, and so do clients in a node, which always has a terminal.
    { container_log 2>/dev/null || :; } | sed "s/$(printf '\033')\[[0-9;]*[A-Za-z]//g"
  elif [ -f "$state/attempt" ]; then
    tail -n "+$(($(cat "$state/attempt") + 1))" "$state/log" 2>/dev/null
  fi | tr -d '\000\r'
}

# The client's log up to its last exit, if it has exited: the next attempt may have started and logged little so far.
last_words() {
  cat "$state/ended" 2>/dev/null || words
}

# compose_version: the version of Compose, such as 2.26.1.
compose_version() {
  compose_version_found=$(docker compose version --short 2>/dev/null || docker-compose version --short 2>/dev/null || :)
  printf '%s\n' "${compose_version_found#v}"
}

# runs HOST: whether the container with this name runs. A node with a configured address has no such container.
runs() {
  [ "$(docker inspect -f '{{.State.Running}}' "$1" 2>/dev/null)" = true ]
}

# target_answers HOST PORT TYPE: whether the client can reach the node. Returns 2 if that cannot be tested.
target_answers() {
  if in_container; then
    runs "$1"
  elif [ "$3" = udp ]; then
    return 2
  else
    answers "$1" "$2"
  fi
}

# standing_rows: the status rows of sockets whose public address is in the plan. client_standing NAME TYPE ADDRESS prints the state of
# one.
standing_rows() {
  # Without this file, nothing is open, or an older script has opened it.
  if [ -f "$state/sockets-open" ]; then
    standing_open=" $(cut -f 1,5 "$state/sockets-open" | tr '\t\n' '| ')"
  else
    standing_open=all
  fi
  sockets | while IFS=$tab read -r name type host port address _ auth _ _; do
    case $standing_open in
      all | *" $name|$address "*) standing=$(client_standing "$name" "$type" "$address") ;;
      # It was compiled since.
      *) standing='not open' ;;
    esac
    if [ "$standing" = up ]; then
      target_answers "$host" "$port" "$type" || [ $? -eq 2 ] || standing='node does not answer'
    fi
    place=${address#*://}
    place=${place%%/*}
    case $place in
      *:*) dns=${place%:*} ports=${place##*:} ;;
      *) dns=$place ports=- ;;
    esac
    dns=${dns#\[}
    row - "${dns%]}" "$ports" "$type" "$auth" "$name" "$address" "$standing"
  done
}

# port_answers ADDRESS: whether something listens on the public port. True if that cannot be tested.
port_answers() {
  port_host=${1%:*}
  port_host=${port_host#\[}
  answers "${port_host%]}" "${1##*:}" || [ $? -eq 2 ]
}

# visit_port TYPE HOST PORT ADDRESS NAME: how to connect to a public port.
visit_port() {
  case $1:$4 in
    http:*://* | https:*://*) printf '%s\n' "$4" ;;
    http:* | https:*) printf '%s://%s/\n' "$1" "$4" ;;
    tls:*) printf 'openssl s_client -connect %s\n' "$4" ;;
    udp:*) printf 'nc -u %s %s\n' "$2" "$3" ;;
    *)
      case $5 in
        *-22) printf 'ssh -p %s %s@%s\n' "$3" "$visit_user" "$2" ;;
        *) printf 'nc %s %s\n' "$2" "$3" ;;
      esac
      ;;
  esac
}

# marked_port NAME: the public port of a socket, as clients write it in their logs.
marked_port() {
  sockets | awk -F '\t' -v name="$1" '$1 == name { sub(/.*:/, "", $5); print $5 }'
}

# secret_of VALUE FILE WHAT: the client's secret: VALUE, from the environment, or otherwise the contents of the file.
secret_of() {
  secret_text=$1
  if [ -z "$secret_text" ] && [ -n "$2" ]; then
    private "$2" "$3"
    secret_text=$(cat "$2")
    [ -n "$secret_text" ] || fail "$3 is empty: $2"
  fi
  # Not as an argument of printf, which is a program in some shells.
  cat <<END
$secret_text
END
}
