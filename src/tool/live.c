/* SPDX-License-Identifier: MIT */
/* Reading live pages; see live.h. The file is read, not mapped: should its
 * process cut it short, the reader gets fewer bytes and no signal. */
#include "tool/live.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SIZE_MAX_BYTES = 64 << 20 };

bool live_folder(char* folder, size_t size) {
  const char* named = getenv("XDG_RUNTIME_DIR");
  if (named != NULL && *named == '/')
    snprintf(folder, size, "%s", named);
  else
    snprintf(folder, size, "/run/user/%u", (unsigned) geteuid());
  return access(folder, R_OK | X_OK) == 0;
}

/* --- Is its process there? ------------------------------------------------ */

/* Field 22 of /proc/PID/stat; 0: not known. */
static uint64_t process_began(pid_t pid) {
  char path[64], text[1024];
  snprintf(path, sizeof(path), "/proc/%d/stat", (int) pid);
  FILE* file = fopen(path, "re");
  if (file == NULL) return 0;
  size_t len = fread(text, 1, sizeof(text) - 1, file);
  fclose(file);
  text[len] = '\0';
  const char* at = strrchr(text, ')');
  for (int field = 2; at != NULL && field < 22; field++)
    at = strchr(at + 1, ' ');
  return at == NULL ? 0 : strtoull(at, NULL, 10);
}

/* A process that has executed another program keeps its number and its begin,
 * and no longer maps the page. Where that cannot be read, it counts as
 * mapped. */
static bool is_mapped(pid_t pid, const char* name) {
  char path[64], line[4096];
  snprintf(path, sizeof(path), "/proc/%d/maps", (int) pid);
  FILE* file = fopen(path, "re");
  if (file == NULL) return errno != ENOENT && errno != ESRCH;
  bool found = false;
  while (!found && fgets(line, sizeof(line), file) != NULL)
    found = strstr(line, name) != NULL;
  found = found || ferror(file) != 0;
  fclose(file);
  return found;
}

static bool is_stale(pid_t pid, uint64_t began, const char* name) {
  if (kill(pid, 0) != 0 && errno == ESRCH) return true;
  const uint64_t now_began = process_began(pid);
  if (began != 0 && now_began != 0 && began != now_began) return true;
  return !is_mapped(pid, name);
}

/* --- A page --------------------------------------------------------------- */

static uint64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (uint64_t) at.tv_sec * 1000000000 + (uint64_t) at.tv_nsec;
}

static bool is_valid(const struct live_process* process) {
  const struct uv__live_page* page = live_page(process);
  return process->size >= sizeof(*page) && page->magic == UV__LIVE_MAGIC &&
         page->version == UV__LIVE_VERSION && page->loop_count <= 4096 &&
         page->pool_at <= process->size - sizeof(struct uv__live_pool) &&
         page->loop_size >= sizeof(struct uv__live_loop) &&
         page->loop_size <= SIZE_MAX_BYTES && page->loops_at <= SIZE_MAX_BYTES;
}

static bool read_bytes(int fd, struct live_process* process) {
  struct stat about;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return false;
  if (about.st_size <= 0 || about.st_size > SIZE_MAX_BYTES) return false;
  process->bytes = malloc((size_t) about.st_size);
  if (process->bytes == NULL) return false;
  ssize_t got = pread(fd, process->bytes, (size_t) about.st_size, 0);
  process->size = got > 0 ? (size_t) got : 0;
  process->now_ns = now();
  return is_valid(process);
}

static bool read_file(int folder_fd, const char* name,
                      struct live_process* process) {
  int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  bool is_good = read_bytes(fd, process);
  close(fd);
  if (is_good) return true;
  free(process->bytes);
  process->bytes = NULL;
  return false;
}

const struct uv__live_page* live_page(const struct live_process* process) {
  return (const struct uv__live_page*) (const void*) process->bytes;
}

const struct uv__live_pool* live_pool(const struct live_process* process) {
  const char* at = process->bytes + live_page(process)->pool_at;
  return (const struct uv__live_pool*) (const void*) at;
}

const struct uv__live_loop* live_loop(const struct live_process* process,
                                      uint32_t index) {
  const struct uv__live_page* page = live_page(process);
  const uint64_t at = page->loops_at + index * page->loop_size;
  if (index >= page->loop_count || at + page->loop_size > process->size)
    return NULL;
  const struct uv__live_loop* loop =
      (const struct uv__live_loop*) (const void*) (process->bytes + at);
  return loop->id != 0 ? loop : NULL;
}

/* --- All of them ---------------------------------------------------------- */

static bool is_wanted(pid_t pid, const pid_t* pids, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (pids[i] == pid) return true;
  return count == 0;
}

/* pollux.PID.BEGAN.live */
static bool parse(const char* name, pid_t* pid, uint64_t* began) {
  if (strncmp(name, UV__LIVE_PREFIX, strlen(UV__LIVE_PREFIX)) != 0)
    return false;
  char* end;
  const long number = strtol(name + strlen(UV__LIVE_PREFIX), &end, 10);
  if (number <= 0 || *end != '.') return false;
  *pid = (pid_t) number;
  *began = strtoull(end + 1, &end, 10);
  return strcmp(end, UV__LIVE_SUFFIX) == 0;
}

static void take(struct live_list* list, int folder_fd, const char* name,
                 const pid_t* pids, size_t pid_count) {
  struct live_process process = { 0 };
  uint64_t began;
  if (!parse(name, &process.pid, &began)) return;
  if (is_stale(process.pid, began, name)) {
    list->removed += unlinkat(folder_fd, name, 0) == 0;
    return;
  }
  if (!is_wanted(process.pid, pids, pid_count)) return;
  if (!read_file(folder_fd, name, &process)) return;
  void* grown = realloc(list->items, (list->count + 1) * sizeof(*list->items));
  if (grown == NULL) {
    free(process.bytes);
    return;
  }
  list->items = grown;
  list->items[list->count++] = process;
}

static int compare(const void* a, const void* b) {
  return ((const struct live_process*) a)->pid -
         ((const struct live_process*) b)->pid;
}

int live_read(struct live_list* list, const pid_t* pids, size_t pid_count) {
  char path[4096];
  *list = (struct live_list){ NULL, 0, 0 };
  if (!live_folder(path, sizeof(path))) return errno;
  DIR* folder = opendir(path);
  if (folder == NULL) return errno;
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;)
    take(list, dirfd(folder), entry->d_name, pids, pid_count);
  closedir(folder);
  if (list->count > 1)
    qsort(list->items, list->count, sizeof(*list->items), compare);
  return 0;
}

void live_free(struct live_list* list) {
  for (size_t i = 0; i < list->count; i++) free(list->items[i].bytes);
  free(list->items);
  *list = (struct live_list){ NULL, 0, 0 };
}

/* --- Addresses ------------------------------------------------------------ */

void live_where(pid_t pid, uint64_t address, char* text, size_t size) {
  char path[64], line[4096];
  text[0] = '\0';
  if (address == 0) return;
  snprintf(text, size, "0x%llx", (unsigned long long) address);
  snprintf(path, sizeof(path), "/proc/%d/maps", (int) pid);
  FILE* file = fopen(path, "re");
  if (file == NULL) return;
  while (fgets(line, sizeof(line), file) != NULL) {
    unsigned long long start, end, offset;
    int at = 0;
    if (sscanf(line, "%llx-%llx %*s %llx %*s %*s %n", &start, &end, &offset,
               &at) < 3 ||
        address < start || address >= end)
      continue;
    line[strcspn(line, "\n")] = '\0';
    const char* slash = strrchr(line + at, '/');
    const char* name = slash != NULL ? slash + 1 : line + at;
    snprintf(text, size, "%s+0x%llx", *name != '\0' ? name : "code",
             (unsigned long long) address - start + offset);
    break;
  }
  fclose(file);
}
