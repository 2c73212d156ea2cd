#!/usr/bin/env bash
# The rows of docs/src/speed.md about whole processes: publish-plan beside yamllint and check-jsonschema on the same files, and
# beside a Rust program that does nothing. These come from PyPI into an environment that is thrown away.
#
#   benches/peers.sh            needs hyperfine, python3 with venv, and the reference corpus beside the repository
#   FILES=500 benches/peers.sh  fewer files: the others take minutes for 5,000
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
FILES=${FILES:-5000}
for tool in hyperfine python3 rustc; do
  command -v "$tool" >/dev/null || { echo "needed: $tool" >&2; exit 1; }
done
corpus=../shared/corpus schema=$PWD/../shared/schemas/clab.schema.json demo=$PWD/examples/demo.clab.yml
if [ ! -d "$corpus" ] || [ ! -e "$schema" ]; then
  echo "needed: the reference corpus and schemas in ../shared" >&2
  exit 1
fi

cargo build --release --quiet
ours=$(realpath "${CARGO_TARGET_DIR:-target}")/release/publish-plan

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/env"
"$scratch/env/bin/pip" --quiet --disable-pip-version-check install yamllint check-jsonschema
echo 'fn main() {}' >"$scratch/nothing.rs"
rustc -C opt-level=3 -o "$scratch/nothing" "$scratch/nothing.rs"

# Topologies that are Go templates are left out: nobody reads them as YAML.
mkdir "$scratch/files"
mapfile -t topologies < <(find "$corpus" -name '*.yml' -o -name '*.yaml' | sort | xargs -d '\n' grep --files-without-match --fixed-strings '{{')
for ((i = 0; i < FILES; i++)); do
  cp "${topologies[i % ${#topologies[@]}]}" "$scratch/files/$i.clab.yml"
done

cat >"$scratch/rules.yml" <<'RULES'
extends: default
RULES
# Seconds: the fastest of some runs. What they find is not asked for.
fastest() {
  hyperfine --shell=none --ignore-failure --style none --export-json "$scratch/times.json" "$@" >"$scratch/said" 2>&1 || {
    cat "$scratch/said" >&2
    return 1
  }
  python3 -c 'import json, sys; print(min(json.load(open(sys.argv[1]))["results"][0]["times"]))' "$scratch/times.json"
}
cd "$scratch/files"
export RAYON_NUM_THREADS=1
one=$(fastest --warmup 1 --runs 10 "$ours check --no-config --quiet --format concise .")
yamllint=$(fastest --runs 1 "$scratch/env/bin/yamllint --config-file $scratch/rules.yml --format parsable .")
# It takes no folder. One argument holds 128 KiB: short names of thousands of files fit.
schema=$(fastest --runs 1 "$scratch/env/bin/check-jsonschema --schemafile $schema $(echo *)")
unset RAYON_NUM_THREADS
single=$(fastest --warmup 5 --min-runs 300 "$ours check --no-config --quiet $demo")
nothing=$(fastest --warmup 5 --min-runs 300 "$scratch/nothing")

python3 - "$FILES" "$one" "$yamllint" "$schema" "$single" "$nothing" "$(wc -c <"$ours")" <<'ROWS'
import sys

files = int(sys.argv[1])
one, yamllint, schema, single, nothing, size = map(float, sys.argv[2:])
missed = lambda measured, least: "" if measured >= least else ", missed"
over = lambda measured, most: "" if measured <= most else ", missed"
print("| work | against | target | measured |\n|---|---|---|---|")
print(f"| `check` of {files:,} files, one thread, whole process | yamllint | ≥ 100× faster | {yamllint / one:.0f}×{missed(yamllint / one, 100)} |")
print(f"| the same | check-jsonschema with containerlab's schema | ≥ 100× faster | {schema / one:.0f}×{missed(schema / one, 100)} |")
late = (single - nothing) * 1000
print(f"| `check` of one topology, whole process | a Rust program that does nothing | ≤ +1.5 ms | +{late:.1f} ms{over(late, 1.5)} |")
print(f"| the program | | ≤ 12 MB | {size / 1e6:.1f} MB{over(size / 1e6, 12)} |")
ROWS
