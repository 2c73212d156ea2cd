# The part for ngrok. The client finds containers by name, because containerlab writes the names into /etc/hosts of this machine.
client_files=ngrok.yml

# Puts the authtoken into the environment, because every user of the machine can read arguments.
take_secret() {
  NGROK_AUTHTOKEN=$(secret_of "${NGROK_AUTHTOKEN:-}" "$secret" 'the ngrok authtoken') || exit 1
  # The agent would use an empty value.
  if [ -n "$NGROK_AUTHTOKEN" ]; then export NGROK_AUTHTOKEN; else unset NGROK_AUTHTOKEN; fi
}

client_check() {
  take_secret
  [ -n "${NGROK_AUTHTOKEN:-}" ] || fail 'no authtoken: compile with --secret FILE, or set NGROK_AUTHTOKEN'
  [ "$(how)" != compose ] || return 0
  need ngrok 'see https://ngrok.com/download'
  check_said=$(ngrok config check --config "$taken/ngrok.yml" 2>&1) || fail "the agent rejected ngrok.yml: $check_said"
}

client_prepare() {
  take_secret
}

client_run() {
  exec ngrok start --all --config "$taken/ngrok.yml" --log stdout --log-format logfmt
}

# The rows come from the agent's log, which names each endpoint with its URL when it is first bound. After a lost session, the agent binds it again with the
# same URL before `client session established`, and does not log it (ngrok-go, internal/tunnel/client/reconnecting.go).
client_rows() {
  rows_log=''
  if client_lives; then rows_log=$(words); fi
  sockets | while IFS=$tab read -r name type host port _ _ auth _ _; do
    url=$(printf '%s\n' "$rows_log" | awk -v name="$name" '
      /msg="open config file"/ { url = ""; is_lost = 0 }
      /msg="session closed, starting reconnect loop"|msg="failed to reconnect session"/ { is_lost = 1 }
      /msg="client session established"/ { is_lost = 0 }
      {
        said = place = ""
        for (i = 1; i <= NF; i++) {
          if ($i ~ /^name=/) said = substr($i, 6)
          if ($i ~ /^url=/) place = substr($i, 5)
        }
        gsub(/"/, "", said)
        gsub(/"/, "", place)
        if (said == name && place != "") url = place
      }
      END { if (url != "") print (is_lost ? "down" : "up"), url }')
    standing=${url%% *}
    standing=${standing:-down}
    said_url=${url#* }
    url=$(plain_word "$said_url")
    if [ "$standing" = up ] && [ "$url" = - ]; then
      standing='no usable address'
    elif [ "$standing" = up ]; then
      target_answers "$host" "$port" "$type" || [ $? -eq 2 ] || standing='node does not answer'
    fi
    place=${url#*://}
    case $place in -) ports=- ;; *:*) ports=${place##*:} ;; *) ports=443 ;; esac
    case $type in http | https) ;; *) url=$place ;; esac
    dns=${place%%:*}
    row - "${dns:--}" "$ports" "$type" "$auth" "$name" "${url:--}" "$standing"
  done
}

# Prints why an endpoint is not up, from the agent's log.
client_why() {
  why_log=$(last_words)
  why_error=$(printf '%s\n' "$why_log" | grep -o 'ERR_NGROK_[0-9]*' | tail -n 1)
  case $why_error in
    ERR_NGROK_105 | ERR_NGROK_107 | ERR_NGROK_109) printf 'ngrok rejected the authtoken (%s)\n' "$why_error" ;;
    ERR_NGROK_108) printf 'the account already has an agent running and does not allow a second one (%s)\n' "$why_error" ;;
    ERR_NGROK_8013) printf 'tcp needs a payment card on file for the account (%s)\n' "$why_error" ;;
    ERR_NGROK_9009) printf 'using ngrok through this proxy needs a paid tier (%s)\n' "$why_error" ;;
    '') no_connection 'the agent' "$why_log" ;;
    *) printf 'ngrok refused the connection: https://ngrok.com/docs/errors/%s\n' "$(printf '%s\n' "$why_error" | tr '[:upper:]' '[:lower:]')" ;;
  esac
}

client_mark() {
  printf 'name=%s\n' "$1"
}

client_visit() {
  case $1 in
    tls) printf 'openssl s_client -connect %s:%s -servername %s\n' "$2" "$3" "$2" ;;
    *) visit_port "$@" ;;
  esac
}

client_login() {
  say 'ngrok uses authtokens: create one at https://dashboard.ngrok.com, save it in a file with mode 600, and compile with --secret FILE'
}

# For `verify`: ngrok sends anyone without a session to its own login (https://ngrok.com/docs/http/oauth/: the callback of every identity
# provider is https://idp.ngrok.com/oauth2/callback).
client_login_page() {
  case $1 in https://idp.ngrok.com/*) ;; *) return 1 ;; esac
}

# Every error page of ngrok names its error (https://ngrok.com/docs/errors/).
client_absent() {
  case $ask_status in [45]??) grep -q 'ERR_NGROK_[0-9]' "$verify_folder/body" ;; *) return 1 ;; esac
}
