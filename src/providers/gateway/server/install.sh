#!/bin/sh
# Installs a lab on the gateway: sh install.sh, as root, from the directory `gateway` that `publish-plan compile` wrote. For Debian 12 and
# 13, and Ubuntu 24.04. It runs nothing of that directory but itself, follows no link in it, and reads every file before it installs one:
# a file with any other line than those that publish-plan writes is refused. So this is the one file to compare with the one of
# publish-plan that you trust; the digests below say which `sign` and `sign.cgi` belong to it.
#
# If a step fails, every file, module, and account is put back. The exit code is 1 then, and 2 if nothing was changed because of what
# was found. `--check` changes nothing: it exits with 0 if everything is installed, and with 1 if not.
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset APACHE_CONFDIR APACHE_ENVVARS APACHE_ARGUMENTS APACHE_HTTPD APACHE_ULIMIT_MAX_FILES APACHE_STARTED_BY_SYSTEMD CDPATH TMPDIR
set -eu
umask 077

# A lower release than the installed one is refused. It grows with every change of what is installed.
release=1
sign_sha256=dff05693866c41df97bdd3415db14010919e27042373e912454ee7146ae2a97a
sign_cgi_sha256=1105d4ddea12851b49e1fe74fb8f2c31a6c32bccd3eacbc19a4dd30576d3b0a1

ca_account=publish-plan-ca
apache=/etc/apache2/publish-plan
site=/etc/apache2/sites-available/publish-plan.conf
keys=/etc/ssh/publish-plan
settings=/etc/publish-plan
penalties=/etc/ssh/sshd_config.d/40-publish-plan-penalties.conf
tab=$(printf '\t')
mode=install person='' replaces='' relaxes='' changing='' stage='' differs='' would=''
apache_change='' apache_why='' sshd_change='' apache_was_told='' sshd_was_told=''

usage='usage: sh install.sh [--check | --remove | --revoke ADDRESS | --unrevoke ADDRESS] [--replace-gateway] [--relax-penalties]'

# ---- Words ----

# Makes text of the directory safe to print.
shown() {
  tr -c ' -~\n' '?' | cut -c 1-400
}

say() {
  printf 'install.sh: %s\n' "$1" | shown
}

refuse() {
  say "$1" >&2
  [ -z "$changing" ] || exit 1
  say 'nothing was changed' >&2
  exit 2
}

fail() {
  say "$1" >&2
  exit 1
}

# plan TEXT: tells of a change. Returns 1 if it is to be made.
plan() {
  differs=yes
  say "$would$1"
  [ "$mode" = check ]
}

# ---- Undo ----

# will KIND TEXT PATH: notes how to undo what comes next.
will() {
  printf '%s %s %s\n' "$1" "$2" "$3" >>"$stage/journal" || fail 'cannot write to /run'
}

# keep PATH: a file or link that is about to be written or removed, or a directory that is about to be created.
keep() {
  kept=$((kept + 1))
  if [ -e "$1" ] || [ -h "$1" ]; then
    cp -a -- "$1" "$stage/undo/$kept" || fail "cannot copy $1"
    will file "$kept" "$1"
  else
    will new - "$1"
  fi
}

# Puts everything back, unless this script has done all that it had to do.
leave() {
  leave_code=$?
  set +e
  trap '' HUP INT TERM
  trap - EXIT
  if [ -n "$changing" ]; then
    leave_code=1
    say 'putting everything back' >&2
    tac "$stage/journal" | while read -r undo_kind undo_text undo_path; do
      case $undo_kind in
        new) rm -rf -- "$undo_path" ;;
        file) rm -rf -- "$undo_path" && cp -a -- "$stage/undo/$undo_text" "$undo_path" ;;
        mode) chmod "$undo_text" "$undo_path" ;;
        owner) chown "$undo_text" "$undo_path" ;;
        account) end_processes "$undo_path" && userdel "$undo_path" ;;
        removed) add_account "$undo_path" ;;
        *) false ;;
      esac || say "cannot put back: $undo_path" >&2
    done
    links | comm -13 "$stage/links" - | while IFS= read -r undo_path; do
      rm -f -- "$undo_path"
    done
    [ -z "$sshd_was_told" ] || reload_sshd || say 'cannot reload sshd' >&2
    [ -z "$apache_was_told" ] || tell_apache restart || say 'cannot restart Apache' >&2
    say 'everything is as it was before' >&2
  fi
  [ -z "$stage" ] || rm -rf -- "$stage"
  exit "$leave_code"
}

# ---- Files ----

# directory PATH MODE OWNER
directory() {
  if [ ! -d "$1" ] || [ -h "$1" ]; then
    if [ -e "$1" ] || [ -h "$1" ]; then
      refuse "$1 is not a directory"
    fi
    if plan "create $1"; then return; fi
    keep "$1"
    mkdir -- "$1"
    chown "$3" "$1"
    chmod "$2" "$1"
  elif directory_is=$(stat -c '%a %U:%G' -- "$1") && [ "$directory_is" != "$2 $3" ]; then
    if plan "set the mode of $1 to $2, and its owner to $3"; then return; fi
    will owner "${directory_is#* }" "$1"
    will mode "${directory_is%% *}" "$1"
    chown "$3" "$1"
    chmod "$2" "$1"
  fi
}

# put FILE PATH MODE [OWNER]: installs a file. Returns 1 if it is there already.
put() {
  put_owner=${4:-root:root}
  if [ -f "$2" ] && [ ! -h "$2" ] && cmp -s -- "$1" "$2" && [ "$(stat -c '%a %U:%G' -- "$2")" = "$3 $put_owner" ]; then
    return 1
  fi
  if plan "write $2"; then return 0; fi
  [ ! -d "$2" ] || fail "$2 is a directory"
  keep "$2"
  put_new=${2%/*}/.${2##*/}.new
  rm -f -- "$put_new"
  will new - "$put_new"
  if ! cp -- "$1" "$put_new" || ! chown "$put_owner" "$put_new" || ! chmod "$3" "$put_new" || ! mv -T -- "$put_new" "$2"; then
    fail "cannot write $2"
  fi
}

# take_away PATH: removes a file. Returns 1 if there is none.
take_away() {
  [ -e "$1" ] || [ -h "$1" ] || return 1
  if plan "remove $1"; then return 0; fi
  keep "$1"
  rm -rf -- "$1"
}

# only CHARACTERS TEXT: whether a text has only these, and at least one.
only() {
  case $2 in
    '' | *[!$1]*) return 1 ;;
    *) ;;
  esac
}

# among WORD LIST
among() {
  case " $2 " in
    *" $1 "*) ;;
    *) return 1 ;;
  esac
}

# is_number TEXT LEAST MOST
is_number() {
  case $1 in
    '' | 0* | *[!0-9]* | ??????*) return 1 ;;
    *) [ "$1" -ge "$2" ] && [ "$1" -le "$3" ] ;;
  esac
}

is_domain() {
  case $1 in
    '' | *[!a-z0-9.-]* | .* | *. | *..* | -* | *- | *.-* | *-.*) return 1 ;;
    *) [ "${#1}" -le 253 ] ;;
  esac
}

# is_name WORD: an address, or `@` and a domain.
is_name() {
  case $1 in
    *[!a-z0-9.@_+-]* | *@*@* | *@*[_+]* | *@ | -*) return 1 ;;
    *@*) [ "${#1}" -le 255 ] ;;
    *) return 1 ;;
  esac
}

is_path() {
  case $1 in
    *[!A-Za-z0-9._/-]* | */../* | */..) return 1 ;;
    /?*) ;;
    *) return 1 ;;
  esac
}

# ---- Reading the directory ----

# take FILE: copies a file of the directory, so that nobody changes it between its check and its installation. No control character gets
# through, and no line ends in a backslash, which would make the next line part of a comment.
take() {
  if [ -h "$here/$1" ] || [ ! -f "$here/$1" ]; then
    refuse "$1 is missing in $here, or is not a regular file"
  fi
  [ "$(stat -c %s -- "$here/$1")" -le 2000000 ] || refuse "$1 is too large"
  cp -P -- "$here/$1" "$stage/$1"
  if [ -h "$stage/$1" ] || [ ! -f "$stage/$1" ]; then
    refuse "$1 is not a regular file"
  fi
  chmod 600 "$stage/$1"
  if [ "$(tr -d '\n -~\200-\377' <"$stage/$1" | wc -c)" != 0 ] || [ -n "$(tail -c 1 -- "$stage/$1")" ]; then
    refuse "$1 has a control character, or does not end with a line break"
  fi
}

# A text file of the directory; plain files are the same without comments.
take_text() {
  take "$1"
  ! grep -q '\\$' "$stage/$1" || refuse "$1 has a line that ends in a backslash"
  plain "$stage/$1" >"$stage/$1.plain"
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
  take_text lab.values
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
    [ "${check_word#*.}" = "$domain" ] || refuse "lab.values: $check_word is not a name in $domain"
    ! among "$check_word" "$check_seen" || refuse "lab.values: the name $check_word is used twice"
    check_seen="$check_seen $check_word"
  done
  origin_port=''
  [ "$web_port" = 443 ] || origin_port=:$web_port
}

# people: the names in `Require claim` lines on standard input, in words of an acl. `patterns` is the way back.
people() {
  sed 's/^ *Require claim //; s/\[^@\[:space:\]\]+@/@/g; s/"email~(?is)^\([^"]*\)(?!\.)"/\1/g; s/\[\([.+]\)\]/\1/g'
}

# patterns NAME…
patterns() {
  printf '%s\n' "$*" | sed 's/[.+]/[&]/g; s/[^ ][^ ]*/"email~(?is)^&(?!.)"/g; s/\^@/^[^@[:space:]]+@/g'
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
    !/^restrict,port-forwarding(,permitopen="127[.]0[.]0[.]1:[1-9][0-9]*")+ [a-z0-9.@_+-]+$/ { print "?", NR; is_wrong = 1; next }
    { while (match($1, /:[0-9]+/)) { print $2, substr($1, RSTART + 1, RLENGTH - 1); $1 = substr($1, RSTART + RLENGTH) } }
    END { exit is_wrong }'
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

# ---- What publish-plan writes, without comments ----

say_penalties() {
  printf '# Written by install.sh --relax-penalties.\nPerSourcePenalties authfail:1s\n'
}

form_of_tls() {
  printf 'SSLEngine on\n'
  if [ "$certificate" = files ]; then
    printf 'SSLCertificateFile %s\nSSLCertificateKeyFile %s\nProtocols h2 http/1.1\n' "$tls_file" "$tls_key"
  else
    printf 'Protocols h2 http/1.1 acme-tls/1\n'
  fi
}

form_of_login() {
  cat <<END
OIDCProviderMetadataURL $issuer/.well-known/openid-configuration
OIDCClientID $client_id
OIDCClientSecret "exec:/bin/cat /etc/publish-plan/client-secret"
OIDCCryptoPassphrase "exec:/bin/cat /etc/publish-plan/passphrase"
OIDCScope "openid email"
OIDCRemoteUserClaim email
OIDCPKCEMethod S256
OIDCPassClaimsAs none
OIDCStripCookies mod_auth_openidc_session mod_auth_openidc_session_chunks
OIDCCookieSameSite On
OIDCStateMaxNumberOfCookies 7 true
OIDCSessionInactivityTimeout 3600
OIDCSessionMaxDuration 28800
OIDCCacheType file
OIDCCacheDir /var/cache/apache2/publish-plan
OIDCRedirectURI https://auth.$domain$origin_port/.publish-plan/oidc
OIDCCookieDomain $domain
END
}

form_of_gateway() {
  [ -z "$listen" ] || printf 'Listen %s\n' "$web_port"
  [ "$certificate" = files ] || cat <<END
MDCertificateAgreement accepted
MDContactEmail $acme_email
MDomain auth.$domain
MDomain ssh.$domain
<MDomainSet unplanned.invalid>
    MDRenewMode manual
</MDomainSet>
END
  cat <<END
<VirtualHost *:$web_port>
    ServerName unplanned.invalid
    Include publish-plan/tls.inc
    <Location "/">
        Require all denied
    </Location>
</VirtualHost>
<VirtualHost *:$web_port>
    ServerName auth.$domain
    Include publish-plan/tls.inc
    Include publish-plan/login.inc
    ErrorDocument 400 "The login failed. Start again from the page that you wanted. If it fails again, your account has no e-mail address that this gateway can use."
    ErrorDocument 401 "The login failed. Start again from the page that you wanted."
    ErrorDocument 500 "The login failed: this gateway cannot reach the identity provider. Ask the gateway's administrator."
    <Location "/">
        Require all denied
    </Location>
    <Location "/.publish-plan/oidc">
        AuthType openid-connect
        Require valid-user
    </Location>
</VirtualHost>
<VirtualHost *:$web_port>
    ServerName ssh.$domain
    Include publish-plan/tls.inc
    Include publish-plan/login.inc
    ScriptAlias "/" "/usr/local/lib/publish-plan/sign.cgi/"
    ErrorDocument 401 "No lab of this gateway names you for a tcp, tls, or ssh entry."
    ErrorDocument 403 "No lab of this gateway names you for a tcp, tls, or ssh entry."
    <LocationMatch "^/.">
        SetHandler none
    </LocationMatch>
    <Location "/">
        AuthType openid-connect
        AuthzSendForbiddenOnFailure On
        <RequireAll>
            Require expr "%{HTTP:Sec-Fetch-Site} -in { '', 'none', 'same-origin' } || (%{HTTP:Sec-Fetch-Mode} == 'navigate' && %{REQUEST_METHOD} == 'GET')"
            Require claim email_verified:true
            Require claim "iss:$issuer"
            Include publish-plan/revoked.inc
            <RequireAny>
                Require all denied
                IncludeOptional publish-plan/*.people
            </RequireAny>
        </RequireAll>
    </Location>
</VirtualHost>
IncludeOptional publish-plan/*.lab
END
}

# form_of_page NAME SCHEME PORT NAMES
form_of_page() {
  [ "$certificate" = files ] || printf 'MDomain %s\n' "$1"
  cat <<END
<VirtualHost *:$web_port>
    ServerName $1
    Include publish-plan/tls.inc
    ProxyPreserveHost On
    ProxyTimeout 3600
    SetEnvIf "^[^_]*_" "." underscored
    RequestHeader unset X-Forwarded-For
    RequestHeader unset X-Forwarded-Host
    RequestHeader unset X-Forwarded-Server
    RequestHeader unset X-Forwarded-User
    RequestHeader unset X-WEBAUTH-USER
    RequestHeader unset X-Forwarded-Email
    RequestHeader set X-Forwarded-Proto https
    RequestHeader edit* Cookie "(^|;[ ]*)mod_auth_openidc_[^;]*" ""
    Header edit* Set-Cookie "(?i);[ ]*domain=[^;]*" ""
END
  [ "$2" = http ] || cat <<END
    SSLProxyEngine On
    SSLProxyVerify none
    SSLProxyCheckPeerName off
    SSLProxyCheckPeerCN off
    SSLProxyCheckPeerExpire off
END
  cat <<END
    ProxyPass "/" "$2://127.0.0.1:$3/" upgrade=websocket
    ErrorDocument 500 "Nothing answers behind the tunnel. Ask whoever runs the lab."
    ErrorDocument 502 "The node behind the tunnel hung up. Ask whoever runs the lab."
    ErrorDocument 503 "The tunnel of the lab is down. Ask whoever runs the lab."
END
  if [ "$4" = anyone ]; then
    cat <<END
    <Location "/">
        <RequireAll>
            Require expr "-z reqenv('underscored')"
            Require all granted
        </RequireAll>
    </Location>
</VirtualHost>
END
  else
    cat <<END
    Include publish-plan/login.inc
    RequestHeader set X-Forwarded-Email "expr=%{REMOTE_USER}"
    ErrorDocument 401 "The lab's owner has not named you for this page."
    ErrorDocument 403 "The lab's owner has not named you for this page."
    <Location "/">
        AuthType openid-connect
        AuthzSendForbiddenOnFailure On
        <RequireAll>
            Require expr "-z reqenv('underscored')"
            Require expr "%{HTTP:Sec-Fetch-Site} -in { '', 'none', 'same-origin' } || (%{HTTP:Sec-Fetch-Mode} == 'navigate' && %{REQUEST_METHOD} == 'GET')"
            Require expr "-z %{HTTP:Origin} || %{HTTP:Origin} == 'https://$1$origin_port' || %{HTTP:Upgrade} == ''"
            Require claim email_verified:true
            Require claim "iss:$issuer"
            Include publish-plan/revoked.inc
            Require claim $(patterns "$4")
        </RequireAll>
    </Location>
</VirtualHost>
END
  fi
}

form_of_sshd() {
  cat <<END
Match User $account
    AuthenticationMethods publickey
    AuthorizedKeysFile /etc/ssh/publish-plan/$lab/authorized_keys
    AuthorizedKeysCommand none
    TrustedUserCAKeys none
    RequiredRSASize 2048
    AllowTcpForwarding remote
    GatewayPorts clientspecified
    AllowStreamLocalForwarding no
    AllowAgentForwarding no
    X11Forwarding no
    PermitTTY no
    PermitTunnel no
    PermitUserRC no
    MaxSessions 0
    ForceCommand /bin/false
    ClientAliveInterval 5
    ClientAliveCountMax 3
Match User $visitors
    AuthenticationMethods publickey
    AuthorizedKeysFile none
    AuthorizedKeysCommand none
    AuthorizedPrincipalsCommand none
    RequiredRSASize 2048
    TrustedUserCAKeys /etc/ssh/publish-plan/ca.pub
    AuthorizedPrincipalsFile /etc/ssh/publish-plan/$lab/principals
    RevokedKeys /etc/ssh/publish-plan/revoked
    AllowTcpForwarding local
    PermitListen none
    AllowStreamLocalForwarding no
    AllowAgentForwarding no
    X11Forwarding no
    PermitTTY no
    PermitTunnel no
    PermitUserRC no
    MaxSessions 0
    ForceCommand /bin/false
END
}

# The people on standard input, an address a line.
form_of_revoked() {
  cat <<END
# Whom the administrator of this gateway has revoked, whatever a lab says: written by install.sh --revoke and --unrevoke.
<RequireNone>
    # Without any other line, this one keeps nobody out.
    Require all denied
END
  while IFS= read -r form_name; do
    printf '    Require claim %s\n' "$(patterns "$form_name")"
  done
  printf '</RequireNone>\n'
}

# The values that all labs of a gateway share. A difference in one of them would change the other labs, so it is refused without
# --replace-gateway. Everything else of the shared files belongs to the release of install.sh: a newer one replaces them, which is why the
# files themselves are not compared.
form_of_settings() {
  cat <<END
release=$release
domain=$domain
web_port=$web_port
listen=$listen
issuer=$issuer
client_id=$client_id
hours=$hours
certificate=$certificate
tls_file=$tls_file
tls_key=$tls_key
acme_email=$acme_email
END
}

form_of_lab() {
  while IFS=$tab read -r form_name form_scheme form_port form_who; do
    form_of_page "$form_name" "$form_scheme" "$form_port" "$form_who"
  done <"$stage/pages"
}

# ---- Checks of the directory ----

check_gateway_files() {
  take_text gateway.conf
  take_text login.inc
  take_text tls.inc
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
  form_of_gateway | expect gateway.conf
}

check_pages() {
  take_text lab.conf
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
  take_text lab.people
  people <"$stage/lab.people.plain" >"$stage/people"
  while IFS= read -r people_one; do
    is_name "$people_one" || refuse 'lab.people: a line does not name an address or a domain'
    printf 'Require claim %s\n' "$(patterns "$people_one")"
  done <"$stage/people" >"$stage/people.form"
  expect lab.people <"$stage/people.form"
}

# A line of an address comes before any of a domain, because sshd takes the first that matches, and has all ports of its domain; otherwise
# the lists that are printed here would not be what sshd does. 4,096 ports on a line are too many for sshd.
check_principals() {
  take_text principals
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
  take_text authorized_keys
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
  take "$1"
  case $(sha256sum <"$stage/$1") in
    "$2 "*) ;;
    *) refuse "$1 is not the one that belongs to this install.sh" ;;
  esac
}

check_directory() {
  check_values
  check_gateway_files
  take_text sshd.conf
  form_of_sshd | expect sshd.conf
  check_pages
  check_people
  check_principals
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

# in_words NAMES
in_words() {
  words=''
  for words_one in $1; do
    case $words_one in
      @*) words_one="anyone $words_one" ;;
      anyone) words_one='anyone on the Internet' ;;
      *) ;;
    esac
    words="$words${words:+, }$words_one"
  done
  printf '%s\n' "$words"
}

# ---- Checks of this server ----

check_server() {
  [ "$(id -u)" = 0 ] || refuse 'run it as root'
  grep -Eq '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release || refuse 'this server has neither Debian nor Ubuntu'
  exec 9>/run/publish-plan.lock
  flock -n 9 || refuse 'another install.sh is at work'
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
  [ -f /usr/lib/apache2/modules/mod_auth_openidc.so ] || refuse 'Apache has no module auth_openidc'
  [ "$(stat -c %a:%u /etc/apache2 /etc/ssh | sort -u)" = 755:0 ] || refuse '/etc/apache2 or /etc/ssh does not belong to root alone (mode 755)'
  if [ "$mode" != check ] && [ ! -d /run/sshd ]; then
    mkdir -m 755 /run/sshd
  fi
  # An error in a file of ours might go away with the installation.
  if [ -d /run/sshd ] && ! sshd -t 2>"$stage/why" && ! grep -q '/50-publish-plan-[a-z0-9-]*[.]conf' "$stage/why"; then
    refuse "sshd has an error already: $(tail -n 1 "$stage/why")"
  fi
  if ! apache2ctl configtest >"$stage/why" 2>&1 && ! grep -Eq '/(publish-plan[.]conf|publish-plan/[a-z0-9.-]+):' "$stage/why"; then
    refuse "Apache has an error already: $(apache_said)"
  fi
}

# What Apache said, without the sentence about its own name and without the last line, which is always the same.
apache_said() {
  grep -v -e AH00558 -e "^Action 'configtest'" -e '^The Apache error log' "$stage/why" | tr '\n' ' '
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
  apache2ctl -t -D DUMP_VHOSTS 2>/dev/null | awk -v domain="$domain" -v names="auth.$domain ssh.$domain $names" '
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
    is_taken(name) { print name, where; exit }' >"$stage/why"
  [ ! -s "$stage/why" ] || refuse "the domain $domain must be this gateway's alone, but Apache has another virtual host for: $(cat "$stage/why"); give it another ServerName, or disable it with a2dissite"
}

check_secret() {
  secret_file=$settings/client-secret
  if [ -h "$secret_file" ] || [ ! -f "$secret_file" ]; then
    refuse "$secret_file is missing; write the client secret of $client_id at $issuer into it, in one line, with mode 600"
  fi
  [ "$(stat -c %a:%u "$secret_file")" = 600:0 ] || refuse "others can read $secret_file; run: chown root: $secret_file; chmod 600 $secret_file"
  [ -n "$(head -n 1 "$secret_file" | tr -d ' \t\r\n')" ] || refuse "$secret_file is empty; write the client secret of $client_id at $issuer into it"
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

# ---- Processes ----

# sshd_of ACCOUNT: its processes of sshd; it has no others. Users of containers can have the same number.
sshd_of() {
  sshd_id=$(id -u "$1") || return 0
  sshd_space=$(readlink /proc/self/ns/pid)
  grep -l "^Uid:[[:space:]]*${sshd_id}[[:space:]]" /proc/[0-9]*/status 2>/dev/null | while read -r sshd_status; do
    if grep -q '^Name:[[:space:]]*sshd' "$sshd_status" 2>/dev/null &&
      [ "$(readlink "${sshd_status%status}ns/pid")" = "$sshd_space" ]; then
      sshd_status=${sshd_status%/status}
      printf '%s\n' "${sshd_status##*/}"
    fi
  done
}

# end_processes ACCOUNT. Twice: a connection that was logging in might have read the old file.
end_processes() {
  end_account=$1
  for end_pause in 1 0; do
    # shellcheck disable=SC2046 # numbers
    set -- $(sshd_of "$end_account")
    [ $# = 0 ] || kill -KILL "$@" 2>/dev/null || :
    sleep "$end_pause"
  done
}

has_systemd() {
  [ -d /run/systemd/system ]
}

reload_sshd() {
  sshd_was_told=yes
  if has_systemd; then
    # With ssh.socket, there might be no sshd yet.
    ! systemctl -q is-active ssh || systemctl reload ssh
  else
    reload_file=$(sshd -T 2>/dev/null | sed -n 's/^pidfile //p')
    if [ -s "$reload_file" ]; then
      kill -HUP "$(cat "$reload_file")"
    else
      say 'sshd is not running; start it'
    fi
  fi
}

apache_pid() {
  apache_file=$(apache2ctl -t -D DUMP_RUN_CFG 2>/dev/null | sed -n 's/^PidFile: "\(.*\)"$/\1/p')
  [ -s "$apache_file" ] && apache_number=$(cat "$apache_file") && kill -0 "$apache_number" 2>/dev/null && printf '%s\n' "$apache_number"
}

# children PID
children() {
  grep -l "^PPid:[[:space:]]*${1}\$" /proc/[0-9]*/status 2>/dev/null | sort
}

# tell_apache graceful|restart: then waits for its new children. Apache can end at a reload although its configtest says OK.
tell_apache() {
  if ! tell_pid=$(apache_pid); then
    if [ -z "$apache_was_told" ]; then
      say 'Apache is not running; run: systemctl start apache2'
      return 0
    fi
    if has_systemd; then systemctl restart apache2; else apache2ctl start >/dev/null 2>&1 9>&-; fi
    return
  fi
  apache_was_told=yes
  children "$tell_pid" >"$stage/children"
  apache2ctl "$1" >/dev/null 2>&1 || return 1
  tell_left=150
  while [ "$tell_left" -gt 0 ]; do
    kill -0 "$tell_pid" 2>/dev/null || return 1
    [ -z "$(children "$tell_pid" | comm -13 "$stage/children" -)" ] || break
    tell_left=$((tell_left - 1))
    sleep 0.2
  done
  sleep 0.5
  kill -0 "$tell_pid" 2>/dev/null
}

# Whether something listens on the port of the pages.
check_web_port() {
  apache_pid >/dev/null || return 0
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$web_port" '
    $4 == "0A" { n = split($2, at, ":"); if (at[n] == sprintf("%04X", port)) is_there = 1 } END { exit !is_there }'
}

# apache_needs graceful|restart WHY
apache_needs() {
  if [ "$apache_change" != restart ]; then
    apache_change=$1 apache_why=$2
  fi
}

# ---- Installation ----

# The numbers below 900, because programs in containers often have 999, and a port could seem to belong to the lab's tunnel.
add_account() {
  useradd --system -K SYS_UID_MAX=899 -K SYS_GID_MAX=899 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin --password '*' "$1"
}

put_account() {
  ! getent passwd "$1" >/dev/null || return 0
  if plan "create the account $1"; then return; fi
  will account - "$1"
  add_account "$1" || fail "cannot create the account $1"
}

links() {
  find /etc/apache2/mods-enabled /etc/apache2/sites-enabled /var/lib/apache2/module /var/lib/apache2/site ! -type d 2>/dev/null | sort
}

# The signing page: its account, its key, and the one command that www-data may run as that account.
put_signer() {
  put_account "$ca_account"
  directory /var/lib/publish-plan 700 "$ca_account:$ca_account"
  directory /var/lib/publish-plan/work 700 "$ca_account:$ca_account"
  if [ ! -f /var/lib/publish-plan/ca ]; then
    ssh-keygen -q -t ed25519 -N '' -C "publish-plan $domain" -f "$stage/ca"
    put "$stage/ca" /var/lib/publish-plan/ca 600 "$ca_account:$ca_account"
  else
    cp -P /var/lib/publish-plan/ca "$stage/ca"
    [ ! -h "$stage/ca" ] || fail '/var/lib/publish-plan/ca is not a regular file'
  fi
  ssh-keygen -y -P '' -f "$stage/ca" >"$stage/ca.pub" 2>/dev/null || fail '/var/lib/publish-plan/ca is not a private key'
  rm -f -- "$stage/ca"
  directory "$keys" 755 root:root
  put "$stage/ca.pub" "$keys/ca.pub" 644 || :
  directory /usr/local/lib/publish-plan 755 root:root
  put "$stage/sign" /usr/local/lib/publish-plan/sign 755 || :
  put "$stage/sign.cgi" /usr/local/lib/publish-plan/sign.cgi 755 || :
  printf 'www-data ALL=(%s) NOPASSWD: /usr/local/lib/publish-plan/sign ""\n' "$ca_account" >"$stage/sudoers"
  visudo -c -q -f "$stage/sudoers" >/dev/null 2>&1 || fail 'visudo does not accept the line for sudo'
  put "$stage/sudoers" /etc/sudoers.d/publish-plan 440 || :
}

# Both lists of revoked people say the same: what one of them lacks is added.
put_revoked() {
  krl=$keys/revoked
  {
    [ ! -f "$apache/revoked.inc" ] || plain "$apache/revoked.inc" | grep '^ *Require claim ' | people
    [ ! -f "$krl" ] || ssh-keygen -Q -l -f "$krl" 2>/dev/null | sed -n 's/^id: //p'
    [ "$mode" != revoke ] || printf '%s\n' "$person"
  } | sort -u >"$stage/revoked.all"
  if [ "$mode" = unrevoke ]; then
    grep -vxF -e "$person" "$stage/revoked.all" >"$stage/revoked.some" || :
    mv "$stage/revoked.some" "$stage/revoked.all"
  fi
  while IFS= read -r revoked_one; do
    ! is_name "$revoked_one" || printf '%s\n' "$revoked_one"
  done <"$stage/revoked.all" >"$stage/revoked.names"
  form_of_revoked <"$stage/revoked.names" >"$stage/revoked.inc"
  ! put "$stage/revoked.inc" "$apache/revoked.inc" 644 || apache_needs "${1:-graceful}" 'the list of revoked people changes'
  # An empty file would let in everybody; a KRL without entries is not empty.
  : >"$stage/nothing"
  if [ "$mode" != unrevoke ] && ssh-keygen -Q -l -f "$krl" >"$stage/krl.said" 2>/dev/null; then
    cp -- "$krl" "$stage/krl"
  else
    ssh-keygen -q -k -f "$stage/krl" "$stage/nothing" >/dev/null
    : >"$stage/krl.said"
  fi
  sed 's/^/id: /' "$stage/revoked.all" | grep -vxF -f "$stage/krl.said" >"$stage/krl.more" || :
  [ ! -s "$stage/krl.more" ] || ssh-keygen -q -k -u -s "$keys/ca.pub" -f "$stage/krl" "$stage/krl.more" >/dev/null
  put "$stage/krl" "$krl" 644 || :
}

put_sshd() {
  directory "$keys/$lab" 755 root:root
  put "$stage/authorized_keys" "$keys/$lab/authorized_keys" 644 || :
  put "$stage/principals" "$keys/$lab/principals" 644 || :
  ! put "$stage/sshd.conf" "/etc/ssh/sshd_config.d/50-publish-plan-$lab.conf" 644 || sshd_change=yes
  if [ -n "$relaxes" ]; then
    if sshd -T 2>/dev/null | grep -q '^persourcepenalties '; then
      say_penalties >"$stage/penalties"
      ! put "$stage/penalties" "$penalties" 644 || sshd_change=yes
    else
      say 'this sshd has no PerSourcePenalties, so there is nothing to relax'
    fi
  fi
}

put_apache() {
  directory "$apache" 755 root:root
  directory /var/cache/apache2/publish-plan 700 www-data:www-data
  put_revoked
  for put_name in login.inc tls.inc; do
    ! put "$stage/$put_name" "$apache/$put_name" 644 || apache_needs graceful 'the gateway changes'
  done
  ! put "$stage/gateway.conf" "$site" 644 || apache_needs graceful 'the gateway changes'
  ! put "$stage/lab.conf" "$apache/$lab.lab" 644 || apache_needs graceful 'the pages change'
  ! put "$stage/lab.people" "$apache/$lab.people" 644 || apache_needs graceful 'the people of the signing page change'
  for put_name in $(modules); do
    [ ! -e "/etc/apache2/mods-enabled/$put_name.load" ] || continue
    apache_needs graceful 'modules are new'
    if plan "enable the module $put_name of Apache"; then continue; fi
    a2enmod -q "$put_name" >/dev/null 2>&1 || fail "cannot enable the module $put_name of Apache"
  done
  if [ ! -e /etc/apache2/sites-enabled/publish-plan.conf ]; then
    apache_needs graceful 'the gateway is new'
    if ! plan 'enable the site publish-plan of Apache'; then
      a2ensite -q publish-plan >/dev/null 2>&1 || fail 'cannot enable the site publish-plan of Apache'
    fi
  fi
}

put_settings() {
  directory "$settings" 755 root:root
  directory "$settings/labs" 755 root:root
  printf '%s\n' "$hours" >"$stage/hours"
  put "$stage/hours" "$settings/hours" 644 || :
  if [ ! -s "$settings/passphrase" ] || [ "$(stat -c %a:%u "$settings/passphrase")" != 600:0 ]; then
    { od -An -v -tx1 -N 32 /dev/urandom | tr -d ' \n' && echo; } >"$stage/passphrase"
    put "$stage/passphrase" "$settings/passphrase" 600
  fi
  put "$stage/settings" "$settings/gateway.values" 644 || :
  put "$stage/lab.values" "$settings/labs/$lab" 644 || :
}

# Compares with what is installed before it is replaced: who loses what.
find_losses() {
  visitors_lose='' tunnel_loses='' pages_lose=''
  losses_file=$keys/$lab/principals
  if [ -f "$losses_file" ]; then
    grants "$losses_file" | sort >"$stage/was" || :
    sort "$stage/grants" | comm -23 "$stage/was" - >"$stage/lost"
    [ ! -s "$stage/lost" ] || visitors_lose=yes
  fi
  losses_file=$keys/$lab/authorized_keys
  if [ -f "$losses_file" ]; then
    plain "$losses_file" | cmp -s - "$stage/authorized_keys.plain" || tunnel_loses=yes
  fi
  losses_file=/etc/ssh/sshd_config.d/50-publish-plan-$lab.conf
  if [ -f "$losses_file" ] && ! plain "$losses_file" | cmp -s - "$stage/sshd.conf.plain"; then
    visitors_lose=yes tunnel_loses=yes
  fi
  losses_file=$apache/$lab.lab
  if [ -f "$losses_file" ]; then
    people_of "$losses_file" | sort >"$stage/was"
    people_of "$stage/lab.conf" | sort >"$stage/is"
    # A page that everybody may see now has lost nobody.
    comm -23 "$stage/was" "$stage/is" | awk 'NR == FNR { if ($2 == "anyone") open[$1] = 1; next } !($1 in open)' "$stage/is" - >"$stage/lost"
    [ ! -s "$stage/lost" ] || pages_lose=yes
  fi
}

# Makes the running programs use what was installed.
tell_programs() {
  tell_word=restart
  if [ -n "$sshd_change" ] && ! plan 'reload sshd, because a file of its settings changes'; then
    reload_sshd || fail 'sshd does not reload'
  fi
  [ "$apache_change" != graceful ] || tell_word=reload
  if [ -n "$apache_change" ] && ! plan "$tell_word Apache, because $apache_why"; then
    tell_apache "$apache_change" || fail "Apache ended, although its configtest said OK; see /var/log/apache2/error.log"
  fi
}

end_sessions() {
  if [ -n "$visitors_lose" ] && ! plan "end the connections of $visitors, because people or ports were taken away"; then
    end_processes "$visitors"
  fi
  if [ -n "$tunnel_loses" ] && ! plan "end the connection of $account, because its key or its ports change; the tunnel connects again"; then
    end_processes "$account"
  fi
}

install_lab() {
  check_settings
  check_other_labs
  check_secret
  for install_account in "$ca_account" "$account" "$visitors"; do
    check_account "$install_account"
  done
  check_listeners
  check_virtual_hosts
  if [ -e "$keys/$lab" ] && [ ! -f "$settings/labs/$lab" ]; then
    refuse "$keys/$lab exists, but no lab of this name is installed"
  fi
  describe
  find_losses
  if [ -f "$keys/$lab/authorized_keys" ] && ! listens "$keys/$lab/authorized_keys" | sed '$!d' | cmp -s - "$stage/tunnel.pub"; then
    say 'the key of the tunnel is not the installed one: make sure that you know who has it'
  fi
  [ -z "$pages_lose" ] || apache_needs restart 'a page lost people, whose open web sockets would go on'
  begin
  put_account "$account"
  put_account "$visitors"
  put_settings
  put_signer
  put_apache
  put_sshd
  if [ "$mode" != check ]; then
    sshd -t 2>"$stage/why" || fail "sshd does not accept the new settings: $(tail -n 1 "$stage/why")"
    check_sshd "$account"
    check_sshd "$visitors"
    apache2ctl configtest >"$stage/why" 2>&1 || fail "Apache does not accept the new settings: $(apache_said)"
    check_virtual_hosts
  fi
  tell_programs
  if [ "$mode" != check ]; then
    check_web_port || fail "nothing listens on port $web_port; check that /etc/apache2/ports.conf has Listen $web_port"
  fi
  end_sessions
  if [ -z "$relaxes" ] && [ ! -f "$penalties" ] && sshd -T 2>/dev/null | grep -q '^persourcepenalties [^n]'; then
    say 'this sshd locks out an address after failed logins (PerSourcePenalties), and everybody behind that address with it, such as an'
    say 'office whose visitors have expired certificates; --relax-penalties makes that one second, for all accounts of this server'
  fi
}

remove_lab() {
  [ -f "$settings/labs/$lab" ] || refuse "the lab $lab is not installed"
  begin
  ! take_away "/etc/ssh/sshd_config.d/50-publish-plan-$lab.conf" || sshd_change=yes
  take_away "$keys/$lab" || :
  ! take_away "$apache/$lab.lab" || apache_needs restart 'its pages are gone'
  ! take_away "$apache/$lab.people" || apache_needs restart 'its pages are gone'
  take_away "$settings/labs/$lab" || :
  sshd -t 2>"$stage/why" || fail "sshd does not accept its settings: $(tail -n 1 "$stage/why")"
  apache2ctl configtest >"$stage/why" 2>&1 || fail "Apache does not accept its settings: $(apache_said)"
  tell_programs
  for remove_account in "$account" "$visitors"; do
    getent passwd "$remove_account" >/dev/null || continue
    plan "remove the account $remove_account, and end its connections" || :
    end_processes "$remove_account"
    will removed - "$remove_account"
    userdel "$remove_account" || fail "cannot remove the account $remove_account"
  done
  [ -n "$(ls "$settings/labs")" ] || say 'this was the last lab: what the labs shared is still there, and the pages of the gateway lead nowhere'
}

revoke() {
  [ -f "$settings/gateway.values" ] || refuse 'no lab is installed'
  case $person in
    @*) refuse 'expected an address' ;;
    *) is_name "$person" || refuse 'expected an address' ;;
  esac
  if [ "$mode" = unrevoke ] && ssh-keygen -Q -l -f "$keys/revoked" 2>/dev/null | grep -qv -e '^#' -e '^$' -e '^id: '; then
    refuse "$keys/revoked has entries that this script did not make and would lose; make a new one with ssh-keygen -k"
  fi
  begin
  put_revoked restart
  apache2ctl configtest >"$stage/why" 2>&1 || fail "Apache does not accept its settings: $(apache_said)"
  tell_programs
  if [ "$mode" = revoke ]; then
    for revoke_file in "$settings"/labs/*; do
      [ -f "$revoke_file" ] || continue
      say "end the connections of clab-${revoke_file##*/}-visitors; everybody else connects again"
      end_processes "clab-${revoke_file##*/}-visitors"
    done
  fi
}

begin() {
  [ "$mode" != check ] || return 0
  mkdir "$stage/undo"
  : >"$stage/journal"
  links >"$stage/links"
  kept=0
  changing=yes
}

# ---- Start ----

arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --check | --remove)
        [ "$mode" = install ] || refuse "$usage"
        mode=${1#--}
        ;;
      --revoke | --unrevoke)
        if [ "$mode" != install ] || [ $# = 1 ]; then
          refuse "$usage"
        fi
        mode=${1#--}
        person=$(printf '%s\n' "$2" | tr '[:upper:]' '[:lower:]')
        shift
        ;;
      --replace-gateway) replaces=yes ;;
      --relax-penalties) relaxes=yes ;;
      *) refuse "$usage" ;;
    esac
    shift
  done
  [ "$mode" != check ] || would='would '
}

main() {
  arguments "$@"
  here=$(cd -- "$(dirname -- "$0")" && pwd -P)
  [ "$(id -u)" = 0 ] || refuse 'run it as root'
  trap 'leave' EXIT
  trap 'exit 1' HUP INT TERM
  stage=$(mktemp -d /run/publish-plan.XXXXXXXX)
  case $mode in
    install | check)
      read_values
      check_directory
      check_server
      install_lab
      ;;
    remove)
      read_values
      account=clab-$lab
      check_server
      remove_lab
      ;;
    *)
      check_server
      revoke
      ;;
  esac
  changing=''
  if [ "$mode" = check ]; then
    [ -z "$differs" ] || exit 1
    say 'nothing would change'
  elif [ -z "$differs" ]; then
    say 'nothing changed'
  else
    say 'done'
  fi
}

# All of this file has been read before anything runs.
main "$@"
