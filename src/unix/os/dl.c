/* SPDX-License-Identifier: MIT */
/* Shared libraries, loaded by hand. A uv_lib_t keeps the text of its last
 * error, because libc keeps only one for all and forgets it when asked.
 *
 * uv_dlopen() takes the structure as uninitialised memory; from then on errmsg
 * is NULL, ours to free, or the text for want of memory.
 *
 * Any thread, each with a uv_lib_t of its own. */
#include "base/abi.h"
#include "base/alloc.h"

#include <dlfcn.h>

static char no_memory_text[] = "not enough memory for the error message";

static void forget_error(uv_lib_t* lib) {
  if (lib->errmsg != no_memory_text) uv__free(lib->errmsg);
  lib->errmsg = NULL;
}

/* Keep what libc has to say about the last call: 0 when that is nothing, else
 * -1. */
static int take_error(uv_lib_t* lib) {
  forget_error(lib);
  const char* text = dlerror();
  if (text == NULL) return 0;
  lib->errmsg = uv__strdup(text);
  if (lib->errmsg == NULL) lib->errmsg = no_memory_text;
  return -1;
}

/* 0 or -1, not a code: uv_dlerror() has the reason. A NULL name stands for the
 * program itself. */
int uv_dlopen(const char* filename, uv_lib_t* lib) {
  lib->errmsg = NULL;
  (void) dlerror(); /* What an earlier call left is not about this one. */
  lib->handle = dlopen(filename, RTLD_LAZY);
  return lib->handle != NULL ? 0 : take_error(lib);
}

/* Fine after a uv_dlopen() that failed, and twice. */
void uv_dlclose(uv_lib_t* lib) {
  forget_error(lib);
  /* A failure cannot be reported; the library stays loaded then. */
  if (lib->handle != NULL) (void) dlclose(lib->handle);
  lib->handle = NULL;
}

/* 0 or -1. A symbol may well be NULL, so libc's error decides. */
int uv_dlsym(uv_lib_t* lib, const char* name, void** ptr) {
  (void) dlerror();
  *ptr = dlsym(lib->handle, name);
  return take_error(lib);
}

const char* uv_dlerror(const uv_lib_t* lib) {
  return lib->errmsg != NULL ? lib->errmsg : "no error";
}
