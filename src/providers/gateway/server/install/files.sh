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
    *[!a-z0-9.@_+\'-]* | *@*@* | *@*[_+\']* | *@ | -*) return 1 ;;
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
