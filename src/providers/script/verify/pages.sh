# Pages: what a door for browsers answers.

# ask URL [HOST:PORT [FILE]]: requests a page, without following a redirect: from a certain server, with any certificate, or with
# the headers in a file. Sets ask_status, which is empty if there is no answer (then ask_why says why, and ask_code is the exit code of
# curl), and ask_location. At most 64 KiB of the body are in $verify_folder/body.
ask() {
  ask_url=$1 ask_to=${2:-} ask_with=${3:-}
  ask_name=${1#*://}
  ask_name=${ask_name%%[:/]*}
  # No settings of the user, no other protocol, no redirect.
  # A proxy is asked for a tunnel, also for http, so that its own pages are not taken for those of the lab.
  set -- -q --silent --show-error --http1.1 --proto =http,https --proxytunnel --suppress-connect-headers --connect-timeout 5 --max-time 10 --user-agent 'publish-plan verify'
  [ -z "${ask_direct:-}" ] || set -- "$@" --noproxy '*'
  [ -z "${ask_anyhow:-}" ] || set -- "$@" --insecure
  [ -z "$verify_ca" ] || set -- "$@" --cacert "$verify_ca"
  [ -z "$ask_to" ] || set -- "$@" --insecure --connect-to "::$ask_to"
  [ -z "$ask_with" ] || set -- "$@" --header "@$ask_with"
  : >"$verify_folder/head"
  {
    # A file of at most 1 MiB, whatever is sent.
    ulimit -f 2048
    ask_code=0
    curl "$@" --dump-header "$verify_folder/head" --write-out '%{stderr}\n%{http_code}\n' --url "$ask_url" \
      </dev/null 2>"$verify_folder/why" || ask_code=$?
    printf '%s\n' "$ask_code" >"$verify_folder/code"
  } | head -c 65536 | tr -d '\000' >"$verify_folder/body"
  ask_code=$(cat "$verify_folder/code")
  ask_why=$(sed -n 's/^curl: ([0-9]*) //p' "$verify_folder/why" | head -n 1)
  ask_status=$(sed -n 's/^\([1-9][0-9][0-9]\)$/\1/p' "$verify_folder/why" | tail -n 1)
  # Refused, or never answered by the page itself.
  case $ask_code in 0 | 18 | 23 | 28 | 56 | 63) ;; *) ask_status='' ;; esac
  case $ask_status in 301 | 302 | 303 | 307 | 308) ask_location=$(header location) ;; *) ask_location='' ;; esac
}

# heard WHAT: notes that something at the other end was heard: `host` at all, or one of its `ports`. What is silent proves nothing before.
heard() {
  : >"$verify_all/heard-$1"
}

# The body without the hostname, which a server may repeat.
plain_body() {
  LC_ALL=C sed "s/$(printf '%s\n' "$ask_name" | sed 's/[.]/[.]/g')/-/g" "$verify_folder/body"
}

# header NAME: its last value in the answer.
header() {
  tr -d '\000\r\t' <"$verify_folder/head" | LC_ALL=C awk -v name="$1:" '
    # Of the last answer, not of those before it, and nothing after its headers.
    /^HTTP\// { value = ""; is_on = 1; next }
    $0 == "" { is_on = 0 }
    is_on && index(tolower($0), name) == 1 { value = substr($0, length(name) + 1); sub(/^ */, "", value) }
    END { print value }'
}

# Requests a name that is not in the plan from the server of the pages. What it answers is what a name gets that it does not know.
try_unplanned() {
  unplanned_status='' unplanned_location='' unplanned_varies=''
  : >"$verify_all/unplanned"
  unplanned=$(client_unplanned)
  [ -n "$unplanned" ] || return 0
  # The scheme, the domain with a port, and the server.
  try_name=- try_address=$(unplanned_page)
  ask "$try_address" "${unplanned##* }"
  unplanned_status=$ask_status unplanned_location=$ask_location
  [ -z "$ask_status" ] || heard host
  plain_body >"$verify_all/unplanned"
  case $unplanned_status in
    [23]??)
      # A second name shows whether such answers are all the same.
      ask "$(unplanned_page)" "${unplanned##* }"
      is_unplanned || unplanned_varies=yes
      ask "$try_address" "${unplanned##* }"
      ;;
    *) ;;
  esac
  case $ask_status in
    '')
      if is_refused_at "$try_address" "${unplanned##* }"; then
        result nobody nothing 'connection refused' silent
      elif [ "$ask_code" = 35 ]; then
        # It has no certificate for the name.
        heard host
        result nobody nothing "gives nothing: $ask_why" kept
      else
        result nobody nothing "nothing answers: $ask_why" unknown
      fi
      ;;
    401 | 403 | 404 | 410 | 421) result nobody nothing "status $ask_status" kept ;;
    2??) result nobody nothing "status $ask_status for a name that is not in the plan: a proxy in between, or a server that answers for every name" unknown "$(page_mark)" ;;
    3??) result nobody nothing "status $ask_status, a redirect to $ask_location" unknown ;;
    *) result nobody nothing "status $ask_status" unknown ;;
  esac
}

# The address of a page that is not in the plan, another one each time.
unplanned_page() {
  unplanned_name=${unplanned#* }
  printf '%s://unplanned-%s.%s/\n' "${unplanned%% *}" "$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')" "${unplanned_name%% *}"
}

# is_refused_at URL [HOST:PORT]: whether nothing was asked for because the connection was refused. Curl has one code for all that can fail.
is_refused_at() {
  [ "$ask_code" = 7 ] || return 1
  refused_place=${2:-${1#*://}}
  refused_place=${refused_place%%/*}
  case $refused_place:$1 in *:*:*:*) ;; *:https:*) refused_place=$refused_place:443 ;; *) refused_place=$refused_place:80 ;; esac
  knock "${refused_place%:*}" "${refused_place##*:}"
  [ "$knock_is" = refused ]
}

# Whether something answers for every name, and not always the same, so that an answer is no proof of a page.
all_names_answer() {
  [ -n "$unplanned_varies" ]
}

# Whether the page is what a name gets that the server does not know.
is_unplanned() {
  [ -n "$unplanned_status" ] && [ "$ask_status" = "$unplanned_status" ] && [ "$ask_location" = "$unplanned_location" ] &&
    plain_body | cmp -s - "$verify_all/unplanned"
}

unplanned_words='answers like a name that is not in the plan: the page is not there, or a proxy is in between'

# By what a page is known again.
page_mark() {
  page_title=$(tr -d '\r' <"$verify_folder/body" | tr '\n\t' '  ' | sed -n 's/.*<[Tt][Ii][Tt][Ll][Ee][^>]*>\([^<]*\)<.*/\1/p' | cut -c 1-60)
  printf 'page %s %s %s\n' "$ask_status" "$(header server | cut -c 1-40)" "$page_title"
}

# Sets is_login: 0 if the answer asks for a login, 2 if that cannot be told, and 1 otherwise.
find_login() {
  is_login=1
  [ -z "$ask_location" ] || {
    is_login=0
    client_login_page "$ask_location" || is_login=$?
  }
}

# The socket's page, as nobody.
page_as_nobody() {
  ask "$try_address"
  # Whoever wants to get in does not mind the certificate.
  if [ "$ask_code" = 60 ] && [ "$try_plan" = closed ]; then
    ask_anyhow=yes
    ask "$try_address"
    ask_anyhow=''
  fi
  [ -z "$ask_status" ] || heard host
  find_login
  if [ "$try_plan" = open ]; then page_open; else page_closed; fi
}

page_open() {
  case $ask_status:$is_login in
    :*) result nobody open "nothing answers: $ask_why" unknown ;;
    *:0) result nobody open 'asks for a login' narrower ;;
    502:* | 503:* | 504:* | 52?:* | 530:*) result nobody open "$(nothing_behind)" unknown ;;
    *)
      if is_unplanned || all_names_answer; then
        result nobody open "$unplanned_words" unknown
      elif client_silent; then
        result nobody open "$(nothing_behind)" unknown
      elif client_absent; then
        result nobody open "status $ask_status: the service has nothing there" unknown
      else
        result nobody open "answers: status $ask_status" kept "$(page_mark)"
      fi
      ;;
  esac
}

nothing_behind() {
  printf 'status %s: the door answers, but nothing behind it\n' "$ask_status"
}

page_closed() {
  case $ask_status:$is_login in
    :*)
      case $ask_code in
        # HTTP/0.9, or lines that are no headers.
        1 | 8) page_result "answers without a login, but not in HTTP: $ask_why" wider ;;
        *)
          if is_refused_at "$try_address"; then
            page_result 'connection refused' silent
          else
            page_result "nothing answers: $ask_why" unknown
          fi
          ;;
      esac
      ;;
    *:0) page_result "asks for a login at $(origin "$ask_location")" kept ;;
    *:2) page_result "redirects to $(origin "$ask_location"), which cannot be told to be the login of the plan" unknown ;;
    *)
      if is_unplanned || all_names_answer; then
        page_result "$unplanned_words" unknown
        return
      elif client_absent; then
        page_result "status $ask_status: the service has nothing there" unknown
        return
      fi
      case $ask_status in
        400 | 408 | 413 | 414 | 421 | 429 | 431) page_result "status $ask_status in place of a login" unknown ;;
        401 | 403)
          if client_refuses; then
            page_result "refuses: status $ask_status" kept
          else
            page_result "status $ask_status in place of a login, perhaps of the node itself" unknown
          fi
          ;;
        5??) page_result "status $ask_status in place of a login" unknown ;;
        3??) page_result "answers without a login: status $ask_status, a redirect to $ask_location" wider ;;
        *) page_result "answers without a login: status $ask_status" wider ;;
      esac
      ;;
  esac
}

# page_result FOUND VERDICT: together with what was found at the port.
page_result() {
  result nobody closed "$1${raw_found:+; $raw_found}" "$(worse "$2" "$raw_verdict")"
}

# The socket's page, as the person with the cookie. Nobody's pages get no cookie.
page_as_person() {
  if [ -z "$verify_as" ] || [ "$try_plan" = open ]; then
    return 0
  fi
  person_is=0
  names_person || person_is=$?
  case $person_is in
    0) person_plan=in ;;
    2) person_plan='a policy decides' ;;
    *) person_plan=out ;;
  esac
  if [ -z "$verify_cookie" ]; then
    result "$verify_as" "$person_plan" 'not tried: --cookie FILE is needed' unknown
    return 0
  fi
  case $try_address in
    https://*) ;;
    *)
      result "$verify_as" "$person_plan" 'not tried: a cookie is sent over https only' unknown
      return 0
      ;;
  esac
  # The file has `NAME=VALUE`, as a browser shows it.
  { printf 'Cookie: ' && sed -n '1p' <"$verify_cookie" | tr -d '\r\n' && echo; } >"$verify_folder/cookie"
  ask "$try_address" '' "$verify_folder/cookie"
  rm -f "$verify_folder/cookie"
  find_login
  person_page
}

person_page() {
  case $ask_status:$is_login in
    :*) person_found="nothing answers: $ask_why" person_verdict=unknown ;;
    *:0) person_found='asks for a login, so the cookie is not accepted: log in again' person_verdict=unknown ;;
    *:2) person_found="redirects to $(origin "$ask_location"), which cannot be told to be the login of the plan" person_verdict=unknown ;;
    400:* | 408:* | 413:* | 414:* | 421:* | 429:* | 431:* | 5??:*) person_found="status $ask_status" person_verdict=unknown ;;
    *)
      if is_unplanned || all_names_answer || client_absent; then
        person_found=$unplanned_words person_verdict=unknown
      elif client_refuses; then
        person_found="refused: status $ask_status"
        case $person_plan in in) person_verdict=narrower ;; out) person_verdict=kept ;; *) person_verdict=unknown ;; esac
      else
        person_found="gets in: status $ask_status"
        case $person_plan:$ask_status in
          *:401 | *:403)
            person_found="status $ask_status, but not in the words of the door" person_verdict=unknown
            ;;
          in:*) person_verdict=kept ;;
          out:*) person_verdict=wider ;;
          *) person_verdict=unknown ;;
        esac
      fi
      ;;
  esac
  person_mark=-
  case $person_plan:$person_verdict in in:kept) person_mark=$(page_mark) ;; *) ;; esac
  result "$verify_as" "$person_plan" "$person_found" "$person_verdict" "$person_mark"
}

# origin URL: its scheme, host, and port.
origin() {
  printf '%s\n' "$1" | sed 's|^\([a-zA-Z]*://[^/?#]*\).*|\1|'
}
