#!/bin/sh
# SPDX-License-Identifier: MIT
# The C files of this repository look as .clang-format says. Other versions of
# clang-format break lines elsewhere, so only FIRST to LAST count.
#
#   format.sh [DIRECTORY]    exit 77 with the reason when it cannot be judged
set -eu
cd "${1:-$(dirname "$0")/..}"
FIRST=14
LAST=14

program=
for candidate in clang-format clang-format-$LAST clang-format-$FIRST; do
  version=$("$candidate" --version 2>/dev/null |
    sed -n 's/.*version \([0-9]*\)\..*/\1/p')
  if [ -n "$version" ] && [ "$version" -ge $FIRST ] && [ "$version" -le $LAST ]
  then
    program=$candidate
    break
  fi
done
if [ -z "$program" ]; then
  echo "skipped: there is no clang-format $FIRST to $LAST here"
  exit 77
fi
files=$(git ls-files -- '*.c' '*.h' 2>/dev/null) || files=
if [ -z "$files" ]; then
  echo "skipped: no git repository, so the files are not known"
  exit 77
fi
# Names have no spaces in them.
# shellcheck disable=SC2086
"$program" --dry-run -Werror $files
