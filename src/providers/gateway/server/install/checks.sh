# ---- Checks of the directory ----

check_gateway_files() {
  client_id=$(said login.inc OIDCClientID)
  only 'A-Za-z0-9._~:/@+=-' "$client_id" || refuse 'login.inc: OIDCClientID is not a client id'
  listen='' tls_file='' tls_key='' acme_email=''
  [ -z "$(said gateway.conf Listen)" ] || listen=yes
  if [ "$certificate" = files ]; then
    tls_file=$(said tls.inc SSLCertificateFile)
    tls_key=$(said tls.inc SSLCertificateKeyFile)
    is_path "$tls_file" || refuse 'tls.inc: SSLCertificateFile is not a path'
    is_path "$tls_key" || refuse 'tls.inc: SSLCertificateKeyFile is not a path'
  else
    acme_email=$(said gateway.conf MDContactEmail)
    case $acme_email in
      *[!A-Za-z0-9.@_+-]* | *@*@* | @* | *@) refuse 'gateway.conf: MDContactEmail is not an address' ;;
      *@*) ;;
      *) refuse 'gateway.conf: MDContactEmail is not an address' ;;
    esac
  fi
  form_of_tls | expect tls.inc
  form_of_login | expect login.inc
  form_of_headers | expect headers.inc
  form_of_gateway | expect gateway.conf
}

check_pages() {
  pages "$stage/lab.conf" >"$stage/pages"
  pages_seen=''
  while IFS=$tab read -r pages_name pages_scheme pages_port pages_who; do
    among "$pages_name" "$names" || refuse 'lab.conf: a page has a name that lab.values does not have'
    ! among "$pages_name" "$pages_seen" || refuse "lab.conf: the page $pages_name is there twice"
    pages_seen="$pages_seen $pages_name"
    case $pages_scheme in
      http | https) ;;
      *) refuse "lab.conf: the page $pages_name is neither http nor https" ;;
    esac
    among "$pages_port" "$ports" || refuse "lab.conf: the page $pages_name has a port that lab.values does not have"
    [ -n "$pages_who" ] || refuse "lab.conf: the page $pages_name names nobody"
    [ "$pages_who" = anyone ] || check_names lab.conf "$pages_who"
  done <"$stage/pages"
  for pages_name in $names; do
    among "$pages_name" "$pages_seen" || refuse "lab.conf has no page $pages_name"
  done
  form_of_lab | expect lab.conf
}

# check_names FILE NAMES
check_names() {
  # Without a pattern of the file system, which a hostile name could be.
  set -f
  for names_one in $2; do
    is_name "$names_one" || refuse "$1: expected an address or a domain, found $names_one"
  done
  set +f
}

check_people() {
  people <"$stage/lab.people.plain" >"$stage/people"
  while IFS= read -r people_one; do
    is_name "$people_one" || refuse 'lab.people: a line does not name an address or a domain'
    printf 'Require claim %s\n' "$(patterns "$people_one")"
  done <"$stage/people" >"$stage/people.form"
  expect lab.people <"$stage/people.form"
}

# Who may have a certificate is who has a port, and so everybody who is told here.
check_signers() {
  sort -u "$stage/people" >"$stage/people.sorted"
  sort -u "$stage/granted" | cmp -s - "$stage/people.sorted" || refuse 'lab.people and principals do not name the same people'
}

# A line of an address comes before any of a domain, because sshd takes the first that matches, and has all ports of its domain; otherwise
# the lists that are printed here would not be what sshd does. 4,096 ports on a line are too many for sshd.
check_principals() {
  grants "$stage/principals" >"$stage/grants" || refuse "principals: see line $(awk '$1 == "?" { print $2; exit }' "$stage/grants"), without comments"
  awk -v ports="$ports" '
    BEGIN { n = split(ports, list, " "); for (i = 1; i <= n; i++) known[list[i]] = 1 }
    !($2 in known) { print "port " $2 " is not in lab.values"; exit }
    ($1, $2) in has { print $1 " has port " $2 " twice"; exit }
    $1 != last && ($1 in count) { print $1 " has two lines"; exit }
    $1 ~ /^@/ { has_domain = 1 }
    $1 !~ /^@/ && has_domain { print $1 " comes after a domain"; exit }
    { last = $1; has[$1, $2] = 1; if (++count[$1] > 1000) { print $1 " has more than 1000 ports"; exit } }' "$stage/grants" >"$stage/why"
  [ ! -s "$stage/why" ] || refuse "principals: $(cat "$stage/why")"
  cut -d ' ' -f 1 "$stage/grants" | uniq >"$stage/granted"
  [ "$(wc -l <"$stage/granted")" = "$(wc -l <"$stage/principals.plain")" ] || refuse 'principals: a name has two lines'
  while IFS= read -r principals_one; do
    is_name "$principals_one" || refuse "principals: $principals_one is neither an address nor a domain"
  done <"$stage/granted"
  awk '{ has[$1, $2] = 1; name[$1] = 1; port[$2] = 1 }
    END { for (one in name) { domain = one; if (one ~ /^@/) continue; sub(/^[^@]*/, "", domain)
      for (number in port) if ((domain, number) in has && !((one, number) in has)) print one " lacks port " number " of its domain" } }' \
    "$stage/grants" >"$stage/why"
  [ ! -s "$stage/why" ] || refuse "principals: $(head -n 1 "$stage/why")"
}

check_tunnel() {
  listens "$stage/authorized_keys" >"$stage/listens" || refuse 'authorized_keys is not as publish-plan writes it'
  sed '$!d' "$stage/listens" >"$stage/tunnel.pub"
  sed '$d' "$stage/listens" >"$stage/ports"
  tunnel_seen=''
  while read -r tunnel_at tunnel_port; do
    : "$tunnel_at"
    among "$tunnel_port" "$ports" || refuse "authorized_keys: port $tunnel_port is not in lab.values"
    ! among "$tunnel_port" "$tunnel_seen" || refuse "authorized_keys: port $tunnel_port is there twice"
    tunnel_seen="$tunnel_seen $tunnel_port"
  done <"$stage/ports"
  for tunnel_port in $ports; do
    among "$tunnel_port" "$tunnel_seen" || refuse "authorized_keys: port $tunnel_port of lab.values is missing"
  done
  ssh-keygen -l -f "$stage/tunnel.pub" >/dev/null 2>&1 || refuse 'authorized_keys has no public key'
}

# check_fixed FILE DIGEST
check_fixed() {
  case $(sha256sum <"$stage/$1") in
    "$2 "*) ;;
    *) refuse "$1 is not the one that belongs to this install.sh" ;;
  esac
}

check_directory() {
  check_values
  check_gateway_files
  form_of_sshd | expect sshd.conf
  check_pages
  check_people
  check_principals
  check_signers
  check_tunnel
  check_fixed sign "$sign_sha256"
  check_fixed sign.cgi "$sign_cgi_sha256"
}

# Who is let in where, in words.
describe() {
  say "the lab $lab lets in:"
  while IFS=$tab read -r describe_name describe_scheme describe_port describe_who; do
    : "$describe_scheme" "$describe_port"
    say "  https://$describe_name$origin_port: $(in_words "$describe_who")"
  done <"$stage/pages"
  while read -r describe_at describe_port; do
    if [ "$describe_at" != 127.0.0.1 ]; then
      say "  port $describe_port of this server: anyone on the Internet"
    else
      describe_who=$(awk -v port="$describe_port" '$2 == port { printf "%s%s", space, $1; space = " " }' "$stage/grants")
      [ -z "$describe_who" ] || say "  port $describe_port, with a certificate for ssh: $(in_words "$describe_who")"
    fi
  done <"$stage/ports"
  say "  its tunnel: the key $(ssh-keygen -l -f "$stage/tunnel.pub" | cut -d ' ' -f 2)"
}

# Who gains and who loses what by this, and who is let in nowhere although the lab names them.
describe_changes() {
  if [ -f "$settings/labs/$lab" ]; then
    if [ ! -s "$stage/gained" ] && [ ! -s "$stage/lost" ]; then
      say 'nobody gains or loses anything'
    else
      say 'what people gain and lose by this:'
      { sed 's/^/+/' "$stage/gained" && sed 's/^/-/' "$stage/lost"; } | sort -t "$tab" -k 1.2,1 -k 1.1,1.1 -k 2 |
        while IFS=$tab read -r changes_at changes_who; do
          case $changes_at in
            +*) say "  gain: ${changes_at#?}: $(in_words "$changes_who")" ;;
            *) say "  lose: ${changes_at#?}: $(in_words "$changes_who")" ;;
          esac
        done
    fi
  fi
  revoked_people | while IFS= read -r changes_who; do
    ! cut -f 2 "$stage/is" | grep -qxF -e "$changes_who" -e "@${changes_who#*@}" ||
      say "  not let in, because you revoked that address: $changes_who"
  done
}

# in_words NAMES: without the addresses of domains that are among them.
in_words() {
  words=''
  for words_one in $1; do
    case $words_one in
      ?*@*) ! among "@${words_one#*@}" "$1" || continue ;;
      @*) words_one="anyone $words_one" ;;
      anyone) words_one='anyone on the Internet' ;;
      *) ;;
    esac
    words="$words${words:+, }$words_one"
  done
  printf '%s\n' "$words"
}
