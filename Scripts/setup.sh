#!/usr/bin/env bash
# Installs the system libraries that are missing, with apt as root or through sudo; names them where it cannot.
#
#   Scripts/setup.sh [command=package]...     also installs the packages of commands that are not there
set -euo pipefail

packages=(libsqlite3-dev libsodium-dev libqrencode-dev zlib1g-dev pkg-config make)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing+=("$package")
done
for tool in "$@"; do
    command -v "${tool%%=*}" >/dev/null || missing+=("${tool#*=}")
done

if ! command -v swift >/dev/null; then
    echo "A Swift toolchain (6.2 or newer) is needed and 'swift' is not on the PATH: see https://www.swift.org/install" >&2
    exit 1
fi
[ ${#missing[@]} -eq 0 ] && exit 0

echo "Installing ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
    sudo=()
elif command -v sudo >/dev/null; then
    sudo=(sudo)
else
    echo "Neither root nor sudo: please install these packages, then run this again: ${missing[*]}" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null; then
    echo "No apt-get here: please install what Debian calls ${missing[*]}, then run this again." >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
