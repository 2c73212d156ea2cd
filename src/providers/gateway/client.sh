# The part for a gateway: the tunnel is that of ssh, which comes before this. Pages are behind the gateway's Apache, and what an acl
# closes is behind its sshd.
relay_setup='run install.sh from the directory gateway'

# name_at_port PORT: the socket that has a port of the gateway.
name_at_port() {
  gateway_ports | awk -F '\t' -v port="$1" '$2 == port { print $1 }'
}

why_refused() {
  printf 'the gateway refused port %s for %s; ask its administrator to run install.sh from the directory gateway again, and whether anything else on the gateway uses the port\n' "$1" "$2"
}

# client_standing NAME TYPE ADDRESS: the tunnel first, then the door.
client_standing() {
  if [ -z "$rows_client" ]; then
    echo 'tunnel down'
    return
  fi
  case $3 in
    # The tunnel ends at the sshd that is the door.
    ssh:*) echo up ;;
    https://*)
      if [ -n "$rows_proxy" ] || door_answers; then echo up; else echo 'gateway does not answer'; fi
      ;;
    *) if [ -n "$rows_proxy" ] || port_answers "$3"; then echo up; else echo 'not reachable on the gateway'; fi ;;
  esac
}

# Whether the gateway's Apache answers. True if that cannot be tested.
door_answers() {
  answers "$relay_host" "$web_port" || [ $? -eq 2 ]
}

client_mark() {
  gateway_ports | awk -F '\t' -v name="$1" '$1 == name { print "port " $2 }'
}

# client_visit TYPE HOST PORT ADDRESS NAME: a closed socket is reached with the file for visitors.
client_visit() {
  case $4 in
    ssh:*)
      visitors | awk -F '\t' -v name="$5" '$1 == name { print $2 }'
      printf '# first get a certificate for your ssh key, valid for %s hours: %s\n' "$hours" "$signing_page"
      ;;
    *) visit_port "$@" ;;
  esac
}

client_notes() {
  say 'AUDIENCE is what was compiled; the gateway lets in the people of the directory that its administrator installed last'
}

client_login() {
  say "the gateway accepts the key $identity once its administrator has run install.sh from the directory gateway (see gateway.md)"
}
