/* SPDX-License-Identifier: MIT */
/* Differential driver: one program, linked once against libuv.so.1, run on the
 * distribution's library and on ours.
 *
 *   driver --list                  names of the scenarios
 *   driver --which                 version of the library it runs on, and whose
 *   driver [--no-zero-timers] NAME the trace of a scenario, or of seed-<n>
 *
 * Run it in an empty directory of its own. It ends itself after 30 s. */
#include "trace.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct family* const families[] = {
  &timer_family,   &phase_family,  &loop_family, &tcp_family,
  &tcp_end_family, &behind_family, &pipe_family, &udp_family,
  &signal_family,  &async_family,  &poll_family, &process_family,
  &file_family,    &watch_family,  &pool_family, &text_family,
};

static void close_rest(uv_handle_t* handle, void* arg) {
  (void) arg;
  if (!uv_is_closing(handle)) {
    say("left open: %s", uv_handle_type_name(handle->type));
    uv_close(handle, NULL);
  }
}

/* The loop is made, used, emptied and closed. */
static int play(void (*run)(uv_loop_t*), unsigned seed, int zero_timers) {
  uv_loop_t loop;
  MUST(uv_loop_init(&loop));
  if (run != NULL)
    run(&loop);
  else
    run_seed(&loop, seed, zero_timers);
  uv_walk(&loop, close_rest, NULL);
  TRY(uv_run(&loop, UV_RUN_DEFAULT));
  TRY(uv_loop_close(&loop));
  return 0;
}

static int list(void) {
  for (size_t f = 0; f < COUNT(families); f++)
    for (size_t i = 0; i < families[f]->count; i++)
      puts(families[f]->scenarios[i].name);
  return 0;
}

/* Only Pollux exports names of its own. */
static int which(void) {
  bool is_pollux = dlsym(RTLD_DEFAULT, "pollux_monitor_name") != NULL;
  printf("%s %s\n", uv_version_string(), is_pollux ? "pollux" : "libuv");
  return 0;
}

int main(int argc, char** argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  alarm(30);
  if (argc == 2 && strcmp(argv[1], "--list") == 0) return list();
  if (argc == 2 && strcmp(argv[1], "--which") == 0) return which();
  int zero_timers = argc < 3 || strcmp(argv[1], "--no-zero-timers") != 0;
  if (argc < 2) return 2;
  const char* name = argv[argc - 1];
  if (strncmp(name, "seed-", 5) == 0)
    return play(NULL, (unsigned) strtoul(name + 5, NULL, 10), zero_timers);
  for (size_t f = 0; f < COUNT(families); f++)
    for (size_t i = 0; i < families[f]->count; i++)
      if (strcmp(families[f]->scenarios[i].name, name) == 0)
        return play(families[f]->scenarios[i].run, 0, 0);
  fprintf(stderr, "no scenario is called %s\n", name);
  return 2;
}
