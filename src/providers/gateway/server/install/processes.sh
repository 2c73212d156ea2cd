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
      kill -HUP "$(cat "$reload_file")" || return 1
      # For a moment it does not listen.
      sleep 0.2
      reload_left=25
      while ! sshd_listens && [ "$reload_left" -gt 0 ]; do
        reload_left=$((reload_left - 1))
        sleep 0.2
      done
    else
      say 'sshd is not running; start it'
    fi
  fi
}

apache_pid() {
  apache_file=$(sed -n 's/^PidFile: "\(.*\)"$/\1/p' "$stage/apache")
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
  ! apache_pid >/dev/null || listens_on "$web_port"
}

sshd_listens() {
  listens_on "$(sshd -T 2>/dev/null | sed -n 's/^port //p' | head -n 1)"
}

# listens_on PORT: whether a program of this server does.
listens_on() {
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$1" '
    $4 == "0A" { n = split($2, at, ":"); if (at[n] == sprintf("%04X", port)) is_there = 1 } END { exit !is_there }'
}

# apache_needs graceful|restart WHY: of several reasons all are said.
apache_needs() {
  [ "$apache_change" = restart ] || apache_change=$1
  case "; $apache_why; " in
    *"; $2; "*) ;;
    *) apache_why=$apache_why${apache_why:+; }$2 ;;
  esac
}
