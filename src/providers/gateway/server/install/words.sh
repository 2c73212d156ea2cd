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

# plan TEXT: tells of a change. Returns 1 if it is to be made.
plan() {
  differs=yes
  say "$would$1"
  [ "$mode" = check ]
}
