# Where it is written down that somebody ran this script, so that publish-plan runs it too, by the name of the lab; and the lock of this
# script, beside that. Those of the providers have locks of their own.
record=''
find_record() {
  case ${XDG_STATE_HOME:-} in
    /*) record_folder=$XDG_STATE_HOME/publish-plan-several ;;
    *) record_folder=${HOME:-}/.local/state/publish-plan-several ;;
  esac
  record_here=$(cd -- "$here" && pwd -P)
  record=$record_folder/$(printf '%s' "$record_here" | digest_of /dev/stdin | cut -c 1-32)
  state=$record.lock
}

# Writes it down.
record_script() {
  record_digest=$(digest_of "$here/publish.sh")
  if ! mkdir -p "$record_folder" || ! printf '%s\n\n%s' "${record_digest%% *}" "$record_here" >"$record"; then
    say "cannot write to $record_folder, so publish-plan does not know this script"
  fi
}

# is_open PROVIDER: whether at least one of its sockets is up.
is_open() {
  (of "$1" rows) 2>/dev/null | cut -f 8 | grep -qxF up
}

# up [OPTION…]: opens the sockets of all chosen providers, one provider after the other. If one fails, closes what this opened.
up() {
  up_usage='up [--compose] [--for TIME] [--verify] [--only PROVIDER]'
  for argument in "$@"; do
    case $argument in
      --compose | --verify | --for) ;;
      -*) usage "$up_usage" ;;
      *) ;;
    esac
  done
  find_record
  take_lock
  record_script
  up_opened='' up_stays='' up_stopped=''
  # The script that is opening its sockets ends, and then this one goes on.
  trap 'up_stopped=129' HUP
  trap 'up_stopped=130' INT
  trap 'up_stopped=143' TERM
  for up_one in $chosen; do
    if is_open "$up_one"; then up_before=yes; else up_before=''; fi
    say "opening $up_one"
    up_code=0
    (of "$up_one" up "$@") >/dev/null || up_code=$?
    if [ -n "$up_before" ]; then up_stays="$up_stays $up_one"; else up_opened="$up_one $up_opened"; fi
    [ -z "$up_stopped" ] || up_code=$up_stopped
    [ "$up_code" = 0 ] || up_failed
  done
  trap - HUP INT TERM
  status
}

# Closes what `up` opened, and says so.
up_failed() {
  trap '' HUP INT TERM
  if [ -n "$up_stopped" ]; then up_why='this was stopped'; else up_why="$up_one is not open as it should be"; fi
  up_closed='' up_left=''
  for up_each in $up_opened; do
    # The script that failed has mostly closed its own.
    [ -n "$(state_of "$up_each")" ] || continue
    if (of "$up_each" down); then up_closed="$up_closed $up_each"; else up_left="$up_left $up_each"; fi
  done
  if [ -n "$up_closed" ]; then
    say "$up_why, so everything that this opened is closed again:$up_closed"
  else
    say "$up_why, and nothing else was opened"
  fi
  [ -z "$up_stays" ] || say "open before, and still open:$up_stays"
  [ -z "$up_left" ] || say "not closed, so the tunnels may still be open; run sh publish.sh down:$up_left"
  exit "$up_code"
}

# state_of PROVIDER: how its tunnels were opened, as its script knows it; nothing if they are closed.
state_of() {
  (of "$1" status --json) 2>/dev/null | sed -n '1s/.*"how":"\([a-z]*\)","closes_in":[a-z0-9]*,"sockets":\[$/\1/p'
}

# Closes what `up` opened. An `up` that is going on closes its own, and opens nothing after this.
down() {
  [ $# -eq 0 ] || usage 'down [--only PROVIDER]'
  [ -n "${HOME:-}${XDG_STATE_HOME:-}" ] || fail 'HOME is not set, so it is not known what is open'
  find_record
  trap : TERM
  down_left='' down_tries=90
  until try_lock; do
    [ "$down_tries" -gt 0 ] || fail 'another publish.sh up or down is in progress'
    # It ends when the script that it runs has ended.
    kill "$lock_pid" 2>/dev/null || :
    [ "$down_tries" != 90 ] || close_chosen
    sleep 1
    down_tries=$((down_tries - 1))
  done
  close_chosen
  [ -z "$down_left" ] || fail "not closed, so the tunnels may still be open:$down_left"
}

close_chosen() {
  down_left=''
  for down_one in $chosen; do
    (of "$down_one" down) || down_left="$down_left $down_one"
  done
}

# Logs in where it is needed; the other scripts say what they use instead.
login() {
  login_code=0
  for login_one in $chosen; do
    (of "$login_one" login) || login_code=1
  done
  return "$login_code"
}
