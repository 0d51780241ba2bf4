/* SPDX-License-Identifier: MIT */
/* Differential driver: the trace's lines, and helpers of the scenarios. */
#include "trace.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void say(const char* format, ...) {
  va_list args;
  va_start(args, format);
  printf("|");
  vprintf(format, args);
  printf("\n");
  va_end(args);
}

void say_in(const char* lane, const char* format, ...) {
  va_list args;
  va_start(args, format);
  printf("%s|", lane);
  vprintf(format, args);
  printf("\n");
  va_end(args);
}

const char* num(ssize_t result) {
  static char texts[8][32];
  static unsigned next;
  char* room = texts[next++ % COUNT(texts)];
  if (result < 0) return uv_err_name_r((int) result, room, sizeof(texts[0]));
  snprintf(room, sizeof(texts[0]), "%zd", result);
  return room;
}

void must(ssize_t result, const char* call, const char* file, int line) {
  if (result >= 0) return;
  fflush(stdout);
  fprintf(stderr, "%s:%d: %s: %s\n", file, line, call, num(result));
  exit(3);
}

const struct sockaddr* local(int port) {
  static struct sockaddr_in address;
  MUST(uv_ip4_addr("127.0.0.1", port, &address));
  return (const struct sockaddr*) &address;
}

int port_of_tcp(const uv_tcp_t* tcp) {
  struct sockaddr_in address;
  int length = sizeof(address);
  MUST(uv_tcp_getsockname(tcp, (struct sockaddr*) &address, &length));
  return ntohs(address.sin_port);
}

int port_of_udp(const uv_udp_t* udp) {
  struct sockaddr_in address;
  int length = sizeof(address);
  MUST(uv_udp_getsockname(udp, (struct sockaddr*) &address, &length));
  return ntohs(address.sin_port);
}

void on_close(uv_handle_t* handle) {
  const char* name = handle->data;
  if (name == NULL) name = uv_handle_type_name(handle->type);
  say("closed %s", name);
}

void end(void* handle) {
  if (!uv_is_closing(handle)) uv_close(handle, on_close);
}

void alloc_large(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  (void) handle, (void) hint;
  static char room[65536];
  *buf = uv_buf_init(room, sizeof(room));
}

void alloc_small(uv_handle_t* handle, size_t hint, uv_buf_t* buf) {
  (void) handle, (void) hint;
  static char room[7];
  *buf = uv_buf_init(room, sizeof(room));
}

uv_buf_t text(const char* words) {
  return uv_buf_init((char*) words, (unsigned) strlen(words));
}
