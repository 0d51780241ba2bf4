# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What scripts/test and scripts/demo have in common; sourced by them.

say() { printf '\n==> %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Can things be done as root? Otherwise say so, with what was wanted.
need_root() {
  [ "$(id -u)" -ne 0 ] || return 0
  command -v sudo >/dev/null || die "$*: that needs root, and there is no sudo"
  sudo true || die "$*: that needs root, and sudo refuses"
}

# After need_root: run it directly, or through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Is it here, packaged or not? A package is named by what it is needed for.
has_package() {
  case $1 in
    gcc) command -v cc >/dev/null && return ;;
    cmake|strace|valgrind|python3|pkg-config|clang|make) command -v "$1" >/dev/null && return ;;
    ninja-build) command -v ninja >/dev/null && return ;;
    abigail-tools) command -v abidiff >/dev/null && return ;;
  esac
  command -v dpkg-query >/dev/null &&
    dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'
}

# Install what is missing of the packages named. Nothing missing: no network.
install_missing() {
  missing=
  for package in "$@"; do
    has_package "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || { echo "All packages are here: $*"; return; }
  command -v apt-get >/dev/null ||
    die "missing:$missing; there is no apt-get, install them by hand"
  echo "Installing:$missing"
  need_root "apt-get install$missing"
  # Without lists (a fresh image) the first try cannot know the names.
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends $missing >/dev/null 2>&1 || {
    as_root apt-get update -q || die "apt-get update failed: is there a network?"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends $missing ||
      die "apt-get could not install:$missing; the reason stands above"
  }
}

# Configure the preset $1 in the folder $2 and build it; the rest goes to cmake.
build_preset() {
  preset=$1
  folder=$2
  shift 2
  say "Configuring $folder"
  cmake --preset "$preset" -B "$folder" "$@" ||
    die "the configure step failed; the reason stands above"
  say "Building $folder"
  cmake --build "$folder" || die "the build failed"
}
