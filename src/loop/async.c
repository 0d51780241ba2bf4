/* SPDX-License-Identifier: MIT */
/* Async handles. A send raises the handle's `pending` flag; the one that raised
 * it puts the handle on the loop's stack of sent handles and wakes the loop. So
 * sends coalesce, and the loop visits only handles that were sent: the cost
 * follows the sends, never the number of handles.
 *
 * Callbacks run as if all handles were looked at in the order in which they
 * were initialised, ours first, which is what programs know from libuv. Each
 * handle has its rank in that order. What a callback sends to a handle further
 * down runs in the same pass, the rest in the next. What others send meanwhile
 * waits for the next: a flood of sends cannot keep a pass from its end.
 *
 *   sender, any thread or signal handler     loop thread
 *   1 exchange pending to 1; it was 1: done  1 take the stack, in rank order
 *   2 senders + 1                            2 for each: exchange pending to 0,
 *   3 push on the stack; wake the loop         then its callback
 *   4 senders - 1
 *
 * Step 1 is an exchange even if the flag is up: it puts what the sender has
 * written before it in front of the loop's exchange, and so of the callback
 * that is still to come. A mere load could be too early by a store buffer.
 *
 * The stack is push-one, take-all: no node is ever popped from under another
 * thread, so there is no ABA problem. `pending` falls before the callback runs,
 * so a send during the callback is not lost.
 *
 * Closing raises `pending` itself, which keeps later senders off. If it was up,
 * its sender has pushed the handle or is about to: the handle is awaited on the
 * stack. From the push on a sender touches the loop only, and the loop's close
 * waits until nobody is inside (`senders`). A signal handler that interrupted
 * this thread has finished before we go on, and other threads need a few
 * instructions: yielding is enough.
 *
 * uv_async_t has no room of its own for the links, but uv_handle_t has four
 * spare words (`u.reserved`). */
#include "loop/async.h"

#include "base/assert.h"
#include "base/atomics.h"
#include "base/queue.h"
#include "loop/handle.h"
#include "loop/loop.h"
#include "unix/io/wake.h"
#include "unix/os/thread.h"

/* A crowd is so many handles sent at once, and one in so many of the loop's. */
enum { CROWD_MIN = 1024, CROWD_SHARE = 16 };

struct spare {
  uv_async_t* below;     /* On the stack: the one sent before. */
  uintptr_t rank;        /* In the order of initialisation; ours have 0. */
  struct uv__queue due;  /* In the loop's list of due handles. */
};

_Static_assert(sizeof(struct spare) <= sizeof(((uv_handle_t*) 0)->u),
               "the links live in the spare words");

static struct spare* spare_of(uv_async_t* handle) {
  return (struct spare*) &handle->u;
}

static uv_async_t* async_of(struct uv__queue* node) {
  return uv__container_of(node, uv_async_t, u.reserved[2]);
}

_Static_assert(offsetof(struct spare, due) == 2 * sizeof(void*),
               "as async_of() has it");

static uintptr_t rank_of(uv_async_t* handle) {
  return spare_of(handle)->rank;
}

/* The rank of the newest handle; 0 if there is none. */
static uintptr_t last_rank(const uv_loop_t* loop) {
  if (uv__queue_empty(&loop->async_handles)) return 0;
  return rank_of(uv__container_of(loop->async_handles.prev, uv_async_t, queue));
}

static void prepare(uv_async_t* handle, uv_async_cb cb, uintptr_t rank) {
  struct spare* spare = spare_of(handle);
  spare->below = NULL;
  spare->rank = rank;
  uv__queue_init(&spare->due);
  handle->async_cb = cb;
  handle->pending = 0;
  uv__handle_start(handle);
}

int uv_async_init(uv_loop_t* loop, uv_async_t* handle, uv_async_cb cb) {
  uv__handle_init(loop, handle, UV_ASYNC);
  prepare(handle, cb, last_rank(loop) + 1);
  uv__queue_push(&loop->async_handles, &handle->queue);
  uv__loop_of(loop)->async_count++;
  return 0;
}

int uv__async_init_internal(uv_loop_t* loop, uv_async_t* handle,
                            uv_async_cb cb) {
  uv__handle_init_internal(loop, handle, UV_ASYNC);
  prepare(handle, cb, 0);
  uv__queue_push_front(&loop->async_handles, &handle->queue);
  uv__loop_of(loop)->async_count++;
  return 0;
}

/* The loop whose pass this thread is in: what it sends there is its own, and so
 * is what a signal handler does that interrupts it. */
static _Thread_local const struct uv__loop* passing
    __attribute__((tls_model("initial-exec")));

static void push(struct uv__loop* self, uv_async_t* handle) {
  uv_async_t** stack =
      passing == self ? &self->async_own : &self->async_stack;
  uv_async_t* top = uv__load_relaxed(stack);
  do
    spare_of(handle)->below = top;
  while (!uv__cas_weak(stack, &top, handle));
}

int uv_async_send(uv_async_t* handle) {
  if (uv__exchange(&handle->pending, 1) != 0) return 0;
  uv_loop_t* loop = handle->loop;
  struct uv__loop* self = uv__loop_of(loop);
  uv__fetch_add(&self->async_senders, 1);
  push(self, handle); /* From here on the handle may be gone at any moment. */
  uv__wake_send(loop);
  uv__fetch_add(&self->async_senders, (unsigned) -1);
  return 0;
}

/* Merge two chains of `below` links, each in rank order. */
static uv_async_t* merge(uv_async_t* a, uv_async_t* b) {
  uv_async_t* first = NULL;
  uv_async_t** end = &first;
  while (a != NULL && b != NULL) {
    uv_async_t** lower = rank_of(b) < rank_of(a) ? &b : &a;
    *end = *lower;
    end = &spare_of(*lower)->below;
    *lower = *end;
  }
  *end = a != NULL ? a : b;
  return first;
}

/* Sort a chain by rank. runs[i] is a sorted chain of 2^i handles, or NULL. */
static uv_async_t* sort(uv_async_t* chain) {
  uv_async_t* runs[8 * sizeof(size_t)] = {NULL};
  size_t used = 0;
  while (chain != NULL) {
    uv_async_t* run = chain;
    chain = spare_of(run)->below;
    spare_of(run)->below = NULL;
    size_t i = 0;
    for (; runs[i] != NULL; i++) {
      run = merge(runs[i], run);
      runs[i] = NULL;
    }
    runs[i] = run;
    if (i >= used) used = i + 1;
  }
  for (size_t i = 0; i < used; i++) chain = merge(runs[i], chain);
  return chain;
}

/* Is a chain so long that a walk over all handles is cheaper than its sorting?
 * Both miss the cache at most steps; those of a walk can be foreseen. */
static bool is_crowd(const uv_loop_t* loop, uv_async_t* chain) {
  size_t count = 0;
  size_t limit = uv__loop_of(loop)->async_count / CROWD_SHARE;
  if (limit < CROWD_MIN) limit = CROWD_MIN;
  for (; chain != NULL && count < limit; count++)
    chain = spare_of(chain)->below;
  return chain != NULL;
}

/* Sort a chain by a walk over all handles, which are in rank order. A handle of
 * the chain is marked by a `due` that leads nowhere; it is in no list. */
static uv_async_t* collect(const uv_loop_t* loop, uv_async_t* chain) {
  size_t left = 0;
  for (; chain != NULL; chain = spare_of(chain)->below, left++)
    spare_of(chain)->due.next = NULL;
  uv_async_t** end = &chain;
  struct uv__queue* node = loop->async_handles.next;
  for (; left > 0; node = node->next) {
    uv_async_t* handle = uv__container_of(node, uv_async_t, queue);
    struct spare* spare = spare_of(handle);
    if (spare->due.next != NULL) continue;
    uv__queue_init(&spare->due);
    *end = handle;
    end = &spare->below;
    left--;
  }
  *end = NULL;
  return chain;
}

/* All of a stack, in rank order. */
static uv_async_t* take_sent(const uv_loop_t* loop, uv_async_t** stack) {
  uv_async_t* sent = uv__exchange(stack, NULL);
  if (sent == NULL || spare_of(sent)->below == NULL) return sent;
  return is_crowd(loop, sent) ? collect(loop, sent) : sort(sent);
}

/* Where in a list of due ones a handle's place is, from `at` on. */
static struct uv__queue* seek(const struct uv__queue* due,
                              struct uv__queue* at, uv_async_t* handle) {
  while (at != due && rank_of(async_of(at)) < rank_of(handle)) at = at->next;
  return at;
}

/* Where to begin to seek: mostly, all belong behind what is there. */
static struct uv__queue* start_of(struct uv__queue* due, uv_async_t* first) {
  bool is_behind = uv__queue_empty(due) ||
                   rank_of(async_of(due->prev)) < rank_of(first);
  return is_behind ? due : due->next;
}

/* Merge a chain in rank order into a list of due handles. */
static void insert(struct uv__queue* due, uv_async_t* sent) {
  if (sent == NULL) return;
  struct uv__queue* at = start_of(due, sent);
  for (; sent != NULL; sent = spare_of(sent)->below) {
    at = seek(due, at, sent);
    uv__queue_link(at->prev, &spare_of(sent)->due);
  }
}

/* Take what was sent to the loop's list of due handles. */
static void take(const uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  insert(&self->async_due, take_sent(loop, &self->async_own));
  insert(&self->async_due, take_sent(loop, &self->async_stack));
}

/* What the pass has sent itself: what is still ahead of it joins it. The chain
 * is cut in three: passed already, ahead, made since the pass began. */
static void take_in_pass(const uv_loop_t* loop, struct uv__queue* pass,
                         uintptr_t passed, uintptr_t last) {
  struct uv__loop* self = uv__loop_of(loop);
  if (uv__load_relaxed(&self->async_own) == NULL) return;
  uv_async_t* parts[3] = { take_sent(loop, &self->async_own), NULL, NULL };
  uv_async_t** at = &parts[0];
  const uintptr_t bounds[2] = { passed, last };
  for (int i = 0; i < 2; i++) {
    while (*at != NULL && rank_of(*at) <= bounds[i]) at = &spare_of(*at)->below;
    parts[i + 1] = *at;
    *at = NULL;
    at = &parts[i + 1];
  }
  insert(&self->async_due, parts[0]);
  insert(pass, parts[1]);
  insert(&self->async_due, parts[2]);
}

/* The loop's wake callback. A handle that a callback sends to, and that was
 * passed already, waits for the next wake, which that send has asked for. So
 * does a handle that a callback makes. */
static void run(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  uintptr_t last = last_rank(loop);
  struct uv__queue pass;
  take(loop);
  uv__queue_move(&self->async_due, &pass);
  const struct uv__loop* outer = passing;
  passing = self;
  while (!uv__queue_empty(&pass)) {
    uv_async_t* handle = async_of(uv__queue_pop(&pass));
    uintptr_t passed = rank_of(handle);
    uv__exchange(&handle->pending, 0); /* From here on a send counts anew. */
    if (handle->async_cb != NULL) handle->async_cb(handle);
    take_in_pass(loop, &pass, passed, last);
  }
  passing = outer;
}

bool uv__async_close(uv_handle_t* base) {
  uv_async_t* handle = (uv_async_t*) base;
  struct uv__queue* due = &spare_of(handle)->due;
  bool was_sent = uv__exchange(&handle->pending, 1) != 0;
  while (was_sent && uv__queue_empty(due)) {
    take(handle->loop);
    if (uv__queue_empty(due)) uv__thread_yield();
  }
  uv__queue_remove(due);
  uv__queue_remove(&handle->queue);
  uv__loop_of(handle->loop)->async_count--;
  uv__handle_stop(handle);
  return true;
}

int uv__async_module_init(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  uv__queue_init(&loop->async_handles);
  uv__queue_init(&self->async_due);
  self->async_count = 0;
  self->async_stack = NULL;
  self->async_own = NULL;
  uv__wake_set_callback(loop, run);
  return 0;
}

/* In the child no other thread is left: whoever was inside is gone. A handle
 * whose sender had raised `pending` but not yet pushed it is sent again. */
int uv__async_module_fork(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  take(loop);
  uv__store_relaxed(&self->async_senders, 0);
  uv__queue_each(node, &loop->async_handles) {
    uv_async_t* handle = uv__container_of(node, uv_async_t, queue);
    if (handle->pending == 0 || !uv__queue_empty(&spare_of(handle)->due))
      continue;
    spare_of(handle)->below = NULL;
    insert(&self->async_due, handle);
  }
  if (!uv__queue_empty(&self->async_due)) uv__wake_send(loop);
  return 0;
}

void uv__async_module_close(uv_loop_t* loop) {
  struct uv__loop* self = uv__loop_of(loop);
  while (uv__load_acquire(&self->async_senders) != 0) uv__thread_yield();
  uv__wake_set_callback(loop, NULL);
}
