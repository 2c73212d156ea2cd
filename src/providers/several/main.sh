# Prints the help.
help() {
  cat <<'END'
usage: sh publish.sh COMMAND [--only PROVIDER]

This lab has several providers. Each command is for all of them, or with --only
for one; --only can be given more than once.

  up               open the tunnels and keep them open: all of them, or none
    --compose      run the clients in containers, not on this host
    --for TIME     close the tunnels after TIME: 90m, 4h, 2d, or 1h30m
    --verify       then run verify, and close everything if something is wider
  status           show what is up, who may connect, and when it closes
    --json         print the status as JSON
  visit SOCKET     show how to connect to a socket, and who may
  logs [SOCKET]    show the logs of the clients, or only the lines about a socket
    -f             keep printing new lines
  verify           try the sockets as somebody outside would, and compare with the plan
    --as ADDRESS   also as this person, with --key FILE (an ssh key with its
                   certificate) or --cookie FILE (a session of the pages), and
                   with --only
    --trust        remember what answers now; each later verify compares with it
    --marks FILE   remember it in this file, with --only
    --ca FILE      trust the certificates of this authority
    --known-hosts FILE
                   compare the host key of the gateway with this file
    --json         print the result as JSON; --junit as JUnit XML
  down             close what `up` opened, and nothing else
  check            stop if something is missing that `up` needs
  login            log in, if a provider has accounts
  list             list the sockets and who may connect
  rows             print the status as tab-separated rows
  help             print this help

SOCKET is a node (r1), a node and its port (r1:22 or r1 22), or a socket's name,
as `list` prints it. The providers are:
END
  providers | cut -f 1 | sed 's/^/  /'
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
  main_only='' main_count=$#
  while [ "$main_count" -gt 0 ]; do
    argument=$1
    shift
    main_count=$((main_count - 1))
    if [ "$argument" = --only ]; then
      [ "$main_count" -gt 0 ] || usage "$verb --only PROVIDER"
      case $1 in '' | *[!a-z-]*) usage "$verb --only PROVIDER" ;; *) ;; esac
      main_only="$main_only $1"
      shift
      main_count=$((main_count - 1))
    else
      set -- "$@" "$argument"
    fi
  done
  # shellcheck disable=SC2086 # a word for each provider
  choose $main_only
  case $verb in
    up) up "$@" ;;
    status) status "$@" ;;
    visit) visit "$@" ;;
    logs) logs "$@" ;;
    down) down "$@" ;;
    verify) verify "$@" ;;
    login) login ;;
    run)
      say "in the foreground, each provider runs alone: sh $(pasted "$here/${chosen%% *}/publish.sh") run"
      exit 1
      ;;
    check) check "$@" ;;
    list) list ;;
    rows) rows ;;
    *)
      say "unknown command $verb; sh publish.sh --help lists the commands"
      exit 2
      ;;
  esac
}
