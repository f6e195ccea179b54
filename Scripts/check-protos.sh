#!/bin/sh
# Fails when Sources/WAProto/Generated is not what Protos/*.proto generates. Skips where protoc is not installed.
set -eu
cd "$(dirname "$0")/.."

if ! command -v protoc >/dev/null 2>&1; then
    echo "check-protos: skipped, protoc is not installed"
    exit 0
fi

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
Scripts/generate-protos.sh "$fresh"
if ! diff -r -q "$fresh" Sources/WAProto/Generated; then
    echo "check-protos: Sources/WAProto/Generated is out of date; run Scripts/generate-protos.sh" >&2
    exit 1
fi
echo "check-protos: generated code matches Protos"
