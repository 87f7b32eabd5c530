# shellcheck shell=bash
# Running the steps of bin/test one after the other and saying at the end how each went. Sourced, after env.sh.

STEP_LOG="$(mktemp -d)"
trap 'rm -rf "$STEP_LOG"' EXIT
RESULTS=()
FAILURES=()
FAILED=0

# A pipe is no terminal, so what colours its output there has to be told.
RSPEC_COLOR=()
RUBOCOP_COLOR=()
if [ -t 1 ]; then
  RSPEC_COLOR=(--force-color)
  RUBOCOP_COLOR=(--color)
  export CARGO_TERM_COLOR=always
fi

# step NAME COMMAND...: runs it without standard input, shows what it prints, and notes how it went.
step() {
  local name="$1" log status=0 started=$SECONDS
  shift
  log="$STEP_LOG/${name//[^a-zA-Z]/_}"
  printf '\n== %s\n' "$name"
  "$@" </dev/null 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  [ "$status" != 124 ] || complain "$name did not end within its time limit"
  note "$name" "$status" "$((SECONDS - started))" "$(counts "$log")"
  [ "$status" = 0 ] || FAILURES+=("$(printf -- '-- %s\n%s' "$name" "$(failures "$log")")")
  return "$status"
}

not_run() { note "$1" 1 0 "not run: $2"; }

note() {
  local word=ok
  [ "$2" = 0 ] || { word=FAILED FAILED=$((FAILED + 1)); }
  RESULTS+=("$(printf '%-7s %-18s %4s s   %s' "$word" "$1" "$3" "$4")")
}

# What the runners themselves counted: RSpec's closing line, the sum of cargo's, that of Node's test runner.
counts() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^[0-9]+ examples?, [0-9]+ failures?/ { rspec = $0 }
    /^test result: / { cargo = 1; passed += $4; failed += $6; ignored += $8 }
    /^(#|ℹ) (pass|fail|skipped) [0-9]+$/ { node = node ", " $3 " " $2 }
    /^[0-9]+ files inspected, / { rubocop = $0 }
    /^ +[0-9.]+% documented$/ { yard = $0; sub(/^ +/, "", yard) }
    END {
      if (rspec) print rspec
      if (cargo) printf "%d passed, %d failed, %d ignored\n", passed, failed, ignored
      if (node) print substr(node, 3)
      if (rubocop) print rubocop
      if (yard) print yard
    }'
}

# What went wrong: RSpec's own list of failures where there is one, or else the end of what was printed. It is said once
# more below the summary, for a server often keeps no more of a run than its end.
failures() {
  local found
  found="$(sed -n '/^Failures:$/,$p' "$1" | head -n 120)"
  if [ -n "$found" ]; then printf '%s' "$found"; else tail -n 40 "$1"; fi
}

# Seconds that the whole of it may take: half of the 90 minutes that CI allows, so that a slow machine gets through as well.
# It is said, and is no failure: the machine may have been busy with something else.
BUDGET=2700

summary() {
  local total=$SECONDS
  printf '\n== Summary: %d s, of %d s (half of what CI allows)\n' "$total" "$BUDGET"
  printf '%s\n' "${RESULTS[@]}"
  [ "$total" -le "$BUDGET" ] || say "This took longer than the $BUDGET s that all of it may take."
  if [ "$FAILED" -gt 0 ]; then
    printf '\n%s\n' "${FAILURES[@]}"
    say "FAILED: $FAILED of ${#RESULTS[@]} steps"
    exit 1
  fi
  say "All ${#RESULTS[@]} steps passed"
}
