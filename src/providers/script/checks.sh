# What `up` needs, before it opens anything.

# Prints the nodes that do not answer.
dead_nodes() {
  sockets | while IFS=$tab read -r _ type host port _; do
    target_answers "$host" "$port" "$type" || [ $? -eq 2 ] || printf ' %s:%s' "$host" "$port"
  done
}

# Stops unless every node answers within three seconds; a node may have been started just now.
check_targets() {
  check_left=3
  check_dead=$(dead_nodes)
  while [ -n "$check_dead" ] && [ "$check_left" -gt 0 ]; do
    sleep 1
    check_left=$((check_left - 1))
    check_dead=$(dead_nodes)
  done
  [ -z "$check_dead" ] || fail "no answer from$check_dead; check that the lab is running and that these names resolve on this host, or set a node's address with publish-plan compile --address NODE=ADDRESS"
}

# Stops if something is missing that this `up` needs.
check_up() {
  if [ "$up_how" = compose ]; then
    need docker
    docker version >/dev/null 2>&1 || fail 'cannot connect to Docker; check that the daemon is running and that you may use it'
    case $(compose_version) in
      '') fail 'Docker Compose not found: docker has no compose plugin, and docker-compose is not on PATH' ;;
      0.* | 1.*) fail "Compose 2 is required, found $(compose_version); install the Docker Compose plugin" ;;
      *) ;;
    esac
    docker network inspect "$network" >/dev/null 2>&1 || fail "Docker network $network not found; is the lab deployed?"
  fi
  check_targets
  client_check
}

# check [--compose]: stops if something is missing that `up` needs, and opens nothing.
check() {
  up_how=${only_how:-host}
  case $#:${1:-} in 0:) ;; 1:--compose) up_how=compose ;; *) usage 'check [--compose]' ;; esac
  [ "$(how)" != node ] || return 0
  not_by_node
  same_sources
  is_up || check_up
}
