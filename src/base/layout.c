/* SPDX-License-Identifier: MIT */
/* The binary interface, stated: sizes of all public structures and the places
 * of the fields that programs, other bindings or older headers know. They are
 * compiled into our users, so this file fails to compile when a header, a
 * compiler or an option would make us disagree with them.
 *
 * The figures were measured from libuv's headers, by each column's compiler:
 * 1.50 and 1.53 agree in all of them, and 1.44 in those that were compared
 * (docs/abi.md). Two fields changed their names and stayed in place, see abi.h;
 * what is asserted about them is the place.
 *
 * A row has a column for each kind of interface that was measured; abi.h says
 * which one this build has. On 32 bits off_t has 64, as libuv is built so. An
 * interface without a column has nothing to compare with. There is no code. */
#include "base/abi.h"

#define SIZE(type, ...)                                                        \
  _Static_assert(sizeof(type) == COLUMN(__VA_ARGS__), "the size of " #type)
#define PLACE(type, field, ...)                                                \
  _Static_assert(offsetof(type, field) == COLUMN(__VA_ARGS__),                 \
                 "the place of " #type "." #field)

#if UV__LAYOUT_LP64
#define COLUMN(lp64, i386, arm) lp64
#elif UV__LAYOUT_I386
#define COLUMN(lp64, i386, arm) i386
#elif UV__LAYOUT_ARM
#define COLUMN(lp64, i386, arm) arm
#endif
#ifdef COLUMN

/* --- Parts --- */

SIZE(uv_file, 4, 4, 4);
SIZE(uv_os_sock_t, 4, 4, 4);
SIZE(uv_os_fd_t, 4, 4, 4);
SIZE(uv_pid_t, 4, 4, 4);
SIZE(uv_uid_t, 4, 4, 4);
SIZE(uv_gid_t, 4, 4, 4);
SIZE(struct uv__queue, 16, 8, 8);
SIZE(uv__io_t, 56, 32, 32);
PLACE(uv__io_t, UV__IO_CB_FIELD, 0, 0, 0);
PLACE(uv__io_t, pending_queue, 8, 4, 4);
PLACE(uv__io_t, watcher_queue, 24, 12, 12);
PLACE(uv__io_t, pevents, 40, 20, 20);
PLACE(uv__io_t, events, 44, 24, 24);
PLACE(uv__io_t, fd, 48, 28, 28);
SIZE(struct uv__work, 40, 20, 20);
PLACE(struct uv__work, work, 0, 0, 0);
PLACE(struct uv__work, done, 8, 4, 4);
PLACE(struct uv__work, loop, 16, 8, 8);
PLACE(struct uv__work, wq, 24, 12, 12);

/* --- Handles --- */

SIZE(uv_handle_t, 96, 48, 48);
PLACE(uv_handle_t, data, 0, 0, 0);
PLACE(uv_handle_t, loop, 8, 4, 4);
PLACE(uv_handle_t, type, 16, 8, 8);
PLACE(uv_handle_t, close_cb, 24, 12, 12);
PLACE(uv_handle_t, handle_queue, 32, 16, 16);
PLACE(uv_handle_t, next_closing, 80, 40, 40);
PLACE(uv_handle_t, flags, 88, 44, 44);
SIZE(uv_stream_t, 248, 132, 132);
PLACE(uv_stream_t, write_queue_size, 96, 48, 48);
PLACE(uv_stream_t, alloc_cb, 104, 52, 52);
PLACE(uv_stream_t, read_cb, 112, 56, 56);
PLACE(uv_stream_t, connect_req, 120, 60, 60);
PLACE(uv_stream_t, shutdown_req, 128, 64, 64);
PLACE(uv_stream_t, io_watcher, 136, 68, 68);
PLACE(uv_stream_t, write_queue, 192, 100, 100);
PLACE(uv_stream_t, connection_cb, 224, 116, 116);
PLACE(uv_stream_t, delayed_error, 232, 120, 120);
PLACE(uv_stream_t, accepted_fd, 236, 124, 124);
PLACE(uv_stream_t, queued_fds, 240, 128, 128);
SIZE(uv_tcp_t, 248, 132, 132);
SIZE(uv_udp_t, 216, 112, 112);
PLACE(uv_udp_t, send_queue_size, 96, 48, 48);
PLACE(uv_udp_t, send_queue_count, 104, 52, 52);
PLACE(uv_udp_t, alloc_cb, 112, 56, 56);
PLACE(uv_udp_t, recv_cb, 120, 60, 60);
PLACE(uv_udp_t, io_watcher, 128, 64, 64);
PLACE(uv_udp_t, write_queue, 184, 96, 96);
SIZE(uv_pipe_t, 264, 140, 140);
PLACE(uv_pipe_t, ipc, 248, 132, 132);
PLACE(uv_pipe_t, pipe_fname, 256, 136, 136);
SIZE(uv_tty_t, 312, 196, 196);
PLACE(uv_tty_t, orig_termios, 248, 132, 132);
PLACE(uv_tty_t, mode, 308, 192, 192);
SIZE(uv_poll_t, 160, 84, 84);
PLACE(uv_poll_t, poll_cb, 96, 48, 48);
PLACE(uv_poll_t, io_watcher, 104, 52, 52);
SIZE(uv_timer_t, 152, 88, 88);
PLACE(uv_timer_t, timer_cb, 96, 48, 48);
PLACE(uv_timer_t, timeout, 128, 64, 64);
PLACE(uv_timer_t, repeat, 136, 72, 72);
PLACE(uv_timer_t, start_id, 144, 80, 80);
SIZE(uv_prepare_t, 120, 60, 60);
PLACE(uv_prepare_t, prepare_cb, 96, 48, 48);
PLACE(uv_prepare_t, queue, 104, 52, 52);
SIZE(uv_check_t, 120, 60, 60);
PLACE(uv_check_t, check_cb, 96, 48, 48);
PLACE(uv_check_t, queue, 104, 52, 52);
SIZE(uv_idle_t, 120, 60, 60);
PLACE(uv_idle_t, idle_cb, 96, 48, 48);
PLACE(uv_idle_t, queue, 104, 52, 52);
SIZE(uv_async_t, 128, 64, 64);
PLACE(uv_async_t, async_cb, 96, 48, 48);
PLACE(uv_async_t, queue, 104, 52, 52);
PLACE(uv_async_t, pending, 120, 60, 60);
SIZE(uv_process_t, 136, 68, 68);
PLACE(uv_process_t, exit_cb, 96, 48, 48);
PLACE(uv_process_t, pid, 104, 52, 52);
PLACE(uv_process_t, queue, 112, 56, 56);
PLACE(uv_process_t, status, 128, 64, 64);
SIZE(uv_fs_event_t, 136, 68, 68);
PLACE(uv_fs_event_t, path, 96, 48, 48);
PLACE(uv_fs_event_t, cb, 104, 52, 52);
PLACE(uv_fs_event_t, watchers, 112, 56, 56);
PLACE(uv_fs_event_t, wd, 128, 64, 64);
SIZE(uv_fs_poll_t, 104, 52, 52);
PLACE(uv_fs_poll_t, poll_ctx, 96, 48, 48);
SIZE(uv_signal_t, 152, 80, 80);
PLACE(uv_signal_t, signal_cb, 96, 48, 48);
PLACE(uv_signal_t, signum, 104, 52, 52);
PLACE(uv_signal_t, tree_entry, 112, 56, 56);
PLACE(uv_signal_t, caught_signals, 144, 72, 72);
PLACE(uv_signal_t, dispatched_signals, 148, 76, 76);

/* --- Requests --- */

SIZE(uv_req_t, 64, 32, 32);
PLACE(uv_req_t, data, 0, 0, 0);
PLACE(uv_req_t, type, 8, 4, 4);
PLACE(uv_req_t, reserved, 16, 8, 8);
SIZE(uv_write_t, 192, 100, 100);
PLACE(uv_write_t, cb, 64, 32, 32);
PLACE(uv_write_t, send_handle, 72, 36, 36);
PLACE(uv_write_t, handle, 80, 40, 40);
PLACE(uv_write_t, queue, 88, 44, 44);
PLACE(uv_write_t, write_index, 104, 52, 52);
PLACE(uv_write_t, bufs, 112, 56, 56);
PLACE(uv_write_t, nbufs, 120, 60, 60);
PLACE(uv_write_t, error, 124, 64, 64);
PLACE(uv_write_t, bufsml, 128, 68, 68);
SIZE(uv_connect_t, 96, 48, 48);
PLACE(uv_connect_t, cb, 64, 32, 32);
PLACE(uv_connect_t, handle, 72, 36, 36);
PLACE(uv_connect_t, queue, 80, 40, 40);
SIZE(uv_shutdown_t, 80, 40, 40);
PLACE(uv_shutdown_t, handle, 64, 32, 32);
PLACE(uv_shutdown_t, cb, 72, 36, 36);
SIZE(uv_udp_send_t, 320, 224, 224);
PLACE(uv_udp_send_t, handle, 64, 32, 32);
PLACE(uv_udp_send_t, cb, 72, 36, 36);
PLACE(uv_udp_send_t, queue, 80, 40, 40);
PLACE(uv_udp_send_t, u, 96, 48, 48);
PLACE(uv_udp_send_t, nbufs, 224, 176, 176);
PLACE(uv_udp_send_t, bufs, 232, 180, 180);
PLACE(uv_udp_send_t, status, 240, 184, 184);
PLACE(uv_udp_send_t, send_cb, 248, 188, 188);
PLACE(uv_udp_send_t, bufsml, 256, 192, 192);
SIZE(uv_fs_t, 440, 292, 296);
PLACE(uv_fs_t, fs_type, 64, 32, 32);
PLACE(uv_fs_t, loop, 72, 36, 36);
PLACE(uv_fs_t, cb, 80, 40, 40);
PLACE(uv_fs_t, result, 88, 44, 44);
PLACE(uv_fs_t, ptr, 96, 48, 48);
PLACE(uv_fs_t, path, 104, 52, 52);
PLACE(uv_fs_t, statbuf, 112, 56, 56);
PLACE(uv_fs_t, new_path, 272, 184, 184);
PLACE(uv_fs_t, file, 280, 188, 188);
PLACE(uv_fs_t, flags, 284, 192, 192);
PLACE(uv_fs_t, mode, 288, 196, 196);
PLACE(uv_fs_t, nbufs, 292, 200, 200);
PLACE(uv_fs_t, bufs, 296, 204, 204);
PLACE(uv_fs_t, off, 304, 208, 208);
PLACE(uv_fs_t, uid, 312, 216, 216);
PLACE(uv_fs_t, gid, 316, 220, 220);
PLACE(uv_fs_t, atime, 320, 224, 224);
PLACE(uv_fs_t, mtime, 328, 232, 232);
PLACE(uv_fs_t, work_req, 336, 240, 240);
PLACE(uv_fs_t, bufsml, 376, 260, 260);
SIZE(uv_work_t, 128, 64, 64);
PLACE(uv_work_t, loop, 64, 32, 32);
PLACE(uv_work_t, work_cb, 72, 36, 36);
PLACE(uv_work_t, after_work_cb, 80, 40, 40);
PLACE(uv_work_t, work_req, 88, 44, 44);
SIZE(uv_random_t, 144, 72, 72);
PLACE(uv_random_t, loop, 64, 32, 32);
PLACE(uv_random_t, status, 72, 36, 36);
PLACE(uv_random_t, buf, 80, 40, 40);
PLACE(uv_random_t, buflen, 88, 44, 44);
PLACE(uv_random_t, cb, 96, 48, 48);
PLACE(uv_random_t, work_req, 104, 52, 52);
SIZE(uv_getaddrinfo_t, 160, 80, 80);
PLACE(uv_getaddrinfo_t, loop, 64, 32, 32);
PLACE(uv_getaddrinfo_t, work_req, 72, 36, 36);
PLACE(uv_getaddrinfo_t, cb, 112, 56, 56);
PLACE(uv_getaddrinfo_t, addrinfo, 144, 72, 72);
PLACE(uv_getaddrinfo_t, retcode, 152, 76, 76);
PLACE(uv_getnameinfo_t, loop, 64, 32, 32);
PLACE(uv_getnameinfo_t, work_req, 72, 36, 36);
PLACE(uv_getnameinfo_t, getnameinfo_cb, 112, 56, 56);
PLACE(uv_getnameinfo_t, storage, 120, 60, 60);
PLACE(uv_getnameinfo_t, flags, 248, 188, 188);
PLACE(uv_getnameinfo_t, host, 252, 192, 192);

/* --- What is neither --- */

SIZE(uv_dir_t, 56, 28, 28);
PLACE(uv_dir_t, dirents, 0, 0, 0);
PLACE(uv_dir_t, nentries, 8, 4, 4);
PLACE(uv_dir_t, dir, 48, 24, 24);
SIZE(uv_env_item_t, 16, 8, 8);
SIZE(uv_cpu_info_t, 56, 48, 48);
PLACE(uv_cpu_info_t, model, 0, 0, 0);
PLACE(uv_cpu_info_t, speed, 8, 4, 4);
PLACE(uv_cpu_info_t, cpu_times, 16, 8, 8);
SIZE(uv_interface_address_t, 80, 72, 72);
PLACE(uv_interface_address_t, name, 0, 0, 0);
PLACE(uv_interface_address_t, phys_addr, 8, 4, 4);
PLACE(uv_interface_address_t, is_internal, 16, 12, 12);
PLACE(uv_interface_address_t, address, 20, 16, 16);
PLACE(uv_interface_address_t, netmask, 48, 44, 44);
SIZE(uv_dirent_t, 16, 8, 8);
PLACE(uv_dirent_t, name, 0, 0, 0);
PLACE(uv_dirent_t, type, 8, 4, 4);
SIZE(uv_passwd_t, 40, 20, 20);
PLACE(uv_passwd_t, username, 0, 0, 0);
PLACE(uv_passwd_t, uid, 8, 4, 4);
PLACE(uv_passwd_t, gid, 16, 8, 8);
PLACE(uv_passwd_t, shell, 24, 12, 12);
PLACE(uv_passwd_t, homedir, 32, 16, 16);
SIZE(uv_group_t, 24, 12, 12);
SIZE(uv_utsname_t, 1024, 1024, 1024);
SIZE(uv_statfs_t, 88, 88, 88);
PLACE(uv_statfs_t, f_type, 0, 0, 0);
PLACE(uv_statfs_t, f_ffree, 48, 48, 48);
SIZE(uv_metrics_t, 128, 76, 80);
PLACE(uv_metrics_t, loop_count, 0, 0, 0);
PLACE(uv_metrics_t, events, 8, 8, 8);
PLACE(uv_metrics_t, events_waiting, 16, 16, 16);
SIZE(uv_stat_t, 160, 128, 128);
PLACE(uv_stat_t, st_dev, 0, 0, 0);
PLACE(uv_stat_t, st_size, 56, 56, 56);
PLACE(uv_stat_t, st_atim, 96, 96, 96);
PLACE(uv_stat_t, st_mtim, 112, 104, 104);
PLACE(uv_stat_t, st_ctim, 128, 112, 112);
PLACE(uv_stat_t, st_birthtim, 144, 120, 120);
SIZE(uv_timespec_t, 16, 8, 8);
SIZE(uv_timespec64_t, 16, 12, 16);
SIZE(uv_timeval_t, 16, 8, 8);
SIZE(uv_timeval64_t, 16, 12, 16);
SIZE(uv_rusage_t, 144, 128, 128);
SIZE(uv_buf_t, 16, 8, 8);
PLACE(uv_buf_t, base, 0, 0, 0);
PLACE(uv_buf_t, len, 8, 4, 4);
SIZE(uv_lib_t, 16, 8, 8);
PLACE(uv_lib_t, handle, 0, 0, 0);
PLACE(uv_lib_t, errmsg, 8, 4, 4);
SIZE(uv_process_options_t, 64, 40, 40);
PLACE(uv_process_options_t, exit_cb, 0, 0, 0);
PLACE(uv_process_options_t, file, 8, 4, 4);
PLACE(uv_process_options_t, args, 16, 8, 8);
PLACE(uv_process_options_t, env, 24, 12, 12);
PLACE(uv_process_options_t, cwd, 32, 16, 16);
PLACE(uv_process_options_t, flags, 40, 20, 20);
PLACE(uv_process_options_t, stdio_count, 44, 24, 24);
PLACE(uv_process_options_t, stdio, 48, 28, 28);
PLACE(uv_process_options_t, uid, 56, 32, 32);
PLACE(uv_process_options_t, gid, 60, 36, 36);
SIZE(uv_stdio_container_t, 16, 8, 8);
PLACE(uv_stdio_container_t, flags, 0, 0, 0);
PLACE(uv_stdio_container_t, data, 8, 4, 4);
SIZE(uv_thread_options_t, 16, 8, 8);
PLACE(uv_thread_options_t, flags, 0, 0, 0);
PLACE(uv_thread_options_t, stack_size, 8, 4, 4);

/* --- The loop, up to its mutex --- */

PLACE(uv_loop_t, data, 0, 0, 0);
PLACE(uv_loop_t, active_handles, 8, 4, 4);
PLACE(uv_loop_t, handle_queue, 16, 8, 8);
PLACE(uv_loop_t, active_reqs, 32, 16, 16);
PLACE(uv_loop_t, internal_fields, 40, 20, 20);
PLACE(uv_loop_t, stop_flag, 48, 24, 24);
PLACE(uv_loop_t, flags, 56, 28, 28);
PLACE(uv_loop_t, backend_fd, 64, 32, 32);
PLACE(uv_loop_t, pending_queue, 72, 36, 36);
PLACE(uv_loop_t, watchers, 104, 52, 52);
PLACE(uv_loop_t, nwatchers, 112, 56, 56);
PLACE(uv_loop_t, nfds, 116, 60, 60);
PLACE(uv_loop_t, wq, 120, 64, 64);
PLACE(uv_loop_t, wq_mutex, 136, 72, 72);

/* --- What has a name of a host in it, as long as the libc has it --- */

#undef COLUMN
#if UV__LAYOUT_LP64 && UV__LIBC_IS_GLIBC
#define COLUMN(lp64, i386, arm, lp64_musl) lp64
#elif UV__LAYOUT_LP64 && UV__LIBC_IS_MUSL
#define COLUMN(lp64, i386, arm, lp64_musl) lp64_musl
#elif UV__LAYOUT_I386
#define COLUMN(lp64, i386, arm, lp64_musl) i386
#elif UV__LAYOUT_ARM
#define COLUMN(lp64, i386, arm, lp64_musl) arm
#endif
#ifdef COLUMN

SIZE(uv_getnameinfo_t, 1320, 1256, 1256, 544);
PLACE(uv_getnameinfo_t, service, 1277, 1217, 1217, 507);
PLACE(uv_getnameinfo_t, retcode, 1312, 1252, 1252, 540);

#endif

/* --- What pthread's types are part of --- */

#undef COLUMN
#if UV__PTHREAD_LAYOUT_X86_64
#define COLUMN(x86_64, aarch64, i386, arm) x86_64
#elif UV__PTHREAD_LAYOUT_AARCH64
#define COLUMN(x86_64, aarch64, i386, arm) aarch64
#elif UV__LAYOUT_I386
#define COLUMN(x86_64, aarch64, i386, arm) i386
#elif UV__LAYOUT_ARM
#define COLUMN(x86_64, aarch64, i386, arm) arm
#endif
#ifdef COLUMN

SIZE(uv_once_t, 4, 4, 4, 4);
SIZE(uv_thread_t, 8, 8, 4, 4);
SIZE(uv_mutex_t, 40, 48, 24, 24);
SIZE(uv_rwlock_t, 56, 56, 32, 32);
SIZE(uv_sem_t, 32, 32, 16, 16);
SIZE(uv_cond_t, 48, 48, 48, 48);
SIZE(uv_key_t, 4, 4, 4, 4);
SIZE(uv_barrier_t, 32, 32, 20, 20);
SIZE(uv_loop_t, 848, 856, 464, 472);
PLACE(uv_loop_t, wq_async, 176, 184, 96, 96);
PLACE(uv_loop_t, closing_handles, 360, 368, 192, 192);
PLACE(uv_loop_t, async_io_watcher, 456, 464, 240, 240);
PLACE(uv_loop_t, timer_heap, 520, 528, 276, 276);
PLACE(uv_loop_t, time, 544, 552, 292, 296);
PLACE(uv_loop_t, signal_pipefd, 552, 560, 300, 304);
PLACE(uv_loop_t, signal_io_watcher, 560, 568, 308, 312);
PLACE(uv_loop_t, child_watcher, 616, 624, 340, 344);
PLACE(uv_loop_t, emfile_fd, 768, 776, 420, 424);
PLACE(uv_loop_t, inotify_fd, 840, 848, 460, 464);

#endif
#endif
