/* SPDX-License-Identifier: MIT */
/* Argument checks: what is written to streams, in all their states. */
#include "cases.h"

#include <limits.h>
#include <string.h>

void write_cases(void) {
  CASE(uv_write, "no socket, tcp", &write_req, as_stream(tcp_new()), one_byte(),
       1, on_write);
  CASE(uv_write, "no socket, pipe", &write_req, as_stream(pipe_new()),
       one_byte(), 1, on_write);
  CASE(uv_write, "bound", &write_req, as_stream(tcp_bound()), one_byte(), 1,
       on_write);
  CASE(uv_write, "listening", &write_req, as_stream(tcp_listening()),
       one_byte(), 1, on_write);
  CASE(uv_write, "connecting", &write_req, as_stream(tcp_connecting()),
       one_byte(), 1, on_write);
  LATER(uv_write, "connected", &write_req, as_stream(pipe_connected()),
        one_byte(), 1, on_write);
  LATER(uv_write, "reading", &write_req, reading(), one_byte(), 1, on_write);
  CASE(uv_write, "shut down", &write_req, shut_down(), one_byte(), 1, on_write);
  LATER(uv_write, "ended", &write_req, ended(), one_byte(), 1, on_write);
  CASE(uv_write, "full", &write_req, full(), one_byte(), 1, on_write);
  CASE(uv_write, "closing", &write_req, as_stream(tcp_closing()), one_byte(), 1,
       on_write);
  CASE(uv_write, "connected, then closing", &write_req,
       closing(pipe_connected()), one_byte(), 1, on_write);
  CASE(uv_try_write, "no socket, tcp", as_stream(tcp_new()), one_byte(), 1);
  CASE(uv_try_write, "no socket, pipe", as_stream(pipe_new()), one_byte(), 1);
  CASE(uv_try_write, "bound", as_stream(tcp_bound()), one_byte(), 1);
  CASE(uv_try_write, "listening", as_stream(tcp_listening()), one_byte(), 1);
  CASE(uv_try_write, "connecting", as_stream(tcp_connecting()), one_byte(), 1);
  CASE(uv_try_write, "connected", as_stream(pipe_connected()), one_byte(), 1);
  CASE(uv_try_write, "reading", reading(), one_byte(), 1);
  CASE(uv_try_write, "shut down", shut_down(), one_byte(), 1);
  CASE(uv_try_write, "ended", ended(), one_byte(), 1);
  CASE(uv_try_write, "full", full(), one_byte(), 1);
  CASE(uv_try_write, "closing", as_stream(tcp_closing()), one_byte(), 1);
  CASE(uv_try_write, "connected, then closing", closing(pipe_connected()),
       one_byte(), 1);
  CASE(uv_write2, "no socket, tcp", &write_req, as_stream(tcp_new()),
       one_byte(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "no socket, pipe", &write_req, as_stream(pipe_new()),
       one_byte(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "bound", &write_req, as_stream(tcp_bound()), one_byte(), 1,
       as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "listening", &write_req, as_stream(tcp_listening()),
       one_byte(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "connecting", &write_req, as_stream(tcp_connecting()),
       one_byte(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "connected", &write_req, as_stream(pipe_connected()),
       one_byte(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "reading", &write_req, reading(), one_byte(), 1,
       as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "shut down", &write_req, shut_down(), one_byte(), 1,
       as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "ended", &write_req, ended(), one_byte(), 1,
       as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "full", &write_req, full(), one_byte(), 1,
       as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "closing", &write_req, as_stream(tcp_closing()), one_byte(),
       1, as_stream(tcp_bound()), on_write);
  CASE(uv_write2, "connected, then closing", &write_req,
       closing(pipe_connected()), one_byte(), 1, as_stream(tcp_bound()),
       on_write);
  CASE(uv_try_write2, "no socket, tcp", as_stream(tcp_new()), one_byte(), 1,
       as_stream(tcp_bound()));
  CASE(uv_try_write2, "no socket, pipe", as_stream(pipe_new()), one_byte(), 1,
       as_stream(tcp_bound()));
  CASE(uv_try_write2, "bound", as_stream(tcp_bound()), one_byte(), 1,
       as_stream(tcp_bound()));
  CASE(uv_try_write2, "listening", as_stream(tcp_listening()), one_byte(), 1,
       as_stream(tcp_bound()));
  CASE(uv_try_write2, "connecting", as_stream(tcp_connecting()), one_byte(), 1,
       as_stream(tcp_bound()));
  CASE(uv_try_write2, "connected", as_stream(pipe_connected()), one_byte(), 1,
       as_stream(tcp_bound()));
  CASE(uv_try_write2, "reading", reading(), one_byte(), 1,
       as_stream(tcp_bound()));
  CASE(uv_try_write2, "shut down", shut_down(), one_byte(), 1,
       as_stream(tcp_bound()));
  CASE(uv_try_write2, "ended", ended(), one_byte(), 1, as_stream(tcp_bound()));
  CASE(uv_try_write2, "full", full(), one_byte(), 1, as_stream(tcp_bound()));
  CASE(uv_try_write2, "closing", as_stream(tcp_closing()), one_byte(), 1,
       as_stream(tcp_bound()));
  CASE(uv_try_write2, "connected, then closing", closing(pipe_connected()),
       one_byte(), 1, as_stream(tcp_bound()));
  CASE(uv_write, "no buffers, no socket", &write_req, as_stream(tcp_new()),
       NULL, 0, on_write);
  CASE(uv_write2, "no buffers, no socket", &write_req, as_stream(tcp_new()),
       NULL, 0, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "no buffers, no socket", as_stream(tcp_new()), NULL, 0);
  CASE(uv_try_write2, "no buffers, no socket", as_stream(tcp_new()), NULL, 0,
       as_stream(tcp_bound()));
  CASE(uv_write, "too many buffers, no socket", &write_req,
       as_stream(tcp_new()), one_byte(), (unsigned) INT_MAX + 1, on_write);
  CASE(uv_write, "huge buffer, no socket", &write_req, as_stream(tcp_new()),
       huge(), 1, on_write);
  CASE(uv_write2, "huge buffer, no socket", &write_req, as_stream(tcp_new()),
       huge(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "huge buffer, no socket", as_stream(tcp_new()), huge(), 1);
  CASE(uv_try_write2, "huge buffer, no socket", as_stream(tcp_new()), huge(), 1,
       as_stream(tcp_bound()));
  CASE(uv_write, "huge sum, no socket", &write_req, as_stream(tcp_new()),
       huge_sum(), 2, on_write);
  CASE(uv_write2, "huge sum, no socket", &write_req, as_stream(tcp_new()),
       huge_sum(), 2, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "huge sum, no socket", as_stream(tcp_new()), huge_sum(),
       2);
  CASE(uv_try_write2, "huge sum, no socket", as_stream(tcp_new()), huge_sum(),
       2, as_stream(tcp_bound()));
  CASE(uv_write, "length 0, no socket", &write_req, as_stream(tcp_new()),
       no_bytes(), 1, on_write);
  CASE(uv_write2, "length 0, no socket", &write_req, as_stream(tcp_new()),
       no_bytes(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "length 0, no socket", as_stream(tcp_new()), no_bytes(),
       1);
  CASE(uv_try_write2, "length 0, no socket", as_stream(tcp_new()), no_bytes(),
       1, as_stream(tcp_bound()));
  CASE(uv_write, "no buffers, connected", &write_req, as_stream(pipe_ipc()),
       NULL, 0, on_write);
  CASE(uv_write2, "no buffers, connected", &write_req, as_stream(pipe_ipc()),
       NULL, 0, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "no buffers, connected", as_stream(pipe_ipc()), NULL, 0);
  CASE(uv_try_write2, "no buffers, connected", as_stream(pipe_ipc()), NULL, 0,
       as_stream(tcp_bound()));
  CASE(uv_write, "too many buffers, connected", &write_req,
       as_stream(pipe_ipc()), one_byte(), (unsigned) INT_MAX + 1, on_write);
  CASE(uv_write, "huge buffer, connected", &write_req, as_stream(pipe_ipc()),
       huge(), 1, on_write);
  CASE(uv_write2, "huge buffer, connected", &write_req, as_stream(pipe_ipc()),
       huge(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "huge buffer, connected", as_stream(pipe_ipc()), huge(),
       1);
  CASE(uv_try_write2, "huge buffer, connected", as_stream(pipe_ipc()), huge(),
       1, as_stream(tcp_bound()));
  CASE(uv_write, "huge sum, connected", &write_req, as_stream(pipe_ipc()),
       huge_sum(), 2, on_write);
  CASE(uv_write2, "huge sum, connected", &write_req, as_stream(pipe_ipc()),
       huge_sum(), 2, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "huge sum, connected", as_stream(pipe_ipc()), huge_sum(),
       2);
  CASE(uv_try_write2, "huge sum, connected", as_stream(pipe_ipc()), huge_sum(),
       2, as_stream(tcp_bound()));
  CASE(uv_write, "length 0, connected", &write_req, as_stream(pipe_ipc()),
       no_bytes(), 1, on_write);
  CASE(uv_write2, "length 0, connected", &write_req, as_stream(pipe_ipc()),
       no_bytes(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "length 0, connected", as_stream(pipe_ipc()), no_bytes(),
       1);
  CASE(uv_try_write2, "length 0, connected", as_stream(pipe_ipc()), no_bytes(),
       1, as_stream(tcp_bound()));
  CASE(uv_write, "no buffers, closing", &write_req, as_stream(pipe_closing()),
       NULL, 0, on_write);
  CASE(uv_write2, "no buffers, closing", &write_req, as_stream(pipe_closing()),
       NULL, 0, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "no buffers, closing", as_stream(pipe_closing()), NULL, 0);
  CASE(uv_try_write2, "no buffers, closing", as_stream(pipe_closing()), NULL, 0,
       as_stream(tcp_bound()));
  CASE(uv_write, "too many buffers, closing", &write_req,
       as_stream(pipe_closing()), one_byte(), (unsigned) INT_MAX + 1, on_write);
  CASE(uv_write, "huge buffer, closing", &write_req, as_stream(pipe_closing()),
       huge(), 1, on_write);
  CASE(uv_write2, "huge buffer, closing", &write_req, as_stream(pipe_closing()),
       huge(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "huge buffer, closing", as_stream(pipe_closing()), huge(),
       1);
  CASE(uv_try_write2, "huge buffer, closing", as_stream(pipe_closing()), huge(),
       1, as_stream(tcp_bound()));
  CASE(uv_write, "huge sum, closing", &write_req, as_stream(pipe_closing()),
       huge_sum(), 2, on_write);
  CASE(uv_write2, "huge sum, closing", &write_req, as_stream(pipe_closing()),
       huge_sum(), 2, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "huge sum, closing", as_stream(pipe_closing()), huge_sum(),
       2);
  CASE(uv_try_write2, "huge sum, closing", as_stream(pipe_closing()),
       huge_sum(), 2, as_stream(tcp_bound()));
  CASE(uv_write, "length 0, closing", &write_req, as_stream(pipe_closing()),
       no_bytes(), 1, on_write);
  CASE(uv_write2, "length 0, closing", &write_req, as_stream(pipe_closing()),
       no_bytes(), 1, as_stream(tcp_bound()), on_write);
  CASE(uv_try_write, "length 0, closing", as_stream(pipe_closing()), no_bytes(),
       1);
  CASE(uv_try_write2, "length 0, closing", as_stream(pipe_closing()),
       no_bytes(), 1, as_stream(tcp_bound()));
  CASE(uv_write2, "a handle without a socket to pass", &write_req,
       as_stream(pipe_ipc()), one_byte(), 1, as_stream(tcp_new()), on_write);
  CASE(uv_try_write2, "a handle without a socket to pass",
       as_stream(pipe_ipc()), one_byte(), 1, as_stream(tcp_new()));
  CASE(uv_write2, "a closing handle to pass", &write_req, as_stream(pipe_ipc()),
       one_byte(), 1, as_stream(tcp_closing()), on_write);
  CASE(uv_try_write2, "a closing handle to pass", as_stream(pipe_ipc()),
       one_byte(), 1, as_stream(tcp_closing()));
  CASE(uv_write2, "a timer to pass", &write_req, as_stream(pipe_ipc()),
       one_byte(), 1, as_stream(timer_new()), on_write);
  CASE(uv_try_write2, "a timer to pass", as_stream(pipe_ipc()), one_byte(), 1,
       as_stream(timer_new()));
  CASE(uv_write2, "a UDP handle to pass", &write_req, as_stream(pipe_ipc()),
       one_byte(), 1, as_stream(udp_bound()), on_write);
  CASE(uv_try_write2, "a UDP handle to pass", as_stream(pipe_ipc()), one_byte(),
       1, as_stream(udp_bound()));
  CASE(uv_write2, "no handle to pass", &write_req, as_stream(pipe_ipc()),
       one_byte(), 1, NULL, on_write);
  CASE(uv_try_write2, "no handle to pass", as_stream(pipe_ipc()), one_byte(), 1,
       NULL);
  CASE(uv_write, "NULL callback", &write_req, as_stream(pipe_connected()),
       one_byte(), 1, NULL);
  CASE(uv_write_nwritten, "never written",
       memset(&write_req, 0, sizeof(write_req)));
}
