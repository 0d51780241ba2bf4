/* SPDX-License-Identifier: MIT */
/* Argument checks: things to pass, and callbacks; see cases.h. */
#include "cases.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const struct sockaddr* local(void) {
  static struct sockaddr_in addr;
  uv_ip4_addr("127.0.0.1", 0, &addr);
  return (struct sockaddr*) &addr;
}

const struct sockaddr* local6(void) {
  static struct sockaddr_in6 addr;
  uv_ip6_addr("::1", 9, &addr);
  return (struct sockaddr*) &addr;
}

const struct sockaddr* strange(void) {
  static struct sockaddr_storage addr;
  addr.ss_family = 77;
  return (struct sockaddr*) &addr;
}

const struct sockaddr* far(void) {
  static struct sockaddr_in addr;
  if (addr.sin_family != 0) return (struct sockaddr*) &addr;
  socklen_t size = sizeof(addr);
  int fd = socket_fd(SOCK_DGRAM);
  if (bind(fd, local(), size) != 0) _exit(1);
  getsockname(fd, (struct sockaddr*) &addr, &size);
  return (struct sockaddr*) &addr;
}

uv_buf_t* one_byte(void) {
  static uv_buf_t buf;
  buf = uv_buf_init((char*) "x", 1);
  return &buf;
}

uv_buf_t* no_bytes(void) {
  static uv_buf_t buf;
  buf = uv_buf_init((char*) "x", 0);
  return &buf;
}

uv_buf_t* huge(void) {
  static uv_buf_t buf;
  buf = uv_buf_init(NULL, 0x7ffff001);
  return &buf;
}

uv_buf_t* huge_sum(void) {
  static uv_buf_t bufs[2];
  bufs[0] = uv_buf_init(NULL, 0x7ffff000);
  bufs[1] = uv_buf_init(NULL, 1);
  return bufs;
}

struct sockaddr* room_for_name(void) {
  static struct sockaddr_storage name;
  return (struct sockaddr*) &name;
}

int* length_of(int size) {
  static int length;
  length = size;
  return &length;
}

size_t* size_of(size_t size) {
  static size_t length;
  length = size;
  return &length;
}

char* room(void) {
  static char text[4096];
  return text;
}

int file_fd(void) {
  int fd = open(file_path(), O_RDWR);
  if (fd < 0) _exit(1);
  return fd;
}

int read_end(void) {
  int fds[2];
  if (pipe(fds) != 0) _exit(1);
  return fds[0];
}

int socket_fd(int type) {
  int fd = socket(AF_INET, type, 0);
  if (fd < 0) _exit(1);
  return fd;
}

const char* file_path(void) {
  int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || write(fd, "x", 1) != 1) _exit(1);
  close(fd);
  return "file";
}

const char* long_path(void) {
  static char path[8192];
  memset(path, 'x', sizeof(path) - 1);
  return path;
}

/* --- Callbacks -------------------------------------------------------------
 */

void on_close(uv_handle_t* handle) {
  (void) handle;
}

void on_alloc(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  static char bytes[65536];
  (void) handle;
  (void) hint;
  *buf = uv_buf_init(bytes, sizeof(bytes));
}

void on_alloc_none(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  (void) handle;
  (void) hint;
  *buf = uv_buf_init(NULL, 0);
}

void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  (void) stream;
  (void) buf;
  tell(count);
}

void on_recv(uv_udp_t* udp, ssize_t count, const uv_buf_t* buf,
             const struct sockaddr* addr, unsigned flags) {
  (void) udp;
  (void) buf;
  (void) addr;
  (void) flags;
  tell(count);
}

void on_connection(uv_stream_t* server, int status) {
  (void) server;
  tell(status);
}

void on_write(uv_write_t* req, int status) {
  (void) req;
  tell(status);
}

void on_connect(uv_connect_t* req, int status) {
  (void) req;
  tell(status);
}

void on_shutdown(uv_shutdown_t* req, int status) {
  (void) req;
  tell(status);
}

void on_send(uv_udp_send_t* req, int status) {
  (void) req;
  tell(status);
}

void on_timer(uv_timer_t* timer) {
  (void) timer;
  tell(0);
}

void on_fs(uv_fs_t* req) {
  tell(req->result);
}
