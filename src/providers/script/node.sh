# For tunnels that run as a node of the topology: containerlab starts its container with the lab, and ends it with the lab.

# Not empty if that container runs.
node_runs=''

# Sets node_runs; asks Docker once.
find_node() {
  if [ -n "$node" ] && command -v docker >/dev/null 2>&1 && runs "$node"; then
    node_runs=yes
  fi
}

# The topology that has the node, as an argument of containerlab.
node_deploys() {
  case $node_topology in /*) pasted "$node_topology" ;; *) pasted "$here/$node_topology" ;; esac
}

# Stops if only containerlab can open the tunnels. The container itself has a digest of its files.
not_by_node() {
  [ -z "$node" ] || [ -n "${PUBLISH_PLAN_DIGEST:-}" ] ||
    fail "the tunnels of this lab are its node $node_name: they open with containerlab deploy -t $(node_deploys) and close with containerlab destroy; to open them with publish.sh, compile without --node"
}

# Whether the node was deployed with other files than those that were compiled last.
is_node_old() {
  [ -n "$node_runs" ] || return 1
  # shellcheck disable=SC2016,SC2086 # a template of Docker; a word for each file
  node_now=$(cd -- "$here" && cat $node_files | digest_of /dev/stdin)
  node_then=$(docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' "$node" 2>/dev/null | sed -n 's/^PUBLISH_PLAN_DIGEST=//p')
  [ "sha256:${node_now%% *}" != "$node_then" ]
}

# Stops the container of the node. Returns 1 if it does not run.
stop_node() {
  [ -n "$node_runs" ] || return 1
  told docker stop --time 10 "$node" >/dev/null || fail "Docker could not stop the node $node_name, so the tunnels may still be open: docker stop $(pasted "$node")"
  say "stopped the node $node_name; containerlab deploy -t $(node_deploys) starts it again"
}

# container_log [-f]: the log of the client's container.
container_log() {
  if [ "$(how)" = node ]; then
    docker logs "$@" "$node"
  elif [ $# -gt 0 ]; then
    compose logs --no-color --follow "$service"
  else
    compose logs --no-color "$service"
  fi
}
