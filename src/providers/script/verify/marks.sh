# Marks: by what a service is known again. `verify --trust` remembers them, and each later `verify` compares.

# Reads rows and prints them with the verdicts that follow from the marks.
judge_marks() {
  [ -z "$verify_trust" ] || { cat && return; }
  [ -r "$verify_marks" ] || { cat && return; }
  marks=$verify_marks nodes=$verify_all/nodes awk -F '\t' -v OFS='\t' '
    BEGIN {
      while ((getline line < ENVIRON["nodes"]) > 0) {
        split(line, field, "\t")
        node[field[1]] = field[2]
      }
      while ((getline line < ENVIRON["marks"]) > 0) {
        sub(/\r$/, "", line)
        if (line ~ /^#/) { since = substr(line, 3, 10); gsub(/[^0-9-]/, "", since); continue }
        split(line, field, "\t")
        known[field[1]] = field[2]
        owners[field[2]]++
        owner[field[2]] = field[1]
      }
    }
    { rows[NR] = $0; if ($1 != "-" && $7 != "-") now[$1] = $7 }
    END {
      for (i = 1; i <= NR; i++) {
        $0 = rows[i]
        if ($1 == "-" && $7 != "-" && ($7 in owners)) {
          $5 = "status and page of " owner[$7] " for a name that is not in the plan"
          $6 = "wider"
        } else if ($1 != "-" && ($1 in known) && $6 == "kept") {
          if ($7 == "-" && $4 == "open") {
            $5 = $5 ", but not so that it could be compared with what was trusted (" since ")"
            $6 = "unknown"
          } else if ($7 != "-" && $7 != known[$1]) {
            other = owners[$7] == 1 ? owner[$7] : ""
            # One certificate, or one key, for all ports of a node.
            if (node[other] == node[$1]) other = ""
            # Keys are of one node only. Words may be those of a version that both have by now, unless the other one has changed too.
            if (other != "" && ($7 ~ /^(ssh|certificate) / || ((other in now) && now[other] != $7))) {
              $5 = $5 ", but " other " answers here"
              $6 = "wider"
            } else {
              $5 = $5 ", but not as it did when it was trusted (" since "): another node, or the same one set up anew"
              $6 = "unknown"
            }
          }
        }
        print
      }
    }'
}

# Remembers the marks of what is as planned; what did not answer keeps its own.
write_marks() {
  if [ -f "$verify_marks" ]; then cp "$verify_marks" "$verify_all/before"; else : >"$verify_all/before"; fi
  {
    printf '# %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    awk -F '\t' -v OFS='\t' '
      { sub(/\r$/, "") }
      /^#/ || $0 == "" { next }
      FILENAME == ARGV[1] { mark[$1] = $2; next }
      $1 != "-" && $7 != "-" && $6 == "kept" { mark[$1] = $7 }
      END { for (name in mark) print name, mark[name] }' "$verify_all/before" "$verify_all/rows" | sort
  } >"$verify_all/marks"
  cp "$verify_all/marks" "$verify_marks" 2>/dev/null
}
