#!/bin/sh
# Each fuzz target for some seconds, from its corpus. run.sh ROOT SECONDS; called by `./netlua test --fuzz`.
root=$1 seconds=$2
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for source in "$root"/spec/fuzz/fuzz_*.c; do
  name=$(basename "$source" .c)
  what=${name#fuzz_}
  binary=$(find "$root/build/fuzz" -name "$name" -type f -perm -u+x | head -n 1)
  mkdir -p "$work/$what"
  # What it finds goes to a directory of its own: the corpus in the tree is chosen by people.
  if "$binary" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="$work/$what-" "$work/$what" "$root/spec/fuzz/corpus/$what" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log") runs in $seconds s"
  else
    failed=$((failed + 1))
    echo "$name: FAILED"
    tail -n 60 "$work/log"
    for found in "$work/$what"-*; do [ -e "$found" ] && { echo "$found:"; od -A x -t x1z "$found" | head -n 40; }; done
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
