# verify: tries the sockets as somebody outside would, and compares what it finds with the plan (docs/src/verify.md).

# A check is a row: socket or `-`, what was tried, as whom, what the plan says, what was found, the verdict, and the mark of what answered or
# `-`. A verdict is one of:
#
# kept      it is as planned
# silent    nothing is there, which is as planned if the other end was heard at all (judge_silence)
# muffled   nothing answers, which is as planned if other ports of the same host do
# wider     more people get in than the plan says
# narrower  fewer do
# unknown   that cannot be told

# Sets what `verify` was told.
verify_options() {
  verify_as='' verify_key='' verify_cookie='' verify_trust='' verify_marks=$verified/marks verify_ca='' verify_known=$(client_known_hosts) verify_format=table
  gate=$(client_relay) gate_account=$(client_visitors_account)
  gate_host=${gate%:*} gate_port=${gate##*:}
  while [ $# -gt 0 ]; do
    case $1 in
      --trust) verify_trust=yes ;;
      --json | --junit) verify_format=${1#--} ;;
      --as | --key | --cookie | --marks | --ca | --known-hosts)
        [ -n "${2:-}" ] || usage "$verify_usage"
        case $1 in
          --as) verify_as=$(printf '%s\n' "$2" | tr '[:upper:]' '[:lower:]') ;;
          --key) verify_key=$2 ;;
          --cookie) verify_cookie=$2 ;;
          --marks) verify_marks=$2 ;;
          --ca) verify_ca=$2 ;;
          *) verify_known=$2 ;;
        esac
        shift
        ;;
      *) usage "$verify_usage" ;;
    esac
    shift
  done
}

verify_usage='verify [--as ADDRESS [--key FILE] [--cookie FILE]] [--trust] [--marks FILE] [--ca FILE] [--known-hosts FILE] [--json | --junit]'

# Stops if something is missing that `verify` needs.
verify_check() {
  [ -n "${HOME:-}${XDG_STATE_HOME:-}" ] || fail 'HOME is not set, so it is not known what is open'
  for check_program in curl awk od dd mkfifo mktemp sort cmp cut sed tr head find; do
    need "$check_program"
  done
  case " $(curl -q --version 2>/dev/null | sed -n 's/^Protocols: //p') " in
    *' telnet '*) ;;
    *) fail 'this curl cannot connect to plain ports: it was built without telnet; install a complete curl' ;;
  esac
  case $verify_as:$verify_key$verify_cookie in
    ?*:) fail '--as needs --key FILE, --cookie FILE, or both' ;;
    :?*) fail '--key and --cookie need --as ADDRESS' ;;
    *) ;;
  esac
  case $verify_as in
    '') ;;
    *@*@* | @* | *@) fail '--as needs an email address' ;;
    *@*) only "a-z0-9.@_+'-" "$verify_as" || fail '--as needs an email address' ;;
    *) fail '--as needs an email address' ;;
  esac
  for check_file in "$verify_ca" "$verify_marks" "$verify_key" "$verify_cookie" "$verify_known"; do
    # ssh and curl would read the rest of such a path as something else.
    case $check_file in
      -* | *\"* | *'
'*) fail "the name of a file begins with a dash, or contains a quote or a line break: $check_file" ;;
      *) ;;
    esac
  done
  [ -z "$verify_ca" ] || [ -r "$verify_ca" ] || fail "not readable: $verify_ca"
  # What is remembered comes from nodes, so it goes into a file of its own and through no link.
  if [ -h "$verify_marks" ] || { [ -e "$verify_marks" ] && [ ! -f "$verify_marks" ]; }; then
    fail "not a regular file: $verify_marks"
  fi
  [ ! -e "$verify_marks" ] || [ -r "$verify_marks" ] || fail "not readable: $verify_marks"
  if [ -n "$verify_trust" ]; then
    mkdir -p "$(dirname -- "$verify_marks")" 2>/dev/null || :
    { [ -w "$verify_marks" ] || { [ ! -e "$verify_marks" ] && [ -w "$(dirname -- "$verify_marks")" ]; }; } || fail "cannot write $verify_marks"
  fi
  [ -z "$verify_cookie" ] || private "$verify_cookie" 'the cookie'
  if [ -n "$verify_key" ]; then
    [ -n "$gate_account" ] || fail '--key is for a gateway, where certificates count'
    check_certificate
  fi
}

# Stops unless the key has a certificate of the person that has not expired.
check_certificate() {
  need ssh-keygen 'install the package openssh-client'
  private "$verify_key" "the visitor's key"
  [ -r "$verify_key-cert.pub" ] || fail "the key has no certificate: $verify_key-cert.pub"
  certificate=$(ssh-keygen -L -f "$verify_key-cert.pub" 2>/dev/null) || fail "not a certificate: $verify_key-cert.pub"
  printf '%s\n' "$certificate" | tr -d ' ' | grep -qxF -e "$verify_as" ||
    fail "the certificate is not for $verify_as: $verify_key-cert.pub"
  ssh-keygen -y -P '' -f "$verify_key" >/dev/null 2>&1 </dev/null ||
    fail "the key has a passphrase, which nobody is asked for here, or cannot be read: $verify_key"
  # `from A to B`, `before B`, `after A`, or `forever`, in the form and the time zone of `date`.
  certificate_valid=$(printf '%s\n' "$certificate" | sed -n 's/^ *Valid: //p')
  certificate_now=$(date +%Y-%m-%dT%H:%M:%S)
  certificate_from=$(printf '%s\n' "$certificate_valid" | sed -n -e 's/^from \([^ ]*\).*/\1/p' -e 's/^after \([^ ]*\).*/\1/p')
  certificate_to=$(printf '%s\n' "$certificate_valid" | sed -n -e 's/^from .* to \([^ ]*\).*/\1/p' -e 's/^before \([^ ]*\).*/\1/p')
  ! is_before "$certificate_to" "$certificate_now" || fail "the certificate expired at $certificate_to: $verify_key-cert.pub"
  ! is_before "$certificate_now" "$certificate_from" || fail "the certificate is not valid before $certificate_from: $verify_key-cert.pub"
}

# is_before TIME TIME: whether the first is earlier; not if one is empty.
is_before() {
  [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | LC_ALL=C sort | head -n 1)" = "$1" ]
}

# The sockets, with the addresses that the client reports if it runs here: name, type, address, whether visitors
# must log in.
verify_sockets() {
  if is_up; then
    { rows; echo; sockets; } | awk -F '\t' -v OFS='\t' '
      $0 == "" { is_plan = 1; next }
      !is_plan { if ($7 != "-") said[$6] = $7; next }
      { print $1, $2, (($1 in said) ? said[$1] : $5), $7 }'
  else
    sockets | cut -f 1,2,5,7
  fi
}

# Says what is going to happen, before anything does.
verify_announce() {
  announce_pages=0 announce_ports=0 announce_logins=0
  while IFS=$tab read -r _ type address auth; do
    case $(client_door "$type" "$address" "$auth") in
      page) announce_pages=$((announce_pages + 1)) ;;
      port) announce_ports=$((announce_ports + 1)) ;;
      sshd) announce_logins=$((announce_logins + 1)) ;;
      *) ;;
    esac
  done <"$verify_all/sockets"
  announce_text="this tries $(counted "$(wc -l <"$verify_all/sockets")" socket) from this machine, as nobody:"
  [ "$announce_pages" = 0 ] || announce_say "requests $(counted "$announce_pages" page), and follows no redirect"
  [ "$announce_ports" = 0 ] || announce_say "connects to $(counted "$announce_ports" port)"
  [ "$announce_logins" = 0 ] || announce_say "asks the $relay_word's sshd once, without a key"
  [ -z "$(client_raw_ports)" ] || announce_say "connects to the ports behind closed sockets, which only the $relay_word itself should reach"
  [ -z "$(client_unplanned)" ] || announce_say 'requests a name that is not in the plan'
  announce_more=$(client_learns)
  [ -z "$announce_more" ] || announce_say "$announce_more"
  if [ -n "$gate_account" ] && [ ! -r "$verify_known" ]; then
    announce_say "does not compare the host key of the $relay_word, because $verify_known is not here (--known-hosts FILE)"
  fi
  [ -z "$verify_cookie" ] || announce_say "as $verify_as, requests the closed pages of this lab with the cookie, which nothing else gets"
  [ -z "$verify_key" ] || announce_say "as $verify_as, logs in to $gate with the certificate, once for each port"
  say "$announce_text"
}

announce_say() {
  announce_text="$announce_text
$1"
}

# Leaves nothing, and no exit code that means something else.
verify_ended() {
  ended_code=$?
  trap '' HUP INT TERM
  # The checks that still run.
  # shellcheck disable=SC2086 # a word for each process
  [ -z "${try_pids:-}" ] || kill $try_pids 2>/dev/null || :
  rm -rf "$verify_all"
  [ -n "$verify_code" ] || [ "$ended_code" != 1 ] || ended_code=2
  exit "$ended_code"
}

# verify OPTION…: exits with 0 if all is as planned, 1 if something is wider, 3 if something cannot be told or is narrower, and 2 if it
# could not be done.
verify() {
  fail_code=2
  verify_options "$@"
  verify_check
  verify_all=$(mktemp -d "${TMPDIR:-/tmp}/publish-plan.XXXXXX") || fail 'cannot create a temporary directory'
  verify_folder=$verify_all
  verify_code=''
  trap verify_ended EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  same_sources
  verify_sockets >"$verify_all/sockets"
  verify_announce
  client_learn
  {
    try_unplanned
    try_sshd
    try_sockets
    try_own_ports
    try_gone
  } >"$verify_all/found"
  sockets | cut -f 1,8 >"$verify_all/nodes"
  printable <"$verify_all/found" | judge_silence | judge_marks >"$verify_all/rows"
  # No row is no proof.
  verify_rows=$(($(wc -l <"$verify_all/rows")))
  if [ "$verify_rows" != "$(($(wc -l <"$verify_all/found")))" ] || [ "$verify_rows" -lt "$tried" ]; then
    fail 'the results are incomplete'
  fi
  report_rows
  case $(verdict_of_all) in
    kept) verify_code=0 ;;
    wider) verify_code=1 ;;
    *) verify_code=3 ;;
  esac
  record_verification
  if [ -n "$verify_trust" ] && ! write_marks; then
    say "cannot write $verify_marks"
    [ "$verify_code" = 1 ] || verify_code=2
  fi
  exit "$verify_code"
}

# result AS PLAN FOUND VERDICT [MARK]: the row of a check of the socket.
result() {
  row "$try_name" "$try_address" "$1" "$2" "$(printf '%s' "$3" | tr '\t\r\n' '   ' | cut -c 1-300 | sed 's/ *$//')" "$4" "${5:--}"
}

# worse VERDICT VERDICT: the one that matters more.
worse() {
  for worse_one in wider unknown narrower muffled silent; do
    case " $1 $2 " in
      *" $worse_one "*)
        printf '%s\n' "$worse_one"
        return
        ;;
      *) ;;
    esac
  done
  echo kept
}

# Silence is as planned only if there is a proof that it is not this machine or its network that hears nothing.
judge_silence() {
  heard_host='' heard_ports=''
  [ ! -f "$verify_all/heard-host" ] || heard_host=yes
  [ ! -f "$verify_all/heard-ports" ] || heard_ports=yes
  awk -F '\t' -v OFS='\t' -v host="$heard_host" -v ports="$heard_ports" '
    $6 == "silent" {
      $6 = host == "" ? "unknown" : "kept"
      if (host == "") $5 = $5 "; nothing else of this lab answers either"
    }
    $6 == "muffled" {
      $6 = ports == "" ? "unknown" : "kept"
      if (ports == "") $5 = $5 ": it is closed, or this network lets nobody out to it"
    }
    { print }'
}

# What is open from here, and no longer in the lab, is more than planned.
try_gone() {
  ! is_up || gone | while IFS=$tab read -r gone_name gone_address; do
    row "$gone_name" "$gone_address" nobody nothing 'still open, but no longer in the lab' wider -
  done
}

# Tries the sockets, four at a time.
try_sockets() {
  tried=0 try_pids=''
  while IFS=$tab read -r try_name try_type try_address try_auth; do
    tried=$((tried + 1))
    try_apart "$verify_all/$tried" &
    try_pids="$try_pids $!"
    if [ $((tried % 4)) -eq 0 ]; then
      wait
      try_pids=''
    fi
  done <"$verify_all/sockets"
  wait
  try_pids=''
  tried_now=0
  while IFS=$tab read -r try_name _ try_address _; do
    tried_now=$((tried_now + 1))
    cat "$verify_all/$tried_now/found" 2>/dev/null || :
    # Nothing is as planned because it was not tried.
    [ -f "$verify_all/$tried_now/tried" ] || result nobody nothing 'this check ended before its time' unknown
  done <"$verify_all/sockets"
}

# try_apart DIRECTORY: tries a socket beside others, with a directory of its own.
try_apart() {
  trap - EXIT
  verify_folder=$1
  mkdir "$verify_folder"
  try_socket >"$verify_folder/found"
  : >"$verify_folder/tried"
}

# Tries a socket as nobody, and as the person.
try_socket() {
  try_plan=open
  [ "$try_auth" = no ] || try_plan=closed
  raw_found='' raw_verdict=kept
  door=$(client_door "$try_type" "$try_address" "$try_auth")
  case $door in
    page)
      # With some providers a closed port is a page to anyone without the client.
      case $try_address in *://*) ;; *) try_address=https://$try_address/ ;; esac
      try_raw_port
      page_as_nobody
      page_as_person
      ;;
    port) port_as_nobody ;;
    sshd)
      try_raw_port
      sshd_as_nobody
      sshd_as_person
      ;;
    *) result nobody "$try_plan" "${door#none }" unknown ;;
  esac
}

# Whether the entry of the socket names the person. Returns 2 if a policy decides.
names_person() {
  names_items=$(acls | awk -F '\t' -v name="$try_name" '$1 == name { print $2 }')
  case " $names_items " in
    *" $verify_as "* | *" @${verify_as#*@} "*) return 0 ;;
    *' policy:'*) return 2 ;;
    *) return 1 ;;
  esac
}
