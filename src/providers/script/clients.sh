# The part for a client that is several processes. Some end or start while the others go on, so that a change of the lab interrupts nothing
# that stays the same. The provider's part comes next, and defines:
#
# client_wants          prints a line for each socket that should be open: its name, and what the client must know to open it
# client_settings       prints all else that a running client depends on
# clients_start LINES   starts processes for the sockets of a file of such lines, and passes each to `started`
# clients_cut LINES     ends what runs for these sockets, with all connections; returns 1 if it cannot, and 2 if that would end others too
# clients_prepare       does what comes before the first process
# clients_wait LINES    waits until the sockets of a file of such lines can be opened
# clients_beat          is called every second, or as often as clients_nap says; stops if all must be started again
# clients_ended NAME    is told of a process that has ended, while others go on, by its name for `started`
# clients_closed LINES  is told which sockets have been closed
#
# `up` and the client talk in the directory $orders. `open` has the lines of what is open, and the client starts these if it has to start
# again. `order` has what to do: a number, one of the words below, and lines in `lines`; the client answers with the number in `done`.
#
#   less   end the sockets of the lines
#   more   open them
#   look   only look whether each process is there; one that was just added and has exited is told in `refused`
#   undo   end what was just added
#
# While there is `changing`, a change is under way; if it stays, `up` was killed, and all is closed before anything else is opened.
orders=$state/orders
# How many seconds the shell of the client waits before it looks at its processes and orders again.
clients_nap=1

clients_prepare() { :; }
clients_wait() { :; }
clients_beat() { :; }
clients_ended() { :; }
clients_closed() { :; }

# started NUMBER NAME: notes a process of the client, and the name of its socket, or `-` and a number if it has several sockets.
started() {
  keep "$1"
  clients="$clients $1"
  names="$names $2"
}

# find_exited: sets exited and exited_name to a process that is gone, and takes it from the list. Returns 1 if there is none.
find_exited() {
  exited=''
  # shellcheck disable=SC2086 # a word for each process
  set -- $names
  find_clients='' find_names=''
  for client in $clients; do
    if [ -z "$exited" ] && ! kill -0 "$client" 2>/dev/null; then
      exited=$client exited_name=$1
    else
      find_clients="$find_clients $client" find_names="$find_names $1"
    fi
    shift
  done
  clients=$find_clients names=$find_names
  [ -n "$exited" ]
}

# end_named NAMES: ends processes by their names, and takes them from the list.
end_named() {
  end_names=$1 end_clients='' end_left='' end_rest=''
  # shellcheck disable=SC2086 # a word for each process
  set -- $names
  for client in $clients; do
    case " $end_names " in
      *" $1 "*)
        kill "$client" 2>/dev/null || :
        end_clients="$end_clients $client"
        clients_ended "$1"
        ;;
      *) end_left="$end_left $client" end_rest="$end_rest $1" ;;
    esac
    shift
  done
  clients=$end_left names=$end_rest
  # One that hangs, or is stopped, is killed.
  end_tries=30
  for client in $end_clients; do
    while [ "$end_tries" -gt 0 ] && kill -0 "$client" 2>/dev/null; do
      sleep 0.1 2>/dev/null || sleep 1
      end_tries=$((end_tries - 1))
    done
    kill -9 "$client" 2>/dev/null || :
    wait "$client" 2>/dev/null || :
  done
}

# Runs the processes. If one exits that was up, ends the others.
client_run() {
  clients='' names='' added=''
  # A process that clients_beat has started.
  question=''
  rm -f "$orders/order" "$orders/done"
  # What a killed script has left.
  end_kept
  clients_prepare
  # shellcheck disable=SC2154 # the loop below sets it before the trap runs
  trap 'for client in $clients $question; do kill "$client" 2>/dev/null; done' EXIT
  clients_wait "$orders/open"
  hold_signals
  [ ! -s "$orders/open" ] || clients_start "$orders/open"
  take_signals
  while :; do
    if find_exited; then
      case $exited_name in -*) ;; *) say "the client for $exited_name has exited" ;; esac
      case " $added " in
        *" $exited_name "*) [ -f "$orders/changing" ] || exit 1 ;;
        *) exit 1 ;;
      esac
      clients_ended "$exited_name"
      true >"$orders/refused"
    fi
    [ ! -f "$orders/order" ] || follow_order
    # After the change, what was added is as good as the others. If it has exited since `up` had it looked for, all starts again.
    if [ -n "$added" ] && [ ! -f "$orders/changing" ]; then
      [ ! -f "$orders/refused" ] || exit 1
      added=''
    fi
    clients_beat
    sleep "$clients_nap" &
    wait "$!"
  done
}

# Does what `up` has ordered.
follow_order() {
  read -r follow_number follow_word <"$orders/order"
  rm -f "$orders/order"
  follow_done=yes
  case $follow_word in
    less)
      clients_cut "$orders/lines" || case $? in
        2) follow_done=used ;;
        *) follow_done=no ;;
      esac
      clients_closed "$orders/lines"
      ;;
    more)
      follow_before=$names
      clients_wait "$orders/lines"
      hold_signals
      clients_start "$orders/lines"
      take_signals
      added=${names#"$follow_before"}
      ;;
    undo)
      end_named "$added"
      added=''
      clients_closed "$orders/lines"
      ;;
    *) ;;
  esac
  printf '%s %s\n' "$follow_number" "$follow_done" >"$orders/done.new"
  mv "$orders/done.new" "$orders/done"
}

# order WORD LINES: has the client do something with the sockets of a file. Returns 1 if it does not, or is not there any more.
order() {
  order_number=$((order_number + 1))
  if ! cp "$2" "$orders/lines" || ! printf '%s %s\n' "$order_number" "$1" >"$orders/order.new" || ! mv "$orders/order.new" "$orders/order"; then
    return 1
  fi
  order_left=60 order_done='' order_is=''
  while [ "$order_done" != "$order_number" ]; do
    order_left=$((order_left - 1))
    if [ "$order_left" -lt 0 ] || [ -f "$state/ended" ] || [ ! -d "$orders" ]; then
      rm -f "$orders/order"
      return 1
    fi
    sleep 1
    { read -r order_done order_is <"$orders/done"; } 2>/dev/null || :
  done
  [ "$order_is" = yes ]
}

# lines_without LINES OTHER: the lines of a file that another one does not have.
lines_without() {
  awk 'FILENAME == ARGV[1] { has[$0]; next } !($0 in has)' "$2" "$1"
}

# Notes what the client is about to open.
clients_record() {
  mkdir -p "$orders"
  client_wants >"$orders/open"
  client_settings >"$orders/settings"
}

# Ends a change that could not open what is new.
leave_change() {
  if [ -s "$orders/open" ]; then
    rm -f "$orders/changing"
    say 'nothing new was opened; what is gone or different is closed, and what stays the same stays open'
  else
    close_all
    say 'nothing new was opened, and what is gone or different is closed, so nothing is open now'
  fi
  exit 1
}

client_change() {
  change_why=''
  if [ "$(how)" != host ]; then
    change_why='the client runs in a container'
  elif [ -f "$orders/changing" ]; then
    change_why='an earlier change was interrupted'
  elif [ ! -f "$orders/open" ] || [ "$(client_settings 2>/dev/null)" != "$(cat "$orders/settings")" ]; then
    change_why='the client, its settings, or its relay changed'
  elif ! change_files; then
    change_why='its state cannot be written'
  elif ! client_lives; then
    change_again 'it was not connected'
  elif [ -s "$orders/gone" ] && ! order less "$orders/gone"; then
    case $order_is in
      used) change_again 'visitors are connected to a removed socket, and this client can disconnect them only together with everyone else' ;;
      *) change_again 'it did not confirm that what is gone is closed' ;;
    esac
  fi
  [ -z "$change_why" ] || return 1
  change_more
}

# change_again WHY: has the client start again, with what stays. Sets change_why if it does not start.
change_again() {
  say "the client starts again, so every connection ends: $1"
  end client
  again_left=20
  until lives client; do
    again_left=$((again_left - 1))
    if [ "$again_left" -lt 0 ]; then
      change_why='the client does not start again'
      return
    fi
    sleep 1
  done
  rm -f "$state/ended"
}

# Writes down what the change is. A client that has to start again starts what stays.
change_files() {
  order_number=0
  true >"$orders/changing" && rm -f "$state/ended" "$orders/refused" "$orders/done" &&
    client_wants >"$orders/wanted" &&
    lines_without "$orders/open" "$orders/wanted" >"$orders/gone" &&
    lines_without "$orders/wanted" "$orders/open" >"$orders/new" &&
    lines_without "$orders/open" "$orders/gone" >"$orders/stays" && change_to stays
}

# Opens what is new, after what is gone is closed.
change_more() {
  change_why='its state cannot be written'
  record host "$orders/stays" || return 1
  if ! (
    check_targets
    client_check
  ); then
    leave_change
  fi
  # Before it is open, so that nothing is open that is not written down.
  record host || return 1
  if [ ! -s "$orders/new" ]; then
    # The client might have started again.
    wait_until_up || :
  elif ! change_opens; then
    change_why='the client does not answer'
    # The time limit closes all, in the middle of a change too.
    [ -d "$orders" ] || return 1
    say "$(client_why)"
    say "not open: $(cut -f 1 "$orders/new" | tr '\n' ' ')"
    if ! change_to stays || ! order undo "$orders/new" || ! record host "$orders/stays"; then
      return 1
    fi
    leave_change
  fi
  change_why='its state cannot be written'
  if ! change_to wanted || ! take_files; then
    return 1
  fi
  rm -f "$orders/changing"
}

# change_to FILE: from now on, a client that has to start again starts these.
change_to() {
  cp "$orders/$1" "$orders/open.new" && mv "$orders/open.new" "$orders/open"
}

# Opens what is new. A port answers also if somebody else has it, so the client looks whether its processes are there.
change_opens() {
  order more "$orders/new" && wait_until_up && change_to wanted && order look /dev/null && [ ! -f "$orders/refused" ]
}

# is_used HOST PORT: whether a process of the client is connected to a node, or, if the addresses of the node are not known, to this port of
# any. True if that cannot be told.
is_used() {
  used_host=${1#\[}
  used_at=$(getent ahosts "${used_host%\]}" 2>/dev/null | awk '{ print $1 }' | sort -u | tr '\n' ' ')
  used_all=$(ss -Htnp state connected "dport = :$2" 2>/dev/null) || return 0
  printf '%s\n' "$used_all" | awk -v at="$used_at" -v clients="$clients" '
    BEGIN { n = split(at, list, " "); for (i = 1; i <= n; i++) known[list[i]]; count = split(clients, client, " ") }
    {
      peer = $5
      sub(/:[0-9]+$/, "", peer); gsub(/^\[|\]$/, "", peer); sub(/^::ffff:/, "", peer)
      if (n == 0 || peer in known) for (i = 1; i <= count; i++) if (index($0, "pid=" client[i] ",")) found = 1
    }
    END { exit !found }'
}
