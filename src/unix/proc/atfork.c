/* SPDX-License-Identifier: MIT */
/* Could a loaded object have registered fork handlers? A process made without
 * fork(3) runs none, and some programs need them: uvloop calls its preexec_fn
 * from one. The C library does not show its list of handlers. But an object
 * that registers one must call pthread_atfork(3) or what it expands to, and an
 * object that calls a function of another object has a relocation by that name.
 * So this file looks through the relocations of all loaded objects. It needs
 * nothing but the public format of ELF.
 *
 * Left out are objects known for handlers that only mend the object's own locks
 * and caches in a child that goes on using it, which no child of ours does
 * before it executes its program; libuv.so.1, that is we, is one of them.
 *
 * Where nothing is known, the answer is "possible": an executable without a
 * dynamic section, a format of relocations not understood. What stays unseen is
 * an object that finds the function by dlsym(3).
 *
 * The result holds until the loader's counts of objects change. Any thread: two
 * threads that look at the same time find the same. */
#include "unix/proc/atfork.h"

#include "base/abi.h"
#include "base/atomics.h"

#include <elf.h>
#include <link.h>
#include <string.h>

/* By name up to ".so". */
static const char* const harmless[] = {
  "libuv",     "libsystemd",  "libudev",     "libnss_systemd",
  "libgnutls", "libp11-kit",  "libcrypto",   "libssl",
  "libcap-ng", "libpsx",      "libbsd",      "libnpth",
  "libgc",     "libjemalloc", "libtcmalloc", "libmimalloc",
};

static const char* const registrars[] = { "__register_atfork",
                                          "pthread_atfork" };

/* The parts of an object's dynamic section that we read. */
struct object {
  const char* strings;
  const ElfW(Sym) * symbols;
  const char* name; /* Its soname; NULL: none. */
  struct table {
    uintptr_t start;
    size_t size;
    size_t stride;
  } tables[3]; /* Rela, rel, and those of the PLT, which may be either. */
};

struct search {
  uint64_t loads; /* The loader's counts, as one number. */
  bool is_found;
};

/* Some loaders write addresses into the section, others leave offsets. */
static uintptr_t address(const struct dl_phdr_info* info, ElfW(Addr) value) {
  return value < info->dlpi_addr ? info->dlpi_addr + value : value;
}

static void read_entry(struct object* object, ElfW(Sxword) * name_at,
                       const struct dl_phdr_info* info, const ElfW(Dyn) * d) {
  enum { RELA, REL, PLT };
  struct table* tables = object->tables;
  const uintptr_t at = address(info, d->d_un.d_ptr);
  switch (d->d_tag) {
    case DT_STRTAB:
      object->strings = (const char*) at;
      break;
    case DT_SYMTAB:
      object->symbols = (const ElfW(Sym)*) at;
      break;
    case DT_SONAME:
      *name_at = (ElfW(Sxword)) d->d_un.d_val;
      break;
    case DT_RELA:
      tables[RELA].start = at;
      break;
    case DT_RELASZ:
      tables[RELA].size = d->d_un.d_val;
      break;
    case DT_REL:
      tables[REL].start = at;
      break;
    case DT_RELSZ:
      tables[REL].size = d->d_un.d_val;
      break;
    case DT_JMPREL:
      tables[PLT].start = at;
      break;
    case DT_PLTRELSZ:
      tables[PLT].size = d->d_un.d_val;
      break;
    case DT_PLTREL:
      tables[PLT].stride =
          d->d_un.d_val == DT_RELA ? sizeof(ElfW(Rela)) : sizeof(ElfW(Rel));
      break;
    default:
      break;
  }
}

/* False: it has no dynamic section, or not what we need of it. */
static bool read_object(struct object* object,
                        const struct dl_phdr_info* info) {
  const ElfW(Dyn)* d = NULL;
  for (size_t i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
      d = (const ElfW(Dyn)*) (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
  if (d == NULL) return false;

  ElfW(Sxword) name_at = -1;
  *object = (struct object){ .tables = { { .stride = sizeof(ElfW(Rela)) },
                                         { .stride = sizeof(ElfW(Rel)) } } };
  for (; d->d_tag != DT_NULL; d++) read_entry(object, &name_at, info, d);
  if (object->strings == NULL || object->symbols == NULL) return false;
  if (name_at >= 0) object->name = object->strings + name_at;
  return true;
}

static bool is_harmless(const char* name) {
  if (name == NULL) return false;
  for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
    const size_t len = strlen(harmless[i]);
    if (strncmp(name, harmless[i], len) == 0 &&
        strncmp(name + len, ".so", 3) == 0)
      return true;
  }
  return false;
}

static bool is_registrar(const char* symbol) {
  for (size_t i = 0; i < sizeof(registrars) / sizeof(registrars[0]); i++)
    if (strcmp(symbol, registrars[i]) == 0) return true;
  return false;
}

/* Both kinds of entry begin alike. */
static bool names_registrar(const struct object* object,
                            const struct table* table) {
  enum { SYMBOL_SHIFT = sizeof(void*) == 8 ? 32 : 8 };
  if (table->start == 0 || table->stride == 0) return false;
  for (size_t at = 0; at + table->stride <= table->size; at += table->stride) {
    const ElfW(Rel)* entry = (const ElfW(Rel)*) (table->start + at);
    const size_t symbol = (size_t) (entry->r_info >> SYMBOL_SHIFT);
    if (symbol == 0) continue; /* Relative: names nothing. */
    if (is_registrar(object->strings + object->symbols[symbol].st_name))
      return true;
  }
  return false;
}

static uint64_t count_loads(const struct dl_phdr_info* info) {
  return (uint64_t) info->dlpi_adds + (uint64_t) info->dlpi_subs;
}

/* For dl_iterate_phdr(3): not 0 ends the search. */
static int visit(struct dl_phdr_info* info, size_t size, void* opaque) {
  struct search* search = opaque;
  struct object object;
  (void) size;
  search->loads = count_loads(info);
  if (!read_object(&object, info)) {
    /* A static executable. (The kernel's object has a section.) */
    search->is_found = true;
    return 1;
  }
  if (is_harmless(object.name)) return 0;
  for (size_t i = 0; i < 3 && !search->is_found; i++)
    search->is_found = names_registrar(&object, &object.tables[i]);
  return search->is_found;
}

static int visit_first(struct dl_phdr_info* info, size_t size, void* opaque) {
  struct search* search = opaque;
  /* Too old a loader to count: as if something had come each time. */
  search->loads = size >= sizeof(*info) ? count_loads(info) : 0;
  return 1;
}

bool uv__atfork_is_possible(void) {
  static uint64_t known; /* Atomic: twice the loads, plus the answer. */
  struct search now = { 0, false };
  (void) dl_iterate_phdr(visit_first, &now);
  const uint64_t before = uv__load_relaxed(&known);
  if (now.loads != 0 && before >> 1 == now.loads) return before & 1;

  now.is_found = false;
  (void) dl_iterate_phdr(visit, &now);
  uv__store_relaxed(&known, now.loads << 1 | now.is_found);
  return now.is_found;
}
