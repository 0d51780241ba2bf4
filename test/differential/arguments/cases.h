/* SPDX-License-Identifier: MIT */
/* Argument checks: what each public function answers to arguments that are
 * wrong, and to handles in the wrong state. The program prints one line for a
 * case, `function<TAB>case<TAB>result`, and runs on two libraries (compare.py).
 *
 * A case runs in a child of its own, so it may crash, hang or spoil its loop.
 * Its result is the name of an error, a number, or how the child ended:
 * `abort`, `crash`, `hangs`, `missing` (the library has no such function).
 *
 * The arguments are evaluated in the child: the makers below make their handle
 * on the child's loop and bring it into the state that they are named after. */
#ifndef POLLUX_TEST_DIFFERENTIAL_ARGUMENTS_CASES_H
#define POLLUX_TEST_DIFFERENTIAL_ARGUMENTS_CASES_H

#include <uv.h>

#include <stdbool.h>

/* Newer than the headers. */
#if UV_VERSION_HEX < 0x013500
UV_EXTERN int uv_tcp_keepalive_ex(uv_tcp_t* handle, int on, unsigned idle,
                                  unsigned interval, unsigned count);
UV_EXTERN int uv_udp_open_ex(uv_udp_t* handle, uv_os_sock_t sock,
                             unsigned flags);
UV_EXTERN size_t uv_write_nwritten(const uv_write_t* req);
#endif

/* `function` with these arguments: its number. */
#define CASE(function, text, ...)                                              \
  if (begin(#function, (text))) end_number((long long) function(__VA_ARGS__))
/* The same, and then what its callback is told. */
#define LATER(function, text, ...)                                             \
  if (begin(#function, (text))) end_later((long long) function(__VA_ARGS__))
/* It returns nothing: that it returns at all. */
#define CALL(function, text, ...)                                              \
  if (begin(#function, (text))) end_call((function(__VA_ARGS__), 0))
/* It returns nothing, but calls back. */
#define CALL_LATER(function, text, ...)                                        \
  if (begin(#function, (text))) end_later((function(__VA_ARGS__), 0))
/* It returns a text. */
#define TEXT(function, text, ...)                                              \
  if (begin(#function, (text))) end_text(function(__VA_ARGS__))

/* True in the child. */
bool begin(const char* function, const char* text);
_Noreturn void end_number(long long result);
_Noreturn void end_later(long long result);
_Noreturn void end_call(int unused);
_Noreturn void end_text(const char* result);

void loop_cases(void);
void phase_cases(void);
void stream_cases(void);
void write_cases(void);
void tcp_cases(void);
void pipe_cases(void);
void udp_cases(void);
void udp_option_cases(void);
void fs_path_cases(void);
void fs_file_cases(void);
void watch_cases(void);
void process_cases(void);
void pool_cases(void);
void system_cases(void);
void text_cases(void);
void thread_cases(void);

/* --- Makers (makers.c) -----------------------------------------------------
 */

enum { CLOSED_FD = 900 };

uv_loop_t* loop(void);

uv_tcp_t* tcp_new(void);
uv_tcp_t* tcp_bound(void);
uv_tcp_t* tcp_listening(void);
uv_tcp_t* tcp_connecting(void);
uv_tcp_t* tcp_connected(void);
uv_tcp_t* tcp_closing(void);

uv_pipe_t* pipe_new(void);
uv_pipe_t* pipe_ipc(void); /* Connected, and passes descriptors. */
uv_pipe_t* pipe_bound(void);
uv_pipe_t* pipe_listening(void);
uv_pipe_t* pipe_connected(void);
uv_pipe_t* pipe_closing(void);

/* Streams: of a connected pipe, but for the first three. */
uv_stream_t* as_stream(void* handle);
uv_stream_t* reading(void);
uv_stream_t* shut_down(void); /* uv_shutdown() was called. */
uv_stream_t* ended(void);     /* The peer is closed, and it was told. */
uv_stream_t* full(void);      /* A write waits. */

uv_udp_t* udp_new(void);
uv_udp_t* udp_bound(void);
uv_udp_t* udp_connected(void);
uv_udp_t* udp_receiving(void);
uv_udp_t* udp_closing(void);

uv_timer_t* timer_new(void);
uv_timer_t* timer_started(void);
uv_timer_t* timer_closing(void);

/* Any handle, as its own type; closing. */
void* closing(void* handle);

/* --- Things to pass ---------------------------------------------------------
 */

const struct sockaddr* local(void); /* 127.0.0.1, any port. */
const struct sockaddr* local6(void);
const struct sockaddr* strange(void); /* Of a family that does not exist. */
const struct sockaddr* far(void);     /* A port where a UDP socket is bound. */
uv_buf_t* one_byte(void);
uv_buf_t* no_bytes(void); /* One buffer of length 0. */
uv_buf_t* huge(void);     /* 0x7ffff001 bytes, not there. */
uv_buf_t* huge_sum(void); /* Two of them, together as many. */
struct sockaddr* room_for_name(void);
int* length_of(int size);
size_t* size_of(size_t size);
char* room(void);   /* 4096 bytes. */
int file_fd(void);  /* A regular file of 1 byte. */
int read_end(void); /* Of a pipe(2). */
int socket_fd(int type);
const char* file_path(void); /* A file that is there. */
const char* long_path(void);

/* Callbacks: those that have a status tell it to LATER(). */
void tell(long long status);
void on_close(uv_handle_t* handle);
void on_alloc(uv_handle_t* handle, size_t hint, uv_buf_t* buf);
void on_alloc_none(uv_handle_t* handle, size_t hint, uv_buf_t* buf);
void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf);
void on_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
             const struct sockaddr* addr, unsigned flags);
void on_connection(uv_stream_t* server, int status);
void on_write(uv_write_t* req, int status);
void on_connect(uv_connect_t* req, int status);
void on_shutdown(uv_shutdown_t* req, int status);
void on_send(uv_udp_send_t* req, int status);
void on_timer(uv_timer_t* timer);
void on_fs(uv_fs_t* req);

extern uv_write_t write_req;
extern uv_connect_t connect_req;
extern uv_shutdown_t shutdown_req;
extern uv_udp_send_t send_req;
extern uv_fs_t fs_req;

#endif
