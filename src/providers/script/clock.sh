# seconds 1h30m: 5400. Each unit (d, h, m, s) at most once, the largest first. Returns 1 for anything else.
seconds() {
  seconds_rest=$1 seconds_sum=0 seconds_units=dhms
  [ -n "$seconds_rest" ] || return 1
  while [ -n "$seconds_rest" ]; do
    seconds_number=${seconds_rest%%[dhms]*}
    seconds_rest=${seconds_rest#"$seconds_number"}
    seconds_unit=${seconds_rest%"${seconds_rest#?}"}
    seconds_rest=${seconds_rest#?}
    case $seconds_number in '' | *[!0-9]*) return 1 ;; *) ;; esac
    # Without leading zeros, which would make it an octal number.
    seconds_number=${seconds_number#"${seconds_number%%[!0]*}"}
    # The sum stays within what every shell can count.
    case $seconds_unit:${seconds_number:=0} in d:????* | h:?????* | [ms]:???????*) return 1 ;; *) ;; esac
    case $seconds_units in *"${seconds_unit:-none}"*) seconds_units=${seconds_units#*"$seconds_unit"} ;; *) return 1 ;; esac
    case $seconds_unit in
      d) seconds_number=$((seconds_number * 86400)) ;;
      h) seconds_number=$((seconds_number * 3600)) ;;
      m) seconds_number=$((seconds_number * 60)) ;;
      *) ;;
    esac
    seconds_sum=$((seconds_sum + seconds_number))
  done
  [ "$seconds_sum" -gt 0 ] || return 1
  printf '%s\n' "$seconds_sum"
}

# watch_clock SECONDS: closes the tunnels after this time.
watch_clock() {
  trap '' HUP INT
  nap='' stopping=''
  trap 'stopping=yes; kill $nap 2>/dev/null' TERM
  sleep "$1" &
  nap=$!
  [ -z "$stopping" ] || kill "$nap" 2>/dev/null
  # In some shells, a signal would end this before its trap runs.
  wait "$nap" || :
  [ -z "$stopping" ] || exit 0
  close_all in-time
}

# set_clock SECONDS: closes the tunnels after this time from now. With an empty argument, a running clock goes on.
set_clock() {
  [ -n "$1" ] || return 0
  end timer
  in_the_background watch_clock "$1" &
  remember timer "$!"
  printf '%s\n' "$(($(date +%s) + $1))" >"$state/closes"
}

# Prints when the tunnels close, in seconds since 1970; nothing without --for.
deadline() {
  if [ -f "$state/closes" ] && lives timer; then
    cat "$state/closes"
  fi
}

# closes_in: the seconds until the tunnels close; nothing without --for.
closes_in() {
  closes_at=$(deadline)
  if [ -n "$closes_at" ]; then
    closes_left=$((closes_at - $(date +%s)))
    [ "$closes_left" -gt 0 ] || closes_left=0
    printf '%s\n' "$closes_left"
  fi
}
