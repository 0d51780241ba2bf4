/* SPDX-License-Identifier: MIT */
/* The names in the live page: of what a loop calls, and of the pool's jobs. */
#ifndef POLLUX_LOOP_LIVE_NAMES_H
#define POLLUX_LOOP_LIVE_NAMES_H

#include "base/live-page.h"

/* The name of a type (recorder.h), "other" for one without. */
const char* uv__live_type_name(unsigned type);

/* The name of a kind of job (work.h). */
const char* uv__live_kind_name(unsigned kind);

void uv__live_fill_names(struct uv__live_page* page);

#endif
