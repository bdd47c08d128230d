#!/bin/sh
# Formatting, static analysis and Lua's linter. lint.sh ROOT; called by `./netlua test --lint`.
root=$1
cd "$root" || exit 1
passed=0 failed=0

check() {
  name=$1
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
    printf '%s\n' "$output" | tail -n 60
  fi
}

clang_tidy() {
  cmake --preset clang >/dev/null &&
    git ls-files 'core/*.c' 'bindings/*.c' | xargs -P "$(nproc)" -n 4 clang-tidy -p build/clang --quiet --warnings-as-errors='*'
}

clang_build() {
  cmake --preset clang >/dev/null && cmake --build --preset clang
}

check clang-format sh -c "git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror"
check luacheck sh -c "git ls-files '*.lua' | xargs luacheck -q --no-color"
check 'clang build without warnings' clang_build
[ ! -e .clang-tidy ] || check clang-tidy clang_tidy
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
