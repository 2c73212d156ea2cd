# The scripts of the providers.

# Messages of this script begin with its name alone; those of a provider's script, with its directory too.
script_folder=''

# choose [PROVIDER…]: sets chosen to the providers that a command is for: these, or all of the lab.
choose() {
  choose_all=$(providers | cut -f 1 | tr '\n' ' ')
  for choose_one in "$@"; do
    case " $choose_all" in
      *" $choose_one "*) ;;
      *)
        say "this lab has no provider $choose_one; expected one of: ${choose_all% }"
        exit 2
        ;;
    esac
  done
  if [ $# = 0 ]; then
    chosen=$choose_all
  else
    choose_given=" $* "
    # In the order of the lab, each once.
    chosen=''
    for choose_one in $choose_all; do
      case $choose_given in *" $choose_one "*) chosen="$chosen$choose_one " ;; *) ;; esac
    done
  fi
}

# is_same PROVIDER COMMAND: stops unless the script of a provider is the one that this script was compiled with.
is_same() {
  same_wanted=$(providers | awk -F '\t' -v name="$1" '$1 == name { print $2 }')
  [ -r "$here/$1/publish.sh" ] || fail "$1/publish.sh is missing or not readable; run publish-plan compile again"
  same_found=$(digest_of "$here/$1/publish.sh")
  case ${same_found%% *}:$2 in
    # What is open can still be closed.
    "$same_wanted":* | :down) ;;
    :*) fail "cannot check $1/publish.sh; install sha256sum, shasum, or openssl" ;;
    *) fail "$1/publish.sh is not the one that this file was compiled with; run publish-plan compile --force" ;;
  esac
}

# of PROVIDER COMMAND…: runs the script of a provider.
of() {
  is_same "$1" "$2"
  of_script=$here/$1/publish.sh
  shift
  sh "$of_script" "$@"
}

# asked COMMAND…: what the script of each chosen provider prints, with the provider and a tab before each line, and after it a line with
# `=` and its exit code.
asked() {
  for asked_one in $chosen; do
    asked_code=0
    asked_text=$(of "$asked_one" "$@") || asked_code=$?
    # Not as an argument of printf, which is a program in some shells.
    sed "s/^/$asked_one$tab/" <<END
$asked_text
=$asked_code
END
  done
}

# exit_codes: the exit codes in what `asked` printed, which is standard input.
exit_codes() {
  awk -F '\t' 'NF == 2 && $2 ~ /^=[0-9]+$/ { print substr($2, 2) }'
}

# read_json, functions of awk: with `read_json(LINE)`, an object of strings, which a provider's script prints in a line of its own, is in
# the array `value`, by its keys; a null is a dash. A quotation mark in a string has a backslash before it, so `","` is between two strings.
# shellcheck disable=SC2016 # awk expands them
read_json='
  function plain(text) {
    gsub(/\\\\/, "\001", text)
    gsub(/\\"/, "\"", text)
    gsub(/\001/, "\\", text)
    return text
  }
  function read_json(line,   fields, total, i, colon) {
    split("", value)
    sub(/},?$/, "", line)
    sub(/^[{]"/, "", line)
    # A null is between no quotation marks.
    while (match(line, /":null(,"|$)/)) {
      line = substr(line, 1, RSTART - 1) "\":\"-\"" (RSTART + RLENGTH > length(line) ? "" : ",\"" substr(line, RSTART + RLENGTH))
    }
    sub(/"$/, "", line)
    total = split(line, fields, "\",\"")
    for (i = 1; i <= total; i++) {
      colon = index(fields[i], "\":\"")
      value[substr(fields[i], 1, colon - 1)] = plain(substr(fields[i], colon + 3))
    }
  }
  # What the script of provider $1 printed.
  { said = substr($0, length($1) + 2) }
'
