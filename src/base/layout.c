/* SPDX-License-Identifier: MIT */
/* The binary interface, stated: sizes of all public structures and the places
 * of the fields that programs, other bindings or older headers know. They are
 * compiled into our users, so this file fails to compile when a header, a
 * compiler or an option would make us disagree with them.
 *
 * The figures were measured from libuv's headers: 1.50 and 1.53 agree in all
 * of them, and 1.44 in those that were compared (docs/abi.md). Two fields
 * changed their names and stayed in place, see abi.h; what is asserted about
 * them is the place.
 *
 * They hold for 64-bit Linux. Where pthread's types lie inside or in front,
 * they hold for x86-64 only: a mutex has 48 bytes on aarch64. Elsewhere there
 * is nothing to compare with and the file is empty. It has no code. */
#include "base/abi.h"

#define SIZE(type, bytes)                                                     \
  _Static_assert(sizeof(type) == (bytes), "the size of " #type)
#define PLACE(type, field, offset)                                            \
  _Static_assert(offsetof(type, field) == (offset),                           \
                 "the place of " #type "." #field)

#ifdef UV__LAYOUT_IS_KNOWN

/* --- Parts --- */

SIZE(uv_file, 4);
SIZE(uv_os_sock_t, 4);
SIZE(uv_os_fd_t, 4);
SIZE(uv_pid_t, 4);
SIZE(uv_uid_t, 4);
SIZE(uv_gid_t, 4);
SIZE(struct uv__queue, 16);
SIZE(uv__io_t, 56);
PLACE(uv__io_t, UV__IO_CB_FIELD, 0);
PLACE(uv__io_t, pending_queue, 8);
PLACE(uv__io_t, watcher_queue, 24);
PLACE(uv__io_t, pevents, 40);
PLACE(uv__io_t, events, 44);
PLACE(uv__io_t, fd, 48);
SIZE(struct uv__work, 40);
PLACE(struct uv__work, work, 0);
PLACE(struct uv__work, done, 8);
PLACE(struct uv__work, loop, 16);
PLACE(struct uv__work, wq, 24);

/* --- Handles --- */

SIZE(uv_handle_t, 96);
PLACE(uv_handle_t, data, 0);
PLACE(uv_handle_t, loop, 8);
PLACE(uv_handle_t, type, 16);
PLACE(uv_handle_t, close_cb, 24);
PLACE(uv_handle_t, handle_queue, 32);
PLACE(uv_handle_t, next_closing, 80);
PLACE(uv_handle_t, flags, 88);
SIZE(uv_stream_t, 248);
PLACE(uv_stream_t, write_queue_size, 96);
PLACE(uv_stream_t, alloc_cb, 104);
PLACE(uv_stream_t, read_cb, 112);
PLACE(uv_stream_t, connect_req, 120);
PLACE(uv_stream_t, shutdown_req, 128);
PLACE(uv_stream_t, io_watcher, 136);
PLACE(uv_stream_t, write_queue, 192);
PLACE(uv_stream_t, connection_cb, 224);
PLACE(uv_stream_t, delayed_error, 232);
PLACE(uv_stream_t, accepted_fd, 236);
PLACE(uv_stream_t, queued_fds, 240);
SIZE(uv_tcp_t, 248);
SIZE(uv_udp_t, 216);
PLACE(uv_udp_t, send_queue_size, 96);
PLACE(uv_udp_t, send_queue_count, 104);
PLACE(uv_udp_t, alloc_cb, 112);
PLACE(uv_udp_t, recv_cb, 120);
PLACE(uv_udp_t, io_watcher, 128);
PLACE(uv_udp_t, write_queue, 184);
SIZE(uv_pipe_t, 264);
PLACE(uv_pipe_t, ipc, 248);
PLACE(uv_pipe_t, pipe_fname, 256);
SIZE(uv_tty_t, 312);
PLACE(uv_tty_t, orig_termios, 248);
PLACE(uv_tty_t, mode, 308);
SIZE(uv_poll_t, 160);
PLACE(uv_poll_t, poll_cb, 96);
PLACE(uv_poll_t, io_watcher, 104);
SIZE(uv_timer_t, 152);
PLACE(uv_timer_t, timer_cb, 96);
PLACE(uv_timer_t, timeout, 128);
PLACE(uv_timer_t, repeat, 136);
PLACE(uv_timer_t, start_id, 144);
SIZE(uv_prepare_t, 120);
PLACE(uv_prepare_t, prepare_cb, 96);
PLACE(uv_prepare_t, queue, 104);
SIZE(uv_check_t, 120);
PLACE(uv_check_t, check_cb, 96);
PLACE(uv_check_t, queue, 104);
SIZE(uv_idle_t, 120);
PLACE(uv_idle_t, idle_cb, 96);
PLACE(uv_idle_t, queue, 104);
SIZE(uv_async_t, 128);
PLACE(uv_async_t, async_cb, 96);
PLACE(uv_async_t, queue, 104);
PLACE(uv_async_t, pending, 120);
SIZE(uv_process_t, 136);
PLACE(uv_process_t, exit_cb, 96);
PLACE(uv_process_t, pid, 104);
PLACE(uv_process_t, queue, 112);
PLACE(uv_process_t, status, 128);
SIZE(uv_fs_event_t, 136);
PLACE(uv_fs_event_t, path, 96);
PLACE(uv_fs_event_t, cb, 104);
PLACE(uv_fs_event_t, watchers, 112);
PLACE(uv_fs_event_t, wd, 128);
SIZE(uv_fs_poll_t, 104);
PLACE(uv_fs_poll_t, poll_ctx, 96);
SIZE(uv_signal_t, 152);
PLACE(uv_signal_t, signal_cb, 96);
PLACE(uv_signal_t, signum, 104);
PLACE(uv_signal_t, tree_entry, 112);
PLACE(uv_signal_t, caught_signals, 144);
PLACE(uv_signal_t, dispatched_signals, 148);

/* --- Requests --- */

SIZE(uv_req_t, 64);
PLACE(uv_req_t, data, 0);
PLACE(uv_req_t, type, 8);
PLACE(uv_req_t, reserved, 16);
SIZE(uv_write_t, 192);
PLACE(uv_write_t, cb, 64);
PLACE(uv_write_t, send_handle, 72);
PLACE(uv_write_t, handle, 80);
PLACE(uv_write_t, queue, 88);
PLACE(uv_write_t, write_index, 104);
PLACE(uv_write_t, bufs, 112);
PLACE(uv_write_t, nbufs, 120);
PLACE(uv_write_t, error, 124);
PLACE(uv_write_t, bufsml, 128);
SIZE(uv_connect_t, 96);
PLACE(uv_connect_t, cb, 64);
PLACE(uv_connect_t, handle, 72);
PLACE(uv_connect_t, queue, 80);
SIZE(uv_shutdown_t, 80);
PLACE(uv_shutdown_t, handle, 64);
PLACE(uv_shutdown_t, cb, 72);
SIZE(uv_udp_send_t, 320);
PLACE(uv_udp_send_t, handle, 64);
PLACE(uv_udp_send_t, cb, 72);
PLACE(uv_udp_send_t, queue, 80);
PLACE(uv_udp_send_t, u, 96);
PLACE(uv_udp_send_t, nbufs, 224);
PLACE(uv_udp_send_t, bufs, 232);
PLACE(uv_udp_send_t, status, 240);
PLACE(uv_udp_send_t, send_cb, 248);
PLACE(uv_udp_send_t, bufsml, 256);
SIZE(uv_fs_t, 440);
PLACE(uv_fs_t, fs_type, 64);
PLACE(uv_fs_t, loop, 72);
PLACE(uv_fs_t, cb, 80);
PLACE(uv_fs_t, result, 88);
PLACE(uv_fs_t, ptr, 96);
PLACE(uv_fs_t, path, 104);
PLACE(uv_fs_t, statbuf, 112);
PLACE(uv_fs_t, new_path, 272);
PLACE(uv_fs_t, file, 280);
PLACE(uv_fs_t, flags, 284);
PLACE(uv_fs_t, mode, 288);
PLACE(uv_fs_t, nbufs, 292);
PLACE(uv_fs_t, bufs, 296);
PLACE(uv_fs_t, off, 304);
PLACE(uv_fs_t, uid, 312);
PLACE(uv_fs_t, gid, 316);
PLACE(uv_fs_t, atime, 320);
PLACE(uv_fs_t, mtime, 328);
PLACE(uv_fs_t, work_req, 336);
PLACE(uv_fs_t, bufsml, 376);
SIZE(uv_work_t, 128);
PLACE(uv_work_t, loop, 64);
PLACE(uv_work_t, work_cb, 72);
PLACE(uv_work_t, after_work_cb, 80);
PLACE(uv_work_t, work_req, 88);
SIZE(uv_random_t, 144);
PLACE(uv_random_t, loop, 64);
PLACE(uv_random_t, status, 72);
PLACE(uv_random_t, buf, 80);
PLACE(uv_random_t, buflen, 88);
PLACE(uv_random_t, cb, 96);
PLACE(uv_random_t, work_req, 104);
SIZE(uv_getaddrinfo_t, 160);
PLACE(uv_getaddrinfo_t, loop, 64);
PLACE(uv_getaddrinfo_t, work_req, 72);
PLACE(uv_getaddrinfo_t, cb, 112);
PLACE(uv_getaddrinfo_t, addrinfo, 144);
PLACE(uv_getaddrinfo_t, retcode, 152);
SIZE(uv_getnameinfo_t, 1320);
PLACE(uv_getnameinfo_t, loop, 64);
PLACE(uv_getnameinfo_t, work_req, 72);
PLACE(uv_getnameinfo_t, getnameinfo_cb, 112);
PLACE(uv_getnameinfo_t, storage, 120);
PLACE(uv_getnameinfo_t, flags, 248);
PLACE(uv_getnameinfo_t, host, 252);
PLACE(uv_getnameinfo_t, service, 1277);
PLACE(uv_getnameinfo_t, retcode, 1312);

/* --- What is neither --- */

SIZE(uv_dir_t, 56);
PLACE(uv_dir_t, dirents, 0);
PLACE(uv_dir_t, nentries, 8);
PLACE(uv_dir_t, dir, 48);
SIZE(uv_env_item_t, 16);
SIZE(uv_cpu_info_t, 56);
PLACE(uv_cpu_info_t, model, 0);
PLACE(uv_cpu_info_t, speed, 8);
PLACE(uv_cpu_info_t, cpu_times, 16);
SIZE(uv_interface_address_t, 80);
PLACE(uv_interface_address_t, name, 0);
PLACE(uv_interface_address_t, phys_addr, 8);
PLACE(uv_interface_address_t, is_internal, 16);
PLACE(uv_interface_address_t, address, 20);
PLACE(uv_interface_address_t, netmask, 48);
SIZE(uv_dirent_t, 16);
PLACE(uv_dirent_t, name, 0);
PLACE(uv_dirent_t, type, 8);
SIZE(uv_passwd_t, 40);
PLACE(uv_passwd_t, username, 0);
PLACE(uv_passwd_t, uid, 8);
PLACE(uv_passwd_t, gid, 16);
PLACE(uv_passwd_t, shell, 24);
PLACE(uv_passwd_t, homedir, 32);
SIZE(uv_group_t, 24);
SIZE(uv_utsname_t, 1024);
SIZE(uv_statfs_t, 88);
PLACE(uv_statfs_t, f_type, 0);
PLACE(uv_statfs_t, f_ffree, 48);
SIZE(uv_metrics_t, 128);
PLACE(uv_metrics_t, loop_count, 0);
PLACE(uv_metrics_t, events, 8);
PLACE(uv_metrics_t, events_waiting, 16);
SIZE(uv_stat_t, 160);
PLACE(uv_stat_t, st_dev, 0);
PLACE(uv_stat_t, st_size, 56);
PLACE(uv_stat_t, st_atim, 96);
PLACE(uv_stat_t, st_mtim, 112);
PLACE(uv_stat_t, st_ctim, 128);
PLACE(uv_stat_t, st_birthtim, 144);
SIZE(uv_timespec_t, 16);
SIZE(uv_timespec64_t, 16);
SIZE(uv_timeval_t, 16);
SIZE(uv_timeval64_t, 16);
SIZE(uv_rusage_t, 144);
SIZE(uv_buf_t, 16);
PLACE(uv_buf_t, base, 0);
PLACE(uv_buf_t, len, 8);
SIZE(uv_lib_t, 16);
PLACE(uv_lib_t, handle, 0);
PLACE(uv_lib_t, errmsg, 8);
SIZE(uv_process_options_t, 64);
PLACE(uv_process_options_t, exit_cb, 0);
PLACE(uv_process_options_t, file, 8);
PLACE(uv_process_options_t, args, 16);
PLACE(uv_process_options_t, env, 24);
PLACE(uv_process_options_t, cwd, 32);
PLACE(uv_process_options_t, flags, 40);
PLACE(uv_process_options_t, stdio_count, 44);
PLACE(uv_process_options_t, stdio, 48);
PLACE(uv_process_options_t, uid, 56);
PLACE(uv_process_options_t, gid, 60);
SIZE(uv_stdio_container_t, 16);
PLACE(uv_stdio_container_t, flags, 0);
PLACE(uv_stdio_container_t, data, 8);
SIZE(uv_thread_options_t, 16);
PLACE(uv_thread_options_t, flags, 0);
PLACE(uv_thread_options_t, stack_size, 8);

/* --- The loop, up to its mutex --- */

PLACE(uv_loop_t, data, 0);
PLACE(uv_loop_t, active_handles, 8);
PLACE(uv_loop_t, handle_queue, 16);
PLACE(uv_loop_t, active_reqs, 32);
PLACE(uv_loop_t, internal_fields, 40);
PLACE(uv_loop_t, stop_flag, 48);
PLACE(uv_loop_t, flags, 56);
PLACE(uv_loop_t, backend_fd, 64);
PLACE(uv_loop_t, pending_queue, 72);
PLACE(uv_loop_t, watchers, 104);
PLACE(uv_loop_t, nwatchers, 112);
PLACE(uv_loop_t, nfds, 116);
PLACE(uv_loop_t, wq, 120);
PLACE(uv_loop_t, wq_mutex, 136);

#ifdef UV__PTHREAD_LAYOUT_IS_KNOWN

/* --- What pthread's types are part of --- */

SIZE(uv_once_t, 4);
SIZE(uv_thread_t, 8);
SIZE(uv_mutex_t, 40);
SIZE(uv_rwlock_t, 56);
SIZE(uv_sem_t, 32);
SIZE(uv_cond_t, 48);
SIZE(uv_key_t, 4);
SIZE(uv_barrier_t, 32);
SIZE(uv_loop_t, 848);
PLACE(uv_loop_t, wq_async, 176);
PLACE(uv_loop_t, closing_handles, 360);
PLACE(uv_loop_t, async_io_watcher, 456);
PLACE(uv_loop_t, timer_heap, 520);
PLACE(uv_loop_t, time, 544);
PLACE(uv_loop_t, signal_pipefd, 552);
PLACE(uv_loop_t, signal_io_watcher, 560);
PLACE(uv_loop_t, child_watcher, 616);
PLACE(uv_loop_t, emfile_fd, 768);
PLACE(uv_loop_t, inotify_fd, 840);

#endif
#endif
