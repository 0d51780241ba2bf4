/* SPDX-License-Identifier: MIT */
/* Fault sweep: the scenarios. Whatever fails is noted and ends that branch; the
 * guard closes all that is left. If it has to although nothing was reported,
 * the library has swallowed an error and got stuck. */
#include "fault.h"

#include "pollux.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GUARD_MS 3000
#define FILES 8
#define BIG (400 * 1024)

static int asked, answered, troubles;
static bool is_stuck;
static uv_timer_t guard;
static char big[BIG];

/* The result of a call that is answered by a callback. */
static bool ask(int rc) {
  if (rc >= 0)
    asked++;
  else
    troubles++;
  return rc >= 0;
}

/* The result of any other call. */
static bool check(int rc) {
  if (rc < 0) troubles++;
  return rc >= 0;
}

static void answer(ssize_t status) {
  answered++;
  if (status < 0) troubles++;
}

static void on_close(uv_handle_t* handle) {
  (void) handle;
  answered++;
}

static void end(void* handle) {
  if (uv_is_closing(handle)) return;
  asked++;
  uv_close(handle, on_close);
}

static void end_each(uv_handle_t* handle, void* arg) {
  (void) arg;
  end(handle);
}

static void end_all(uv_loop_t* loop) {
  uv_walk(loop, end_each, NULL);
}

static void on_guard(uv_timer_t* timer) {
  if (troubles == 0) is_stuck = true;
  end_all(timer->loop);
}

static void alloc(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  (void) handle, (void) hint;
  static char room[65536];
  *buf = uv_buf_init(room, sizeof(room));
}

static uv_buf_t text(const char* words) {
  return uv_buf_init((char*) words, (unsigned) strlen(words));
}

/* The scenario is over when it has met trouble or done its last step. */
static void over(void* handle) {
  end_all(((uv_handle_t*) handle)->loop);
}

/* --- Streams -------------------------------------------------------------- */

static uv_tcp_t tcp_server, tcp_client, tcp_peer, tcp_received;
static uv_pipe_t pipe_server, pipe_client, pipe_peer;
static uv_connect_t connecting;
static uv_write_t writes[3];
static uv_shutdown_t shutting;
static size_t received, expected;

static void on_write(uv_write_t* req, int status) {
  answer(status);
  if (status < 0) over(req->handle);
}

static void on_shutdown(uv_shutdown_t* req, int status) {
  answer(status);
  if (status < 0) over(req->handle);
}

static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void) buf;
  if (count > 0) received += (size_t) count;
  if (count >= 0) return;
  if (count != UV_EOF) troubles++;
  if (count == UV_EOF && troubles == 0 && received != expected) is_stuck = true;
  over(stream);
}

static void on_connect(uv_connect_t* req, int status) {
  answer(status);
  uv_stream_t* stream = req->handle;
  uv_buf_t large = uv_buf_init(big, BIG);
  uv_buf_t parts[6];
  for (int i = 0; i < 6; i++) parts[i] = text("part");
  expected = BIG + 6 * 4;
  if (status < 0 || !ask(uv_write(&writes[0], stream, &large, 1, on_write)) ||
      !ask(uv_write(&writes[1], stream, parts, 6, on_write)) ||
      !ask(uv_shutdown(&shutting, stream, on_shutdown)))
    over(stream);
}

static void on_connection(uv_stream_t* server, int status) {
  if (!check(status)) return; /* Another chance comes, or the guard. */
  uv_stream_t* peer = (uv_stream_t*) &tcp_peer;
  if (server == (uv_stream_t*) &pipe_server) {
    peer = (uv_stream_t*) &pipe_peer;
    check(uv_pipe_init(server->loop, &pipe_peer, 0));
  } else {
    check(uv_tcp_init(server->loop, &tcp_peer));
  }
  if (!check(uv_accept(server, peer)) ||
      !check(uv_read_start(peer, alloc, on_read)))
    over(server);
}

static void play_tcp(uv_loop_t* loop) {
  struct sockaddr_in address;
  struct sockaddr* name = (struct sockaddr*) &address;
  int length = sizeof(address);
  check(uv_ip4_addr("127.0.0.1", 0, &address));
  check(uv_tcp_init(loop, &tcp_server));
  check(uv_tcp_init(loop, &tcp_client));
  if (!check(uv_tcp_bind(&tcp_server, name, 0)) ||
      !check(uv_listen((uv_stream_t*) &tcp_server, 8, on_connection)) ||
      !check(uv_tcp_getsockname(&tcp_server, name, &length)) ||
      !ask(uv_tcp_connect(&connecting, &tcp_client, name, on_connect)))
    end_all(loop);
}

static void play_pipe(uv_loop_t* loop) {
  check(uv_pipe_init(loop, &pipe_server, 0));
  check(uv_pipe_init(loop, &pipe_client, 0));
  if (!check(uv_pipe_bind(&pipe_server, "sock")) ||
      !check(uv_listen((uv_stream_t*) &pipe_server, 8, on_connection))) {
    end_all(loop);
    return;
  }
  uv_pipe_connect(&connecting, &pipe_client, "sock", on_connect);
  asked++;
}

static void on_handle(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void) buf;
  if (count < 0) {
    check((int) count);
    over(stream);
    return;
  }
  if (uv_pipe_pending_count((uv_pipe_t*) stream) > 0) {
    check(uv_tcp_init(stream->loop, &tcp_received));
    check(uv_accept(stream, (uv_stream_t*) &tcp_received));
    received++;
  }
  if (received > 0 || troubles > 0) over(stream); /* Two were never taken. */
}

static void play_passing(uv_loop_t* loop) {
  struct sockaddr_in address;
  uv_os_sock_t fds[2];
  uv_buf_t buf = text("x");
  check(uv_ip4_addr("127.0.0.1", 0, &address));
  check(uv_tcp_init(loop, &tcp_client));
  check(uv_pipe_init(loop, &pipe_client, 1));
  check(uv_pipe_init(loop, &pipe_peer, 1));
  if (!check(uv_tcp_bind(&tcp_client, (struct sockaddr*) &address, 0)) ||
      !check(uv_socketpair(SOCK_STREAM, 0, fds, UV_NONBLOCK_PIPE,
                           UV_NONBLOCK_PIPE))) {
    end_all(loop);
    return;
  }
  bool is_open = check(uv_pipe_open(&pipe_client, fds[0]));
  if (!is_open) close(fds[0]);
  bool are_open = check(uv_pipe_open(&pipe_peer, fds[1])) && is_open;
  if (pipe_peer.io_watcher.fd == -1) close(fds[1]);
  bool ok = are_open;
  for (int i = 0; ok && i < 3; i++)
    ok = ask(uv_write2(&writes[i], (uv_stream_t*) &pipe_client, &buf, 1,
                       (uv_stream_t*) &tcp_client, on_write));
  if (!ok || !check(uv_read_start((uv_stream_t*) &pipe_peer, alloc, on_handle)))
    end_all(loop);
}

/* --- Datagrams, descriptors, signals -------------------------------------- */

static uv_udp_t udp;
static uv_udp_send_t sends[6]; /* The first alone, the others as a piece. */
static uv_poll_t poll_handle;
static uv_signal_t signal_handle;
static uv_async_t async;
static int poll_fds[2];

static void on_sent(uv_udp_send_t* req, int status) {
  answer(status);
  if (status < 0) over(req->handle);
}

static void on_datagram(uv_udp_t* handle, ssize_t count, const uv_buf_t* buf,
                        const struct sockaddr* from, unsigned flags) {
  (void) buf, (void) flags;
  check((int) count);
  if (from != NULL) received++;
  if (count < 0 || received == 6) over(handle);
}

static void play_udp(uv_loop_t* loop) {
  struct sockaddr_in address;
  struct sockaddr* name = (struct sockaddr*) &address;
  int length = sizeof(address);
  uv_buf_t parts[6];
  for (int i = 0; i < 6; i++) parts[i] = text("part");
  check(uv_ip4_addr("127.0.0.1", 0, &address));
  check(uv_udp_init(loop, &udp));
  bool ok = check(uv_udp_bind(&udp, name, 0)) &&
            check(uv_udp_getsockname(&udp, name, &length)) &&
            check(uv_udp_recv_start(&udp, alloc, on_datagram));
  for (int i = 0; ok && i < 6; i++)
    ok = ask(uv_udp_send(&sends[i], &udp, parts, 6, name, on_sent));
  if (!ok) end_all(loop);
}

static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) events;
  check(status);
  received++;
  if (received == 1 && check(uv_poll_start(handle, UV_WRITABLE, on_poll)))
    return;
  over(handle);
}

static void play_poll(uv_loop_t* loop) {
  if (!check(uv_pipe(poll_fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE))) {
    poll_fds[0] = poll_fds[1] = -1;
    end_all(loop);
    return;
  }
  close(poll_fds[0]);
  close(poll_fds[1]);
  if (!check(uv_socketpair(SOCK_STREAM, 0, poll_fds, 0, 0))) {
    end_all(loop);
    return;
  }
  bool ok = check(uv_poll_init(loop, &poll_handle, poll_fds[0])) &&
            check(uv_poll_start(&poll_handle, UV_READABLE, on_poll));
  if (!ok || send(poll_fds[1], "x", 1, 0) != 1) end_all(loop);
  uv_run(loop, UV_RUN_DEFAULT);
  close(poll_fds[0]);
  close(poll_fds[1]);
}

static void on_async(uv_async_t* handle) {
  over(handle);
}

static void on_signal(uv_signal_t* handle, int number) {
  (void) number;
  check(uv_signal_stop(handle));
  check(uv_async_send(&async));
}

static void play_signal(uv_loop_t* loop) {
  if (!check(uv_async_init(loop, &async, on_async)) ||
      !check(uv_signal_init(loop, &signal_handle)) ||
      !check(uv_signal_start(&signal_handle, on_signal, SIGUSR1))) {
    end_all(loop);
    return;
  }
  raise(SIGUSR1);
}

/* --- Processes, files, the pool ------------------------------------------- */

static uv_process_t child;
static uv_fs_event_t event;
static uv_fs_poll_t file_poll;
static uv_work_t work;
static uv_getaddrinfo_t resolving;
static uv_fs_t file_reqs[8];
static int child_events;

/* The exit and the output's end. */
static void on_child_event(void* handle) {
  if (++child_events == 2) over(handle);
}

static void on_exit_of(uv_process_t* process, int64_t status, int number) {
  answered++;
  if (status != 0 || number != 0) troubles++;
  on_child_event(process);
}

static void on_output(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void) buf;
  if (count >= 0) return;
  if (count != UV_EOF) troubles++;
  uv_read_stop(stream);
  on_child_event(stream);
}

static void play_spawn(uv_loop_t* loop) {
  char* args[] = { (char*) "sh", (char*) "-c", (char*) "echo words", NULL };
  uv_stdio_container_t stdio[3];
  uv_process_options_t options;
  memset(&options, 0, sizeof(options));
  memset(stdio, 0, sizeof(stdio));
  stdio[0].flags = UV_IGNORE;
  stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
  stdio[1].data.stream = (uv_stream_t*) &pipe_client;
  stdio[2].flags = UV_IGNORE;
  options.file = "sh";
  options.args = args;
  options.exit_cb = on_exit_of;
  options.stdio = stdio;
  options.stdio_count = 3;
  check(uv_pipe_init(loop, &pipe_client, 0));
  if (!ask(uv_spawn(loop, &child, &options)) ||
      !check(uv_read_start((uv_stream_t*) &pipe_client, alloc, on_output))) {
    if (uv_is_active((uv_handle_t*) &child)) asked--; /* No exit is seen. */
    end_all(loop);
  }
}

static void on_event(uv_fs_event_t* handle, const char* name, int events,
                     int status) {
  (void) name, (void) events;
  check(status);
  over(handle);
}

static void play_watch(uv_loop_t* loop) {
  if (!check(uv_fs_event_init(loop, &event)) ||
      !check(uv_fs_event_start(&event, on_event, ".", 0))) {
    end_all(loop);
    return;
  }
  int fd = creat("file", 0600);
  if (fd < 0) end_all(loop);
  close(fd);
}

static void on_change(uv_fs_poll_t* handle, int status, const uv_stat_t* before,
                      const uv_stat_t* after) {
  (void) before, (void) after;
  check(status);
  over(handle);
}

static void play_fs_poll(uv_loop_t* loop) {
  if (!check(uv_fs_poll_init(loop, &file_poll)) ||
      !check(uv_fs_poll_start(&file_poll, on_change, "nothing", 10)))
    end_all(loop);
}

static void on_file(uv_fs_t* req) {
  answer(req->result);
  if (req->fs_type == UV_FS_OPEN && req->result >= 0) {
    uv_fs_t closing;
    check(uv_fs_close(NULL, &closing, (uv_file) req->result, NULL));
    uv_fs_req_cleanup(&closing);
  }
  uv_dirent_t entry;
  if (req->fs_type == UV_FS_SCANDIR)
    while (uv_fs_scandir_next(req, &entry) == 0) continue;
  if (req->fs_type == UV_FS_OPENDIR && req->result >= 0) {
    uv_dir_t* dir = req->ptr;
    uv_fs_t more;
    uv_dirent_t entries[4];
    dir->dirents = entries;
    dir->nentries = 4;
    check(uv_fs_readdir(NULL, &more, dir, NULL));
    uv_fs_req_cleanup(&more);
    check(uv_fs_closedir(NULL, &more, dir, NULL));
    uv_fs_req_cleanup(&more);
  }
  uv_loop_t* loop = req->loop;
  uv_fs_req_cleanup(req);
  if (++received == FILES) end_all(loop);
}

static void play_files(uv_loop_t* loop) {
  FILE* file = fopen("file", "w");
  if (file == NULL) return;
  fprintf(file, "words\n");
  fclose(file);
  int rcs[] = {
    uv_fs_open(loop, &file_reqs[0], "file", O_RDWR, 0, on_file),
    uv_fs_scandir(loop, &file_reqs[1], ".", 0, on_file),
    uv_fs_opendir(loop, &file_reqs[2], ".", on_file),
    uv_fs_copyfile(loop, &file_reqs[3], "file", "copy", 0, on_file),
    uv_fs_mkdtemp(loop, &file_reqs[4], "temp-XXXXXX", on_file),
    uv_fs_readlink(loop, &file_reqs[5], "/proc/self/exe", on_file),
    uv_fs_realpath(loop, &file_reqs[6], ".", on_file),
    uv_fs_stat(loop, &file_reqs[7], "file", on_file),
  };
  for (int i = 0; i < 8; i++)
    if (!ask(rcs[i])) {
      received++;
      uv_fs_req_cleanup(&file_reqs[i]);
    }
  if (received == FILES) end_all(loop);
}

static void do_work(uv_work_t* req) {
  (void) req;
}

static void after_work(uv_work_t* req, int status) {
  answer(status);
  if (++received == 2) end_all(req->loop);
}

static void on_addresses(uv_getaddrinfo_t* req, int status,
                         struct addrinfo* list) {
  answer(status);
  uv_freeaddrinfo(list);
  if (++received == 2) end_all(req->loop);
}

static void play_pool(uv_loop_t* loop) {
  if (!ask(uv_queue_work(loop, &work, do_work, after_work))) received++;
  if (!ask(uv_getaddrinfo(loop, &resolving, on_addresses, "127.0.0.1", "80",
                          NULL)))
    received++;
  if (received == 2) end_all(loop);
}

const struct fault_scenario fault_scenarios[] = {
  { "tcp", play_tcp },     { "pipe", play_pipe },   { "passing", play_passing },
  { "udp", play_udp },     { "poll", play_poll },   { "signal", play_signal },
  { "spawn", play_spawn }, { "watch", play_watch }, { "fs_poll", play_fs_poll },
  { "files", play_files }, { "pool", play_pool },
};
const size_t fault_scenario_count =
    sizeof(fault_scenarios) / sizeof(fault_scenarios[0]);

static const char* used_monitor = "none";

const char* fault_monitor(void) {
  return used_monitor;
}

const char* fault_play(const struct fault_scenario* scenario) {
  uv_loop_t loop;
  asked = answered = troubles = child_events = 0;
  received = expected = 0;
  is_stuck = false;
  if (uv_loop_init(&loop) != 0) return NULL;
  check(uv_timer_init(&loop, &guard));
  check(uv_timer_start(&guard, on_guard, GUARD_MS, 0));
  scenario->play(&loop);
  uv_run(&loop, UV_RUN_DEFAULT);
  used_monitor = pollux_monitor_name(&loop);
  static char words[80];
  if (uv_loop_close(&loop) != 0) return "the loop cannot be closed";
  if (is_stuck) return "stuck or data lost, and no error was reported";
  if (asked == answered) return NULL;
  snprintf(words, sizeof(words), "%d asked, %d answered", asked, answered);
  return words;
}
