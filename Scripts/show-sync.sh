#!/usr/bin/env bash
# Shows, in a trace of system calls, that a send is synced to disk between its arrival and the 201.
#
#   Scripts/show-sync.sh            builds nothing; OPENWA names the program (.build/debug/openwa)
#
# Needs strace, curl and the right to trace processes. Exit code 0 when the order is right.
set -euo pipefail
cd "$(dirname "$0")/.."
openwa=${OPENWA:-.build/debug/openwa}
for tool in strace curl "$openwa"; do
    command -v "$tool" >/dev/null || { echo "$tool is needed" >&2; exit 2; }
done

directory=$(mktemp -d)
children=()
finish() {
    for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
    rm -rf "$directory"
}
trap finish EXIT

# soon COMMAND... repeats until it succeeds, for at most a minute
soon() {
    for _ in $(seq 600); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "gave up: $*" >&2
    tail -20 "$directory"/*.log >&2
    exit 1
}
# field NAME: the text of a member of the JSON on standard input
field() { sed -E 's/.*"'"$1"'": ?"([^"]*)".*/\1/' | sed 's#\\/#/#g'; }

"$openwa" simulate --port 0 --ready-file "$directory/simulator.json" >"$directory/simulator.log" 2>&1 &
children+=($!)
soon test -s "$directory/simulator.json"
control=$(field control <"$directory/simulator.json")

API_MASTER_KEY=show-sync-5d0a7c41 LOG_LEVEL=warn \
    WHATSAPP_URL=$(field ws <"$directory/simulator.json") WHATSAPP_ROOT_KEY=$(field rootKey <"$directory/simulator.json") \
    "$openwa" serve --port 0 --data-directory "$directory/data" >"$directory/gateway.log" 2>&1 &
gateway=$!
children+=("$gateway")
soon grep -q 'Listening on' "$directory/gateway.log"
api=$(sed -nE 's#.*Listening on (http://[0-9.:]+).*#\1/api#p' "$directory/gateway.log")
call() { curl -sf -H 'X-API-Key: show-sync-5d0a7c41' -H 'Content-Type: application/json' "$@"; }

curl -sf "$control/phones" --json '{"numbers": ["628111111111", "628222222222"]}' >/dev/null
session=$(call "$api/sessions" -d '{"name":"show-sync"}' | field id)
call -X POST "$api/sessions/$session/start" >/dev/null
soon call "$api/sessions/$session/qr"
qr=$(call "$api/sessions/$session/qr" | field qr)
curl -sf "$control/scan" --json '{"phone": "628111111111", "qr": "'"$qr"'"}' >/dev/null
is_ready() { call "$api/sessions/$session" | grep -q '"status": *"ready"'; }
soon is_ready

send() {
    call -o /dev/null -w '%{http_code}\n' "$api/sessions/$session/messages/send-text" \
        -d '{"chatId":"628222222222@c.us","text":"'"$1"'"}'
}
send 'before the trace' >/dev/null

strace -f -p "$gateway" -tt -yy -s 96 -o "$directory/trace" \
    -e trace=read,recvfrom,recvmsg,readv,write,writev,sendto,sendmsg,pwrite64,fdatasync,fsync 2>"$directory/strace.log" &
tracer=$!
children+=("$tracer")
soon grep -q attached "$directory/strace.log"
status=$(send 'under the trace')
kill -INT "$tracer"
wait "$tracer" 2>/dev/null || true
[ "$status" = 201 ] || { echo "the send was answered $status" >&2; exit 1; }

awk '
    /POST \/api\/sessions\/.*/ && !arrived { arrived = NR; print; next }
    !arrived || answered { next }
    /HTTP\/1.1 201/ { answered = NR; print; exit }
    /pwrite64\(.*-wal/ && !written { written = NR; print; next }
    /fdatasync|fsync/ {
        print
        # A call that another thread interrupted in the trace has its result in a line of its own.
        if (written && / = 0$/) synced = NR
    }
    /(write|writev|sendto|sendmsg)\(.*TCP/ { print }
    END {
        print ""
        if (arrived && written > arrived && synced > written && answered > synced) {
            print "The request arrived, was written, was synced, and only then answered with 201."
        } else {
            printf "The order is wrong: arrived %d, written %d, synced %d, answered %d\n", arrived, written, synced, answered
            exit 1
        }
    }' "$directory/trace"
