# The lock is a symbolic link whose text is the id of its owner. Creating a link is atomic: it appears with its text or not at all,
# and only one process can create it, so a lock always has exactly one owner. If the owner dies, other processes never remove its
# link, because by then they could remove the link of a new owner. Instead, a process takes over by creating a link named after the
# dead owner, which again only one can do. The last link of this chain names the current owner. The owner removes the first link
# before the others, so that an old chain cannot be followed again from its start.

# process_id PID: a word that identifies this process and no earlier or later one with the same number.
process_id() {
  process_began=$(began "$1")
  case $process_began in
    *[!0-9]*) process_began=$(printf '%s\n' "$process_began" | tr -c 'A-Za-z0-9\n' -) ;;
    *) ;;
  esac
  printf '%s.%s\n' "$1" "$process_began"
}

# Follows the chain. Sets lock_names to its links, lock_owner to the text of the last one, and lock_next to the name of the next link.
follow_lock() {
  lock_names='' lock_owner='' lock_next=lock
  while follow_text=$(readlink "$state/$lock_next" 2>/dev/null); do
    lock_names="$lock_names $lock_next"
    lock_owner=$follow_text
    lock_next=lock.$follow_text
  done
}

# Whether a running process has the lock. Sets lock_owner to its id and lock_pid to its number.
is_locked() {
  follow_lock
  lock_pid=${lock_owner%%.*}
  [ -n "$lock_owner" ] && [ "$(process_id "$lock_pid")" = "$lock_owner" ]
}

# Takes the lock, or stops if another process has it.
take_lock() {
  try_lock || fail 'another publish.sh up, run, or down is in progress'
}

# Takes the lock. Returns 1 if another process has it, whose number is in lock_pid then.
try_lock() {
  [ -n "${HOME:-}" ] || case ${XDG_STATE_HOME:-} in /*) ;; *) fail 'HOME is not set, so there is nowhere to keep state' ;; esac
  lock_mine=$(process_id "$$")
  case $lock_mine in *.) fail 'cannot tell when a process started: this host has neither /proc nor ps' ;; *) ;; esac
  take_left=20
  while [ "$take_left" -gt 0 ]; do
    # A failure is one of `ln` below.
    mkdir -p "$state" 2>/dev/null || :
    ! is_locked || return 1
    if ln -s "$lock_mine" "$state/$lock_next" 2>/dev/null; then
      take_link=$lock_next
      follow_lock
      if [ "$lock_owner" = "$lock_mine" ]; then
        trap 'leave' EXIT
        chmod 700 "$state" || fail "cannot keep other users out of $state"
        # Remove the links of earlier locks.
        for take_link in "$state"/lock.*; do
          case "$lock_names " in
            *" ${take_link##*/} "*) ;;
            *) rm -f "$take_link" ;;
          esac
        done
        return 0
      fi
      # The chain that this link belongs to was released in the meantime.
      rm -f "$state/$take_link"
    fi
    take_left=$((take_left - 1))
  done
  fail "cannot create a lock in $state; check that the directory is yours and writable, and supports symbolic links"
}

# Releases the lock if this process has it.
give_lock() {
  follow_lock
  if [ "$lock_owner" = "$lock_mine" ]; then
    for give_name in $lock_names; do
      rm -f "$state/$give_name"
    done
  fi
  rmdir "$state" 2>/dev/null || :
}

# Releases the lock at exit and keeps the exit code; mksh would use that of the last command instead.
leave() {
  leave_code=$?
  give_lock
  exit "$leave_code"
}
