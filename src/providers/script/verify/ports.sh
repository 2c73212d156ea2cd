# Ports of a relay, and the sshd of a gateway.

# knock HOST PORT: connects, and waits some seconds for what the other side says first. Sets knock_is to `open`, `hung up` (closed at once,
# without a word), `refused`, `no answer`, or why there is none. What was said is in $verify_folder/said.
knock() {
  [ -p "$verify_folder/pipe" ] || mkfifo "$verify_folder/pipe"
  case $1 in \[*) knock_host=$1 ;; *:*) knock_host="[$1]" ;; *) knock_host=$1 ;; esac
  LC_ALL=C curl -q --silent --show-error --verbose --noproxy '*' --max-time 4 --write-out '%{stderr}\n%{time_connect}\n' --url "telnet://$knock_host:$2" \
    </dev/null >"$verify_folder/pipe" 2>"$verify_folder/why" &
  knock_curl=$!
  # The first words are enough.
  dd bs=4096 count=1 <"$verify_folder/pipe" >"$verify_folder/said" 2>/dev/null
  if [ -s "$verify_folder/said" ]; then
    kill "$knock_curl" 2>/dev/null || :
    { wait "$knock_curl" || :; } 2>/dev/null
    knock_is=open
    return
  fi
  knock_code=0
  wait "$knock_curl" || knock_code=$?
  # Nothing if there was no connection.
  knock_time=$(tail -n 1 "$verify_folder/why" | tr -d '0.\n')
  if [ -n "$knock_time" ]; then
    case $knock_code in 0 | 56) knock_is='hung up' ;; *) knock_is=open ;; esac
    return
  fi
  case $knock_code:$(cat "$verify_folder/why") in
    7:*'Connection refused'*) knock_is=refused ;;
    28:*'Resolving timed out'*) knock_is='its name cannot be resolved' ;;
    28:*) knock_is='no answer' ;;
    *) knock_is=$(sed -n 's/^curl: ([0-9]*) //p' "$verify_folder/why" | head -n 1) ;;
  esac
}

# Whether every port of a host answers, because something in between answers for it. Nothing uses port 1.
all_answer() {
  case ${all_answer_at:-} in
    "$1 "*) ;;
    *)
      if answers "$1" 1; then all_answer_at="$1 yes"; else all_answer_at="$1 no"; fi
      ;;
  esac
  [ "$all_answer_at" = "$1 yes" ]
}

# Whether a host is this machine itself, where ports answer that nobody outside can reach.
is_here() {
  case $1 in
    127.0.0.1 | ::1 | localhost) return 0 ;;
    *) getent ahosts "$1" 2>/dev/null | awk '$1 == "127.0.0.1" || $1 == "::1" { found = 1 } END { exit !found }' ;;
  esac
}

# The port of the relay that leads to a closed socket, where only the relay itself should reach it. Sets raw_found and raw_verdict.
try_raw_port() {
  raw_found='' raw_verdict=kept
  raw_port=$(client_raw_ports | awk -F '\t' -v name="$try_name" '$1 == name { print $2 }')
  if [ -z "$raw_port" ] || [ "$try_plan" = open ]; then
    return 0
  fi
  knock "$gate_host" "$raw_port"
  case $knock_is in
    refused) raw_found="port $raw_port is closed" raw_verdict=silent ;;
    # Closed, or this network lets nobody out to it.
    'no answer') raw_found="port $raw_port does not answer" raw_verdict=muffled ;;
    open | 'hung up')
      if all_answer "$gate_host"; then
        raw_found="every port of $gate_host answers: something in between does" raw_verdict=unknown
      elif is_here "$gate_host"; then
        raw_found="$gate_host is this machine, so its ports say nothing" raw_verdict=unknown
      else
        raw_found="port $raw_port of $gate_host answers anyone, past the acl" raw_verdict=wider
      fi
      ;;
    *) raw_found="port $raw_port: $knock_is" raw_verdict=unknown ;;
  esac
}

# The socket's own port, as nobody.
port_as_nobody() {
  port_host=${try_address%:*}
  port_host=${port_host#*://}
  port_host=${port_host#\[}
  port_host=${port_host%\]}
  port_number=${try_address##*:}
  port_number=${port_number%/}
  if [ "$try_type" = udp ]; then
    result nobody "$try_plan" 'udp cannot be tried: a service that does not answer looks like none' unknown
    return 0
  fi
  knock "$port_host" "$port_number"
  case $knock_is:$try_plan in
    open:open)
      if all_answer "$port_host"; then
        result nobody open "every port of $port_host answers: something in between does" unknown
      else
        open_mark=$(port_mark)
        case $try_type:$open_mark in
          # A relay listens in any case, also if nothing is behind it.
          http:-) result nobody open 'the port is open, but no page answers' unknown ;;
          tls:- | https:-) result nobody open 'the port is open, but nothing there speaks TLS or says anything (or openssl is missing)' unknown ;;
          *:-) result nobody open 'the port is open, but nothing there says anything, not even to a request' unknown ;;
          *)
            heard host
            [ "$port_number" -lt 1024 ] || heard ports
            result nobody open answers kept "$open_mark"
            ;;
        esac
      fi
      ;;
    open:*) result nobody closed 'answers anyone' wider ;;
    'hung up:open') result nobody open 'the port is open, but nothing behind it answers' unknown ;;
    'hung up:'*) result nobody closed 'the port is open to anyone' wider ;;
    *:open) result nobody open "nothing listens there ($knock_is)" unknown ;;
    refused:*) result nobody closed "$knock_is" silent ;;
    'no answer:'*) result nobody closed "$knock_is" muffled ;;
    *) result nobody closed "$knock_is" unknown ;;
  esac
}

# By what the service at the port is known again: its host keys, its certificate, its page, or its first words.
port_mark() {
  case $(head -c 4 "$verify_folder/said" | tr -d '\000'):$try_type in
    SSH-:*) host_keys ;;
    *:tls | *:https) certificate_mark ;;
    *:http) page_at_port ;;
    :*)
      # Who says nothing may answer.
      asked_mark=$(certificate_mark)
      [ "$asked_mark" != - ] || asked_mark=$(page_at_port)
      printf '%s\n' "$asked_mark"
      ;;
    *) words_mark ;;
  esac
}

# The mark of the page at the port; `-` if there is none.
page_at_port() {
  case $port_host in *:*) page_host="[$port_host]" ;; *) page_host=$port_host ;; esac
  ask_direct=yes
  ask "http://$page_host:$port_number/"
  ask_direct=''
  case $ask_code:$ask_status in
    *:?*) page_mark ;;
    # In another language, such as that of a service that repeats what it hears.
    1:* | 8:*) echo 'answers a request' ;;
    *) echo - ;;
  esac
}

# The first words, without what may be a time or a date. Nodes can have names that differ in a digit.
words_mark() {
  printf 'says %s\n' "$(head -c 60 "$verify_folder/said" | tr -d '\000' | tr '\r\n\t' '   ' | sed -e 's/[0-9]*:[0-9:]*/0/g' -e 's/[0-9][0-9][0-9][0-9][0-9-]*/0/g' -e 's/ *$//')"
}

host_keys() {
  keys_found=$(limited 10 ssh-keyscan -T 5 -p "$port_number" "$port_host" 2>/dev/null </dev/null | awk '!/^#/ { print $2, $3 }' | sort)
  if [ -z "$keys_found" ]; then
    echo -
  else
    printf 'ssh %s\n' "$(printf '%s\n' "$keys_found" | put_digest)"
  fi
}

# The certificate, for any name.
certificate_mark() {
  mark_name=$port_host
  case $port_host in *:*) mark_place="[$port_host]:$port_number" ;; *) mark_place=$port_host:$port_number ;; esac
  mark_found=$(limited 8 openssl s_client -connect "$mark_place" -servername "$mark_name" </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256 2>/dev/null | sed 's/.*=//') || :
  if [ -z "$mark_found" ]; then echo -; else printf 'certificate %s\n' "$mark_found"; fi
}

# The digest of standard input.
put_digest() {
  cat >"$verify_folder/digested"
  digest_of "$verify_folder/digested" | cut -d ' ' -f 1
}

# gate OPTION…: asks the gateway's sshd, as an account of visitors, with these options and without anything that is the user's.
gate() {
  if [ -r "$verify_known" ]; then
    set -- -o "UserKnownHostsFile=\"$(no_tokens "$verify_known")\"" -o StrictHostKeyChecking=yes "$@"
  else
    set -- -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no "$@"
  fi
  limited 15 ssh -F /dev/null -o GlobalKnownHostsFile=/dev/null -o BatchMode=yes -o IdentityAgent=none -o IdentitiesOnly=yes \
    -o ConnectTimeout=8 -o ControlPath=none -o LogLevel=VERBOSE -p "$gate_port" "$@" "$gate_account@$gate_host" </dev/null
}

# Asks the sshd once, without a key. Sets sshd_found and sshd_verdict.
try_sshd() {
  sshd_found='' sshd_verdict=unknown
  sshd_port=''
  while IFS=$tab read -r try_name try_type try_address try_auth; do
    [ "$(client_door "$try_type" "$try_address" "$try_auth")" != sshd ] || sshd_port=${try_address##*:}
  done <"$verify_all/sockets"
  [ -n "$sshd_port" ] || return 0
  if ! command -v ssh >/dev/null 2>&1; then
    sshd_found='not tried: ssh is not installed'
    return 0
  fi
  sshd_code=0
  sshd_said=$(gate -o PubkeyAuthentication=no -o PreferredAuthentications=none -W "127.0.0.1:$sshd_port" 2>&1 >/dev/null) || sshd_code=$?
  case $sshd_code:$sshd_said in
    *'Host key verification failed'* | *'IDENTIFICATION HAS CHANGED'*) sshd_found="the $relay_word's host key is not the one in $verify_known" ;;
    *"@$gate_host: Permission denied ("*)
      heard host
      sshd_found='refused without a certificate' sshd_verdict=kept
      ;;
    0:* | *'Authenticated to '* | *'open failed'*) sshd_found='lets anyone in, without a certificate' sshd_verdict=wider ;;
    *) sshd_found="$gate_host:$gate_port: $(printf '%s\n' "$sshd_said" | tail -n 1)" ;;
  esac
}

# A socket behind the sshd, as nobody.
sshd_as_nobody() {
  result nobody closed "$sshd_found${raw_found:+; $raw_found}" "$(worse "$sshd_verdict" "$raw_verdict")"
}

# through PORT: what the sshd does if the person asks for a port of the gateway. Sets through_is to `in`, `nothing` (let in, but nothing
# answers), `out`, or why that cannot be told.
through() {
  # An sshd locks out an address that fails often (PerSourcePenalties), so a certificate that is refused is not shown again.
  if [ -f "$verify_all/denied" ]; then
    through_is=$denied_words
    return
  fi
  if ! command -v ssh >/dev/null 2>&1; then
    through_is='not tried: ssh is not installed'
    return
  fi
  # ssh expands % in the value of the option, and not in that of -i.
  through_said=$({ {
    through_code=0
    gate -o "IdentityFile=\"$(no_tokens "$verify_key")\"" -W "127.0.0.1:$1" || through_code=$?
    printf '%s\n' "$through_code" >"$verify_folder/code"
  } | head -c 4096 >"$verify_folder/said"; } 2>&1) || :
  through_code=$(cat "$verify_folder/code")
  [ ! -s "$verify_folder/said" ] || through_code=0
  # Nobody is in without a proof, and nobody is out without one: a certificate that the sshd does not know at all says nothing.
  case $through_code:$through_said in
    *'Authenticated to '*'open failed: administratively prohibited'*) through_is=out ;;
    *'Authenticated to '*'open failed: connect failed'*) through_is=nothing ;;
    *'Authenticated to '*'open failed'*) through_is=$(printf '%s\n' "$through_said" | grep 'open failed' | tail -n 1) ;;
    # Bytes, an orderly end, or the time limit.
    0:*'Authenticated to '* | 124:*'Authenticated to '*) through_is=in ;;
    *'Authenticated to '*) through_is="the connection ended: $(printf '%s\n' "$through_said" | tail -n 1)" ;;
    *"@$gate_host: Permission denied ("*)
      : >"$verify_all/denied"
      through_is=$denied_words
      ;;
    *) through_is="not let in: $(printf '%s\n' "$through_said" | tail -n 1)" ;;
  esac
}

denied_words='the certificate is not accepted, because the gateway names this person for no port, or because it is of another gateway, or revoked'

# A socket behind the sshd, as the person with the certificate.
sshd_as_person() {
  [ -n "$verify_as" ] || return 0
  if names_person; then person_plan=in; else person_plan=out; fi
  if [ -z "$verify_key" ]; then
    result "$verify_as" "$person_plan" 'not tried: --key FILE is needed' unknown
    return 0
  fi
  through "${try_address##*:}"
  case $person_plan:$through_is in
    in:in) result "$verify_as" in 'gets in' kept "$(behind_mark)" ;;
    in:nothing) result "$verify_as" in "the $relay_word lets $verify_as in, but nothing behind it answers" unknown ;;
    in:out) result "$verify_as" in 'refused' narrower ;;
    out:in | out:nothing) result "$verify_as" out 'gets in' wider ;;
    out:out) result "$verify_as" out refused kept ;;
    *) result "$verify_as" "$person_plan" "$through_is" unknown ;;
  esac
}

# The mark of what answers the person: the host key, if it speaks ssh.
behind_mark() {
  case $(head -c 4 "$verify_folder/said" | tr -d '\000') in
    SSH-)
      # A second ssh, to the node, through the first.
      cat >"$verify_folder/ssh" <<END
Host gate
  HostName $gate_host
  Port $gate_port
  User $gate_account
  IdentityFile "$(no_tokens "$verify_key")"
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile "$(no_tokens "${verify_known:-/dev/null}")"
  GlobalKnownHostsFile /dev/null
Host node
  HostName 127.0.0.1
  Port ${try_address##*:}
  User nobody
  ProxyJump gate
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PreferredAuthentications none
  PubkeyAuthentication no
Host *
  BatchMode yes
  ConnectTimeout 8
END
      behind_key=$(limited 15 ssh -v -F "$verify_folder/ssh" node true 2>&1 </dev/null | sed -n 's/^debug1: Server host key: //p' | tail -n 1)
      if [ -z "$behind_key" ]; then echo -; else printf 'ssh %s\n' "$behind_key"; fi
      ;;
    '') echo - ;;
    *) words_mark ;;
  esac
}

# With a certificate, nobody reaches a port of the gateway that the plan does not open: its own sshd, and the ports behind its pages.
try_own_ports() {
  if [ -z "$verify_key" ] || [ -z "$gate_account" ]; then
    return 0
  fi
  {
    row - "$gate_port"
    client_raw_ports | while IFS=$tab read -r own_name own_port; do
      case " $(awk -F '\t' -v name="$own_name" '$1 == name { print $3 }' "$verify_all/sockets")" in
        ' https://'*) row "$own_name" "$own_port" ;;
        *) ;;
      esac
    done
  } >"$verify_folder/own"
  while IFS=$tab read -r try_name own_port; do
    try_address="ssh:$own_port"
    through "$own_port"
    case $through_is in
      out) result "$verify_as" out "port $own_port of the $relay_word: refused" kept ;;
      in | nothing) result "$verify_as" out "reaches port $own_port of the $relay_word, which no entry opens" wider ;;
      *) result "$verify_as" out "$through_is" unknown ;;
    esac
  done <"$verify_folder/own"
}
