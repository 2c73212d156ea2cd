# ---- Checks of this server ----

check_server() {
  exec 9>/run/publish-plan.lock
  flock -n 9 || refuse 'another install.sh is at work'
  grep -Eq '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release || refuse 'this server has neither Debian nor Ubuntu'
  # What runs have left that were killed: all others have ended within an hour.
  find /run -maxdepth 1 -name 'publish-plan.????????' -mmin +60 -exec rm -rf -- {} +
  server_missing=''
  for server_package in apache2 libapache2-mod-auth-openidc openssh-server sudo; do
    # shellcheck disable=SC2016 # dpkg-query replaces it
    case $(dpkg-query -W -f '${Status}' "$server_package" 2>/dev/null) in
      'install ok installed' | 'hold ok installed') ;;
      *) server_missing="$server_missing $server_package" ;;
    esac
  done
  # sshd lets nobody into an account whose shell does not exist, and a small Debian 13 does not have it.
  [ -x /usr/sbin/nologin ] || server_missing="$server_missing login"
  [ -z "$server_missing" ] || refuse "packages are missing; run: apt-get install$server_missing"
  for server_module in $(modules); do
    [ -f "/etc/apache2/mods-available/$server_module.load" ] || refuse "Apache has no module $server_module"
  done
  [ -f /usr/lib/apache2/modules/mod_auth_openidc.so ] || refuse 'Apache has no module auth_openidc; run: apt-get install --reinstall libapache2-mod-auth-openidc'
  [ "$(stat -c %a:%u /etc/apache2 /etc/ssh | sort -u)" = 755:0 ] || refuse '/etc/apache2 or /etc/ssh does not belong to root alone (mode 755)'
  if [ "$mode" != check ] && [ ! -d /run/sshd ]; then
    mkdir -m 755 /run/sshd
  fi
  # An error in a file of ours might go away with the installation.
  if [ -d /run/sshd ] && ! sshd -t 2>"$stage/why" && ! grep -q '/50-publish-plan-[a-z0-9-]*[.]conf' "$stage/why"; then
    refuse "sshd has an error already: $(tail -n 1 "$stage/why")"
  fi
  if ! ask_apache && ! grep -Eq '/(publish-plan[.]conf|publish-plan/[a-z0-9.-]+):' "$stage/why"; then
    refuse "Apache has an error already: $(apache_said)"
  fi
}

# Has Apache read its settings, and say what virtual hosts they have and where it writes its number. Returns 1 if it does not accept them.
ask_apache() {
  apache2ctl -t -D DUMP_VHOSTS -D DUMP_RUN_CFG >"$stage/apache" 2>"$stage/why"
}

# What Apache said of an error, without the sentence about its own name and without the last line, which is always the same.
apache_said() {
  grep -v -e AH00558 -e "^Action '" -e '^The Apache error log' "$stage/why" | tr '\n' ' '
}

modules() {
  printf '%s\n' ssl http2 headers rewrite proxy proxy_http proxy_wstunnel cgid auth_openidc
  [ "${certificate:-files}" = files ] || printf 'md\n'
}

# Whether all shared settings are the installed ones.
check_settings() {
  form_of_settings >"$stage/settings"
  [ -f "$settings/gateway.values" ] || return 0
  settings_release=$(sed -n 's/^release=//p' "$settings/gateway.values")
  is_number "$settings_release" 1 99999 || refuse "$settings/gateway.values has no release"
  if [ "$settings_release" -gt "$release" ] && [ -z "$replaces" ]; then
    refuse 'a newer publish-plan has installed a lab on this gateway; use its version for this lab, or run it with --replace-gateway'
  fi
  grep -v '^release=' "$stage/settings" | grep -vxF -f "$settings/gateway.values" >"$stage/settings.new" || :
  if [ -s "$stage/settings.new" ] && [ -z "$replaces" ]; then
    refuse "this gateway has other settings, and every lab uses them; new would be: $(tr '\n' ' ' <"$stage/settings.new")(--replace-gateway installs them; then all other labs must be compiled and installed again)"
  fi
}

check_other_labs() {
  for other_file in "$settings"/labs/*; do
    if [ ! -f "$other_file" ] || [ "${other_file##*/}" = "$lab" ]; then continue; fi
    other_ports=$(sed -n 's/^ports=//p' "$other_file")
    other_names=$(sed -n 's/^names=//p' "$other_file")
    for other_word in $ports; do
      ! among "$other_word" "$other_ports" || refuse "port $other_word is a port of the lab ${other_file##*/}"
    done
    for other_word in $names; do
      ! among "$other_word" "$other_names" || refuse "$other_word is a page of the lab ${other_file##*/}"
    done
  done
}

# check_account NAME: one that is there must be as this file makes it.
check_account() {
  account_line=$(getent passwd "$1") || return 0
  account_id=$(id -u "$1")
  case $account_line in
    "$1:"*:/nonexistent:/usr/sbin/nologin) ;;
    *) account_id=0 ;;
  esac
  if [ "$account_id" = 0 ] || [ "$account_id" -ge 1000 ] || [ "$(id -Gn "$1")" != "$1" ] ||
    [ "$(getent shadow "$1" | cut -d : -f 2)" != '*' ]; then
    refuse "there is an account $1 that this script has not made"
  fi
}

# A port that another program listens on would be published instead of the lab's.
check_listeners() {
  listeners_own=none
  ! getent passwd "$account" >/dev/null || listeners_own=$(id -u "$account")
  listeners_other=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v ports="$ports" -v own="$listeners_own" '
    BEGIN { n = split(ports, list, " "); for (i = 1; i <= n; i++) of[sprintf("%04X", list[i])] = list[i] }
    $4 == "0A" { n = split($2, at, ":"); if (at[n] in of && $8 != own) { print of[at[n]]; exit } }')
  [ -z "$listeners_other" ] || refuse "another program of this server listens on port $listeners_other, and would be published in its place"
}

# Names in the domain that others have, and patterns that contain ours. Apache lists each file with its path.
check_virtual_hosts() {
  awk -v domain="$domain" -v names="auth.$domain ssh.$domain $names" '
    function is_taken(name, pattern, list, n, i) {
      name = tolower(name)
      if (name == domain || substr(name, length(name) - length(domain)) == "." domain) return 1
      if (name !~ /[*?]/) return 0
      pattern = name
      gsub(/[.]/, "[.]", pattern); gsub(/[?]/, ".", pattern); gsub(/[*]/, ".*", pattern)
      n = split(names, list, " ")
      for (i = 1; i <= n; i++) if (list[i] ~ ("^" pattern "$")) return 1
      return 0
    }
    /\([^()]*:[0-9]+\)$/ { where = $NF; name = $(NF - 1) }
    !/\([^()]*:[0-9]+\)$/ { if ($0 !~ /^ *(wild )?alias /) next; name = $NF }
    where ~ /^\(\/etc\/apache2\/(sites-(enabled|available)\/publish-plan[.]conf|publish-plan\/[a-z0-9-]+[.]lab):/ { next }
    is_taken(name) { print name, where; exit }' "$stage/apache" >"$stage/why"
  [ ! -s "$stage/why" ] || refuse "the domain $domain must be this gateway's alone, but Apache has another virtual host for: $(cat "$stage/why"); give it another ServerName, or disable it with a2dissite"
}

check_secret() {
  secret_file=$settings/client-secret
  if [ -h "$secret_file" ] || [ ! -f "$secret_file" ]; then
    refuse "$secret_file is missing; write the client secret of $client_id at $issuer into it, in one line, with mode 600"
  fi
  [ "$(stat -c %a:%u "$secret_file")" = 600:0 ] || refuse "others can read $secret_file; run: chown root: $secret_file; chmod 600 $secret_file"
  secret_bare=$(head -n 1 "$secret_file" | tr -d ' \t\r')
  [ -n "$secret_bare" ] || refuse "$secret_file is empty; write the client secret of $client_id at $issuer into it"
  [ "$secret_bare" = "$(head -n 1 "$secret_file")" ] ||
    refuse "the line of $secret_file has a space or, as editors of Windows write it, a carriage return; write it again with the secret alone"
  # What Apache would read otherwise: quotes, backslashes, variables, and white space.
  if [ "$(head -n 1 "$secret_file" | tr -d '\041\043-\133\135-\176\n' | wc -c)" != 0 ] || head -n 1 "$secret_file" | grep -q '[$]{'; then
    refuse "$secret_file has a character that this script does not support; have $issuer make another secret"
  fi
}

# The certificate of the pages. The configtest of Apache does not see that a key belongs to another one, and --check installs nothing to
# test.
check_certificate() {
  [ "$certificate" = files ] || return 0
  [ -s "$tls_file" ] || refuse "$tls_file is missing or empty; it should be the certificate for all names in $domain"
  [ -s "$tls_key" ] || refuse "$tls_key is missing or empty; it should be the private key of $tls_file"
  for certificate_file in "$tls_file" "$tls_key"; do
    # The lab's owner has chosen the path.
    [ "$(stat -L -c %s -- "$certificate_file")" -le 1000000 ] || refuse "$certificate_file is too large for a certificate or a key"
  done
  command -v openssl >/dev/null 2>&1 || return 0
  certificate_is_old=''
  openssl x509 -in "$tls_file" -noout -pubkey -ext subjectAltName -checkend 0 >"$stage/certificate" 2>/dev/null || certificate_is_old=yes
  certificate_of=$(sed -n '/-BEGIN/,/-END/p' "$stage/certificate")
  [ -n "$certificate_of" ] || refuse "$tls_file is not a certificate in PEM format"
  certificate_key=$(openssl pkey -in "$tls_key" -passin pass: -pubout 2>/dev/null) ||
    refuse "$tls_key is not a private key in PEM format, or it has a passphrase"
  [ "$certificate_of" = "$certificate_key" ] || refuse "$tls_key is not the private key of $tls_file"
  [ -z "$certificate_is_old" ] || say "the certificate $tls_file has expired, so browsers will warn visitors"
  certificate_names=$(awk -F ', *' '{ for (i = 1; i <= NF; i++) if (sub(/^ *DNS:/, "", $i)) print tolower($i) }' "$stage/certificate" | tr '\n' ' ')
  for certificate_name in "auth.$domain" "ssh.$domain" $names; do
    among "$certificate_name" "$certificate_names" || among "*.${certificate_name#*.}" "$certificate_names" || {
      say "the certificate $tls_file is not for $certificate_name, so browsers will warn visitors"
      break
    }
  done
}

# check_sshd ACCOUNT: whether sshd really has the settings of the drop-in for this account, which a `Match` before it could replace.
check_sshd() {
  sshd -T -C "user=$1,host=localhost,addr=127.0.0.1" >"$stage/effective" 2>/dev/null || fail 'sshd does not print its settings'
  form_of_sshd | awk -v who="$1" '$1 == "Match" { is_his = $3 == who; next } is_his' | while read -r sshd_key sshd_value; do
    sshd_key=$(printf '%s\n' "$sshd_key" | tr '[:upper:]' '[:lower:]')
    grep -qx -- "$sshd_key $sshd_value" "$stage/effective" || printf '%s %s\n' "$sshd_key" "$sshd_value"
  done >"$stage/why"
  [ ! -s "$stage/why" ] || fail "sshd does not use our setting for $1: $(head -n 1 "$stage/why"); look for Include and Match in /etc/ssh"
  if grep -Eq '^(allow|deny)(users|groups) ' "$stage/effective"; then
    say "sshd has AllowUsers, AllowGroups, DenyUsers, or DenyGroups; check that they let in $1"
  fi
}
