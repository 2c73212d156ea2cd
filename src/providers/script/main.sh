# Prints the help.
help() {
  cat <<'END'
usage: sh publish.sh COMMAND

  up               open the tunnels and keep them open
    --compose      run the client in a container, not on this host
    --for TIME     close the tunnels after TIME: 90m, 4h, 2d, or 1h30m
    --verify       then run verify, and close everything if something is wider
  status           show what is up, who may connect, and when it closes
    --json         print the status as JSON
  visit SOCKET     show how to connect to a socket, and who may
  logs [SOCKET]    show the client's log, or only its lines about a socket
    -f             keep printing new lines
  verify           try the sockets as somebody outside would, and compare with the plan
    --as ADDRESS   also as this person, with --key FILE (an ssh key with its
                   certificate) or --cookie FILE (a session of the pages)
    --trust        remember what answers now; each later verify compares with it
    --marks FILE   remember it in this file
    --ca FILE      trust the certificates of this authority
    --known-hosts FILE
                   compare the host key of the gateway with this file
    --json         print the result as JSON; --junit as JUnit XML
  down             close what `up` opened, and nothing else
  check            stop if something is missing that `up` needs
  login            log in, if the provider has accounts
  run              open the tunnels in the foreground, as the container does
  list             list the sockets and who may connect
  rows             print the status as tab-separated rows
END
  [ -z "$jump" ] || echo "  ssh-config       print ssh_config for visitors, with the jump host's address filled in"
  cat <<'END'
  help             print this help

SOCKET is a node (r1), a node and its port (r1:22 or r1 22), or a socket's name,
as `list` prints it.
END
}

# Stops because there is no such command.
unknown() {
  say "unknown command $verb; sh publish.sh --help lists the commands"
  exit 2
}

# main [COMMAND [ARGUMENT…]]: what publish.sh does.
main() {
  verb=${1:-}
  [ $# -eq 0 ] || shift
  case $verb:${1:-} in
    help:* | --help:* | -h:* | *:--help | *:-h)
      help
      exit
      ;;
    :*)
      help >&2
      exit 2
      ;;
    *) ;;
  esac
  # A verification that found something wider exits with 1.
  [ "$verb" != verify ] || fail_code=2
  case $verb in
    up | check | status | visit | logs | down | run | verify) same_script ;;
    *) ;;
  esac
  # Once, and not in each subshell.
  case $verb in
    up | check | status | visit | logs | down | rows | verify) find_node ;;
    *) ;;
  esac
  # Something else may have to be closed first.
  [ "$verb" = down ] || node_known
  case $verb in
    up | check | status | visit | run | rows | verify) find_tester ;;
    *) ;;
  esac
  case $verb in
    up) up "$@" ;;
    check) check "$@" ;;
    status) status "$@" ;;
    visit)
      case $#:${1:-} in 1:?* | 2:?*) ;; *) usage 'visit SOCKET' ;; esac
      visit "$@"
      ;;
    logs) logs "$@" ;;
    down) [ $# -eq 0 ] || usage down; down ;;
    verify) verify "$@" ;;
    login) client_login ;;
    run) run ;;
    list) list ;;
    rows) rows ;;
    ssh-config)
      [ -n "$jump" ] || unknown
      ssh_config
      ;;
    *) unknown ;;
  esac
}
