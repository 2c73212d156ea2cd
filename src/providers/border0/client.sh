# The part for border0. The client finds containers by name, because containerlab writes the names into /etc/hosts of this machine.
client_files=border0.yaml
has_ids=yes

# Sets token to the file with the token: that of border0 login, or that of containerlab. Returns 1 if the environment has the token.
find_token() {
  if [ -n "${BORDER0_TOKEN:-}${BORDER0_ADMIN_TOKEN:-}" ]; then return 1; fi
  token=${HOME:-}/.border0/token
  [ -e "$token" ] || token=$PWD/.border0_token
}

client_check() {
  [ "$(how)" = compose ] || need border0 'see https://docs.border0.com'
  if [ -n "${HTTPS_PROXY:-${https_proxy:-}}" ]; then
    say 'the border0 client does not support proxies; HTTPS_PROXY is not used for its tunnels'
  fi
  if find_token; then
    [ -e "$token" ] || fail 'no token: run sh publish.sh login, or set BORDER0_TOKEN'
    private "$token" 'the token'
    fresh 'the token' <"$token"
  else
    fresh 'the token in the environment' <<END
${BORDER0_TOKEN:-$BORDER0_ADMIN_TOKEN}
END
  fi
  # Without a client on this host, the account can be read only once the container runs.
  command -v border0 >/dev/null 2>&1 || return 0
  # The connector would take over an existing socket with one of these names.
  check_taken=$(table) || fail 'cannot read the account; run: sh publish.sh login'
  sockets | cut -f 1 | while read -r name; do
    if printf '%s\n' "$check_taken" | cut -f 2 | grep -qxF -e "$name"; then
      fail "a socket named $name already exists and was not created by this script; delete it, or rename the lab"
    fi
  done
}

# Exports the token under both names, for the client and for the container: the account, and a connector that reads its sockets from a
# file, use BORDER0_ADMIN_TOKEN, and a connector of version 2 uses BORDER0_TOKEN.
client_prepare() {
  if find_token; then
    BORDER0_TOKEN=$(cat "$token" 2>/dev/null) || :
  fi
  BORDER0_TOKEN=${BORDER0_TOKEN:-${BORDER0_ADMIN_TOKEN:-}}
  BORDER0_ADMIN_TOKEN=${BORDER0_ADMIN_TOKEN:-$BORDER0_TOKEN}
  # The client would use an empty value.
  if [ -n "$BORDER0_TOKEN" ]; then export BORDER0_TOKEN BORDER0_ADMIN_TOKEN; else unset BORDER0_TOKEN BORDER0_ADMIN_TOKEN; fi
}

# account ARGUMENT…: runs the client, on this host or in its container.
account() {
  client_prepare
  if [ "$(how)" = compose ] && ! command -v border0 >/dev/null 2>&1; then
    compose exec -T "$service" /border0 "$@"
  else
    border0 "$@"
  fi
}

# One line per socket of the account: id, name, DNS name, ports.
table() {
  table_said=$(account socket ls 2>&1) || {
    say "$table_said"
    return 1
  }
  printf '%s\n' "$table_said" | sed 's/│/|/g' | awk -F '|' '
    NF > 5 { for (i = 2; i < NF; i++) gsub(/^ +| +$/, "", $i) } NF > 5 && $2 != "SOCKET ID" { print $2 "\t" $3 "\t" $4 "\t" $5 }'
}

client_run() {
  client_prepare
  exec border0 connector start --config "$taken/border0.yaml"
}

client_rows() {
  rows_table=$(table 2>/dev/null || :)
  sockets | while IFS=$tab read -r name type _ _ _ _ auth _ _; do
    row=$(printf '%s\n' "$rows_table" | awk -F '\t' -v name="$name" '$2 == name { print; exit }')
    if [ -n "$row" ] && is_up; then standing=up; else standing=down; fi
    id=$(plain_word "$(printf '%s\n' "$row" | cut -f 1)")
    dns=$(plain_word "$(printf '%s\n' "$row" | cut -f 3)")
    ports=$(plain_word "$(printf '%s\n' "$row" | cut -f 4)")
    [ "$standing$dns" != up- ] || standing='no usable address'
    case $type in
      http | https) address="https://$dns/" ;;
      *) address=$dns:$ports ;;
    esac
    row "$id" "$dns" "$ports" "$type" "$auth" "$name" "$address" "$standing"
  done
}

# Records the sockets that the connector created, so that `down` deletes these and no others.
client_record() {
  client_rows | cut -f 1,6 >"$state/sockets"
}

client_close() {
  [ -f "$state/sockets" ] || return 0
  client_prepare
  while IFS=$tab read -r id name; do
    [ "$id" = - ] || account socket delete "$id" >/dev/null 2>&1 || say "socket $name ($id) could not be deleted; delete it by hand"
  done <"$state/sockets"
  rm -f "$state/sockets"
}

client_visit() {
  case $1 in
    http | https) printf '%s\n' "$4" ;;
    ssh) printf 'border0 client ssh --host %s\n' "$2" ;;
    *) printf "ssh %s@%s -o 'ProxyCommand=border0 client tls --host %%h'\n" "$visit_user" "$2" ;;
  esac
}

client_login() {
  need border0 'see https://docs.border0.com'
  border0 login
  [ ! -e "${HOME:-}/.border0/token" ] || chmod 600 "$HOME/.border0/token"
}

# For `verify`.
client_door() {
  echo 'none visitors need border0, so it is not tried'
}
