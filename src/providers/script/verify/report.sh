# What `verify` found, for people and for programs.

verdict_of_all() {
  awk -F '\t' '
    { count[$6]++ }
    END { print count["wider"] ? "wider" : count["unknown"] ? "unknown" : count["narrower"] ? "narrower" : "kept" }' "$verify_all/rows"
}

verdict_words() {
  case $1 in kept) echo 'as planned' ;; wider) echo wider ;; narrower) echo narrower ;; *) echo 'cannot tell' ;; esac
}

report_rows() {
  case $verify_format in
    json) report_json ;;
    junit) report_junit ;;
    *) report_table ;;
  esac
  report_summary
}

report_table() {
  awk -F '\t' -v OFS='\t' '
    BEGIN {
      words["kept"] = "as planned"; words["wider"] = "WIDER"; words["narrower"] = "narrower"; words["unknown"] = "cannot tell"
      print "VERDICT", "AS", "SOCKET", "FOUND"
    }
    { print words[$6], $3, ($1 == "-" ? $2 : $1), $5 }' "$verify_all/rows" | aligned '  '
}

report_json() {
  printf '{"version":1,"lab":%s,"as":%s,"verdict":"%s","checks":[' "$lab_json" "$(json_or_null "$verify_as")" "$(verdict_words "$(verdict_of_all)")"
  awk -F '\t' '
    function text(words) { gsub(/[\\"]/, "\\\\&", words); return "\"" words "\"" }
    BEGIN { words["kept"] = "as planned"; words["wider"] = "wider"; words["narrower"] = "narrower"; words["unknown"] = "cannot tell" }
    {
      printf "%s\n{\"socket\":%s,\"target\":%s,\"as\":%s,\"planned\":%s,\"found\":%s,\"verdict\":%s,\"mark\":%s}", comma, \
        $1 == "-" ? "null" : text($1), text($2), $3 == "nobody" ? "null" : text($3), text($4), text($5), text(words[$6]), \
        $7 == "-" ? "null" : text($7)
      comma = ","
    }' "$verify_all/rows"
  printf '\n]}\n'
}

json_or_null() {
  if [ -z "$1" ]; then echo null; else printf '"%s"\n' "$1"; fi
}

report_junit() {
  awk -F '\t' -v lab="$lab_json" '
    function text(words) { gsub(/&/, "\\&amp;", words); gsub(/</, "\\&lt;", words); gsub(/>/, "\\&gt;", words); gsub(/"/, "\\&quot;", words); return words }
    { rows[++total] = $0; count[$6]++ }
    END {
      gsub(/^"|"$/, "", lab)
      print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
      printf "<testsuites><testsuite name=\"publish-plan verify %s\" tests=\"%d\" failures=\"%d\" skipped=\"%d\">\n", text(lab), total, count["wider"], \
        count["unknown"] + count["narrower"]
      for (i = 1; i <= total; i++) {
        split(rows[i], field, "\t")
        printf "<testcase classname=\"%s\" name=\"%s as %s\">", text(lab), text(field[1] == "-" ? field[2] : field[1]), text(field[3])
        if (field[6] == "wider") printf "<failure message=\"wider than planned: %s\"/>", text(field[5])
        else if (field[6] != "kept") printf "<skipped message=\"%s: %s\"/>", field[6] == "narrower" ? "narrower than planned" : "cannot tell", text(field[5])
        print "</testcase>"
      }
      print "</testsuite></testsuites>"
    }' "$verify_all/rows"
}

report_summary() {
  summary_text=$(awk -F '\t' '
    function more(number, words) { if (number) text = text (text == "" ? "" : ", ") number " " words }
    { count[$6]++ }
    END {
      more(count["wider"], "wider")
      more(count["narrower"], "narrower")
      more(count["unknown"], "that cannot be told")
      more(count["kept"], "as planned")
      print NR (NR == 1 ? " check: " : " checks: ") text
    }' "$verify_all/rows")
  say "$summary_text"
  summary_wider=$(awk -F '\t' '$6 == "wider" { print ($1 == "-" ? $2 : $1) ": " $5 }' "$verify_all/rows")
  [ -n "$summary_wider" ] || return 0
  say "wider than planned:
$summary_wider"
  if is_up; then
    say "close the lab now: sh $(pasted "$here/publish.sh") down"
  else
    say 'close the lab now, on the machine where it is open: sh publish.sh down'
  fi
}

# last_verification: what `status` says about the last time, on this machine.
last_verification() {
  [ -r "$verified/last" ] || return 0
  IFS=$tab read -r last_at last_as last_verdict last_wider <"$verified/last" || return 0
  case $last_at$last_wider in '' | *[!0-9]*) return 0 ;; *) ;; esac
  last_age=$((($(date +%s) - last_at) / 60))
  if [ "$last_age" -ge 2880 ]; then
    last_age="$((last_age / 1440)) days"
  elif [ "$last_age" -ge 120 ]; then
    last_age="$((last_age / 60)) hours"
  else
    last_age=$(counted "$last_age" minute)
  fi
  case $last_verdict in
    wider) last_verdict="$(counted "$last_wider" check) wider than planned; run sh publish.sh verify, or close the lab" ;;
    *) last_verdict=$(verdict_words "$last_verdict") ;;
  esac
  printf 'verified from this machine %s ago, as %s: %s\n' "$last_age" "$last_as" "$last_verdict"
}

# Writes down what `status` says.
record_verification() {
  record_wider=$(awk -F '\t' '$6 == "wider"' "$verify_all/rows" | wc -l | tr -d ' ')
  record_row=$(row "$(date +%s)" "${verify_as:-nobody}" "$(verdict_of_all)" "$record_wider")
  if ! mkdir -p "$verified" || ! printf '%s\n' "$record_row" >"$verified/last.new" || ! mv "$verified/last.new" "$verified/last"; then
    say "cannot write to $verified, so status will not know of this"
  fi
}
