/* SPDX-License-Identifier: MIT */
/* Allocation through the user's functions, or libc's. */
#include "base/alloc.h"

#include "base/abi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct {
  uv_malloc_func malloc_fn;
  uv_realloc_func realloc_fn;
  uv_calloc_func calloc_fn;
  uv_free_func free_fn;
} allocator = { malloc, realloc, calloc, free };

void* uv__malloc(size_t size) {
  return size > 0 ? allocator.malloc_fn(size) : NULL;
}

void* uv__calloc(size_t count, size_t size) {
  void* block = allocator.calloc_fn(count, size);
  /* Programs have replaced it by one that only multiplies. */
  if (block != NULL && allocator.calloc_fn != calloc)
    memset(block, 0, count * size);
  return block;
}

void* uv__realloc(void* ptr, size_t size) {
  if (size > 0) return allocator.realloc_fn(ptr, size);
  uv__free(ptr);
  return NULL;
}

void* uv__realloc_or_free(void* ptr, size_t size) {
  void* moved = uv__realloc(ptr, size);
  if (moved == NULL && size > 0) uv__free(ptr);
  return moved;
}

char* uv__strndup(const char* text, size_t len) {
  len = strnlen(text, len);
  char* copy = uv__malloc(len + 1);
  if (copy == NULL) return NULL;
  memcpy(copy, text, len);
  copy[len] = '\0';
  return copy;
}

char* uv__strdup(const char* text) {
  return uv__strndup(text, strlen(text));
}

void uv__free(void* ptr) {
  int saved = errno;
  allocator.free_fn(ptr);
  errno = saved;
}

int uv_replace_allocator(uv_malloc_func malloc_func,
                         uv_realloc_func realloc_func,
                         uv_calloc_func calloc_func, uv_free_func free_func) {
  if (!malloc_func || !realloc_func || !calloc_func || !free_func)
    return UV_EINVAL;
  allocator.malloc_fn = malloc_func;
  allocator.realloc_fn = realloc_func;
  allocator.calloc_fn = calloc_func;
  allocator.free_fn = free_func;
  return 0;
}
