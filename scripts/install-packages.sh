#!/bin/sh
# install-packages.sh [--no-install] REASON PACKAGE…
#
# Makes sure that Debian or Ubuntu packages are there. Says what is missing and what for; with
# --no-install it only says so, and ends with 1. Uses sudo only where it is not run by root.
set -eu

install=yes
if [ "${1-}" = --no-install ]; then
  install=no
  shift
fi
reason=$1
shift

missing=
for package in "$@"; do
  status=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  case $status in
  ii*) ;;
  *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

echo "Needed $reason, and not installed:$missing" >&2
if [ "$install" = no ]; then
  echo "Install them with: apt-get install$missing" >&2
  exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "You are not root and there is no sudo: ask an administrator for: apt-get install$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

echo "Installing them with apt-get${as_root:+ (as root, with sudo)} …" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # a list of names
if ! { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  echo "The installation failed." >&2
  exit 1
fi
