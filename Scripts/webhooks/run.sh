#!/bin/sh
# Verifies webhooks with the published verifier of Standard Webhooks and a ten-line one. Usage: Scripts/webhooks/run.sh [path of openwa]
# Makes a virtual environment in .build-interop (git-ignored) on the first run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
environment=$root/.build-interop/webhooks
if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$environment/requirements.txt"
fi
export PYTHONDONTWRITEBYTECODE=1
PYTHONPATH=$root/Scripts/seed exec "$environment/bin/python" "$here/main.py" "${1:-$root/.build/release/openwa}"
