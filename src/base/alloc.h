/* SPDX-License-Identifier: MIT */
/* All memory of the library comes from here, so that uv_replace_allocator() is
 * honoured everywhere. Any thread, as far as the user's functions allow. */
#ifndef POLLUX_BASE_ALLOC_H
#define POLLUX_BASE_ALLOC_H

#include <stddef.h>

/* Each returns NULL when there is no memory; none sets errors of its own. */
void* uv__malloc(size_t size);
/* All zero, even if the user's function leaves what was there. */
void* uv__calloc(size_t count, size_t size);
/* A size of 0 frees and returns NULL. */
void* uv__realloc(void* ptr, size_t size);
/* As uv__realloc(), but frees `ptr` when it cannot be resized. */
void* uv__realloc_or_free(void* ptr, size_t size);
char* uv__strdup(const char* text);
/* Copies at most `len` bytes and ends them with a NUL. */
char* uv__strndup(const char* text, size_t len);
/* NULL is fine; errno is kept. */
void uv__free(void* ptr);

#endif
