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
  directory /var/lib/publish-plan/signing 700 "$ca_account:$ca_account"
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

# The addresses that one list or the other has.
revoked_people() {
  {
    [ ! -f "$apache/revoked.inc" ] || plain "$apache/revoked.inc" | grep '^ *Require claim ' | people
    [ ! -f "$krl" ] || ssh-keygen -Q -l -f "$krl" 2>/dev/null | sed -n 's/^id: //p'
  } | sort -u
}

# Both lists of revoked people say the same: what one of them lacks is added.
put_revoked() {
  {
    revoked_people
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
  # Before release 2.4.14, mod_auth_openidc cannot get the secret from a command.
  head -n 1 "$settings/client-secret" | sed 's/.*/OIDCClientSecret "&"/' >"$stage/secret.inc"
  ! put "$stage/secret.inc" "$apache/secret.inc" 600 || apache_needs graceful 'the client secret changes'
  say_failed >"$stage/failed.html"
  ! put "$stage/failed.html" "$apache/failed.html" 644 || apache_needs graceful 'the gateway changes'
  for put_name in headers.inc login.inc tls.inc; do
    ! put "$stage/$put_name" "$apache/$put_name" 644 || apache_needs graceful 'the gateway changes'
  done
  ! put "$stage/gateway.conf" "$site" 644 || apache_needs graceful 'the gateway changes'
  ! put "$stage/lab.conf" "$apache/$lab.lab" 644 || apache_needs graceful 'the pages change'
  ! put "$stage/lab.people" "$apache/$lab.people" 644 || apache_needs graceful 'the people of the signing page change'
  put_modules=''
  for put_name in $(modules); do
    [ ! -e "/etc/apache2/mods-enabled/$put_name.load" ] || continue
    apache_needs graceful 'modules are new'
    [ "$put_name" != cgid ] || apache_again=yes
    plan "enable the module $put_name of Apache" || put_modules="$put_modules $put_name"
  done
  # shellcheck disable=SC2086 # names
  [ -z "$put_modules" ] || a2enmod -q $put_modules >/dev/null 2>&1 || fail "cannot enable the modules of Apache:$put_modules"
  if [ ! -e /etc/apache2/sites-enabled/publish-plan.conf ]; then
    # All else is part of that.
    apache_why=''
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

# Compares with what is installed before it is replaced: who gains and who loses what.
find_changes() {
  visitors_lose='' tunnel_loses='' pages_lose=''
  access "$stage/lab.conf" "$stage/principals" "$stage/authorized_keys" >"$stage/is"
  access "$apache/$lab.lab" "$keys/$lab/principals" "$keys/$lab/authorized_keys" >"$stage/was"
  more_than "$stage/was" "$stage/is" >"$stage/lost"
  more_than "$stage/is" "$stage/was" >"$stage/gained"
  ! grep -q ', with a certificate' "$stage/lost" || visitors_lose=yes
  ! grep -q '^https:' "$stage/lost" || pages_lose=yes
  changes_file=$keys/$lab/authorized_keys
  if [ -f "$changes_file" ]; then
    listens "$changes_file" >"$stage/listened" || :
    # A port more is not for the connection that is open now, and does not end it.
    ! sed '$d' "$stage/listened" | grep -qvxF -f "$stage/listens" || tunnel_loses='it loses a port'
    grep -qxF -f "$stage/tunnel.pub" "$stage/listened" || tunnel_loses='its key is another one'
  fi
  changes_file=/etc/ssh/sshd_config.d/50-publish-plan-$lab.conf
  if [ -f "$changes_file" ] && ! plain "$changes_file" | cmp -s - "$stage/sshd.conf.plain"; then
    visitors_lose=yes tunnel_loses='its settings change'
  fi
}

# Makes sshd use what was installed.
tell_sshd() {
  if [ -n "$sshd_change" ] && ! plan 'reload sshd, because a file of its settings changes'; then
    reload_sshd || fail 'sshd does not reload'
  fi
}

# Makes Apache use what was installed, after the connections of sshd have ended: a restart takes some seconds.
tell_web() {
  tell_word=restart
  [ "$apache_change" != graceful ] || tell_word=reload
  if [ -n "$apache_change" ] && ! plan "$tell_word Apache, because $apache_why"; then
    tell_apache "$apache_change" || fail "Apache ended, although its configtest said OK; see /var/log/apache2/error.log"
    # mod_cgid starts what runs the signing page when it reads the settings for the second time.
    if [ -n "$apache_again" ] && [ -n "$apache_was_told" ]; then
      tell_apache graceful || fail 'Apache ended; see /var/log/apache2/error.log'
    fi
  fi
}

# end_everywhere SUFFIX: ends the connections of an account of each lab.
end_everywhere() {
  for everywhere_lab in "$settings"/labs/*; do
    [ -f "$everywhere_lab" ] || continue
    everywhere_account=clab-${everywhere_lab##*/}$1
    plan "end the connections of $everywhere_account; those who may still connect do so again" || end_processes "$everywhere_account"
  done
}

# A run that was killed, of this lab or of another, may have written everything and told nobody.
end_after_a_killed_run() {
  [ -n "$was_killed" ] || return 0
  end_everywhere -visitors
  end_everywhere ''
}

end_sessions() {
  end_after_a_killed_run
  if [ -n "$visitors_lose" ] && ! plan "end the connections of $visitors, because people or ports were taken away"; then
    end_processes "$visitors"
  fi
  if [ -n "$tunnel_loses" ] && ! plan "end the connection of $account, because $tunnel_loses; if it stays down, the owner of the lab runs publish.sh up"; then
    end_processes "$account"
  fi
}

install_lab() {
  check_settings
  check_other_labs
  check_secret
  check_certificate
  for install_account in "$ca_account" "$account" "$visitors"; do
    check_account "$install_account"
  done
  check_listeners
  check_virtual_hosts
  if [ -e "$keys/$lab" ] && [ ! -f "$settings/labs/$lab" ]; then
    refuse "$keys/$lab exists, but no lab of this name is installed"
  fi
  describe
  find_changes
  describe_changes
  if [ -f "$keys/$lab/authorized_keys" ] && ! listens "$keys/$lab/authorized_keys" | sed '$!d' | cmp -s - "$stage/tunnel.pub"; then
    [ -n "$replaces_lab" ] || refuse "the lab $lab is installed with another key for its tunnel. If its owner has a new key, run this with --replace-lab; if this is another lab, its owner has to give it another name"
    say 'the key of the tunnel is new'
  fi
  [ -z "$pages_lose" ] || apache_needs restart 'a page lost people, whose open web sockets would go on'
  after_a_killed_run
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
    ask_apache || fail "Apache does not accept the new settings: $(apache_said)"
    check_virtual_hosts
  fi
  tell_sshd
  end_sessions
  tell_web
  if [ "$mode" != check ]; then
    check_web_port || fail "nothing listens on port $web_port; check that /etc/apache2/ports.conf has Listen $web_port"
  fi
  if [ -z "$relaxes" ] && [ ! -f "$penalties" ] && sshd -T 2>/dev/null | grep -q '^persourcepenalties [^n]'; then
    say 'this sshd locks out an address after failed logins (PerSourcePenalties), and everybody behind that address with it, such as an'
    say 'office whose visitors have expired certificates; --relax-penalties makes that one second, for all accounts of this server'
  fi
}

remove_lab() {
  [ -f "$settings/labs/$lab" ] || refuse "the lab $lab is not installed"
  after_a_killed_run
  begin
  ! take_away "/etc/ssh/sshd_config.d/50-publish-plan-$lab.conf" || sshd_change=yes
  take_away "$keys/$lab" || :
  ! take_away "$apache/$lab.lab" || apache_needs restart 'its pages are gone'
  ! take_away "$apache/$lab.people" || apache_needs restart 'its pages are gone'
  sshd -t 2>"$stage/why" || fail "sshd does not accept its settings: $(tail -n 1 "$stage/why")"
  ask_apache || fail "Apache does not accept its settings: $(apache_said)"
  tell_sshd
  for remove_account in "$account" "$visitors"; do
    getent passwd "$remove_account" >/dev/null || continue
    plan "remove the account $remove_account, and end its connections" || :
    end_processes "$remove_account"
    will removed - "$remove_account"
    userdel "$remove_account" || fail "cannot remove the account $remove_account"
  done
  tell_web
  # The last of all: a removal that is cut off can be repeated.
  take_away "$settings/labs/$lab" || :
  end_after_a_killed_run
  [ -n "$(ls "$settings/labs")" ] || say 'this was the last lab: what the labs shared is still there, and the pages of the gateway lead nowhere'
}

revoke() {
  [ -f "$settings/gateway.values" ] || refuse 'no lab is installed'
  case $person in
    @*) refuse 'expected an email address, not a domain' ;;
    *) is_name "$person" || refuse "expected an email address of ASCII letters, digits, and . _ + - '; nobody with another one gets in" ;;
  esac
  if [ "$mode" = unrevoke ] && ! revoked_people | grep -qxF -e "$person"; then
    refuse "$person is not revoked"
  fi
  if [ "$mode" = unrevoke ] && ssh-keygen -Q -l -f "$keys/revoked" 2>/dev/null | grep -qv -e '^#' -e '^$' -e '^id: '; then
    refuse "$keys/revoked has entries that this script did not make and would lose; make a new one with ssh-keygen -k"
  fi
  [ "$mode" = unrevoke ] || ! revoked_people | grep -qxF -e "$person" || say "$person was revoked already; all connections of visitors end again"
  [ "$mode" = unrevoke ] || named_by_labs || say "no lab lets in $person by this address; it is revoked all the same"
  after_a_killed_run
  begin
  put_revoked restart
  ask_apache || fail "Apache does not accept its settings: $(apache_said)"
  tell_sshd
  end_after_a_killed_run
  if [ "$mode" = revoke ]; then
    end_everywhere -visitors
  fi
  tell_web
}

# Whether a lab lets in the person, by address or by domain, or anyone.
named_by_labs() {
  for named_lab in "$settings"/labs/*; do
    [ -f "$named_lab" ] || continue
    named_lab=${named_lab##*/}
    access "$apache/$named_lab.lab" "$keys/$named_lab/principals" "$keys/$named_lab/authorized_keys"
  done | cut -f 2 | grep -qxF -e "$person" -e "@${person#*@}"
}

begin() {
  [ "$mode" != check ] || return 0
  mkdir "$stage/undo"
  : >"$stage/journal"
  links >"$stage/links"
  kept=0
  : >"$unfinished"
  changing=yes
}

# The mark of a run that was killed is still there: the programs are told what it may have written.
after_a_killed_run() {
  [ -n "$was_killed" ] || return 0
  sshd_change=yes
  apache_needs restart 'an earlier run of install.sh was killed'
}
