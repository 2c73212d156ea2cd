# aligned [SEPARATOR]: prints the lines on standard input, which have tabs between their cells, as a table.
aligned() {
  awk -F '\t' -v separator="${1:- | }" '
    # Some awks count the dash as three characters.
    function columns(text) { return text == "–" ? 1 : length(text) }
    function pad(count) { return count > 0 ? sprintf("%" count "s", "") : "" }
    {
      total = NF
      for (i = 1; i <= total; i++) {
        cell[NR, i] = $i
        if (columns($i) > width[i]) width[i] = columns($i)
      }
    }
    END {
      for (i = 1; i <= NR; i++) {
        line = ""
        for (j = 1; j < total; j++) line = line cell[i, j] pad(width[j] - columns(cell[i, j])) separator
        print line cell[i, total]
      }
    }'
}

# closing(SECONDS), a function of awk: when tunnels close, as the table of `status` has it; a dash without a time.
closing='
  function closing(seconds,   text) {
    if (seconds == "" || seconds == "null") return "–"
    seconds += 0
    if (seconds >= 86400) text = int(seconds / 86400) "d"
    if (seconds >= 3600) text = text int(seconds % 86400 / 3600) "h"
    if (seconds >= 60) text = text int(seconds % 3600 / 60) "m"
    return "in " text (seconds < 60 ? int(seconds) "s" : "")
  }
'
