/* SPDX-License-Identifier: MIT */
/* Environment variables.
 *
 * The environment belongs to the process and has no lock: reading it while
 * another thread changes it is the program's mistake, as with getenv(3). We
 * keep the moment short and never hand out pointers into it.
 *
 * uv_os_environ() returns one block of memory: the items, then their texts. */
#include "base/abi.h"
#include "base/alloc.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int uv_os_getenv(const char* name, char* buffer, size_t* size) {
  if (name == NULL || buffer == NULL || size == NULL || *size == 0)
    return UV_EINVAL;
  const char* value = getenv(name);
  if (value == NULL) return UV_ENOENT;
  return uv__copy_out(value, strlen(value), buffer, size);
}

int uv_os_setenv(const char* name, const char* value) {
  if (name == NULL || value == NULL) return UV_EINVAL;
  return setenv(name, value, 1) == 0 ? 0 : UV__ERR(errno);
}

int uv_os_unsetenv(const char* name) {
  if (name == NULL) return UV_EINVAL;
  return unsetenv(name) == 0 ? 0 : UV__ERR(errno);
}

/* What a copy of the environment takes. */
struct extent {
  size_t items;
  size_t text_size; /* NULs included. */
};

/* Entries without '=' are no variables, and left out. */
static struct extent measure(char* const* entries) {
  struct extent extent = { 0, 0 };
  for (char* const* entry = entries; *entry != NULL; entry++) {
    if (strchr(*entry, '=') == NULL) continue;
    extent.items++;
    extent.text_size += strlen(*entry) + 1;
  }
  return extent;
}

/* Copy what was measured to `items` and to the `text` behind them. */
static void copy_entries(char* const* entries, uv_env_item_t* items,
                         char* text) {
  for (char* const* entry = entries; *entry != NULL; entry++) {
    const char* equals = strchr(*entry, '=');
    if (equals == NULL) continue;
    size_t size = strlen(*entry) + 1;
    memcpy(text, *entry, size);
    char* split = text + (equals - *entry);
    *split = '\0';
    *items++ = (uv_env_item_t){ .name = text, .value = split + 1 };
    text += size;
  }
}

int uv_os_environ(uv_env_item_t** envitems, int* count) {
  if (envitems == NULL || count == NULL) return UV_EINVAL;
  static char* const nothing[] = { NULL };
  char* const* entries = environ != NULL ? environ : nothing;
  struct extent extent = measure(entries);
  if (extent.items > INT_MAX) return UV_ENOMEM;

  size_t items_size = extent.items * sizeof(uv_env_item_t);
  /* One byte more: an empty environment is a success, not NULL. */
  char* block = uv__malloc(items_size + extent.text_size + 1);
  if (block == NULL) return UV_ENOMEM;
  uv_env_item_t* items = (void*) block;
  copy_entries(entries, items, block + items_size);
  *envitems = items;
  *count = (int) extent.items;
  return 0;
}

/* `count` is the API's; one block needs none. */
void uv_os_free_environ(uv_env_item_t* envitems, int count) {
  (void) count;
  uv__free(envitems);
}
