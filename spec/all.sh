# `./netlua test`: the project's own tests. Read by the launcher, whose need, build, say and root it uses.
#
#   ./netlua test            C unit tests, specs, chapters, replay of the fuzz corpus (debug build)
#   ./netlua test --asan     the same under AddressSanitizer and UndefinedBehaviorSanitizer
#   ./netlua test --lint     formatting, static analysis, layering
#   ./netlua test --vm       the same tests in a stock Debian kernel (see spec/vm/README.md)
#   ./netlua test --fuzz N   each fuzz target for N seconds
#
# The last line is `N passed, N failed` (and `, N skipped`), counting single tests.

usage() {
  sed -n '3,7p' "$root/spec/all.sh" | cut -c3-
  exit 2
}

# Counts what CTest's log tells: a unit test is one, a spec is as many as busted says.
count() {
  awk '
    /^[0-9]+\/[0-9]+ Testing: / { name = $3; counted = 0 }
    / successes? \/ .* failures? \/ .* errors? \/ .* pending/ {
      gsub(/\033\[[0-9;]*m/, "")
      passed += $1; failed += $4 + $7; skipped += $10; counted = 1; bad = $4 + $7
    }
    /^Test Passed\.$/ { if (!counted) passed++ }
    /^Test Skipped\.$|^Skip return code/ { if (!counted) skipped++; counted = 1 }
    /^Test Failed\.$|^Test Timeout|^Test time out/ { if (!counted || !bad) failed++; bad = 0 }
    END { printf "%d passed, %d failed", passed, failed; if (skipped) printf ", %d skipped", skipped; print "" }
  ' "$1"
}

run_ctest() {
  build "$1" "$2"
  status=0
  (cd "$root/build/$1" && ctest --output-on-failure --schedule-random -j "$(nproc)" ${3:+-L "$3"} </dev/null) || status=$?
  count "$root/build/$1/Testing/Temporary/LastTest.log"
  return $status
}

case ${1-} in
  '') run_ctest debug "" ;;
  --asan) run_ctest asan "" ;;
  --lint) need clang-format clang-tidy lua-check clang $packages; sh "$root/spec/lint.sh" "$root" ;;
  --vm) shift; exec "$root/spec/vm/run" "$@" ;;
  --fuzz) need clang libclang-rt-14-dev $packages; build fuzz ""; sh "$root/spec/fuzz/run.sh" "$root" "${2:-60}" ;;
  *) usage ;;
esac
