# The part for a gateway: the tunnel is that of ssh, which comes before this. Pages are behind the gateway's Apache, and what an acl
# closes is behind its sshd.
relay_setup='run install.sh from the directory gateway'
relay_word=gateway

why_refused() {
  printf 'the gateway refused port %s for %s; ask its administrator to run install.sh from the directory gateway again, and whether anything else on the gateway uses the port\n' "$1" "$2"
}

why_unreachable() {
  printf 'the client is connected, but pages or open ports of the gateway cannot be reached from here; ask its administrator whether Apache is running, and check any firewalls\n'
}

# client_standing NAME TYPE ADDRESS: the tunnel first, then the door.
client_standing() {
  if [ -z "$rows_client" ]; then
    echo 'tunnel down'
    return
  fi
  case $3 in
    ssh:*) if [ -n "$rows_proxy" ] || sshd_answers; then echo up; else echo 'gateway does not answer'; fi ;;
    https://*)
      if [ -n "$rows_proxy" ] || door_answers; then echo up; else echo 'gateway does not answer'; fi
      ;;
    *) if [ -n "$rows_proxy" ] || port_answers "$3"; then echo up; else echo 'not reachable on the gateway'; fi ;;
  esac
}

# Whether the gateway's sshd accepts connections: the tunnel may outlive it. True if that cannot be tested. Only `status` and `visit` ask,
# once each: an sshd locks out an address that connects often without logging in (PerSourcePenalties).
sshd_answers() {
  case ${sshd_is:-}:$verb in
    :status | :visit) if answers "$relay_host" "$relay_port" || [ $? -eq 2 ]; then sshd_is=there; else sshd_is=gone; fi ;;
    *) ;;
  esac
  [ "${sshd_is:-there}" = there ]
}

# Whether the gateway's Apache answers. True if that cannot be tested.
door_answers() {
  answers "$relay_host" "$web_port" || [ $? -eq 2 ]
}

# client_visit TYPE HOST PORT ADDRESS NAME: a closed socket is reached with the file for visitors.
client_visit() {
  case $4 in
    ssh:*)
      visit_file=$(pasted "$here/visitors/ssh_config")
      visitors | while IFS=$tab read -r visit_of visit_host visit_port; do
        [ "$visit_of" = "$5" ] || continue
        if [ -n "$visit_port" ]; then
          printf 'ssh -F %s %s   # and 127.0.0.1:%s while it runs\n' "$visit_file" "$visit_host" "$visit_port"
        elif [ "$visit_user" = USER ]; then
          printf 'ssh -F %s -l USER %s\n' "$visit_file" "$visit_host"
        else
          printf 'ssh -F %s %s\n' "$visit_file" "$visit_host"
        fi
      done | printable
      printf '# first get a certificate for your ssh key, valid for %s hours: %s\n' "$hours" "$signing_page"
      ;;
    *) visit_port "$@" ;;
  esac
}

client_notes() {
  say 'AUDIENCE is what was compiled; the gateway lets in the people of the directory that its administrator installed last'
}

client_login() {
  say "the gateway accepts the key $identity once its administrator has run install.sh from the directory gateway (see gateway/gateway.md)"
}

# For `verify`: Apache redirects anyone without a session to the login page of the issuer, with its own client id and its own address to come
# back to, before the node is asked (mod_auth_openidc 2.4.12.3, observed).
client_door() {
  case $2 in ssh:*) echo sshd ;; *) door_at "$2" ;; esac
}

client_learns() {
  printf 'asks %s for the address of its login page\n' "$issuer"
}

client_learn() {
  ask "$issuer/.well-known/openid-configuration"
  login_page=$(json_lines <"$verify_folder/body" | sed -n 's/^ *"authorization_endpoint" *: *"\(https:[^"]*\)".*/\1/p' | sed 's|\\/|/|g' | head -n 1)
}

client_login_page() {
  # Its parameters, one in each line, without %XX.
  login_asks=$(printf '%s\n' "${1#*\?}" | tr '&' '\n' | LC_ALL=C awk '
    BEGIN { for (i = 32; i < 127; i++) letter[sprintf("%02X", i)] = sprintf("%c", i) }
    {
      total = split($0, part, "%")
      text = part[1]
      for (i = 2; i <= total; i++) text = text letter[toupper(substr(part[i], 1, 2))] substr(part[i], 3)
      print text
    }')
  login_is_own=''
  if printf '%s\n' "$login_asks" | grep -qxF -e "client_id=$client_id"; then
    login_is_own=client
    ! printf '%s\n' "$login_asks" | grep -qxF -e "redirect_uri=$login_returns" || login_is_own=yes
  elif printf '%s\n' "$login_asks" | grep -q '^client_id=.'; then
    login_is_own=no
  fi
  # The address of a login page may have parameters itself.
  case $login_page in *\?*) login_start="$login_page&" ;; *) login_start="$login_page?" ;; esac
  case $login_is_own:$1 in
    # That of another client: the login of the node itself.
    no:*) return 1 ;;
    yes:"$login_start"*) [ -n "$login_page" ] || return 2 ;;
    *:"$login_start"*) return 2 ;;
    # The issuer did not say where its login page is.
    *:"$(origin "$issuer")"/*) [ -z "$login_page" ] || return 1; return 2 ;;
    yes:*) return 2 ;;
    *) return 1 ;;
  esac
}

# Each of its pages is one sentence of lab.conf.
client_refuses() {
  refuses_words="The lab's owner has not named you for this page, $issuer has not verified your email address, or your access was ended. (To programs: a header with an underscore in its name is refused.)"
  case $ask_status:$(cat "$verify_folder/body") in
    401:"$refuses_words" | 403:"$refuses_words <a href='https://auth.$domain"*"</a> to log in as somebody else; if you are still the same person then, log out of $issuer too.") ;;
    *) return 1 ;;
  esac
}

client_silent() {
  case $ask_status:$(cat "$verify_folder/body") in
    "500:Nothing answers behind the tunnel"*"Ask the lab's owner.") ;;
    *) return 1 ;;
  esac
}

client_unplanned() {
  if [ "$web_port" = 443 ]; then unplanned_port=''; else unplanned_port=:$web_port; fi
  case $relay_host in *:*) unplanned_host="[$relay_host]" ;; *) unplanned_host=$relay_host ;; esac
  printf 'https %s%s %s:%s\n' "$domain" "$unplanned_port" "$unplanned_host" "$web_port"
}

client_raw_ports() {
  forwards | awk -F '\t' -v OFS='\t' 'sub(/^127\.0\.0\.1:/, "", $2) { print $1, $2 }'
}

client_visitors_account() {
  printf '%s\n' "$visitors_account"
}

client_known_hosts() {
  printf '%s\n' "$known_hosts"
}
