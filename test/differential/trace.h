/* SPDX-License-Identifier: MIT */
/* Differential driver: what every family of scenarios shares. A scenario makes
 * API calls and writes what it sees, one line each, so that the traces of two
 * libraries can be compared as text: statuses by name; no pointers, times or
 * descriptor numbers.
 *
 * A line may belong to a lane, written before it as `lane|`. Lines of one lane
 * keep their order; the order between lanes is not compared (run.py sorts by
 * lane). Everything about which the kernel may choose the order gets lanes.
 *
 * Only the API of libuv 1.44 is used here, so that the program also runs on the
 * distribution's library. Single thread. */
#ifndef POLLUX_TEST_DIFFERENTIAL_TRACE_H
#define POLLUX_TEST_DIFFERENTIAL_TRACE_H

#include <uv.h>

#include <stddef.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct scenario {
  const char* name;
  void (*run)(uv_loop_t* loop);
};

struct family {
  const struct scenario* scenarios;
  size_t count;
};

extern const struct family timer_family, phase_family, loop_family, tcp_family,
    tcp_end_family, behind_family, pipe_family, udp_family, signal_family,
    async_family, poll_family, process_family, file_family, watch_family,
    pool_family, text_family;

/* The random programs, seeded. Without `zero_timers` no timers of 0 ms. */
void run_seed(uv_loop_t* loop, unsigned seed, int zero_timers);

/* A line of the trace; say_in() for a lane. */
__attribute__((format(printf, 1, 2))) void say(const char* format, ...);
__attribute__((format(printf, 2, 3))) void say_in(const char* lane,
                                                  const char* format, ...);

/* A result as text: an error's name, or the number. Eight may be in use. */
const char* num(ssize_t result);

/* Call, and write the call and its result. */
#define TRY(call) say("%s -> %s", #call, num((ssize_t) (call)))

/* Call, which must work, or the scenario makes no sense. */
#define MUST(call) must((ssize_t) (call), #call, __FILE__, __LINE__)
void must(ssize_t result, const char* call, const char* file, int line);

/* 127.0.0.1 with that port; 0 for any. */
const struct sockaddr* local(int port);
int port_of_tcp(const uv_tcp_t* tcp);
int port_of_udp(const uv_udp_t* udp);

/* Close callback that writes "closed <type>", or <data> if `data` is a name. */
void on_close(uv_handle_t* handle);
/* uv_close() with it, if not closing yet. */
void end(void* handle);

/* Alloc callbacks: 64 KiB, and 7 bytes. All streams share one buffer each: the
 * data are valid in the read callback only. */
void alloc_large(uv_handle_t* handle, size_t hint, uv_buf_t* buf);
void alloc_small(uv_handle_t* handle, size_t hint, uv_buf_t* buf);

uv_buf_t text(const char* words);

#endif
