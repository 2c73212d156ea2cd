# What is open, as it is written down below $state.

# A relative XDG_STATE_HOME is ignored (XDG Base Directory Specification).
case ${XDG_STATE_HOME:-} in
  /*) state=$XDG_STATE_HOME/publish-plan/$state_name ;;
  *) state=${HOME:-}/.local/state/publish-plan/$state_name ;;
esac
# What `verify` found, which stays when the tunnels are closed.
verified=${state%/*/*}/publish-plan-verified/$state_name
# Copies of the client's files, made when the tunnels are opened. A later compilation takes effect at the next `up` only, even if the
# client or its container restarts before that.
taken=$state/taken
# What messages begin with: with several providers, the directory of the script.
case $state_name in *@*) script_folder=${state_name##*@}/ ;; *) script_folder='' ;; esac

# record HOW [LINES]: writes down what is opened now, by which script, and for whom: all sockets, or those whose names a file of lines begins
# with. Returns 1 if that is not possible; what was written down before is still there then.
record() {
  mkdir -p "$state"
  record_all "$@" || {
    say "cannot write to $state; is the disk full?"
    return 1
  }
}

record_all() {
  if [ $# = 1 ]; then
    sockets
  else
    sockets | record_names=" $(cut -f 1 "$2" | tr '\n' ' ')" awk -F '\t' 'index(ENVIRON["record_names"], " " $1 " ")'
  fi | put sockets-open || return 1
  # A container has the scripts only.
  [ ! -r "$here/plan.json" ] || put plan-open <"$here/plan.json" || return 1
  digest_of "$here/publish.sh" | cut -d ' ' -f 1 | put scripts || return 1
  client_relay | put relay-open || return 1
  printf '%s\n' "$here" | put here || return 1
  # Its time is that of the first.
  [ "$(how)" = "$1" ] || printf '%s\n' "$1" | put how
}

# put NAME: makes standard input a file of the state, all at once. Returns 1 if that is not possible.
put() {
  { cat >"$state/$1.new"; } 2>/dev/null && mv "$state/$1.new" "$state/$1" 2>/dev/null
}

# Copies the client's files as they are now.
take_files() {
  mkdir -p "$taken"
  for take_name in $client_files; do
    if ! cp -- "$here/$take_name" "$taken/new" 2>/dev/null || ! mv -- "$taken/new" "$taken/$take_name"; then
      say "cannot read the client's file, or cannot write to $taken: $here/$take_name"
      return 1
    fi
  done
}

# Whether the client's files are those that were copied.
same_files() {
  for same_name in $client_files; do
    cmp -s "$taken/$same_name" "$here/$same_name" || return 1
  done
}

# same_source WHAT PATH SHA-256: stops if the file has changed since this script was compiled, because the lab may no longer allow what
# the script opens. `-` is the digest of a file that did not exist. A missing topology is accepted: a container has the script only.
same_source() {
  case $2 in /*) same_source_file=$2 ;; *) same_source_file=$here/$2 ;; esac
  if [ ! -e "$same_source_file" ]; then
    case $1:$3 in
      topology:*)
        say "topology not found at $2, so this script cannot tell whether it changed after this was compiled"
        same_source_topology=missing
        ;;
      *:-) ;;
      *) [ "$same_source_topology" = missing ] || fail "$1 not found at $2; run publish-plan compile again" ;;
    esac
    return 0
  fi
  same_source_now=$(digest_of "$same_source_file")
  [ -n "$same_source_now" ] || fail "cannot compare the $1 at $2 with what this was compiled from; check that it is readable and that sha256sum, shasum, or openssl is installed"
  [ "${same_source_now%% *}" = "$3" ] || fail "the $1 at $2 changed after this was compiled; run publish-plan compile again"
}

# Stops if the topology, an entries file, or a settings file has changed since this script was compiled.
same_sources() {
  same_source_topology=''
  sources
}

# Stops if the state belongs to the script of another lab with the same name. State left by a crash does not count.
same_script() {
  if [ -e "$state" ] && [ -z "$(find "$state" -prune -type d -user "$(id -u)")" ]; then
    fail "the state directory of this lab belongs to another user: $state"
  fi
  same_other=$(cat "$state/here" 2>/dev/null || printf '%s\n' "$here")
  # If the other script is gone, its directory was moved here, and only this script can close what it opened.
  if [ "$same_other" = "$here" ] || [ ! -e "$same_other/publish.sh" ]; then
    return 0
  fi
  same_here=$here
  here=$same_other
  if (is_up || is_locked); then
    fail "a lab with this name is already open from another directory; close it with sh $same_other/publish.sh down, or give one of the two another name"
  fi
  here=$same_here
}

# Whether the open sockets are those of this script.
same_sockets() {
  [ -f "$state/sockets-open" ] || return 0
  [ ! -f "$state/orders/changing" ] || return 1
  [ "$(cat "$state/sockets-open")" = "$(sockets)" ] && same_files
}

# How the tunnels were opened: host, compose, run, node, or nothing.
how() {
  how_text=''
  { IFS= read -r how_text <"$state/how"; } 2>/dev/null || :
  [ -n "$how_text" ] || [ -z "$node_runs" ] || how_text=node
  printf '%s\n' "$how_text"
}

is_up() {
  case $(how) in
    host) lives supervisor ;;
    run) is_locked ;;
    node) [ -n "$node_runs" ] ;;
    compose) [ -f "$state/composed" ] && [ -f "$here/compose.yaml" ] && [ -n "$(compose ps -q "$service" 2>/dev/null)" ] ;;
    *) return 1 ;;
  esac
}
