/* SPDX-License-Identifier: MIT */
/* Fault sweep: an allocator that counts, and fails on request. */
#include "fault.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { FILLING = 0xa5 };

static unsigned armed_n; /* 0: nothing is armed. */
static atomic_uint made;
static atomic_bool has_struck;
static atomic_long left;

void fault_allocator_arm(unsigned n) {
  armed_n = n;
  atomic_store(&made, 0);
  atomic_store(&has_struck, false);
}

bool fault_allocator_has_struck(void) {
  return atomic_load(&has_struck);
}

long fault_allocations_left(void) {
  return atomic_load(&left);
}

static bool strikes(void) {
  if (armed_n == 0 || atomic_fetch_add(&made, 1) + 1 != armed_n) return false;
  atomic_store(&has_struck, true);
  return true;
}

static void* count(void* block) {
  if (block != NULL) atomic_fetch_add(&left, 1);
  return block;
}

/* Neither is zeroed: a program's own calloc may be one that only multiplies. */
static void* do_malloc(size_t size) {
  if (strikes()) return NULL;
  void* block = malloc(size);
  if (block != NULL) memset(block, FILLING, size);
  return count(block);
}

static void* do_calloc(size_t n, size_t size) {
  return do_malloc(n * size);
}

static void do_free(void* block) {
  if (block != NULL) atomic_fetch_sub(&left, 1);
  free(block);
}

static void* do_realloc(void* block, size_t size) {
  if (block == NULL) return do_malloc(size);
  return strikes() ? NULL : realloc(block, size);
}

int fault_allocator_install(void) {
  return uv_replace_allocator(do_malloc, do_realloc, do_calloc, do_free);
}
