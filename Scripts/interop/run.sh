#!/bin/sh
# Points client libraries written by others at the simulator. Usage: Scripts/interop/run.sh [path of openwa]
# Makes a virtual environment in .build-interop (git-ignored) on the first run; the packages are pinned in requirements.txt.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
environment=$root/.build-interop/venv

openwa=${1:-$root/.build/release/openwa}
if [ ! -x "$openwa" ]; then
    swift build --package-path "$root" --product openwa
    openwa=$(swift build --package-path "$root" --show-bin-path)/openwa
fi

if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$environment/requirements.txt"
fi

export PYTHONDONTWRITEBYTECODE=1
exec "$environment/bin/python" "$here/main.py" "$openwa"
