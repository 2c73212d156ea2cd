# The part for a gateway: the tunnel is that of ssh, which comes before this. Pages are behind the gateway's Apache, and what an acl
# closes is behind its sshd.
relay_setup='run install.sh from the directory gateway'
relay_word=gateway

why_refused() {
  printf 'the gateway refused port %s for %s; ask its administrator to run install.sh from the directory gateway again, and whether anything else on the gateway uses the port\n' "$1" "$2"
}

why_unreachable() {
  printf 'the client is connected, but pages or open ports of the gateway cannot be reached from here; ask its administrator whether Apache is running, and check any firewalls\n'
}

# client_standing NAME TYPE ADDRESS: the tunnel first, then the door.
client_standing() {
  if [ -z "$rows_client" ]; then
    echo 'tunnel down'
    return
  fi
  case $3 in
    ssh:*) if [ -n "$rows_proxy" ] || sshd_answers; then echo up; else echo 'gateway does not answer'; fi ;;
    https://*)
      if [ -n "$rows_proxy" ] || door_answers; then echo up; else echo 'gateway does not answer'; fi
      ;;
    *) if [ -n "$rows_proxy" ] || port_answers "$3"; then echo up; else echo 'not reachable on the gateway'; fi ;;
  esac
}

# Whether the gateway's sshd accepts connections: the tunnel may outlive it. True if that cannot be tested. Only `status` and `visit` ask,
# once each: an sshd locks out an address that connects often without logging in (PerSourcePenalties).
sshd_answers() {
  case ${sshd_is:-}:$verb in
    :status | :visit) if answers "$relay_host" "$relay_port" || [ $? -eq 2 ]; then sshd_is=there; else sshd_is=gone; fi ;;
    *) ;;
  esac
  [ "${sshd_is:-there}" = there ]
}

# Whether the gateway's Apache answers. True if that cannot be tested.
door_answers() {
  answers "$relay_host" "$web_port" || [ $? -eq 2 ]
}

# client_visit TYPE HOST PORT ADDRESS NAME: a closed socket is reached with the file for visitors.
client_visit() {
  case $4 in
    ssh:*)
      visit_file=$(pasted "$here/visitors/ssh_config")
      visitors | while IFS=$tab read -r visit_of visit_host visit_port; do
        [ "$visit_of" = "$5" ] || continue
        if [ -n "$visit_port" ]; then
          printf 'ssh -F %s %s   # and 127.0.0.1:%s while it runs\n' "$visit_file" "$visit_host" "$visit_port"
        elif [ "$visit_user" = USER ]; then
          printf 'ssh -F %s -l USER %s\n' "$visit_file" "$visit_host"
        else
          printf 'ssh -F %s %s\n' "$visit_file" "$visit_host"
        fi
      done | printable
      printf '# first get a certificate for your ssh key, valid for %s hours: %s\n' "$hours" "$signing_page"
      ;;
    *) visit_port "$@" ;;
  esac
}

client_notes() {
  say 'AUDIENCE is what was compiled; the gateway lets in the people of the directory that its administrator installed last'
}

client_login() {
  say "the gateway accepts the key $identity once its administrator has run install.sh from the directory gateway (see gateway/gateway.md)"
}
