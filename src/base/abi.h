/* SPDX-License-Identifier: MIT */
/* The one place that knows which libuv headers we are built with. Every file
 * that needs uv.h includes this instead.
 *
 * Sizes and offsets are compiled into the programs that link us, some of them
 * against headers as old as 1.44, so they are asserted here for the headers of
 * this build (figures: docs/abi.md). What has changed its name between 1.50 and
 * 1.53 without changing its place is given one name; functions newer than the
 * headers are declared, so that they are exported whatever we build with. */
#ifndef POLLUX_BASE_ABI_H
#define POLLUX_BASE_ABI_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include "uv.h"

#include <stddef.h>
#include <stdint.h>

#if UV_VERSION_HEX < 0x013200
#error "Pollux needs the headers of libuv 1.50 or newer"
#endif

/* --- Versions ----------------------------------------------------------- */

/* uv_version() is never below the newest function we export (1.53), or a
 * program would look for a version newer than the one it is told. */
#define UV__API_MAJOR 1
#define UV__API_MINOR (UV_VERSION_MINOR > 53 ? UV_VERSION_MINOR : 53)
#define UV__API_PATCH (UV_VERSION_MINOR >= 53 ? UV_VERSION_PATCH : 0)

/* A system error as the API's code; uv.h takes its own back at its end. For use
 * right at the call that failed: `return UV__ERR(errno);`. */
#undef UV__ERR
#define UV__ERR(system_error) (-(system_error))

/* --- Kinds of binary interface -------------------------------------------- */

/* Which column of layout.c this build has, where one was measured. musl has no
 * macro of its own. */
#ifdef __linux__
#if defined(__GLIBC__)
#define UV__LIBC_IS_GLIBC 1
#elif !defined(__BIONIC__)
#define UV__LIBC_IS_MUSL 1
#endif
#if defined(__LP64__)
#define UV__LAYOUT_LP64 1
#elif defined(__i386__) && UV__LIBC_IS_GLIBC
#define UV__LAYOUT_I386 1
#elif defined(__ARM_EABI__) && UV__LIBC_IS_GLIBC
#define UV__LAYOUT_ARM 1
#endif
#if defined(__x86_64__) && defined(__LP64__) && !defined(__BIONIC__)
#define UV__PTHREAD_LAYOUT_X86_64 1
#elif defined(__s390x__) && UV__LIBC_IS_GLIBC
#define UV__PTHREAD_LAYOUT_X86_64 1 /* The same figures. */
#elif defined(__aarch64__) && defined(__LP64__) && UV__LIBC_IS_GLIBC
#define UV__PTHREAD_LAYOUT_AARCH64 1
#endif
#endif

/* --- Names that moved --------------------------------------------------- */

/* The callback of a watcher: the field `cb` became `uintptr_t bits` in 1.52. */
#if UV_VERSION_HEX >= 0x013400
#define UV__IO_CB_FIELD bits
#else
#define UV__IO_CB_FIELD cb
#endif
/* As an integer of the same size either way. */
#define uv__io_cb_bits(watcher) ((uintptr_t) (watcher)->UV__IO_CB_FIELD)
#define uv__io_cb_assign(watcher, callback)                                    \
  ((watcher)->UV__IO_CB_FIELD =                                                \
       (__typeof__((watcher)->UV__IO_CB_FIELD)) (uintptr_t) (callback))

/* Bytes a write request has written: the last of the six reserved words up to
 * 1.52, a named member in the same place since (uv_write_nwritten()). */
#if UV_VERSION_HEX >= 0x013500
#define uv__write_nwritten_ref(req) (&(req)->write_extra.nwritten)
#else
#define uv__write_nwritten_ref(req) ((size_t*) (void*) &(req)->reserved[5])
#endif

/* Fundamental block size: the first spare word of uv_statfs_t up to 1.52. */
#if UV_VERSION_HEX >= 0x013500
#define uv__statfs_frsize_ref(buf) (&(buf)->f_frsize)
#else
#define uv__statfs_frsize_ref(buf) (&(buf)->f_spare[0])
#endif

/* Constants that newer headers have. */
#define UV__TTY_MODE_RAW_VT 3
#if UV_VERSION_HEX < 0x013500
#include <math.h>
#define UV_FS_UTIME_NOW (INFINITY)
#define UV_FS_UTIME_OMIT (NAN)
#endif

/* UV_EFTYPE has two values among the builds in the world; both get the name
 * and the message, whichever the headers chose. */
#define UV__EFTYPE_GENERIC (-4028)
#define UV__EFTYPE_LINUX (-134)

/* --- Functions newer than the headers ------------------------------------ */

#if UV_VERSION_HEX < 0x013500
/* Keepalive with idle time, interval (both seconds) and probe count. Returns 0
 * or UV_EINVAL for a value below 1, or the error of setsockopt(2). */
UV_EXTERN int uv_tcp_keepalive_ex(uv_tcp_t* handle, int on, unsigned int idle,
                                  unsigned int intvl, unsigned int cnt);
/* uv_udp_open() with flags: UV_UDP_REUSEADDR, UV_UDP_REUSEPORT. */
UV_EXTERN int uv_udp_open_ex(uv_udp_t* handle, uv_os_sock_t sock,
                             unsigned int flags);
/* Bytes that `req` has written; defined inside its callback only. */
UV_EXTERN size_t uv_write_nwritten(const uv_write_t* req);
#endif

#endif
