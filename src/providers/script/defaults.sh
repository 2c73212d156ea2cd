# What the part of a provider, which comes next, can replace. It always sets client_files, the names of the files in this directory
# that the client reads, and defines:
#
# client_check   stops if something is missing
# client_run     becomes the client, and passes the number of every other process that it starts to `keep`
# client_rows    prints one row per socket: id, DNS name, ports, type, whether visitors must log in, name, address, state. With
#                public addresses in publish.sh, `standing_rows` does, and calls client_standing
# client_login   logs in

# `compose` if the client runs only in its container; otherwise empty.
only_how=''
# Not empty if the provider has ids and logins of sockets, which `status` then shows.
has_ids=''

# Sets variables and files that the client needs, on the host also before its container starts. client_close removes such files.
client_prepare() { :; }

# Whether the client runs.
client_lives() {
  if in_container; then is_up; else lives client; fi
}

# Records what the client created in an account, which client_close deletes.
client_record() { :; }

client_close() { :; }

# Prints the relay as HOST:PORT, if the provider has one.
client_relay() { :; }

# Makes what is open what this script says. What is gone closes before anything opens, and what stays the same is not interrupted. Returns 1
# if that cannot be done while the client runs, with the reason in change_why, and stops if something new cannot be opened.
client_change() {
  change_why='this client cannot change while it runs'
  return 1
}

# Prints why the sockets are not up, from the client's log.
client_why() {
  no_connection 'the client' "$(last_words)"
}

# no_connection WHO LOG: what can be said if the reason is not known.
no_connection() {
  if [ -n "$2" ]; then
    printf '%s could not connect: %s\n' "$1" "$(printf '%s\n' "$2" | tail -n 2 | tr '\n' ' ')"
  else
    printf '%s did not connect in time, and its log does not say why\n' "$1"
  fi
}

# client_mark NAME: the text by which the client's log names a socket.
client_mark() {
  printf '%s\n' "$1"
}

# client_notes: what somebody who reads `status` has to know.
client_notes() {
  :
}

# client_visit TYPE HOST PORT ADDRESS NAME: how to connect to a socket.
client_visit() {
  visit_port "$@"
}

# The rest is for `verify`: how the sockets look from outside.

# What the other end of the tunnels is called.
relay_word=relay

# client_door TYPE ADDRESS AUTH: how a socket is tried: `page`, `port`, `sshd` (with a certificate, at the gateway), or `none WHY`.
client_door() {
  door_at "$2"
}

# door_at ADDRESS: the same, by its address alone.
door_at() {
  case $1 in
    -) echo 'none its address is known only where the lab is open' ;;
    https://* | http://*) echo page ;;
    *:*) echo port ;;
    *) echo 'none it has no address that can be tried' ;;
  esac
}

# client_login_page URL: whether a closed page redirects there to ask who somebody is. Returns 2 if that cannot be told.
client_login_page() {
  return 1
}

# Whether the answer, whose status is ask_status, is how the provider refuses somebody, and does not come from a node.
client_refuses() {
  return 1
}

# Whether the answer is that of the door for a node that does not answer.
client_silent() {
  return 1
}

# Whether the answer is that of the service, which has nothing at this address.
client_absent() {
  return 1
}

# Prints how to ask for a name that is not in the plan: the scheme, its domain and port, and the server as HOST:PORT.
client_unplanned() { :; }

# Prints the ports of the relay behind closed sockets, where only the relay itself should reach them: socket, port.
client_raw_ports() { :; }

# Prints the account of visitors with a certificate.
client_visitors_account() { :; }

# Prints the file with the host key of the relay's sshd.
client_known_hosts() { :; }

# Asks what has to be known before the sockets are tried; client_learns says so in words.
client_learn() { :; }
client_learns() { :; }
