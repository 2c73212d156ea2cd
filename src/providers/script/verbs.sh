# Whether the record names this supervisor. `up` writes the same record, and where printf is a program, it is empty for a moment.
is_recorded() {
  recorded_left=20
  while recorded=$(cut -d ' ' -f 1 "$state/supervisor" 2>/dev/null) && [ -z "$recorded" ] && [ "$recorded_left" -gt 0 ]; do
    recorded_left=$((recorded_left - 1))
    sleep 0.1 2>/dev/null || sleep 1
  done
  [ "$recorded" = "$supervise_pid" ]
}

# Keeps the client running: when it exits, starts it again, first after one second, later after up to eight.
supervise() {
  set +e
  trap '' HUP INT
  client='' nap='' stopping=''
  trap 'stopping=yes; kill $client $nap 2>/dev/null' TERM
  delay=1
  # It records itself before it starts anything, because the process that should do so may be killed first.
  supervise_pid=$(exec sh -c 'echo "$PPID"')
  remember supervisor "$supervise_pid"
  # If the record names another process or is gone, this one was closed or replaced.
  while [ -z "$stopping" ] && is_recorded; do
    printf '%s client starting\n' "$(date -u +%FT%TZ)"
    wc -l <"$state/log" >"$state/attempt"
    began_at=$(date +%s)
    client_run &
    client=$!
    remember client "$client"
    # A signal may have arrived before the client was started.
    [ -z "$stopping" ] || kill "$client" 2>/dev/null
    wait "$client"
    code=$?
    [ -z "$stopping" ] || break
    client=''
    printf '%s client exited with code %s\n' "$(date -u +%FT%TZ)" "$code"
    # Moved into place when it is complete, because `up` waits for it.
    words >"$state/ended.new"
    mv "$state/ended.new" "$state/ended"
    [ $(($(date +%s) - began_at)) -lt 60 ] || delay=1
    sleep "$delay" &
    nap=$!
    [ -z "$stopping" ] || kill "$nap" 2>/dev/null
    wait "$nap"
    nap=''
    delay=$((delay * 2))
    [ "$delay" -le 8 ] || delay=8
  done
  [ -z "$client" ] || wait "$client"
  client_close
}

# in_the_background COMMAND ARGUMENT…: detaches from the terminal, or from the pipe of the caller. A redirection of the call itself would
# keep it open in some shells.
in_the_background() {
  exec </dev/null >>"$state/log" 2>&1
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  "$@"
}

# Prints the names of the sockets that are not up.
missing() {
  rows | awk -F '\t' '$8 != "up" { printf " %s", $6 }'
}

# Whether the relay or the service has refused a socket, so that waiting longer does not help.
is_refused() {
  rows | cut -f 8 | grep -q '^refused'
}

# Waits until every socket is up. Returns 1 if one does not come up.
wait_until_up() {
  wait_end=$(($(date +%s) + 45))
  while [ -n "$(missing)" ]; do
    if [ "$(date +%s)" -gt "$wait_end" ] || [ -f "$state/ended" ] || [ -f "$state/orders/refused" ] || is_refused; then
      return 1
    fi
    sleep 1
  done
}

# Changes what an earlier version of the lab has open. Returns 1 if all must be closed for that; then up_left has the seconds that a time
# limit leaves, if there is one.
replace() {
  # A new limit begins now, also if nothing can be changed.
  set_clock "$up_seconds"
  replace_ends=$(deadline)
  change_why='' replace_is=yes
  client_change || replace_is=no
  # The limit might have ended in the meantime.
  [ -z "$replace_ends" ] || [ -n "$(deadline)" ] || out_of_time
  [ "$replace_is" = no ] || return 0
  if only_more && ! (check_up); then
    say 'nothing was changed; what is open stays open'
    exit 1
  fi
  if [ -n "$replace_ends" ]; then
    up_left=$((replace_ends - $(date +%s)))
    [ "$up_left" -gt 0 ] || out_of_time
  fi
  say "closing everything and opening the lab as it is now, so every connection ends: $change_why"
  return 1
}

# Whether all that is open is open in the new version too, so that it need not be closed if there is nothing to open.
only_more() {
  [ ! -f "$state/orders/changing" ] &&
    sockets | awk 'FILENAME == ARGV[1] { is_open[$0]; next } { delete is_open[$0] } END { for (row in is_open) exit 1 }' "$state/sockets-open" -
}

# Stops because the time limit has ended during a change.
out_of_time() {
  close_all
  fail 'the time limit ended during the change; everything is closed now'
}

# Closes all, because the tunnels cannot be opened.
give_up() {
  close_all
  [ -z "$up_closes" ] || say 'what was open before is closed now'
  exit 1
}

# up [--compose] [--for TIME] [--verify]: opens the tunnels and waits until every socket is up. If one does not come up, closes all. What an earlier
# version of the lab has open is changed if the client can do that; otherwise it is closed first.
up() {
  up_how=${only_how:-host} up_seconds='' up_closes='' up_left='' up_verify=''
  while [ $# -gt 0 ]; do
    case $1 in
      --compose) up_how=compose ;;
      --verify) up_verify=yes ;;
      --for)
        up_seconds=$(seconds "${2:-}") || fail "--for needs a duration such as 90m, 4h, 2d, or 1h30m"
        shift
        ;;
      *) usage 'up [--compose] [--for TIME] [--verify]' ;;
    esac
    shift
  done
  if [ "$(how)" = node ]; then
    up_by_node
    return
  fi
  not_by_node
  same_sources
  if is_up; then
    [ "$(how)" = "$up_how" ] || fail "the tunnels are already open ($(how)); run sh publish.sh down first"
    if same_sockets; then
      say 'the client is already running'
      set_clock "$up_seconds"
      opened
      return
    fi
    take_lock
    stopping=''
    close_on_signals
    if replace; then
      opened
      return
    fi
    up_closes=yes up_seconds=''
  else
    take_lock
    stopping=''
    close_on_signals
  fi
  # Close what a crash has left open, too.
  close_all
  [ -z "$close_failed" ] || exit 1
  if ! record "$up_how" || ! take_files; then
    give_up
  fi
  (check_up) || give_up
  : >"$state/log"
  client_prepare
  # The limit of what was open before.
  set_clock "$up_left"
  if [ "$up_how" = compose ]; then
    printf '%s\n' "$project" >"$state/project"
    : >"$state/composed"
    if ! told compose up --detach; then
      say 'Docker Compose could not start the client'
      give_up
    fi
  else
    hold_signals
    trap 'stopping=yes' HUP
    in_the_background supervise &
    remember supervisor "$!"
    close_on_signals
  fi
  if ! wait_until_up; then
    say "$(client_why)"
    say "not open:$(missing)"
    give_up
  fi
  client_record
  set_clock "$up_seconds"
  opened
}

# opened: shows what is open, after `verify` if that was asked for. Closes everything if something is wider than planned.
opened() {
  if [ -n "$up_verify" ]; then
    opened_code=0
    (verify) || opened_code=$?
    if [ "$opened_code" = 1 ]; then
      if [ "$(how)" = node ]; then stop_node; else close_all; fi
      fail 'something is wider than planned, so everything is closed now'
    fi
  fi
  status
}

# close_all [in-time]: ends every process that was started and removes everything that was created. `in-time` is for the clock itself.
close_all() {
  [ "${1:-}" = in-time ] || end timer
  end supervisor
  end client
  end_kept
  # Before the container is removed, because only it may be able to delete what the client created.
  client_close
  close_failed=''
  if [ -f "$state/composed" ] && ! (told compose down --timeout 20); then
    # The state is kept, because without it nothing could close the tunnels later.
    close_failed=yes
    say "Docker Compose could not stop the client, so the tunnels may still be open; run sh publish.sh down again when docker answers"
    return 0
  fi
  rm -rf "$taken" "$state/orders"
  rm -f "$state"/*.new 2>/dev/null || :
  rm -f "$state/composed" "$state/project" "$state/how" "$state/here" "$state/sockets-open" "$state/plan-open" "$state/relay-open" "$state/scripts" "$state/log" "$state/attempt" "$state/ended" "$state/ended.new" "$state/timer" "$state/closes" "$state/said"
  rmdir "$state" 2>/dev/null || :
}

# Ends the process that has the lock. An `up` or `run` closes its tunnels itself; if it does not exit, it is killed.
end_owner() {
  kill "$lock_pid" 2>/dev/null || :
  end_owner_left=30
  while is_locked && [ "$end_owner_left" -gt 0 ]; do
    sleep 1
    end_owner_left=$((end_owner_left - 1))
  done
  if is_locked; then
    kill -9 "$lock_pid" 2>/dev/null || :
    sleep 1
  fi
}

# Closes what `up` or `run` opened.
down() {
  [ -n "${HOME:-}${XDG_STATE_HOME:-}" ] || fail 'HOME is not set, so it is not known what is open'
  if [ ! -d "$state" ]; then
    stop_node || say 'nothing is open'
    return
  fi
  # A second `down` waits for this one.
  trap : TERM
  down_ended='' down_tries=3
  until try_lock; do
    [ "$down_tries" -gt 0 ] || fail 'another publish.sh up, run, or down is in progress'
    end_owner
    down_ended=yes down_tries=$((down_tries - 1))
  done
  [ -n "$down_ended" ] || [ -n "$(how)" ] || say 'nothing is open'
  close_all
  [ -z "$close_failed" ] || exit 1
  # It may run too, if the lab was compiled in both ways.
  stop_node || :
}

# Runs the client in the foreground and closes everything when it exits.
run() {
  not_by_node
  [ -z "$only_how" ] || client_run
  ! is_up || fail "the tunnels are already open ($(how)); run sh publish.sh down first"
  same_sources
  take_lock
  close_all
  [ -z "$close_failed" ] || exit 1
  if ! record run || ! take_files; then
    close_all
    exit 1
  fi
  if ! (client_check); then
    close_all
    exit 1
  fi
  client_prepare
  list
  set +e
  client='' stopping=''
  trap 'stopping=yes; kill $client 2>/dev/null' HUP INT TERM
  # On a terminal, the client's output is made safe to print; otherwise it is passed on unchanged.
  if [ -t 1 ] || [ -t 2 ]; then
    mkfifo "$state/said"
    printable_lines <"$state/said" &
    printer=$!
    client_run >"$state/said" 2>&1 &
  else
    printer=''
    client_run &
  fi
  client=$!
  remember client "$client"
  [ -z "$stopping" ] || kill "$client" 2>/dev/null
  wait "$client"
  code=$?
  # A signal ends the first wait before the client exits.
  wait "$client" 2>/dev/null
  [ -z "$printer" ] || wait "$printer"
  close_all
  exit "$code"
}
