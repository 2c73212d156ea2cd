# The part for tailscale. The client runs only in its container: on this host it would replace the host's own tailscaled.
client_files=serve.json
only_how=compose
# Exported for Compose, which passes it to the container.
GRANTS_TAKEN=${GRANTS_TAKEN:-}
export GRANTS_TAKEN

client_check() {
  [ -z "$grants" ] || confirmed GRANTS_TAKEN "$GRANTS_TAKEN" "$grants" \
    "your tailnet policy decides who may use these sockets: add grants.json to it and make sure that no other rule reaches the lab's tag"
  if [ -n "$secret" ]; then
    private "$secret" 'the auth key'
  elif [ -z "${TS_AUTHKEY:-}" ]; then
    say 'no auth key: this works only if the node is already in the tailnet; otherwise compile with --secret FILE, or set TS_AUTHKEY'
  fi
}

client_run() {
  fail 'tailscale runs only in its container; run: sh publish.sh up'
}

# in_tailnet ARGUMENT…: runs tailscale in the container.
in_tailnet() {
  contained tailscale --socket=/tmp/tailscaled.sock "$@" 2>/dev/null
}

client_rows() {
  rows_dns='' rows_serve=''
  if in_container && is_up; then
    # Both fail while the container restarts.
    rows_dns=$(in_tailnet status --json --peers=false | sed -n 's/.*"DNSName": *"\([A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]\)\.*".*/\1/p' | head -n 1) || :
    rows_serve=$(in_tailnet serve status --json) || :
  fi
  sockets | while IFS=$tab read -r name type host port address _ auth _ _; do
    ports=${address##*:}
    ports=${ports%/}
    case $rows_serve in
      *"\"$ports\""*) standing=up ;;
      *) standing=down ;;
    esac
    [ -n "$rows_dns" ] || standing=down
    if [ "$standing" = up ]; then
      target_answers "$host" "$port" "$type" || [ $? -eq 2 ] || standing='node does not answer'
    fi
    dns=${rows_dns:-$tailnet_name}
    case $address in https://*) address=https://$dns:$ports/ ;; *) address=$dns:$ports ;; esac
    row - "$dns" "$ports" "$type" "$auth" "$name" "$address" "$standing"
  done
}

# Prints why the node is not up, from its log. Every new node needs a login at first (`Switching ipn state NoState -> NeedsLogin`,
# ipn/ipnlocal/local.go), so only the last state counts. Without HTTPS certificates nothing is served at all
# (cmd/containerboot/serve.go, isValidHTTPSConfig).
client_why() {
  why_log=$(last_words)
  why_state=$(printf '%s\n' "$why_log" | sed -n 's/.*Switching ipn state [A-Za-z]* -> \([A-Za-z]*\).*/\1/p' | tail -n 1)
  case $why_log in
    *'serve proxy: this node is configured as a proxy that exposes an HTTPS endpoint'*)
      printf "the tailnet has no HTTPS certificates, so nothing of this lab is served; turn them on in its DNS settings (see tailnet.md)\n"
      ;;
    *'invalid key'* | *'API key'*'not valid'*) printf 'the tailnet rejected the auth key\n' ;;
    *'requested tags'*) printf "the auth key may not use the lab's tag; check that tagOwners has the tag and that the key has it too\n" ;;
    *)
      case $why_state in
        NeedsLogin) printf 'the node is not in the tailnet; it needs an auth key\n' ;;
        NeedsMachineAuth) printf 'the node waits for approval by an administrator of the tailnet\n' ;;
        *) no_connection 'the node' "$why_log" ;;
      esac
      ;;
  esac
}

client_mark() {
  marked_port "$1" | tr -d /
}

client_login() {
  say 'tailscale uses auth keys: create one for the tag of this lab, save it in a file with mode 600, and compile with --secret FILE'
}

# For `verify`: only members of the tailnet reach what is served; a funnel is open to anyone (https://tailscale.com/kb/1223/funnel).
client_door() {
  if [ "$is_funnel" = yes ]; then
    door_at "$2"
  else
    echo 'none only members of the tailnet reach it, so it is not tried from outside'
  fi
}
