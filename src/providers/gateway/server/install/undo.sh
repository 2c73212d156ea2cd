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
        account) ! getent passwd "$undo_path" >/dev/null || { end_processes "$undo_path" && userdel "$undo_path"; } ;;
        removed) add_account "$undo_path" ;;
        *) false ;;
      esac || { say "cannot put back: $undo_path" >&2 && : >"$stage/not-put-back"; }
    done
    links | comm -13 "$stage/links" - | while IFS= read -r undo_path; do
      rm -f -- "$undo_path"
    done
    [ -z "$sshd_was_told" ] || reload_sshd || { say 'cannot reload sshd' >&2 && : >"$stage/not-put-back"; }
    [ -z "$apache_was_told" ] || tell_apache restart || { say 'cannot restart Apache' >&2 && : >"$stage/not-put-back"; }
    if [ -e "$stage/not-put-back" ]; then
      say 'not everything could be put back: fix what is named above, and run this again' >&2
    else
      [ -n "$was_killed" ] || rm -f -- "$unfinished"
      say 'everything is as it was before' >&2
    fi
  fi
  [ -z "$stage" ] || rm -rf -- "$stage"
  exit "$leave_code"
}
