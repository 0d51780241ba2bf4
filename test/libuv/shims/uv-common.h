/* SPDX-License-Identifier: MIT */
/* The constants that libuv's suite takes from its inner header. */
#ifndef POLLUX_TEST_SHIM_UV_COMMON_H
#define POLLUX_TEST_SHIM_UV_COMMON_H

/* What the kernel keeps of a thread's name, NUL included (prctl(2)). */
#define UV_PTHREAD_MAX_NAMELEN_NP 16

#endif
