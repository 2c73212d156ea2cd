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

# openness_of PROVIDER: prints what is open with it, as its script reports it: `nothing`, the `same`, `less`, or `other`. Prints an empty
# line, or none, if the script cannot tell.
openness_of() {
  (of "$1" status --json) 2>/dev/null | sed -n '1s/.*"open":"\([a-z]*\)","how":"[a-z]*","closes_in":[a-z0-9]*,"sockets":\[$/\1/p'
}

# up [OPTION…]: opens the sockets of all chosen providers, one provider after the other. What is no longer in the lab closes first, with
# every provider. If one fails, closes the providers that this opened.
up() {
  up_usage='up [--compose] [--for TIME] [--verify] [--only PROVIDER]' up_expects='' up_compose=''
  for argument in "$@"; do
    case $up_expects:$argument in
      --for:*) up_expects='' ;;
      :--for) up_expects=--for ;;
      :--compose) up_compose=--compose ;;
      :--verify) ;;
      *) usage "$up_usage" ;;
    esac
  done
  [ -z "$up_expects" ] || usage "$up_usage"
  [ -n "${HOME:-}${XDG_STATE_HOME:-}" ] || fail 'HOME is not set, so there is nowhere to keep state'
  find_record
  take_lock
  record_script
  up_stopped=''
  # The script that is opening its sockets ends, and then this one goes on.
  trap 'up_stopped=129' HUP
  trap 'up_stopped=130' INT
  trap 'up_stopped=143' TERM
  up_other='' up_closed='' up_less='' up_same=''
  for up_one in $choose_all; do
    up_openness=$(openness_of "$up_one") || :
    case " $chosen:$up_openness" in
      *" $up_one "*:other) up_other="$up_other$up_one " ;;
      *" $up_one "*:nothing) up_closed="$up_closed$up_one " ;;
      *" $up_one "*:less) up_less="$up_less$up_one " ;;
      *" $up_one "*) up_same="$up_same$up_one " ;;
      *:other) fail "$up_one has something open that is no longer in the lab; run this without --only, or close it first with sh publish.sh down --only $up_one" ;;
      *) ;;
    esac
  done
  up_opened=''
  for up_one in $up_other; do
    open_one "$@"
    up_other=${up_other#"$up_one "}
  done
  # What can be known before anything opens is known before.
  for up_one in $up_closed; do
    up_code=0
    (of "$up_one" check ${up_compose:+"$up_compose"}) || up_code=$?
    case $up_code:$up_stopped in 0:) ;; *) up_failed "$up_one cannot be opened" ;; esac
  done
  for up_one in $up_closed $up_less $up_same; do
    open_one "$@"
  done
  trap - HUP INT TERM
  status
}

# open_one [OPTION…]: opens the sockets of up_one.
open_one() {
  say "opening $up_one"
  up_code=0
  (of "$up_one" up "$@") >/dev/null || up_code=$?
  case " $up_closed" in *" $up_one "*) up_opened="$up_one $up_opened" ;; *) ;; esac
  case $up_code:$up_stopped in 0:) ;; *) up_failed "$up_one is not open as it should be" ;; esac
}

# up_failed WHY: closes the providers that `up` opened, and those that still have open what is no longer in the lab, and says so.
up_failed() {
  trap '' HUP INT TERM
  failed_why=$1
  if [ -n "$up_stopped" ]; then
    failed_why='this was stopped' up_code=$up_stopped
  fi
  failed_closed='' failed_left='' failed_stays=''
  for failed_one in $up_opened $up_other; do
    # The script that failed has mostly closed its own.
    [ "$(openness_of "$failed_one")" != nothing ] || continue
    if (of "$failed_one" down); then failed_closed="$failed_closed $failed_one"; else failed_left="$failed_left $failed_one"; fi
  done
  for failed_one in $choose_all; do
    case " $failed_closed $failed_left " in
      *" $failed_one "*) ;;
      *)
        [ "$(openness_of "$failed_one")" = nothing ] || failed_stays="$failed_stays $failed_one"
        ;;
    esac
  done
  if [ -n "$failed_closed" ]; then
    say "$failed_why, so everything that this opened is closed again:$failed_closed"
  elif [ -n "$failed_stays" ]; then
    say "$failed_why, and no other provider was opened"
  else
    say "$failed_why, so nothing was opened"
  fi
  [ -z "$failed_stays" ] || say "open before, and still open:$failed_stays"
  [ -z "$failed_left" ] || say "not closed, so the tunnels may still be open; run sh publish.sh down:$failed_left"
  exit "$up_code"
}

# check [--compose]: stops if something is missing that `up` needs, and opens nothing.
check() {
  check_code=0
  for check_one in $chosen; do
    (of "$check_one" check "$@") || check_code=1
  done
  return "$check_code"
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
