#!/usr/bin/env bash
# Counts instructions of `check` against those of a bare event pass, and of `plan` and `compile` against those of `check`, with
# valgrind's callgrind, and compares the ratios with benches/ratios.toml. Counts do not depend on what else the machine does. Everything is as the tests were built with it, so this
# costs no other build: the ratios are not those of a release, but they grow with them.
#
#   benches/instructions.sh            fails where a ratio has grown by more than a twentieth
#   benches/instructions.sh --update   writes the ratios down
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo "needed: valgrind" >&2; exit 1; }
program=$(cargo build --bench check --message-format json 2>/dev/null |
  python3 -c 'import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("target", {}).get("kind") == ["bench"] and message.get("executable"):
        print(message["executable"])')

count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" 2>&1 |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
counts=()
for silent in "" --silent; do
  for work in nothing events check; do
    counts+=("$(count --only $work $silent)")
  done
done
for work in nothing check plan compile; do
  counts+=("$(count --once $work)")
done

python3 - "${1:-}" "${counts[@]}" <<'RATIOS'
import re, sys

path = "benches/ratios.toml"
text = open(path).read()
update, counts = sys.argv[1] == "--update", list(map(int, sys.argv[2:]))
failed = False
nothing, check, plan, compiled = counts[6:]
for name, of, (nothing, least, work) in [
    ("check", "an event pass", counts[:3]),
    ("check-silent", "an event pass", counts[3:6]),
    ("plan", "`check`", (nothing, check, plan)),
    ("compile", "`check`", (nothing, check, compiled)),
]:
    ratio = (work - nothing) / (least - nothing)
    line = re.compile(rf"^{name} = ([0-9.]+)$", re.MULTILINE)
    committed = float(line.search(text)[1])
    print(f"{name}: {ratio:.3f} of {of}, {committed:.3f} committed")
    failed |= ratio > committed * 1.05
    text = line.sub(f"{name} = {ratio:.3f}", text)
if update:
    open(path, "w").write(text)
elif failed:
    sys.exit(
        f"a command does more than {path} says. Find out why (CONTRIBUTING.md, Speed); if it is worth it, "
        "write the new ratios down with `benches/instructions.sh --update` and commit them with the reason."
    )
RATIOS
