/* SPDX-License-Identifier: MIT */
/* Static tracepoints (USDT, provider "pollux"), for bpftrace, perf and gdb: one
 * nop each until a tracer attaches. Absent when the build had no sys/sdt.h
 * (package systemtap-sdt-dev). Their list is in docs/environment.md. */
#ifndef POLLUX_BASE_TRACE_H
#define POLLUX_BASE_TRACE_H

#ifdef POLLUX_HAVE_SDT
#include <sys/sdt.h>
#define TRACE2(name, a, b) DTRACE_PROBE2(pollux, name, a, b)
#define TRACE3(name, a, b, c) DTRACE_PROBE3(pollux, name, a, b, c)
#else
#define TRACE2(name, a, b) ((void) (a), (void) (b))
#define TRACE3(name, a, b, c) ((void) (a), (void) (b), (void) (c))
#endif

#endif
