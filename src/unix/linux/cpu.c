/* SPDX-License-Identifier: MIT */
/* Processors: model, speed, time spent.
 *
 * Three sources, joined by the processor's number:
 *
 *   /proc/stat     processors that are online, and their times in clock ticks
 *   /proc/cpuinfo  the model, under a name that differs by architecture
 *   sysfs cpufreq  the highest speed; without it, cpuinfo's word for it
 *
 * Only what is online counts, so numbers may have gaps. What a machine does not
 * tell stays "unknown" or 0; only /proc/stat is needed.
 *
 * The result is one block of memory: the entries, then their models.
 *
 * Any thread; the files are read anew at each call. */
#include "base/abi.h"
#include "base/alloc.h"
#include "base/assert.h"
#include "unix/os/fd.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A processor's share of /proc/cpuinfo, most of it the list of its features. */
#define TEXT_PER_CPU 2048
#define TEXT_FIRST 16384
/* Thousands of processors fit. */
#define TEXT_MAX ((size_t) 64 << 20)

/* A piece of a text. */
struct piece {
  const char* start;
  size_t len;
};

/* One processor as we learn about it. */
struct cpu {
  unsigned number;
  int speed_mhz;
  struct piece model; /* Points into the text of cpuinfo; len 0: unknown. */
  struct uv_cpu_times_s times_ms;
};

/* --- Texts --------------------------------------------------------------- */

/* Read a file whole; the caller frees `*ret_text`. The kernel cannot tell its
 * length beforehand, so a full buffer means once more with twice as much. */
static int load(const char* path, char** ret_text) {
  long cpus = sysconf(_SC_NPROCESSORS_CONF);
  size_t size = TEXT_FIRST + TEXT_PER_CPU * (size_t) (cpus > 0 ? cpus : 0);
  for (; size <= TEXT_MAX; size *= 2) {
    char* text = uv__malloc(size);
    if (text == NULL) return UV_ENOMEM;
    int len = uv__fd_slurp(path, text, size);
    if (len >= 0 && (size_t) len < size - 1) {
      *ret_text = text;
      return 0;
    }
    uv__free(text);
    if (len < 0) return len;
  }
  return UV_ENOMEM;
}

/* Take a line off `*pos`; false at the end of the text. */
static bool take_line(const char** pos, struct piece* line) {
  if (**pos == '\0') return false;
  line->start = *pos;
  line->len = strcspn(*pos, "\n");
  *pos += line->len;
  if (**pos == '\n') ++*pos;
  return true;
}

static struct piece trim(struct piece text) {
  for (; text.len > 0 && isspace((unsigned char) *text.start); text.len--)
    text.start++;
  while (text.len > 0 && isspace((unsigned char) text.start[text.len - 1]))
    text.len--;
  return text;
}

static bool is_word(struct piece text, const char* word) {
  return text.len == strlen(word) && memcmp(text.start, word, text.len) == 0;
}

/* --- /proc/stat ---------------------------------------------------------- */

/* Parse "cpu7 user nice system idle iowait irq ..." into `cpu`; false for any
 * other line, the sum of all processors included. */
static bool parse_stat_line(const char* line, uint64_t tick_hz,
                            struct cpu* cpu) {
  uint64_t user, nice_ticks, sys, idle, irq;
  int fields = sscanf(line,
                      "cpu%u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                      " %*u %" SCNu64,
                      &cpu->number, &user, &nice_ticks, &sys, &idle, &irq);
  if (fields != 6 || !isdigit((unsigned char) line[3])) return false;
  cpu->times_ms = (struct uv_cpu_times_s){
    .user = user * 1000 / tick_hz,
    .nice = nice_ticks * 1000 / tick_hz,
    .sys = sys * 1000 / tick_hz,
    .idle = idle * 1000 / tick_hz,
    .irq = irq * 1000 / tick_hz,
  };
  return true;
}

/* Fill at most `cap` processors; returns how many there are. */
static size_t read_stat(const char* stat, struct cpu* cpus, size_t cap) {
  long tick_hz = sysconf(_SC_CLK_TCK);
  if (tick_hz <= 0) return 0;
  size_t count = 0;
  struct piece line;
  while (take_line(&stat, &line)) {
    struct cpu cpu = { .speed_mhz = 0 };
    if (!parse_stat_line(line.start, (uint64_t) tick_hz, &cpu)) continue;
    if (count < cap) cpus[count] = cpu;
    count++;
  }
  return count;
}

/* --- /proc/cpuinfo ------------------------------------------------------- */

enum meaning { IGNORED, NUMBER, MODEL, SPEED };

static enum meaning meaning_of(struct piece name) {
  static const struct {
    const char* name;
    enum meaning meaning;
  } table[] = {
    { "processor", NUMBER }, { "model name", MODEL }, /* x86, arm */
    { "Model Name", MODEL },                          /* loongarch */
    { "cpu model", MODEL },                           /* mips */
    { "cpu", MODEL },                                 /* powerpc, sparc */
    { "Processor", MODEL },                           /* arm before 3.8 */
    { "uarch", MODEL },                               /* riscv */
    { "cpu MHz", SPEED },    { "CPU MHz", SPEED },    { "clock", SPEED },
  };
  for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
    if (is_word(name, table[i].name)) return table[i].meaning;
  return IGNORED;
}

/* The processor of that number; looks at `hint` first, as both files count
 * upwards. NULL when it is not online. */
static struct cpu* find_cpu(struct cpu* cpus, size_t count, size_t hint,
                            unsigned number) {
  for (size_t i = 0; i < count; i++) {
    struct cpu* cpu = &cpus[(hint + i) % count];
    if (cpu->number == number) return cpu;
  }
  return NULL;
}

/* Note one fact about a processor. The first of several models wins. */
static void learn(struct cpu* cpu, enum meaning meaning, struct piece value) {
  if (meaning == MODEL && cpu->model.len == 0)
    cpu->model = value;
  else if (meaning == SPEED)
    (void) sscanf(value.start, "%d", &cpu->speed_mhz);
}

/* A fact before the first number is one about all of them. */
static void read_cpuinfo(const char* cpuinfo, struct cpu* cpus, size_t count) {
  struct piece line;
  bool is_common = true;
  struct cpu* current = NULL;
  while (take_line(&cpuinfo, &line)) {
    const char* colon = memchr(line.start, ':', line.len);
    if (colon == NULL) continue;
    struct piece name = { line.start, (size_t) (colon - line.start) };
    struct piece value = { colon + 1, line.len - name.len - 1 };
    enum meaning meaning = meaning_of(trim(name));
    value = trim(value);
    if (meaning == IGNORED || value.len == 0) continue;

    unsigned number;
    if (meaning == NUMBER && sscanf(value.start, "%u", &number) == 1) {
      size_t hint = current != NULL ? (size_t) (current - cpus) + 1 : 0;
      current = find_cpu(cpus, count, hint, number);
      is_common = false;
    } else if (is_common) {
      for (size_t i = 0; i < count; i++) learn(&cpus[i], meaning, value);
    } else if (current != NULL) {
      learn(current, meaning, value);
    }
  }
}

/* --- sysfs --------------------------------------------------------------- */

/* Speeds are in kHz there. libuv names the highest one since 1.53: the present
 * one changes while it is read. */
static void read_speed(struct cpu* cpu) {
  char path[96];
  char text[32];
  (void) snprintf(path, sizeof(path),
                  "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_max_freq",
                  cpu->number);
  unsigned khz;
  if (uv__fd_slurp(path, text, sizeof(text)) > 0 &&
      sscanf(text, "%u", &khz) == 1)
    cpu->speed_mhz = (int) (khz / 1000);
}

/* --- Result -------------------------------------------------------------- */

/* Copy what we know into one block. */
static int pack(struct cpu* cpus, size_t count, uv_cpu_info_t** ret_infos) {
  static const char unknown[] = "unknown";
  size_t models_size = 0;
  for (size_t i = 0; i < count; i++) {
    if (cpus[i].model.len == 0)
      cpus[i].model = (struct piece){ unknown, sizeof(unknown) - 1 };
    models_size += cpus[i].model.len + 1;
  }
  uv_cpu_info_t* infos = uv__malloc(count * sizeof(*infos) + models_size);
  if (infos == NULL) return UV_ENOMEM;
  char* model = (char*) (infos + count);
  for (size_t i = 0; i < count; i++) {
    memcpy(model, cpus[i].model.start, cpus[i].model.len);
    model[cpus[i].model.len] = '\0';
    infos[i] = (uv_cpu_info_t){ .model = model,
                                .speed = cpus[i].speed_mhz,
                                .cpu_times = cpus[i].times_ms };
    model += cpus[i].model.len + 1;
  }
  *ret_infos = infos;
  return 0;
}

/* Join the sources for the processors in `stat`. */
static int describe(const char* stat, size_t count, uv_cpu_info_t** ret_infos) {
  struct cpu* cpus = uv__calloc(count, sizeof(*cpus));
  if (cpus == NULL) return UV_ENOMEM;
  size_t found = read_stat(stat, cpus, count);
  UV__ASSERT(found == count);

  /* The models point into this text until they are copied. */
  char* cpuinfo = NULL;
  int rc = load("/proc/cpuinfo", &cpuinfo);
  if (rc == 0) read_cpuinfo(cpuinfo, cpus, count);
  if (rc != UV_ENOMEM) {
    for (size_t i = 0; i < count; i++) read_speed(&cpus[i]);
    rc = pack(cpus, count, ret_infos);
  }
  uv__free(cpuinfo);
  uv__free(cpus);
  return rc;
}

int uv_cpu_info(uv_cpu_info_t** cpu_infos, int* count) {
  if (cpu_infos == NULL || count == NULL) return UV_EINVAL;
  char* stat;
  int rc = load("/proc/stat", &stat);
  if (rc != 0) return rc;
  size_t total = read_stat(stat, NULL, 0);
  if (total == 0 || total > INT_MAX)
    rc = UV_ENOSYS; /* Not a Linux whose figures we understand. */
  else
    rc = describe(stat, total, cpu_infos);
  if (rc == 0) *count = (int) total;
  uv__free(stat);
  return rc;
}

/* `count` is the API's; one block needs none. */
void uv_free_cpu_info(uv_cpu_info_t* cpu_infos, int count) {
  (void) count;
  uv__free(cpu_infos);
}
