#!/usr/bin/env bash
# Looks for inputs that break the laws of tests/it/robustness/laws.rs: `fuzz/run.sh [SECONDS] [TARGET…]`, every target for 60 seconds where
# nothing is said. Needs cargo-fuzz (`cargo install cargo-fuzz`) and no nightly toolchain. What is found is kept in
# target/fuzz/found, what breaks a law in fuzz/artifacts; both begin from the project's own texts and, where it is there, the
# corpus beside the repository.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
# For the options that a stable compiler hides; the sanitizers have nothing to look at where no code is unsafe.
export RUSTC_BOOTSTRAP=1
if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(cargo fuzz list); fi

seeds=target/fuzz/seeds
rm -rf "$seeds"
mkdir -p "$seeds/topologies" "$seeds/entry" "$seeds/compile"
find examples tests/cases/findings tests/cases/topologies ../shared/corpus -name '*.y*ml' -size -24k 2>/dev/null | while read -r file; do
  cp "$file" "$seeds/topologies/$(tr / - <<<"$file" | tr -d '.')"
done
grep -rhoE "[a-z]+/[0-9]+(/[^]\"' ]*)?" examples tests/cases/findings tests/cases/topologies | sort -u | while read -r entry; do
  printf %s "$entry" >"$seeds/entry/$(sha256sum <<<"$entry" | cut -c 1-16)"
done
# One for each provider: their first byte chooses it.
for file in examples/*.yml tests/cases/topologies/*.yml; do
  for provider in 0 1 2 3 4 5 6 7 8 9; do
    { printf %b "\\x0$provider"; cat "$file"; } >"$seeds/compile/$provider-$(basename "$file")"
  done
done

for target in "${targets[@]}"; do
  found=target/fuzz/found/$target
  mkdir -p "$found" "fuzz/corpus/$target"
  if [ -d "$seeds/$target" ]; then from=$seeds/$target; else from=$seeds/topologies; fi
  echo "== $target"
  cargo fuzz run --sanitizer none "$target" "$found" "fuzz/corpus/$target" "$from" -- \
    -max_total_time="$seconds" -max_len=8192 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1
done
