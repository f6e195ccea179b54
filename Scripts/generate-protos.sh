#!/bin/sh
# Regenerates Sources/WAProto/Generated (or the folder given as the first argument) from Protos/*.proto.
# Needs protoc (apt: protobuf-compiler). The Swift plugin is built from the package's own pinned swift-protobuf.
set -eu
cd "$(dirname "$0")/.."

output=${1:-Sources/WAProto/Generated}

if ! command -v protoc >/dev/null 2>&1; then
    echo "generate-protos: protoc not found; install it with: apt-get install protobuf-compiler" >&2
    exit 1
fi

plugin=${PROTOC_GEN_SWIFT:-}
if [ -z "$plugin" ]; then
    swift build --product protoc-gen-swift >&2
    plugin=$(swift build --show-bin-path)/protoc-gen-swift
fi

mkdir -p "$output"
rm -f "$output"/*.pb.swift
protoc --plugin=protoc-gen-swift="$plugin" --proto_path=Protos \
    --swift_out="$output" \
    --swift_opt=Visibility=Package \
    --swift_opt=UseAccessLevelOnImports=true \
    Protos/*.proto
