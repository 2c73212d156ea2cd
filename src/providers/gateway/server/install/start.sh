# ---- Start ----

arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --check | --remove)
        [ "$mode" = install ] || refuse "$usage"
        mode=${1#--}
        ;;
      --revoke | --unrevoke)
        case $mode:${2:-} in
          install: | install:-*) refuse "$usage" ;;
          install:*) ;;
          *) refuse "$usage" ;;
        esac
        mode=${1#--}
        person=$(printf '%s\n' "$2" | tr '[:upper:]' '[:lower:]')
        shift
        ;;
      --help | -h)
        say_help
        exit
        ;;
      --replace-gateway) replaces=yes ;;
      --replace-lab) replaces_lab=yes ;;
      --relax-penalties) relaxes=yes ;;
      *) refuse "$usage" ;;
    esac
    shift
  done
  [ "$mode" != check ] || would='would '
}

main() {
  arguments "$@"
  here=$(cd -- "$(dirname -- "$0")" && pwd -P)
  [ "$(id -u)" = 0 ] || refuse 'run it as root'
  trap 'leave' EXIT
  trap 'exit 1' HUP INT TERM
  stage=$(mktemp -d /run/publish-plan.XXXXXXXX)
  [ ! -e "$unfinished" ] || was_killed=yes
  case $mode in
    install | check)
      # shellcheck disable=SC2086 # names
      take $texts sign sign.cgi
      read_values
      check_directory
      check_server
      install_lab
      ;;
    remove)
      take lab.values
      read_values
      account=clab-$lab
      check_server
      remove_lab
      ;;
    *)
      check_server
      revoke
      ;;
  esac
  changing=''
  [ "$mode" = check ] || rm -f -- "$unfinished"
  if [ "$mode" = check ]; then
    [ -z "$differs" ] || exit 1
    say 'nothing would change'
  elif [ -z "$differs" ]; then
    say 'nothing changed'
  else
    say 'done'
  fi
}

# All of this file has been read before anything runs.
main "$@"
