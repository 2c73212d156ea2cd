# The part for cloudflared. The client finds containers by name, because containerlab writes the names into /etc/hosts of this machine.
client_files=config.yml
# Exported for Compose, which passes it to the container.
ACCESS_TAKEN=${ACCESS_TAKEN:-}
export ACCESS_TAKEN

client_check() {
  [ -z "$untagged" ] || fail "no Access application is set for $untagged; create one for each from access.json (see cloudflare.md), then compile again with --access-tag HOST=TAG"
  [ -z "$access" ] || confirmed ACCESS_TAKEN "$ACCESS_TAKEN" "$access" \
    "the Access applications of your account decide who may use these sockets: make sure that each one matches access.json, and that nothing else lets anyone in"
  [ -z "${HTTPS_PROXY:-${https_proxy:-}}" ] || say 'cloudflared does not support proxies; HTTPS_PROXY is not used for its tunnel'
  private "$credentials" "the tunnel's credentials file"
  [ "$(how)" != compose ] || return 0
  need cloudflared 'see https://developers.cloudflare.com/cloudflare-one/'
  check_said=$(cloudflared tunnel --config "$taken/config.yml" ingress validate 2>&1) ||
    fail "the client rejected config.yml: $check_said"
}

client_run() {
  exec cloudflared tunnel --no-autoupdate --config "$taken/config.yml" run --credentials-file "$credentials" "$tunnel"
}

client_rows() {
  rows_standing=down
  if client_lives; then
    # The client logs its connections (cloudflared 2026.8, connection/observer.go and control.go, supervisor/tunnel.go); in the
    # foreground, to the terminal. It retries rejected credentials forever: `Register tunnel error from server side
    # error="Unauthorized: Invalid tunnel secret"` (supervisor/tunnel.go; the reason comes from Cloudflare, see
    # cloudflare/cloudflared#426, and #496 for a tunnel that does not exist). `Failed to get tunnel` can go away by itself (#657).
    rows_standing=$(words | awk -v how="$(how)" '
      /Starting tunnel/ { split("", stands); refused = "" }
      match($0, /Register tunnel error from server side error="Unauthorized: [^"]*/) {
        refused = substr($0, RSTART, RLENGTH)
        sub(/.*"Unauthorized: /, "", refused)
        gsub(/[\t|]/, " ", refused)
        if (refused ~ /^Failed to get tunnel/) refused = ""
        next
      }
      match($0, /connIndex=[0-9]+/) {
        index_ = substr($0, RSTART, RLENGTH)
        if ($0 ~ / Registered tunnel connection/) stands[index_] = 1
        if ($0 ~ /Serve tunnel error|Connection terminated|Unregistered tunnel connection/) delete stands[index_]
      }
      END {
        for (one in stands) count++
        if (count > 0) print "up"
        else if (how == "run") print "not known"
        else print refused == "" ? "down" : "refused: " refused
      }')
  fi
  standing_rows
}

# One tunnel carries all sockets.
client_standing() {
  printf '%s\n' "$rows_standing"
}

# Prints why the tunnel is not up, from the client's log.
client_why() {
  why_log=$(last_words)
  case $why_log in
    *'Unauthorized: '*)
      printf 'Cloudflare rejected the credentials in %s: %s\n' "$credentials" \
        "$(printf '%s\n' "$why_log" | sed -n 's/.*Unauthorized: \([^"]*\).*/\1/p' | tail -n 1)"
      ;;
    *'edge discovery'* | *'no such host'* | *'network is unreachable'* | *'i/o timeout'*)
      printf 'cannot reach Cloudflare from here; cloudflared does not support proxies\n'
      ;;
    *) no_connection 'the client' "$why_log" ;;
  esac
}

client_mark() {
  sockets | awk -F '\t' -v name="$1" '$1 == name { sub(/^https:\/\//, "", $5); sub(/\/$/, "", $5); print $5 }'
}

client_visit() {
  case $1-$5 in
    http-* | https-*) printf '%s\n' "$4" ;;
    ssh-* | *-22) printf "ssh -o 'ProxyCommand=cloudflared access ssh --hostname %%h' %s@%s\n" "$visit_user" "$2" ;;
    *)
      visit_local=${5##*-}
      [ "$visit_local" -ge 1024 ] || visit_local=$((visit_local + 10000))
      printf 'cloudflared access tcp --hostname %s --url 127.0.0.1:%s\n' "$2" "$visit_local"
      ;;
  esac
}

client_login() {
  need cloudflared 'see https://developers.cloudflare.com/cloudflare-one/'
  cloudflared tunnel login
}

# For `verify`: Access redirects anyone without a token to the login of its team, with the tag of the application as `kid`
# (cloudflared, carrier/carrier.go, IsAccessResponse; token/token.go, GetAppInfo). A request that gets past Access without a token gets 403
# without a page from cloudflared itself (ingress/middleware/jwtvalidator.go), but so may a node answer: that cannot be told.
client_door() {
  case $1:$3 in
    *:yes) echo page ;;
    http:* | https:*) echo page ;;
    *) echo "none visitors need cloudflared for it, so it is not tried" ;;
  esac
}

client_login_page() {
  case $1 in
    "https://$team.cloudflareaccess.com/cdn-cgi/access/login"*) ;;
    *) return 1 ;;
  esac
  login_kid=$(printf '%s\n' "$1" | sed -n 's/.*[?&]kid=\([0-9a-zA-Z]*\).*/\1/p')
  # The application of another page may let in other people.
  [ -n "$login_kid" ] && [ "$(access_tags | awk -F '\t' -v name="$try_name" '$1 == name { print $2 }')" = "$login_kid" ] || return 2
}

# Cloudflare asks some visitors to prove that they are no program (https://developers.cloudflare.com/cloudflare-challenges/, cf-mitigated).
client_absent() {
  [ -n "$(header cf-mitigated)" ]
}
