# began PID: when the process started, because its number may belong to another process by now. Prints nothing for a process that
# has exited, or for a zombie.
began() {
  if [ -r /proc/self/stat ]; then
    # The name of its program, in parentheses, can contain anything, even line breaks.
    began_stat='' began_line=''
    {
      while IFS= read -r began_line; do
        began_stat=$began_line
      done <"/proc/$1/stat"
    } 2>/dev/null || :
    case ${began_stat##*) } in
      '' | Z*) ;;
      *)
        # shellcheck disable=SC2086 # fields
        set -- ${began_stat##*) }
        printf '%s\n' "${20}"
        ;;
    esac
  else
    # Fixed locale and time zone, so that two calls print the same text.
    LC_ALL=C TZ=UTC0 ps -o lstart= -p "$1" 2>/dev/null || :
  fi
}

# remember NAME PID: records a process of this script.
remember() {
  printf '%s %s\n' "$2" "$(began "$2")" >"$state/$1"
}

# lives NAME: whether the recorded process still runs.
lives() {
  [ -f "$state/$1" ] || return 1
  read -r lives_pid lives_began <"$state/$1" || return 1
  [ -n "$lives_began" ] && [ "$(began "$lives_pid")" = "$lives_began" ]
}

# end NAME: ends the recorded process, and no other.
end() {
  if lives "$1"; then
    kill "$lives_pid" 2>/dev/null || :
    end_left=50
    while lives "$1" && [ "$end_left" -gt 0 ]; do
      sleep 0.1 2>/dev/null || sleep 1
      end_left=$((end_left - 1))
    done
    if lives "$1"; then
      kill -9 "$lives_pid" 2>/dev/null || :
    fi
  fi
  rm -f "$state/$1"
}

# keep PID: records a process that the client started, which goes on if the client is killed.
keep() {
  printf '%s %s\n' "$1" "$(began "$1")" >>"$state/kept"
}

# Delays signals from now on: a signal between the start of a process and its record would leave that process behind.
hold_signals() {
  stopping=''
  trap 'stopping=yes' TERM INT
}

# From now on a signal closes what was opened. A delayed signal does so at once.
close_on_signals() {
  trap 'interrupted 129' HUP
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM
  [ -z "${stopping:-}" ] || interrupted 143
}

# interrupted CODE: closes what was opened, and exits.
interrupted() {
  close_all
  say 'interrupted; everything is closed now'
  exit "$1"
}

# From now on a signal ends the client. A delayed signal does so at once.
take_signals() {
  trap 'exit 143' TERM
  trap 'exit 130' INT
  [ -z "$stopping" ] || exit 143
}

# Ends the processes recorded by `keep`. One that hangs, or is stopped, is killed.
end_kept() {
  [ -f "$state/kept" ] || return 0
  kept_left=30
  while signal_kept TERM && [ "$kept_left" -gt 0 ]; do
    kept_left=$((kept_left - 1))
    sleep 0.1 2>/dev/null || sleep 1
  done
  signal_kept KILL || :
  rm -f "$state/kept"
}

# signal_kept SIGNAL: sends it to those of these processes that are there. Returns 1 if there is none.
signal_kept() {
  kept_some=''
  [ -f "$state/kept" ] || return 1
  while read -r kept_pid kept_began; do
    if [ -n "$kept_began" ] && [ "$(began "$kept_pid")" = "$kept_began" ]; then
      kill -s "$1" "$kept_pid" 2>/dev/null || :
      kept_some=yes
    fi
  done <"$state/kept"
  [ -n "$kept_some" ]
}
