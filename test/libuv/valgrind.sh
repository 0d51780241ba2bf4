#!/bin/sh
# SPDX-License-Identifier: MIT
# One process of libuv's suite under valgrind. The suite's runner starts this
# instead of itself (valgrind.py), with the names of the test and of the process.
#
# Errors are found in the log by their markers: everything else there is valgrind's
# own talk. The exec keeps the process id.
[ "$1" != "$2" ] || echo $$ > "$POLLUX_VALGRIND_LOGS/main"
exec "$POLLUX_VALGRIND" --quiet --log-file="$POLLUX_VALGRIND_LOGS/$2.%p" \
  --error-markers=error-begins,error-ends --suppressions="${0%.sh}.supp" \
  --num-callers=30 --fair-sched=yes --vgdb=no --trace-children=yes \
  --trace-children-skip='/bin/*,/usr/bin/*' --leak-check=full \
  --show-leak-kinds=all \
  "$POLLUX_VALGRIND_RUNNER" "$@"
