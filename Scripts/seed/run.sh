#!/bin/sh
# Runs the founding page's examples against a fresh playground. Usage: Scripts/seed/run.sh [path of openwa] [--page FILE]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
openwa=$root/.build/release/openwa
case "${1:-}" in "" | --*) ;; *) openwa=$1; shift ;; esac
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$here/main.py" "$openwa" "$@"
