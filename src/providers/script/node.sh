# For tunnels that run as a node of the topology: containerlab starts its container with the lab, and ends it with the lab.

# Not empty if that container runs; why that is not known, if it is not.
node_runs='' node_unknown=''

# Sets node_runs; asks Docker once. A container of that name that is another topology's, or that containerlab did not make, is not touched.
find_node() {
  [ -n "$node" ] || return 0
  if ! command -v docker >/dev/null 2>&1; then
    [ ! -S /var/run/docker.sock ] || node_unknown='docker is not on PATH'
    return 0
  fi
  if ! find_said=$(docker inspect -f '{{.State.Running}}' "$node" 2>&1); then
    # Without its daemon, no container runs.
    case $find_said in
      *[Nn]'o such '* | *'annot connect to the Docker daemon'*) ;;
      *) node_unknown=$find_said ;;
    esac
    return 0
  fi
  [ "$find_said" = true ] || return 0
  find_from=$(docker inspect -f '{{index .Config.Labels "clab-topo-file"}}' "$node" 2>/dev/null) || find_from=''
  if [ "$find_from" = "$(node_file)" ] || [ "$find_from" = "$(node_file -P)" ]; then
    node_runs=yes
  else
    say "the container $node is not of this topology but of ${find_from:-something else}, so it is left alone"
  fi
}

# node_file [-P]: the topology that has the node, as an absolute path; with -P, without links.
node_file() {
  case $node_topology in /*) node_path=$node_topology ;; *) node_path=$here/$node_topology ;; esac
  node_folder=$(cd -- "${node_path%/*}" 2>/dev/null && pwd "$@") || node_folder=${node_path%/*}
  printf '%s\n' "$node_folder/${node_path##*/}"
}

# The same as an argument of containerlab.
node_deploys() {
  pasted "$(node_file)"
}

# Stops if only containerlab can open the tunnels. The container itself has a digest of its files.
not_by_node() {
  [ -z "$node" ] || [ -n "${PUBLISH_PLAN_DIGEST:-}" ] ||
    fail "the tunnels of this lab are its node $node_name: they open with containerlab deploy -t $(node_deploys) and close with containerlab destroy; to open them with publish.sh, compile without --node"
}

# What `up` does if the node runs: it waits until every socket is up, and shows them.
up_by_node() {
  if [ -n "$up_seconds" ] || [ "$up_how" = compose ]; then
    fail 'the tunnels of this lab are a node, which has no time limit and is not opened by Compose; leave out --for and --compose'
  fi
  say "the tunnels of this lab are its node $node_name, which runs; containerlab destroy closes it with the lab"
  if ! wait_until_up; then
    say "not open:$(missing)"
    status || :
    exit 1
  fi
  opened
}

# Whether the node was deployed with other files than those that were compiled last.
is_node_old() {
  [ -n "$node_runs" ] || return 1
  # shellcheck disable=SC2016,SC2086 # a template of Docker; a word for each file
  node_now=$(cd -- "$here" && cat $node_files | digest_of /dev/stdin)
  node_then=$(docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' "$node" 2>/dev/null | sed -n 's/^PUBLISH_PLAN_DIGEST=//p')
  [ "sha256:${node_now%% *}" != "$node_then" ]
}

# Stops if Docker does not say whether the node runs.
node_known() {
  [ -z "$node_unknown" ] || fail "it is not known whether the node $node_name runs, because Docker does not say: $node_unknown"
}

# Stops the container of the node. Returns 1 if it does not run.
stop_node() {
  node_known
  [ -n "$node_runs" ] || return 1
  stop_said=$(docker stop --time 10 "$node" 2>&1) || fail "Docker could not stop the node $node_name, so the tunnels may still be open: $stop_said"
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
