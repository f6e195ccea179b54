#!/usr/bin/env bash
# The tests that take long, each in a process of its own, with a table of what came out at the end.
#
#   Scripts/nightly.sh                     everything: hours on a small machine
#   Scripts/nightly.sh kills mutations     only these parts, of: faults kills mutations sync
#
# OPENWA_FAULT_SEEDS (1000), OPENWA_KILLS (200, of a batch at most 30), OPENWA_BATCH (100 items) and OPENWA_MUTATIONS
# (1000000) may be set to smaller numbers.
# CONFIGURATION (debug) says what was built; for release that is `swift build -c release --build-tests -Xswiftc
# -enable-testing`. The limits of time and memory are the same for both, so a debug build is judged more strictly.
# Logs are kept in .build/nightly. Fails when any part fails; a failing seed is in the log as one command.
set -uo pipefail
cd "$(dirname "$0")/.."

configuration=${CONFIGURATION:-debug}
seeds=${OPENWA_FAULT_SEEDS:-1000} kills=${OPENWA_KILLS:-200} mutations=${OPENWA_MUTATIONS:-1000000}
batch=${OPENWA_BATCH:-100}
unset OPENWA_FAULT_SEEDS OPENWA_KILLS OPENWA_MUTATIONS OPENWA_BATCH
logs=.build/nightly
mkdir -p "$logs"
table=()
failures=0

# part NAME FILTER VARIABLE=VALUE... one test after the other: a thousand at once would only wait for each other
part() {
    local name=$1 filter=$2 started=$SECONDS verdict=passed
    local log="$logs/$name.log"
    echo "== $name: ${*:3} swift test --filter $filter"
    env "${@:3}" swift test -c "$configuration" --skip-build --no-parallel --filter "$filter" >"$log" 2>&1 \
        || verdict=FAILED
    # A filter that fits nothing would pass.
    grep -Eq 'Test run with [1-9][0-9]* test' "$log" || verdict="FAILED (no test ran)"
    [ "$verdict" = passed ] || { failures=$((failures + 1)); grep -E '✘|Repeat:|error:' "$log" | head -20; }
    table+=("$(printf '%-28s %-20s %6d s  %s' "$name" "$verdict" $((SECONDS - started)) "$(figures "$log")")")
}

# What the test counted, in one line.
figures() {
    grep -hE '^[0-9]+ (damaged inputs|sends answered|seeds|items of a batch|messages said)' "$1" | tail -3 | paste -sd ';' -
}

faults() {
    part fault-plans SeededFaultTests "OPENWA_FAULT_SEEDS=$seeds"
}

kills() {
    part kills KillTests/killed "OPENWA_KILLS=$kills"
    part kills-with-power-loss KillTests/powerCut "OPENWA_KILLS=$kills"
    part kills-with-events EventKillTests/killed "OPENWA_KILLS=$kills" OPENWA_PEOPLE=20 OPENWA_MESSAGES=2000
    part kills-with-events-and-power-loss EventKillTests/powerCut "OPENWA_KILLS=$kills" OPENWA_PEOPLE=20 OPENWA_MESSAGES=2000
    part kills-in-batch BatchKillTests "OPENWA_KILLS=$((kills < 30 ? kills : 30))" "OPENWA_BATCH=$batch"
    part stops ShutdownTests "OPENWA_KILLS=1"
}

mutations() {
    part mutated-nodes WABinaryTests.HostileInputTests/mutations "OPENWA_MUTATIONS=$mutations"
    part mutated-frames WANoiseTests.FrameCodecTests/hostile "OPENWA_MUTATIONS=$mutations"
    part mutated-signal SignalProtocolTests.MutationTests/mutations "OPENWA_MUTATIONS=$mutations"
    part mutated-json GatewayAPITests.HostileBodyTests/mutations "OPENWA_MUTATIONS=$mutations"
}

sync() {
    local started=$SECONDS verdict=passed
    echo "== fdatasync before the 201"
    OPENWA=".build/$configuration/openwa" Scripts/show-sync.sh >"$logs/sync.log" 2>&1 || verdict=FAILED
    [ "$verdict" = passed ] || failures=$((failures + 1))
    tail -12 "$logs/sync.log"
    table+=("$(printf '%-28s %-20s %6d s' sync-before-201 "$verdict" $((SECONDS - started)))")
}

[ $# -gt 0 ] || set -- faults kills mutations sync
for wanted in "$@"; do
    case "$wanted" in
    faults | kills | mutations | sync) "$wanted" ;;
    *) echo "There is no part '$wanted'. The parts: faults kills mutations sync" >&2; exit 2 ;;
    esac
done
echo
printf '%s\n' "${table[@]}"
exit $((failures > 0))
