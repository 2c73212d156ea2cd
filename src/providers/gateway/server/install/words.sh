# ---- Words ----

# Makes text of the directory safe to print.
shown() {
  tr -c ' -~\n' '?'
}

say() {
  printf 'install.sh: %s\n' "$1" | shown
}

refuse() {
  # What is refused may be a whole file in one line.
  say "$(printf '%s\n' "$1" | cut -c 1-400)" >&2
  [ -z "$changing" ] || exit 1
  say 'nothing was changed' >&2
  exit 2
}

fail() {
  say "$1" >&2
  exit 1
}

say_help() {
  printf '%s\n' "$usage"
  cat <<'END'

Without an option, it installs the lab whose directory this file is in.

  --check             change nothing; say who is let in, who gains and loses what, and what would change
  --remove            take the lab away from this server
  --revoke ADDRESS    put one person out of all labs, now
  --unrevoke ADDRESS  take that back
  --replace-lab       install it although a lab of this name is installed with another key for its tunnel
  --replace-gateway   install it although the settings that all labs share differ, or a newer version installed them
  --relax-penalties   have sshd lock out an address after failed logins for one second only
END
}

# plan TEXT: tells of a change. Returns 1 if it is to be made.
plan() {
  differs=yes
  say "$would$1"
  [ "$mode" = check ]
}
