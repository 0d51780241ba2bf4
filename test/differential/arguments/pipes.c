/* SPDX-License-Identifier: MIT */
/* Argument checks: pipes and their names. */
#include "cases.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

static uv_file fds[2];

void pipe_cases(void) {
  CASE(uv_pipe_init, "ipc 0", loop(), pipe_new(), 0);
  CASE(uv_pipe_init, "ipc -1", loop(), pipe_new(), -1);
  CASE(uv_pipe_init, "ipc 77", loop(), pipe_new(), 77);
  CASE(uv_pipe_open, "-1", pipe_new(), -1);
  CASE(uv_pipe_open, "closed", pipe_new(), CLOSED_FD);
  CASE(uv_pipe_open, "a file", pipe_new(), file_fd());
  CASE(uv_pipe_open, "a pipe", pipe_new(), read_end());
  CASE(uv_pipe_open, "no socket", pipe_new(), read_end());
  CASE(uv_pipe_open, "bound", pipe_bound(), read_end());
  CASE(uv_pipe_open, "listening", pipe_listening(), read_end());
  CASE(uv_pipe_open, "connected", pipe_connected(), read_end());
  CASE(uv_pipe_open, "closing", pipe_closing(), read_end());
  CASE(uv_pipe_bind, "no socket", pipe_new(), "name");
  CASE(uv_pipe_bind, "bound", pipe_bound(), "name");
  CASE(uv_pipe_bind, "listening", pipe_listening(), "name");
  CASE(uv_pipe_bind, "connected", pipe_connected(), "name");
  CASE(uv_pipe_bind, "closing", pipe_closing(), "name");
  CASE(uv_pipe_bind, "NULL", pipe_new(), NULL);
  CASE(uv_pipe_bind, "empty", pipe_new(), "");
  CASE(uv_pipe_bind, "too long", pipe_new(), long_path());
  CASE(uv_pipe_bind, "no folder", pipe_new(), "no/where");
  CASE(uv_pipe_bind, "taken", pipe_new(), file_path());
  CASE(uv_pipe_bind, "NULL, closing", pipe_closing(), NULL);
  CASE(uv_pipe_bind2, "no socket", pipe_new(), "name", 4, 0);
  CASE(uv_pipe_bind2, "bound", pipe_bound(), "name", 4, 0);
  CASE(uv_pipe_bind2, "listening", pipe_listening(), "name", 4, 0);
  CASE(uv_pipe_bind2, "connected", pipe_connected(), "name", 4, 0);
  CASE(uv_pipe_bind2, "closing", pipe_closing(), "name", 4, 0);
  CASE(uv_pipe_bind2, "NULL", pipe_new(), NULL, 4, 0);
  CASE(uv_pipe_bind2, "length 0", pipe_new(), "name", 0, 0);
  CASE(uv_pipe_bind2, "NUL inside", pipe_new(), "na\0me", 5, 0);
  CASE(uv_pipe_bind2, "too long, UV_PIPE_NO_TRUNCATE", pipe_new(), long_path(),
       200, UV_PIPE_NO_TRUNCATE);
  CASE(uv_pipe_bind2, "too long", pipe_new(), long_path(), 200, 0);
  CASE(uv_pipe_bind2, "no such flag", pipe_new(), "name", 4, 1u << 20);
  CASE(uv_pipe_connect2, "no socket", &connect_req, pipe_new(), "none", 4, 0,
       on_connect);
  CASE(uv_pipe_connect2, "bound", &connect_req, pipe_bound(), "none", 4, 0,
       on_connect);
  CASE(uv_pipe_connect2, "listening", &connect_req, pipe_listening(), "none", 4,
       0, on_connect);
  CASE(uv_pipe_connect2, "connected", &connect_req, pipe_connected(), "none", 4,
       0, on_connect);
  CASE(uv_pipe_connect2, "closing", &connect_req, pipe_closing(), "none", 4, 0,
       on_connect);
  CASE(uv_pipe_connect2, "NULL", &connect_req, pipe_new(), NULL, 4, 0,
       on_connect);
  CASE(uv_pipe_connect2, "length 0", &connect_req, pipe_new(), "name", 0, 0,
       on_connect);
  CASE(uv_pipe_connect2, "NUL inside", &connect_req, pipe_new(), "na\0me", 5, 0,
       on_connect);
  CASE(uv_pipe_connect2, "too long, UV_PIPE_NO_TRUNCATE", &connect_req,
       pipe_new(), long_path(), 200, UV_PIPE_NO_TRUNCATE, on_connect);
  CASE(uv_pipe_connect2, "no such flag", &connect_req, pipe_new(), "name", 4,
       1u << 20, on_connect);
  CALL_LATER(uv_pipe_connect, "no socket", &connect_req, pipe_new(), "none",
             on_connect);
  CALL_LATER(uv_pipe_connect, "bound", &connect_req, pipe_bound(), "none",
             on_connect);
  CALL_LATER(uv_pipe_connect, "listening", &connect_req, pipe_listening(),
             "none", on_connect);
  CALL_LATER(uv_pipe_connect, "connected", &connect_req, pipe_connected(),
             "none", on_connect);
  CALL_LATER(uv_pipe_connect, "NULL", &connect_req, pipe_new(), NULL,
             on_connect);
  CALL_LATER(uv_pipe_connect, "empty", &connect_req, pipe_new(), "",
             on_connect);
  CALL_LATER(uv_pipe_connect, "too long", &connect_req, pipe_new(), long_path(),
             on_connect);
  CALL_LATER(uv_pipe_connect, "a file", &connect_req, pipe_new(), file_path(),
             on_connect);
  CALL(uv_pipe_connect, "closing", &connect_req, pipe_closing(), "none",
       on_connect);
  CASE(uv_pipe_getsockname, "no socket", pipe_new(), room(), size_of(4096));
  CASE(uv_pipe_getsockname, "bound", pipe_bound(), room(), size_of(4096));
  CASE(uv_pipe_getsockname, "listening", pipe_listening(), room(),
       size_of(4096));
  CASE(uv_pipe_getsockname, "connected", pipe_connected(), room(),
       size_of(4096));
  CASE(uv_pipe_getsockname, "closing", pipe_closing(), room(), size_of(4096));
  CASE(uv_pipe_getpeername, "no socket", pipe_new(), room(), size_of(4096));
  CASE(uv_pipe_getpeername, "bound", pipe_bound(), room(), size_of(4096));
  CASE(uv_pipe_getpeername, "listening", pipe_listening(), room(),
       size_of(4096));
  CASE(uv_pipe_getpeername, "connected", pipe_connected(), room(),
       size_of(4096));
  CASE(uv_pipe_getpeername, "closing", pipe_closing(), room(), size_of(4096));
  CASE(uv_pipe_getsockname, "size 0", pipe_bound(), room(), size_of(0));
  CASE(uv_pipe_getsockname, "size 1", pipe_bound(), room(), size_of(1));
  CASE(uv_pipe_getsockname, "NULL buffer", pipe_bound(), NULL, size_of(4096));
  CASE(uv_pipe_getsockname, "NULL size", pipe_bound(), room(), NULL);
  CASE(uv_pipe_getpeername, "size 0", pipe_connected(), room(), size_of(0));
  CASE(uv_pipe_getpeername, "NULL buffer", pipe_connected(), NULL,
       size_of(4096));
  CASE(uv_pipe_getpeername, "NULL size", pipe_connected(), room(), NULL);
  CALL(uv_pipe_pending_instances, "-1", pipe_new(), -1);
  CALL(uv_pipe_pending_instances, "closing", pipe_closing(), 1);
  CASE(uv_pipe_pending_count, "no socket", pipe_new());
  CASE(uv_pipe_pending_count, "bound", pipe_bound());
  CASE(uv_pipe_pending_count, "listening", pipe_listening());
  CASE(uv_pipe_pending_count, "connected", pipe_connected());
  CASE(uv_pipe_pending_count, "closing", pipe_closing());
  CASE(uv_pipe_pending_type, "no socket", pipe_new());
  CASE(uv_pipe_pending_type, "bound", pipe_bound());
  CASE(uv_pipe_pending_type, "listening", pipe_listening());
  CASE(uv_pipe_pending_type, "connected", pipe_connected());
  CASE(uv_pipe_pending_type, "closing", pipe_closing());
  CASE(uv_pipe_chmod, "no socket", pipe_new(), UV_READABLE);
  CASE(uv_pipe_chmod, "bound", pipe_bound(), UV_READABLE);
  CASE(uv_pipe_chmod, "listening", pipe_listening(), UV_READABLE);
  CASE(uv_pipe_chmod, "connected", pipe_connected(), UV_READABLE);
  CASE(uv_pipe_chmod, "closing", pipe_closing(), UV_READABLE);
  CASE(uv_pipe_chmod, "0", pipe_bound(), 0);
  CASE(uv_pipe_chmod, "-1", pipe_bound(), -1);
  CASE(uv_pipe_chmod, "77", pipe_bound(), 77);
  CASE(uv_pipe_chmod, "77, closing", pipe_closing(), 77);
  CASE(uv_pipe, "no such flag", fds, 77, 77);
  CASE(uv_pipe, "nonblocking", fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE);
  CASE(uv_socketpair, "type 0", 0, 0, fds, 0, 0);
  CASE(uv_socketpair, "type 99", 99, 0, fds, 0, 0);
  CASE(uv_socketpair, "protocol 99", SOCK_STREAM, 99, fds, 0, 0);
  CASE(uv_socketpair, "flags 77", SOCK_STREAM, 0, fds, 77, 77);
}
