/* SPDX-License-Identifier: MIT */
/* Under the name that libuv's suite includes; the code is src/base/idna.c,
 * which the runner is linked with. */
#include "base/idna.h"
