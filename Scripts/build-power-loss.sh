#!/bin/sh
# Builds the disk that can lose power (Tests/CPowerLoss) as a shared object and prints its path.
#
#   so=$(Scripts/build-power-loss.sh)
#   LD_PRELOAD=$so .build/release/openwa serve …      then kill -9: every byte that was not synced is lost
#
# The process says so on standard error when it starts. Needs a C compiler and libsqlite3-dev.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
source=$root/Tests/CPowerLoss
output=${1:-$root/.build/power-loss/libpowerloss.so}
if [ ! -e "$output" ] || [ "$source/power_loss.c" -nt "$output" ] || [ "$source/include/power_loss.h" -nt "$output" ]; then
    mkdir -p "$(dirname "$output")"
    compiler=${CC:-$(command -v clang || command -v gcc || command -v cc)}
    # Written beside and moved, so that two builds at once do not spoil each other.
    "$compiler" -std=gnu11 -O2 -Wall -Wextra -Werror -shared -fPIC -DPOWER_LOSS_PRELOAD \
        -I "$source/include" "$source/power_loss.c" -o "$output.$$" -lsqlite3 >&2
    mv "$output.$$" "$output"
fi
echo "$output"
