# ---- Reading the directory ----

texts='lab.values gateway.conf login.inc tls.inc headers.inc sshd.conf lab.conf lab.people principals authorized_keys'

# take FILE…: copies files of the directory, so that nobody changes them between their check and their installation. No control character
# gets through. Each text gets a copy without comments beside it, NAME.plain; no line of a text ends in a backslash, which would make the
# next line part of a comment.
take() {
  take_names=$*
  set --
  for take_one in $take_names; do
    if [ -h "$here/$take_one" ] || [ ! -f "$here/$take_one" ]; then
      refuse "$take_one is missing in $here, or is not a regular file"
    fi
    set -- "$@" "$here/$take_one"
  done
  take_large=$(find "$@" -prune -size +2000000c -printf '%f ')
  [ -z "$take_large" ] || refuse "${take_large}is too large"
  cp -P -- "$@" "$stage"
  for take_one in $take_names; do
    if [ -h "$stage/$take_one" ] || [ ! -f "$stage/$take_one" ]; then
      refuse "$take_one is not a regular file"
    fi
    : >"$stage/$take_one.plain"
  done
  cd -- "$stage" || exit
  # shellcheck disable=SC2086 # names
  chmod 600 $take_names
  # shellcheck disable=SC2086 # names
  if ! are_lines $take_names; then
    for take_one in $take_names; do
      are_lines "$take_one" || refuse "$take_one has a control character, or does not end with a line break"
    done
  fi
  # shellcheck disable=SC2086 # names
  take_wrong=$(awk '/\\$/ && FILENAME !~ /^sign/ { print FILENAME; exit } !/^ *#/ { print >(FILENAME ".plain") }' $take_names)
  [ -z "$take_wrong" ] || refuse "$take_wrong has a line that ends in a backslash"
  cd /
}

# are_lines FILE…: whether files have no control characters, and line breaks at their ends.
are_lines() {
  [ "$({ cat -- "$@" | tr -d '\n -~\200-\377'; tail -q -c 1 -- "$@" | tr -d '\n'; } | wc -c)" = 0 ]
}

plain() {
  grep -v '^ *#' -- "$1" || :
}

# expect FILE: whether a file has exactly the lines on standard input, and comments.
expect() {
  cat >"$stage/expected"
  if ! cmp -s -- "$stage/expected" "$stage/$1.plain"; then
    grep -vn '^ *#' "$stage/$1" >"$stage/numbered" || :
    refuse "$1 is not as publish-plan writes it; see line $(awk 'NR == FNR { want[FNR] = $0; next }
      { number = line = $0; sub(/:.*/, "", number); sub(/^[0-9]+:/, "", line) }
      line != want[FNR] { exit }
      END { print number + 0 }' "$stage/expected" "$stage/numbered")"
  fi
}

# said FILE DIRECTIVE: the argument of a directive.
said() {
  sed -n "s/^ *$2 //p" "$stage/$1.plain"
}

# read_values: the lines of lab.values, in their order, each once.
read_values() {
  for read_key in version lab account domain web_port issuer hours certificate ports names; do
    IFS= read -r read_line || refuse "lab.values: $read_key is missing"
    case $read_line in
      "$read_key="*) read_value=${read_line#*=} ;;
      *) refuse "lab.values: expected $read_key= in place of another key" ;;
    esac
    # Nothing that any value can have is more than a word of these characters.
    case $read_value in
      *[!A-Za-z0-9._~:/\ -]* | ' '* | *' ' | *'  '*) refuse "lab.values: a character in $read_key is not allowed" ;;
      *) ;;
    esac
    case $read_key in
      version) [ "$read_value" = 1 ] || refuse "lab.values: this install.sh reads version 1, not $read_value" ;;
      lab) lab=$read_value ;;
      account) account=$read_value ;;
      domain) domain=$read_value ;;
      web_port) web_port=$read_value ;;
      issuer) issuer=$read_value ;;
      hours) hours=$read_value ;;
      certificate) certificate=$read_value ;;
      ports) ports=$read_value ;;
      *) names=$read_value ;;
    esac
  done <"$stage/lab.values.plain"
  [ "$(wc -l <"$stage/lab.values.plain")" = 10 ] || refuse 'lab.values has more than the ten values'
  case $lab in
    '' | -* | *- | *[!a-z0-9-]* | ???????????????????*) refuse 'lab.values: lab is not a name of at most 18 of a-z, 0-9, and -' ;;
    # These would be the visitors of another lab, and the file of revoked people.
    *-visitors | visitors | revoked) refuse "lab.values: a lab cannot have the name $lab" ;;
    *) ;;
  esac
  visitors=clab-$lab-visitors
}

check_values() {
  [ "$account" = "clab-$lab" ] || refuse "lab.values: expected the account clab-$lab, found $account"
  is_domain "$domain" || refuse 'lab.values: domain is not a domain'
  is_number "$web_port" 1 65535 || refuse 'lab.values: web_port is not a port'
  case $issuer in
    https://?*) only 'A-Za-z0-9._~:/-' "$issuer" || refuse 'lab.values: issuer is not an address' ;;
    *) refuse "lab.values: the issuer has no https: $issuer" ;;
  esac
  is_number "$hours" 1 8760 || refuse 'lab.values: hours is not a number from 1 to 8760'
  case $certificate in
    files | acme) ;;
    *) refuse 'lab.values: certificate is neither files nor acme' ;;
  esac
  [ -n "$ports" ] || refuse 'lab.values: ports is empty'
  check_seen=''
  for check_word in $ports; do
    is_number "$check_word" 1024 65535 || refuse "lab.values: $check_word is not a port from 1024 to 65535"
    ! among "$check_word" "$check_seen $web_port" || refuse "lab.values: port $check_word is used twice"
    check_seen="$check_seen $check_word"
  done
  check_seen="auth.$domain ssh.$domain"
  for check_word in $names; do
    is_domain "$check_word" || refuse "lab.values: $check_word is not a name"
    case $check_word in
      *".$domain") ;;
      *) refuse "lab.values: $check_word is not a name in $domain" ;;
    esac
    ! among "$check_word" "$check_seen" || refuse "lab.values: the name $check_word is used twice"
    check_seen="$check_seen $check_word"
  done
  [ "$web_port" = 443 ] || origin_port=:$web_port
}

# The addresses of a domain, as a pattern without the domain.
anyone_at="(?!-)[a-z0-9._+'-]+@"

# people: the names in `Require claim` lines on standard input, in words of an acl. `patterns` is the way back.
people() {
  sed "s/(?!-)\[a-z0-9._+'-\]+@/@/g"';s/^ *Require claim //; s/"email~(?is)^\([^"]*\)(?!\.)"/\1/g; s/\[\([.+]\)\]/\1/g'
}

# patterns NAME…
patterns() {
  printf '%s\n' "$*" | sed 's/[.+]/[&]/g; s/[^ ][^ ]*/"email~(?is)^&(?!.)"/g; '"s/\^@/^$anyone_at/g"
}

# pages FILE: of each page its name, http or https, its port, and who is let in.
pages() {
  plain "$1" | people | awk -F ' ' '
    $1 == "<VirtualHost" { name = scheme = port = who = "" }
    $1 == "ServerName" { name = $2 }
    $1 == "ProxyPass" { split($3, url, /[":\/]+/); scheme = url[2]; port = url[4] }
    /^ *Require all granted$/ { who = "anyone" }
    /^[^ ]*@/ { who = $0 }
    $1 == "</VirtualHost>" { print name "\t" scheme "\t" port "\t" who }'
}

# people_of FILE: of each page a line per name that is let in.
people_of() {
  pages "$1" | awk -F '\t' '{ n = split($4, who, " "); for (i = 1; i <= n; i++) print $1, who[i] }'
}

# grants FILE: of each name in principals a line per port. Returns 1 if a line is not one that publish-plan writes.
grants() {
  plain "$1" | awk '
    !/^restrict,port-forwarding(,permitopen="127[.]0[.]0[.]1:[1-9][0-9]*")+ [a-z0-9.@_+\047-]+$/ { print "?", NR; is_wrong = 1; next }
    { while (match($1, /:[0-9]+/)) { print $2, substr($1, RSTART + 1, RLENGTH - 1); $1 = substr($1, RSTART + RLENGTH) } }
    END { exit is_wrong }'
}

# access LAB.CONF PRINCIPALS AUTHORIZED_KEYS: of each page and port a line per name that is let in: where, who. Nothing of a file that
# is missing.
access() {
  [ ! -f "$1" ] || people_of "$1" | awk -v port="$origin_port" '{ print "https://" $1 port "\t" $2 }'
  [ ! -f "$2" ] || grants "$2" | awk '{ print "port " $2 ", with a certificate for ssh\t" $1 }'
  [ ! -f "$3" ] || listens "$3" | awk 'NF == 2 && $1 ~ /^(0[.]0[.]0[.]0|\[::\])$/ { print "port " $2 " of this server\tanyone" }'
}

# more_than ACCESS OTHER: the lines of one such list that the other does not have, and whose people are not in a wider one of the same place.
more_than() {
  awk -F '\t' '
    FILENAME == ARGV[1] { has[$1, $2] = 1; next }
    { domain = $2; sub(/^[^@]*/, "", domain) }
    !(($1, $2) in has) && !(($1, "anyone") in has) && !(($1, domain) in has)' "$2" "$1"
}

# listens FILE: of each port of the tunnel its address and itself, and then the key.
listens() {
  plain "$1" | awk '
    NR > 1 || NF != 3 || $1 !~ /^restrict,port-forwarding,command="\/bin\/false",permitopen="nowhere[.]invalid:1"(,permitlisten="(127[.]0[.]0[.]1|0[.]0[.]0[.]0|\[::\]):[1-9][0-9]*")+$/ { is_wrong = 1; exit }
    $2 !~ /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh[.]com|sk-ecdsa-sha2-nistp256@openssh[.]com)$/ { is_wrong = 1 }
    $3 !~ /^[A-Za-z0-9+\/]+=*$/ { is_wrong = 1 }
    { n = split($1, part, /permitlisten="/)
      for (i = 2; i <= n; i++) { sub(/".*/, "", part[i]); at = port = part[i]; sub(/:[0-9]+$/, "", at); sub(/.*:/, "", port); print at, port }
      print $2, $3 }
    END { exit is_wrong || NR != 1 }'
}
