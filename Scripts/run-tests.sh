#!/usr/bin/env bash
# Runs the tests that are built, and names those that do not come to an end.
#
#   Scripts/run-tests.sh [options for `swift test`]
#
# A run that is not over after TEST_SECONDS (25 minutes) is killed; before that it prints which tests began and did not end,
# and in what state each thread of the test process is. A run that crashes prints the former too: one of them did it.
set -euo pipefail
cd "$(dirname "$0")/.."
limit=${TEST_SECONDS:-1500}
log=$(mktemp)

unended() {
    echo "Begun, and not ended:"
    # ◇ Test "name" started.    ✔ Test "name" passed after 0.1 seconds.    ✘ Test "name" failed after 0.1 seconds with 1 issue.
    awk '/^[^ ]+ Test .* started\.$/ { sub(/^[^ ]+ Test /, ""); sub(/ started\.$/, ""); begun[$0]++ }
         /^[^ ]+ Test .* (passed|failed) after / {
             sub(/^[^ ]+ Test /, ""); sub(/( with [0-9]+ test cases?)? (passed|failed) after .*/, ""); begun[$0]-- }
         END { for (test in begun) if (begun[test] > 0) print "  " test }' "$log" | sort
}

threads() {
    echo "What the threads are doing (how many, process, thread, state, where in the kernel):"
    for process in $(awk -v group="$tests" '{ id = $1; sub(/^.*\) /, ""); if ($3 == group) print id }' /proc/[0-9]*/stat); do
        for task in /proc/"$process"/task/*; do
            echo "$process $(cat "$task/comm") $(awk '/^State/ { print $3 }' "$task/status") $(cat "$task/wchan")"
        done
    done 2>/dev/null | sort | uniq -c
}

# With job control the tests are a process group, which ends with all its children.
set -m
(stdbuf -oL -eL "${SWIFT:-swift}" test --skip-build "$@" </dev/null 2>&1 | tee "$log") &
tests=$!
set +m
trap 'rm -f "$log"; kill -KILL -- "-$tests" 2>/dev/null || true' EXIT
trap 'exit 143' INT TERM

for ((second = 0; second < limit; second++)); do
    if ! kill -0 "$tests" 2>/dev/null; then
        wait "$tests" && exit
        status=$?
        unended
        exit "$status"
    fi
    sleep 1
done
echo "The tests are not over after $limit seconds."
unended
threads
exit 124
