# ---- What publish-plan writes, without comments ----

say_penalties() {
  printf '# Written by install.sh --relax-penalties.\nPerSourcePenalties authfail:1s\n'
}

login_failed="The login failed. Start again from the page that you wanted. If it fails again, ask the gateway's administrator: your account has no email address that this gateway can use, the client secret of the gateway is wrong, or the clock of the gateway or of the identity provider is wrong."

# The page of mod_auth_openidc before release 2.4.16, which puts its own words in the place of each `%s`.
say_failed() {
  printf '<!doctype html>\n<html lang="en">\n<title>The login failed</title>\n<p>%s</p>\n<p>%%s</p>\n<p>%%s</p>\n</html>\n' "$login_failed"
}

form_of_headers() {
  printf 'SetEnvIf "[^A-Za-z0-9-]" "." unusual\n'
  printf '%s\n' Forwarded Remote-Email Remote-Groups Remote-Name Remote-User X-Auth-Request-Email X-Auth-Request-Groups \
    X-Auth-Request-User X-Forwarded-Email X-Forwarded-For X-Forwarded-Groups X-Forwarded-Host X-Forwarded-Preferred-Username \
    X-Forwarded-Proto X-Forwarded-Server X-Forwarded-User X-Real-IP X-Remote-User X-WEBAUTH-EMAIL X-WEBAUTH-GROUPS X-WEBAUTH-NAME \
    X-WEBAUTH-ROLE X-WEBAUTH-USER | awk -F - '
    function spell(start, part, i) {
      if (part > NF) { print "RequestHeader unset " start; return }
      for (i = 1; i <= 3; i++) spell(start substr("-_.", i, 1) $part, part + 1)
    }
    { spell($1, 2) }'
  printf 'RequestHeader set X-Forwarded-Proto https\n'
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
OIDCProviderMetadataURL ${issuer%/}/.well-known/openid-configuration
OIDCClientID $client_id
Include publish-plan/secret.inc
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
    ErrorDocument 400 "$login_failed"
    ErrorDocument 401 "The login failed. Start again from the page that you wanted."
    ErrorDocument 500 "The login failed: this gateway cannot reach the identity provider. Ask the gateway's administrator."
    <IfDirective OIDCHTMLErrorTemplate>
        OIDCHTMLErrorTemplate /etc/apache2/publish-plan/failed.html
    </IfDirective>
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
    LimitRequestBody 8192
    ErrorDocument 401 "No lab of this gateway names you for a tcp, tls, or ssh entry, or $issuer has not verified your email address."
    ErrorDocument 403 "No lab of this gateway names you for a tcp, tls, or ssh entry, or $issuer has not verified your email address. <a href='https://auth.$domain$origin_port/.publish-plan/oidc?logout='>Log out</a> to log in as somebody else; if you are still the same person then, log out of $issuer too."
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
    Include publish-plan/headers.inc
    RequestHeader edit* Connection "(?i)(^|,)(?![[:space:]]*(close|keep-alive|upgrade)[[:space:]]*(,|\$))[^,]+" ""
    RequestHeader edit* Cookie "(^|;[ ]*)mod_auth_openidc_[^;]*" ""
    Header edit* Set-Cookie "(?i);[[:space:]]*domain[[:space:]]*=[^;]*" ""
END
  [ "$2" = http ] || cat <<END
    SSLProxyEngine On
    SSLProxyVerify none
    SSLProxyCheckPeerName off
    SSLProxyCheckPeerCN off
    SSLProxyCheckPeerExpire off
END
  cat <<END
    ProxyPass "/" "$2://127.0.0.1:$3/" upgrade=websocket ttl=1
    ErrorDocument 502 "The node behind the tunnel hung up. Ask the lab's owner."
    ErrorDocument 503 "The tunnel of the lab is down. Ask the lab's owner."
END
  if [ "$4" = anyone ]; then
    cat <<END
    ErrorDocument 500 "Nothing answers behind the tunnel. Ask the lab's owner."
    <Location "/">
        <RequireAll>
            Require expr "-z reqenv('unusual')"
            Require all granted
        </RequireAll>
    </Location>
</VirtualHost>
END
  else
    cat <<END
    Include publish-plan/login.inc
    RequestHeader set X-Forwarded-Email "expr=%{REMOTE_USER}"
    ErrorDocument 500 "Nothing answers behind the tunnel or, if you are not logged in yet, the gateway cannot reach the identity provider. Ask the lab's owner."
    ErrorDocument 401 "The lab's owner has not named you for this page, $issuer has not verified your email address, or your access was ended. (To programs: a header with an underscore in its name is refused.)"
    ErrorDocument 403 "The lab's owner has not named you for this page, $issuer has not verified your email address, or your access was ended. (To programs: a header with an underscore in its name is refused.) <a href='https://auth.$domain$origin_port/.publish-plan/oidc?logout='>Log out</a> to log in as somebody else; if you are still the same person then, log out of $issuer too."
    <Location "/">
        AuthType openid-connect
        AuthzSendForbiddenOnFailure On
        <RequireAll>
            Require expr "-z reqenv('unusual')"
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
