/* SPDX-License-Identifier: MIT */
/* UV__ERR() stands in abi.h; this header is a leftover from before it did. */
#ifndef POLLUX_BASE_ERR_H
#define POLLUX_BASE_ERR_H

#include "base/abi.h"

#endif
