# Makes the text of other programs safe to print: control characters, characters that hide or reverse text, and bytes that are not
# UTF-8 are written as numbers, so that they cannot control the terminal or forge a line. The text is read as numbers because awk
# programs disagree about bytes.
printable() {
  od -An -v -tu1 | LC_ALL=C awk '
    function last(code) { return sprintf("%c", 128 + int(code) % 64) }
    function utf8(code) {
      if (code < 128 || is_wide) return sprintf("%c", code)
      if (code < 2048) return sprintf("%c", 192 + int(code / 64)) last(code)
      if (code < 65536) return sprintf("%c", 224 + int(code / 4096)) last(code / 64) last(code)
      return sprintf("%c", 240 + int(code / 262144)) last(code / 4096) last(code / 64) last(code)
    }
    # The same characters as in publish-plan: U+061C, U+200B to U+200F, U+2028 to U+202E, U+2060 to U+2069, U+FEFF,
    # U+FFF9 to U+FFFB, U+FFFE, U+FFFF, U+E0000 to U+E007F.
    function steers(code) {
      return code < 32 || (code >= 127 && code < 160) || code == 1564 || code == 65534 || code == 65535 || (code >= 8203 && code <= 8207) || \
        (code >= 8232 && code <= 8238) || (code >= 8288 && code <= 8297) || code == 65279 || \
        (code >= 65529 && code <= 65531) || (code >= 917504 && code <= 917631)
    }
    function shown(code) { return steers(code) ? sprintf("\\u{%x}", code) : utf8(code) }
    # begins(BYTE, FIRST, LOW, HIGH, COUNT): BYTE starts a character with COUNT more bytes, the next one from LOW to HIGH.
    function begins(byte, first, from, to, count) { code = byte - first; low = from; high = to; wanted = count }
    BEGIN {
      # Whether %c of this awk prints characters, not bytes.
      is_wide = sprintf("%c", 233) != "\351"
      for (byte = 0; byte < 128; byte++) plain[byte] = shown(byte)
      plain[9] = "\t"
    }
    {
      for (i = 1; i <= NF; i++) {
        byte = $i + 0
        if (wanted > 0 && byte >= low && byte <= high) {
          code = code * 64 + byte - 128
          held = held sprintf("\\x%02x", byte)
          low = 128
          high = 191
          if (--wanted == 0) {
            line = line shown(code)
            held = ""
          }
          continue
        }
        line = line held
        held = ""
        wanted = 0
        # Print long lines in pieces: appending one character copies the whole line in some awks.
        if (length(line) > 1000) {
          printf "%s", line
          line = ""
          is_begun = 1
        }
        if (byte == 10) {
          print line
          line = ""
          is_begun = 0
        } else if (byte < 128) {
          line = line plain[byte]
        } else {
          held = sprintf("\\x%02x", byte)
          if (byte >= 194 && byte < 224) begins(byte, 192, 128, 191, 1)
          if (byte >= 224 && byte < 240) begins(byte, 224, byte == 224 ? 160 : 128, byte == 237 ? 159 : 191, 2)
          if (byte >= 240 && byte < 245) begins(byte, 240, byte == 240 ? 144 : 128, byte == 244 ? 143 : 191, 3)
        }
      }
    }
    END { if (is_begun || line held != "") print line held }'
}

# The same line by line, for output that goes on. A shell that cannot read a line that is not UTF-8 prints the rest at the end.
printable_lines() {
  while IFS= read -r lines_one 2>/dev/null; do
    # A client with a terminal ends its lines with two characters.
    printf '%s\n' "${lines_one%"$return"}" | printable
  done
  { printf '%s' "$lines_one"; cat; } | printable
}

# say TEXT: prints a message of this script. Its first line starts with `publish.sh:`, and further lines are indented.
say() {
  printf '%spublish.sh: %s\n' "$script_folder" "$1" | printable | sed '1!s/^/  /' >&2
}

# The exit code of a command that cannot go on.
fail_code=1

fail() {
  say "$1"
  exit "$fail_code"
}

need() {
  command -v "$1" >/dev/null 2>&1 || fail "$1 is not installed or not on PATH${2:+; $2}"
}

# usage FORM: stops because of wrong arguments. FORM is how to write them.
usage() {
  printf 'usage: sh publish.sh %s\n' "$1" >&2
  exit 2
}

# row FIELD…: prints the fields as one line, with tabs between them. One argument of printf, which is a program in some shells.
row() {
  row_ifs=$IFS
  IFS=$tab
  row_line="$*"
  IFS=$row_ifs
  printf '%s\n' "$row_line"
}

# counted NUMBER NOUN: `1 page`, `2 pages`.
counted() {
  counted_number=$(($1))
  if [ "$counted_number" = 1 ]; then printf '1 %s\n' "$2"; else printf '%s %ss\n' "$counted_number" "$2"; fi
}

# only CHARACTERS TEXT: the text has no other characters.
only() {
  [ -z "$(printf '%s' "$2" | LC_ALL=C tr -d "$1")" ]
}

# plain_word TEXT: TEXT if it can be a hostname, port, id, or address in a command to paste; otherwise `-`.
plain_word() {
  case $1 in
    '' | -*) printf '%s\n' - ;;
    *) if only 'A-Za-z0-9.,:/_[]-' "$1"; then printf '%s\n' "$1"; else printf '%s\n' - ; fi ;;
  esac
}

# pasted TEXT: TEXT as one word of a command to paste. A path comes from the settings of a repository, which may be a stranger's.
pasted() {
  if [ -n "$1" ] && only 'A-Za-z0-9@%+,./:=_-' "$1"; then
    printf '%s\n' "$1"
  else
    printf "'%s'\n" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")"
  fi
}

# digest_of FILE: its SHA-256 in hexadecimal digits, and more after a space; nothing if the file cannot be read or this host has no program
# for it.
digest_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum <"$1"
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 <"$1"
  elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 -r <"$1"
  fi
}

# told PROGRAM ARGUMENT…: runs a program and makes its output safe to print.
told() {
  exec 4>&2
  told_code=$({ { ("$@") 3>&- 4>&- && echo 0 >&3 || echo "$?" >&3; } 2>&1 | printable_lines >&4; } 3>&1)
  exec 4>&-
  return "$told_code"
}
