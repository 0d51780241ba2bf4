/* SPDX-License-Identifier: MIT */
/* Composition: which handle families and loop modules there are. Data rows, no
 * logic; the only file that may see every header. test/unit/tables.c walks
 * it. */
#include "loop/async.h"
#include "loop/figures.h"
#include "loop/loop.h"
#include "loop/phase.h"
#include "loop/stats-line.h"
#include "loop/tables.h"
#include "loop/timer.h"
#include "loop/work.h"
#include "unix/fs/fs-event.h"
#include "unix/fs/fs-poll.h"
#include "unix/io/control.h"
#include "unix/io/wake.h"
#include "unix/net/pipe.h"
#include "unix/net/poll-handle.h"
#include "unix/net/stream/stream.h"
#include "unix/net/tty.h"
#include "unix/net/udp/udp.h"
#include "unix/os/title.h"
#include "unix/proc/reap.h"
#include "unix/proc/signal.h"

const struct uv__handle_row uv__handle_table[UV_HANDLE_TYPE_MAX] = {
  [UV_ASYNC] = { .name = "async",
                 .size = sizeof(uv_async_t),
                 .close = uv__async_close },
  [UV_CHECK] = { .name = "check",
                 .size = sizeof(uv_check_t),
                 .close = uv__check_close },
  [UV_FS_EVENT] = { .name = "fs_event",
                    .size = sizeof(uv_fs_event_t),
                    .close = uv__fs_event_close },
  [UV_FS_POLL] = { .name = "fs_poll",
                   .size = sizeof(uv_fs_poll_t),
                   .close = uv__fs_poll_close },
  [UV_HANDLE] = { .name = "handle", .size = sizeof(uv_handle_t) },
  [UV_IDLE] = { .name = "idle",
                .size = sizeof(uv_idle_t),
                .close = uv__idle_close },
  [UV_NAMED_PIPE] = { .name = "pipe",
                      .size = sizeof(uv_pipe_t),
                      .close = uv__pipe_close,
                      .finish = uv__stream_finish,
                      .cancel_write = uv__stream_cancel_write,
                      .fd = uv__stream_hand_out_fd },
  [UV_POLL] = { .name = "poll",
                .size = sizeof(uv_poll_t),
                .close = uv__poll_handle_close,
                .fd = uv__poll_handle_fd },
  [UV_PREPARE] = { .name = "prepare",
                   .size = sizeof(uv_prepare_t),
                   .close = uv__prepare_close },
  [UV_PROCESS] = { .name = "process",
                   .size = sizeof(uv_process_t),
                   .close = uv__process_close },
  [UV_STREAM] = { .name = "stream", .size = sizeof(uv_stream_t) },
  [UV_TCP] = { .name = "tcp",
               .size = sizeof(uv_tcp_t),
               .close = uv__stream_close,
               .finish = uv__stream_finish,
               .cancel_write = uv__stream_cancel_write,
               .fd = uv__stream_hand_out_fd },
  [UV_TIMER] = { .name = "timer",
                 .size = sizeof(uv_timer_t),
                 .close = uv__timer_close },
  [UV_TTY] = { .name = "tty",
               .size = sizeof(uv_tty_t),
               .close = uv__tty_close,
               .finish = uv__stream_finish,
               .cancel_write = uv__stream_cancel_write,
               .fd = uv__stream_hand_out_fd },
  [UV_UDP] = { .name = "udp",
               .size = sizeof(uv_udp_t),
               .close = uv__udp_close,
               .finish = uv__udp_finish,
               .fd = uv__udp_fd },
  [UV_SIGNAL] = { .name = "signal",
                  .size = sizeof(uv_signal_t),
                  .close = uv__signal_close },
  [UV_FILE] = { .name = "file" },
};

const struct uv__module_row uv__module_table[] = {
  { .name = "io",
    .init = uv__loop_io_init,
    .fork = uv__io_fork,
    .close = uv__io_teardown },
  { .name = "wake",
    .init = uv__wake_init,
    .fork = uv__wake_fork,
    .close = uv__wake_close },
  { .name = "async",
    .init = uv__async_module_init,
    .fork = uv__async_module_fork,
    .close = uv__async_module_close },
  { .name = "signal",
    .fork = uv__signal_module_fork,
    .close = uv__signal_module_close,
    .shutdown = uv__signal_module_shutdown },
  { .name = "work",
    .init = uv__work_init,
    .fork = uv__work_fork,
    .close = uv__work_close,
    .shutdown = uv__work_shutdown },
  { .name = "process",
    .fork = uv__process_module_fork,
    .close = uv__process_module_close },
  { .name = "listen",
    .init = uv__listen_module_init,
    .close = uv__listen_module_close },
  { .name = "fs-event",
    .init = uv__fs_event_module_init,
    .fork = uv__fs_event_module_fork,
    .close = uv__fs_event_module_close },
  { .name = "title", .shutdown = uv__title_shutdown },
  { .name = "stats-line",
    .init = uv__stats_line_init,
    .fork = uv__stats_line_fork,
    .close = uv__stats_line_close,
    .shutdown = uv__stats_line_shutdown },
  { .name = "figures",
    .init = uv__figures_init,
    .fork = uv__figures_fork,
    .close = uv__figures_close,
    .shutdown = uv__figures_shutdown },
};

const size_t uv__module_count =
    sizeof(uv__module_table) / sizeof(uv__module_table[0]);

const uv__describe_cb uv__describers[] = { uv__stream_describe,
                                           uv__listener_describe,
                                           uv__udp_describe,
                                           uv__poll_handle_describe, NULL };
