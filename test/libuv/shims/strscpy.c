/* SPDX-License-Identifier: MIT */
/* Under the name that libuv's suite includes; the code is src/base/text.c,
 * which the runner is linked with. */
#include "base/text.h"
