# began PID: when the process started, because its number may belong to another process by now. Prints nothing for a process that
# has exited, or for a zombie.
began() {
  if [ -r "/proc/$1/stat" ]; then
    sed -n 's/.*) \([^Z] .*\)/\1/p' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
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
  trap 'close_all; exit 129' HUP
  trap 'close_all; exit 130' INT
  trap 'close_all; exit 143' TERM
  if [ -n "${stopping:-}" ]; then
    close_all
    exit 143
  fi
}

# From now on a signal ends the client. A delayed signal does so at once.
take_signals() {
  trap 'exit 143' TERM
  trap 'exit 130' INT
  [ -z "$stopping" ] || exit 143
}

# Ends the processes recorded by `keep`.
end_kept() {
  if [ -f "$state/kept" ]; then
    while read -r kept_pid kept_began; do
      if [ -n "$kept_began" ] && [ "$(began "$kept_pid")" = "$kept_began" ]; then
        kill "$kept_pid" 2>/dev/null || :
      fi
    done <"$state/kept"
    rm -f "$state/kept"
  fi
}
