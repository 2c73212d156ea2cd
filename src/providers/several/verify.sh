# verify [OPTION…]: tries the sockets of all chosen providers, and shows the results together. Exits with 1 if something is wider than
# planned, otherwise with 2 if something could not be done, otherwise with 3 if something cannot be told or is narrower.
verify() {
  verify_format=table verify_as=''
  verify_usage='verify [--only PROVIDER] [--as ADDRESS [--key FILE] [--cookie FILE]] [--trust] [--marks FILE] [--ca FILE] [--known-hosts FILE] [--json | --junit]'
  verify_one=${chosen% }
  case $verify_one in
    *' '*)
      for argument in "$@"; do
        case $argument in
          # One provider's session is nothing for another one, and names of sockets may be the same.
          --as | --key | --cookie | --marks) fail "$argument is for one provider; add --only and one of: $verify_one" ;;
          *) ;;
        esac
      done
      ;;
    *) ;;
  esac
  # The scripts print what can be put together.
  verify_count=$#
  while [ "$verify_count" -gt 0 ]; do
    argument=$1
    shift
    verify_count=$((verify_count - 1))
    case $argument in
      --json | --junit) verify_format=${argument#--} ;;
      --as)
        [ "$verify_count" -gt 0 ] || usage "$verify_usage"
        verify_as=$(printf '%s\n' "$1" | tr '[:upper:]' '[:lower:]')
        set -- "$@" --as "$1"
        shift
        verify_count=$((verify_count - 1))
        ;;
      *) set -- "$@" "$argument" ;;
    esac
  done
  case $verify_format in junit) verify_said=$(asked verify "$@" --junit) ;; *) verify_said=$(asked verify "$@" --json) ;; esac
  verify_codes=$(
    exit_codes <<END
$verify_said
END
  )
  verify_code=0
  for verify_one in $verify_codes; do
    case $verify_code:$verify_one in
      1:* | *:0) ;;
      *:1) verify_code=1 ;;
      2:* | *:3) [ "$verify_code" = 2 ] || verify_code=3 ;;
      # It ended before its time.
      *) verify_code=2 ;;
    esac
  done
  report_"$verify_format"
  exit "$verify_code"
}

report_table() {
  awk -F '\t' -v OFS='\t' "$read_json"'
    BEGIN {
      words["as planned"] = "as planned"; words["wider"] = "WIDER"; words["narrower"] = "narrower"; words["cannot tell"] = "cannot tell"
    }
    index(said, "{\"socket\":") == 1 && !rows++ { print "VERDICT", "AS", "PROVIDER", "SOCKET", "FOUND" }
    index(said, "{\"socket\":") == 1 {
      read_json(said)
      as = value["as"] == "-" ? "nobody" : value["as"]
      print words[value["verdict"]], as, $1, (value["socket"] == "-" ? value["target"] : value["socket"]), value["found"]
    }' <<END | aligned '  '
$verify_said
END
}

report_json() {
  case $verify_code in 0) verify_verdict='as planned' ;; 1) verify_verdict=wider ;; *) verify_verdict='cannot tell' ;; esac
  LAB=$lab_json AS=$verify_as VERDICT=$verify_verdict awk -F '\t' "$read_json"'
    match(said, /"verdict":"[a-z ]*","checks":\[$/) { verdicts = verdicts "," substr(said, RSTART + 11, RLENGTH - 23) }
    index(said, "{\"socket\":") == 1 {
      sub(/,$/, "", said)
      checks = checks (checks == "" ? "" : ",") "\n{\"provider\":\"" $1 "\"," substr(said, 2)
    }
    END {
      verdict = ENVIRON["VERDICT"]
      # Each provider has its own, and what could not be done is not known.
      if (verdict == "cannot tell" && index(verdicts, "narrower") && !index(verdicts, "cannot tell")) verdict = "narrower"
      as = ENVIRON["AS"]
      gsub(/[\\"]/, "\\\\&", as)
      as = as == "" ? "null" : "\"" as "\""
      printf "{\"version\":1,\"lab\":%s,\"as\":%s,\"verdict\":\"%s\",\"checks\":[%s\n]}\n", ENVIRON["LAB"], as, verdict, checks
    }' <<END
$verify_said
END
}

report_junit() {
  awk -F '\t' "$read_json"'
    BEGIN { print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>" }
    sub(/^<testsuites>/, "", said) { sub(/" tests="/, ", " $1 "\" tests=\"", said) }
    { sub(/<\/testsuites>$/, "", said) }
    said ~ /^</ && said !~ /^<\?xml/ { print said }
    END { print "</testsuites>" }' <<END
$verify_said
END
}
