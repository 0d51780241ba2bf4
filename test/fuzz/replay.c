/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target without libFuzzer, in every build: first on each file of
 * the corpus, then on inputs that are made from the corpus by random changes.
 *
 *   replay CORPUS [RUNS [SEED]]
 *
 * The same seed makes the same inputs. When the target fails, the input that
 * was being tried is left in ./crash, and `replay crash 0` tries that one
 * alone. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUTS_MAX = 256, SIZE_MAX_BYTES = 4096 };

struct input {
  uint8_t* data;
  size_t size;
};

static struct input corpus[INPUTS_MAX];
static size_t corpus_count;
static const struct input* tried;

/* --- Random changes ------------------------------------------------------ */

static uint64_t state;

/* xorshift64, of Marsaglia (2003). */
static uint64_t next_random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static size_t below(size_t limit) {
  return next_random() % limit;
}

static void flip(struct input* in) {
  if (in->size > 0) in->data[below(in->size)] ^= (uint8_t) (1u << below(8));
}

static void set(struct input* in) {
  static const uint8_t telling[] = { 0, '.', '/', ':', '-', '9', 0x7f, 0xff };
  if (in->size == 0) return;
  const size_t at = below(in->size);
  in->data[at] =
      below(2) == 0 ? telling[below(sizeof(telling))] : (uint8_t) next_random();
}

static void cut(struct input* in) {
  if (in->size > 0) in->size = below(in->size);
}

/* Insert a part of another input. */
static void graft(struct input* in) {
  const struct input* other = &corpus[below(corpus_count)];
  if (other->size == 0) return;
  const size_t from = below(other->size);
  const size_t count = 1 + below(other->size - from);
  if (in->size + count > SIZE_MAX_BYTES) return;
  const size_t at = below(in->size + 1);
  memmove(in->data + at + count, in->data + at, in->size - at);
  memcpy(in->data + at, other->data + from, count);
  in->size += count;
}

static void change(struct input* in) {
  static void (*const changes[])(struct input*) = { flip, set, cut, graft };
  for (size_t left = 1 + below(8); left > 0; left--)
    changes[below(sizeof(changes) / sizeof(changes[0]))](in);
}

/* --- Running ------------------------------------------------------------- */

static void keep_what_failed(int signum) {
  const int fd = open("crash", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd >= 0 && write(fd, tried->data, tried->size) >= 0) close(fd);
  signal(signum, SIG_DFL);
  raise(signum);
}

static void run(const struct input* in) {
  tried = in;
  LLVMFuzzerTestOneInput(in->data, in->size);
}

static void load(const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == NULL || corpus_count == INPUTS_MAX) {
    perror(path);
    exit(1);
  }
  struct input* in = &corpus[corpus_count++];
  in->data = malloc(SIZE_MAX_BYTES);
  if (in->data == NULL) exit(1);
  in->size = fread(in->data, 1, SIZE_MAX_BYTES, file);
  fclose(file);
}

static void load_folder(const char* path) {
  struct stat info;
  if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode)) {
    load(path);
    return;
  }
  struct dirent** names;
  const int count = scandir(path, &names, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char name[4096];
    snprintf(name, sizeof(name), "%s/%s", path, names[i]->d_name);
    if (names[i]->d_name[0] != '.') load(name);
    free(names[i]);
  }
  if (count >= 0) free(names);
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: replay CORPUS [RUNS [SEED]]\n");
    return 2;
  }
  const long runs = argc > 2 ? strtol(argv[2], NULL, 10) : 20000;
  state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
  if (state == 0) state = 1;
  load_folder(argv[1]);
  if (corpus_count == 0) {
    fprintf(stderr, "%s: no input\n", argv[1]);
    return 1;
  }
  signal(SIGABRT, keep_what_failed);
  signal(SIGSEGV, keep_what_failed);

  for (size_t i = 0; i < corpus_count; i++) run(&corpus[i]);
  struct input made = { malloc(SIZE_MAX_BYTES), 0 };
  if (made.data == NULL) return 1;
  for (long i = 0; i < runs; i++) {
    const struct input* origin = &corpus[below(corpus_count)];
    memcpy(made.data, origin->data, origin->size);
    made.size = origin->size;
    change(&made);
    run(&made);
  }
  printf("%zu inputs of the corpus and %ld changed ones held\n", corpus_count,
         runs);
  for (size_t i = 0; i < corpus_count; i++) free(corpus[i].data);
  free(made.data);
  return 0;
}
