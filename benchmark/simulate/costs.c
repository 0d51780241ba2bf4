/* SPDX-License-Identifier: MIT */
/* What do the things cost that the simulation (simulate.c) adds up? Clock reads
 * at the edge of an epoch, a look at the kernel, and round trips of 64 bytes
 * between two threads over TCP and over an eventfd, where both ends sleep, one
 * spins, or both do: CPU time of each end, and time per round trip.
 *
 * Bare system calls, no library: the same on any of them. One line per figure,
 * the best of several runs, since a disturbance only ever adds. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 2000, RUNS = 15, ROUNDS = 4000, MESSAGE = 64 };

#define CHECK(claim)                                                           \
  do {                                                                         \
    if (!(claim)) {                                                            \
      fprintf(stderr, "%s:%d: " #claim "\n", __FILE__, __LINE__);              \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

static uint64_t read_clock(clockid_t id) {
  struct timespec now;
  CHECK(clock_gettime(id, &now) == 0);
  return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

/* --- Single calls --------------------------------------------------------- */

static int quiet_epoll_fd;

static void read_monotonic(void) {
  (void) read_clock(CLOCK_MONOTONIC);
}
static void read_cpu(void) {
  (void) read_clock(CLOCK_THREAD_CPUTIME_ID);
}
static void read_usage(void) {
  struct rusage usage;
  CHECK(getrusage(RUSAGE_THREAD, &usage) == 0);
}
static void look(void) {
  struct epoll_event event;
  CHECK(epoll_wait(quiet_epoll_fd, &event, 1, 0) == 0);
}

static void time_call(const char* name, void (*call)(void)) {
  uint64_t best_ns = UINT64_MAX;
  for (int run = 0; run < RUNS; run++) {
    uint64_t from_ns = read_clock(CLOCK_MONOTONIC);
    for (int i = 0; i < CALLS; i++) call();
    uint64_t took_ns = read_clock(CLOCK_MONOTONIC) - from_ns;
    if (took_ns < best_ns) best_ns = took_ns;
  }
  printf("%-34s %8.0f ns\n", name, (double) best_ns / CALLS);
}

/* --- Round trips ---------------------------------------------------------- */

struct end {
  int in_fd, out_fd, cpu;
  size_t size;
  bool spins, begins;
  uint64_t cpu_ns, wall_ns;
};

static void pass(const struct end* end, int epoll_fd, bool receives) {
  char bytes[MESSAGE] = { 1 };
  struct epoll_event event;
  while (receives && epoll_wait(epoll_fd, &event, 1, end->spins ? 0 : -1) == 0)
    continue;
  if (receives)
    CHECK(read(end->in_fd, bytes, end->size) == (ssize_t) end->size);
  CHECK(write(end->out_fd, bytes, end->size) == (ssize_t) end->size);
}

static void* run_end(void* argument) {
  struct end* end = argument;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET((unsigned) end->cpu, &cpus);
  CHECK(pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus) == 0);
  int epoll_fd = epoll_create1(0);
  struct epoll_event event = { .events = EPOLLIN };
  CHECK(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, end->in_fd, &event) == 0);
  uint64_t cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID);
  uint64_t from_ns = read_clock(CLOCK_MONOTONIC);
  for (int i = 0; i < ROUNDS; i++) pass(end, epoll_fd, !end->begins || i > 0);
  end->cpu_ns = read_clock(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
  end->wall_ns = read_clock(CLOCK_MONOTONIC) - from_ns;
  close(epoll_fd);
  return NULL;
}

static void open_tcp(struct end ends[2]) {
  struct sockaddr_in at = { .sin_family = AF_INET };
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(at);
  int listen_fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind(listen_fd, (struct sockaddr*) &at, size) == 0);
  CHECK(listen(listen_fd, 1) == 0);
  CHECK(getsockname(listen_fd, (struct sockaddr*) &at, &size) == 0);
  int fds[2] = { socket(AF_INET, SOCK_STREAM, 0), -1 };
  CHECK(connect(fds[0], (struct sockaddr*) &at, size) == 0);
  fds[1] = accept(listen_fd, NULL, NULL);
  CHECK(fds[1] >= 0);
  close(listen_fd);
  for (int i = 0; i < 2; i++) {
    int one = 1;
    CHECK(setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
    ends[i] =
        (struct end){ .in_fd = fds[i], .out_fd = fds[i], .size = MESSAGE };
  }
}

static void open_eventfds(struct end ends[2]) {
  int fds[2] = { eventfd(0, 0), eventfd(0, 0) };
  for (int i = 0; i < 2; i++)
    ends[i] = (struct end){ .in_fd = fds[i],
                            .out_fd = fds[1 - i],
                            .size = sizeof(uint64_t) };
}

static void time_trips(const char* name, void (*open_ends)(struct end*),
                       int spinners) {
  struct end best[2] = { { .wall_ns = UINT64_MAX } };
  for (int run = 0; run < RUNS; run++) {
    struct end ends[2];
    open_ends(ends);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
      ends[i].cpu = i;
      ends[i].begins = i == 0;
      ends[i].spins = i < spinners;
      CHECK(pthread_create(&threads[i], NULL, run_end, &ends[i]) == 0);
    }
    for (int i = 0; i < 2; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    if (ends[0].wall_ns < best[0].wall_ns) {
      best[0] = ends[0];
      best[1] = ends[1];
    }
    for (int i = 0; i < 2; i++) {
      close(ends[i].in_fd);
      if (ends[i].out_fd != ends[i].in_fd && i == 0) close(ends[i].out_fd);
    }
  }
  printf("%s, %d spin: %.2f us per trip, CPU %.2f and %.2f us\n", name,
         spinners, (double) best[0].wall_ns / ROUNDS / 1e3,
         (double) best[0].cpu_ns / ROUNDS / 1e3,
         (double) best[1].cpu_ns / ROUNDS / 1e3);
}

int main(void) {
  quiet_epoll_fd = epoll_create1(0);
  time_call("clock, monotonic", read_monotonic);
  time_call("clock, CPU of thread", read_cpu);
  time_call("getrusage(RUSAGE_THREAD)", read_usage);
  time_call("epoll_wait of 0 ms, nothing there", look);
  for (int spinners = 0; spinners <= 2; spinners++)
    time_trips("TCP", open_tcp, spinners);
  for (int spinners = 0; spinners <= 2; spinners++)
    time_trips("eventfd", open_eventfds, spinners);
  return 0;
}
