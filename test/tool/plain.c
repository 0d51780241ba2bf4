/* SPDX-License-Identifier: MIT */
/* A program that needs libuv.so.1, for the tests of the command `pollux`. It
 * says which library it got, and then does what its first word asks for:
 *
 *   exit N    ends with the code N
 *   die N     ends by the signal N
 *   words ... prints its words
 *   env NAME  prints a variable
 *   wait      says `ready`, waits for SIGTERM or SIGUSR1, and prints its number
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static void on_timer(uv_timer_t* timer) {
  uv_close((uv_handle_t*) timer, NULL);
}

static void close_one(uv_handle_t* handle, void* nothing) {
  (void) nothing;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static void on_signal(uv_signal_t* handle, int number) {
  printf("signal %d\n", number);
  uv_walk(handle->loop, close_one, NULL);
}

static void wait_for_signal(uv_loop_t* loop) {
  static uv_signal_t handles[2];
  const int numbers[] = { SIGTERM, SIGUSR1 };
  for (int i = 0; i < 2; i++) {
    uv_signal_init(loop, &handles[i]);
    uv_signal_start(&handles[i], on_signal, numbers[i]);
  }
  puts("ready");
  fflush(stdout);
}

int main(int argc, char** argv) {
  const char* wish = argc > 1 ? argv[1] : "";
  const char* word = argc > 2 ? argv[2] : "0";
  const int is_pollux = dlsym(RTLD_DEFAULT, "pollux_monitor_name") != NULL;
  uv_loop_t loop;
  uv_timer_t timer;
  puts(is_pollux ? "on Pollux" : "on another libuv");
  fflush(stdout);
  if (uv_loop_init(&loop) != 0) return 99;
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, on_timer, 1, 0);
  if (strcmp(wish, "wait") == 0) wait_for_signal(&loop);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&loop) != 0) return 98;
  if (strcmp(wish, "die") == 0) raise(atoi(word));
  if (strcmp(wish, "env") == 0) printf("[%s]\n", getenv(word));
  for (int i = 2; strcmp(wish, "words") == 0 && i < argc; i++)
    printf("[%s]\n", argv[i]);
  return strcmp(wish, "exit") == 0 ? atoi(word) : 0;
}
