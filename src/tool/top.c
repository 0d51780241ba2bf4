/* SPDX-License-Identifier: MIT */
/* `pollux top`: what the loops of this user's processes do, refreshed in place.
 * It reads live pages (live.h), which programs have that were started with
 * POLLUX_STATS=live; with `-- PROGRAM` it starts one. On a terminal it takes
 * single keys; elsewhere it prints one plain table. */
#include "tool/live.h"
#include "tool/text.h"
#include "tool/tool.h"
#include "tool/top-print.h"

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "Usage: pollux top [--once] [--json] [--sort KEY] [--interval SECONDS]\n"
    "                  [PID... | -- PROGRAM WORD...]\n"
    "Show what event loops do, while they run.\n\n"
    "  -1, --once              one table over one interval, then end\n"
    "  -j, --json              the same as JSON\n"
    "  -s, --sort=KEY          busy, delay, callback, turns or pid\n"
    "  -i, --interval=SECONDS  time between two readings, 0.1 to 3600; 1\n"
    "      --help              print this\n\n"
    "Keys: b d c t p sort; space stops and goes on; q ends.\n"
    "Programs are shown that were started with POLLUX_STATS=live on Pollux.\n";

struct options {
  bool is_once, is_json;
  enum top_sort sort;
  double interval_s;
  pid_t* pids;
  size_t pid_count;
  char** program; /* NULL: none. */
};

static volatile sig_atomic_t is_over;

static void on_signal(int signum) {
  (void) signum;
  is_over = 1;
}

/* --- The command line ----------------------------------------------------- */

static bool parse_sort(const char* text, enum top_sort* ret_sort) {
  for (int i = 0; i < TOP_SORTS; i++)
    if (strcmp(text, top_sort_name((enum top_sort) i)) == 0) {
      *ret_sort = (enum top_sort) i;
      return true;
    }
  return false;
}

static bool parse_pids(struct options* options, char** words, int count) {
  options->pids = calloc((size_t) count + 1, sizeof(*options->pids));
  for (int i = 0; options->pids != NULL && i < count; i++) {
    char* end;
    errno = 0;
    const long pid = strtol(words[i], &end, 10);
    if (errno != 0 || end == words[i] || *end != '\0' || pid <= 0 ||
        pid > 0x7fffffff) {
      text_complain("top", "%s is no process number", words[i]);
      return false;
    }
    options->pids[options->pid_count++] = (pid_t) pid;
  }
  return true;
}

static bool parse_interval(const char* text, double* ret_s) {
  char* end;
  const double s = strtod(text, &end);
  if (end == text || *end != '\0' || !(s >= 0.1 && s <= 3600)) return false;
  *ret_s = s;
  return true;
}

/* TOOL_OK: go on. -1: it has said all there is to say. */
static int parse(struct options* options, int argc, char** argv) {
  static const struct option names[] = {
    { "once", no_argument, NULL, '1' },
    { "json", no_argument, NULL, 'j' },
    { "sort", required_argument, NULL, 's' },
    { "interval", required_argument, NULL, 'i' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };
  int letter;
  optind = 1;
  while ((letter = getopt_long(argc, argv, "+1js:i:", names, NULL)) != -1) {
    bool is_good = true;
    if (letter == '1') options->is_once = true;
    if (letter == 'j') options->is_json = options->is_once = true;
    if (letter == 's') is_good = parse_sort(optarg, &options->sort);
    if (letter == 'i') is_good = parse_interval(optarg, &options->interval_s);
    if (letter == 'h') fputs(usage, stdout);
    if (letter == 'h') return -1;
    if (letter == '?') return TOOL_USAGE;
    if (is_good) continue;
    text_complain("top", "%s is not understood; see `pollux top --help`",
                  optarg);
    return TOOL_USAGE;
  }
  if (optind > 1 && strcmp(argv[optind - 1], "--") == 0 && optind < argc) {
    options->program = argv + optind;
    return TOOL_OK;
  }
  return parse_pids(options, argv + optind, argc - optind) ? TOOL_OK
                                                           : TOOL_USAGE;
}

/* --- A program of its own ------------------------------------------------- */

static char own_folder[] = "/tmp/pollux-top-XXXXXX";
static bool has_own_folder;

/* Where there is no runtime folder, one for this program, with a name that
 * cannot be known before. */
static bool need_folder(void) {
  char folder[4096];
  if (live_folder(folder, sizeof(folder))) return true;
  has_own_folder = mkdtemp(own_folder) != NULL;
  return has_own_folder && setenv("XDG_RUNTIME_DIR", own_folder, 1) == 0;
}

/* `pollux run` finds the library. On a terminal the program's words would
 * disturb the table. */
static pid_t start(char** words, bool is_quiet) {
  size_t count = 0;
  while (words[count] != NULL) count++;
  char** all = calloc(count + 4, sizeof(*all));
  if (all == NULL || !need_folder()) return -1;
  all[0] = (char*) "pollux";
  all[1] = (char*) "run";
  all[2] = (char*) "--";
  memcpy(all + 3, words, count * sizeof(*all));
  const pid_t pid = fork();
  if (pid != 0) {
    free(all);
    return pid;
  }
  setenv("POLLUX_STATS", "live", 1);
  if (is_quiet && (freopen("/dev/null", "w", stdout) == NULL ||
                   freopen("/dev/null", "w", stderr) == NULL))
    _exit(TOOL_RUN_NO_EXEC);
  execv("/proc/self/exe", all);
  _exit(TOOL_RUN_NO_EXEC);
}

static bool has_ended(pid_t child, int* ret_status) {
  return child > 0 && waitpid(child, ret_status, WNOHANG) == child;
}

static int end_program(pid_t child, bool is_ended, int status) {
  if (!is_ended) {
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    status = 0;
  }
  struct live_list list;
  if (live_read(&list, NULL, 0) == 0) live_free(&list); /* Removes its page. */
  if (has_own_folder) (void) rmdir(own_folder);
  return WIFEXITED(status) ? WEXITSTATUS(status) : TOOL_FAULT;
}

/* --- Screen --------------------------------------------------------------- */

static struct termios before;

static void enter_screen(void) {
  struct termios keys;
  tcgetattr(STDIN_FILENO, &before);
  keys = before;
  keys.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
  tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  fputs("\033[?1049h\033[?25l", stdout);
}

static void leave_screen(void) {
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
  fputs("\033[?25h\033[?1049l", stdout);
  fflush(stdout);
}

static struct top_style style_of(const struct options* options,
                                 bool is_screen) {
  struct top_style style = {
    .columns = 80,
    .has_sparks = is_screen,
    .is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
    .line_end = is_screen ? "\033[K\r\n" : "\n",
    .sort = top_sort_name(options->sort),
  };
  struct winsize size;
  if (!is_screen || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return style;
  if (size.ws_col > 0) style.columns = size.ws_col;
  if (size.ws_row > 1) style.lines = size.ws_row - 1;
  return style;
}

static void show(struct top_table* table, const struct options* options,
                 bool is_screen) {
  const struct top_style style = style_of(options, is_screen);
  top_rows_sort(table, options->sort);
  if (options->is_json) {
    top_print_json(stdout, table);
  } else {
    if (is_screen) fputs("\033[H", stdout);
    top_print(stdout, table, &style);
    if (is_screen && table->row_count == 0)
      printf(
          "No process of yours has a live page: start one with "
          "POLLUX_STATS=live.\033[K\r\n");
    if (is_screen) fputs("\033[J", stdout);
  }
  fflush(stdout);
}

static void obey(char key, struct options* options, bool* is_stopped) {
  static const char letters[TOP_SORTS] = { 'b', 'd', 'c', 't', 'p' };
  for (int i = 0; i < TOP_SORTS; i++)
    if (key == letters[i]) options->sort = (enum top_sort) i;
  if (key == ' ') *is_stopped = !*is_stopped;
  if (key == 'q') is_over = 1;
}

/* Until the time is over, or a key was pressed: then true. */
static bool wait_for_key(double seconds, bool has_keys, char* ret_key) {
  struct pollfd keys = { .fd = has_keys ? STDIN_FILENO : -1, .events = POLLIN };
  if (poll(&keys, 1, (int) (seconds * 1000)) <= 0 || !has_keys) return false;
  if (read(STDIN_FILENO, ret_key, 1) == 1) return true;
  is_over = 1; /* The terminal is gone. */
  return false;
}

/* --- Turns ---------------------------------------------------------------- */

/* Of a program that was started here, only pages made since. */
static void keep_since(struct live_list* list, uint64_t since_ns) {
  size_t kept = 0;
  for (size_t i = 0; i < list->count; i++)
    if (live_page(&list->items[i])->began_ns >= since_ns)
      list->items[kept++] = list->items[i];
    else
      free(list->items[i].bytes);
  list->count = kept;
}

static uint64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (uint64_t) at.tv_sec * 1000000000 + (uint64_t) at.tv_nsec;
}

static int follow(struct options* options, bool is_screen) {
  struct live_list earlier = { NULL, 0, 0 };
  struct top_table last = { .rows = NULL };
  const uint64_t since_ns = options->program != NULL ? now() : 0;
  int status = 0;
  const pid_t child =
      options->program == NULL ? 0 : start(options->program, is_screen);
  bool is_ended = child < 0, is_stopped = false;
  for (int turn = 0; !is_over && !is_ended; turn++) {
    struct live_list list;
    int error = live_read(&list, options->pids, options->pid_count);
    if (error != 0) {
      if (is_screen) leave_screen();
      text_complain("top", "no folder for live pages: %s; set XDG_RUNTIME_DIR",
                    strerror(error));
      return TOOL_CANNOT_LOOK;
    }
    keep_since(&list, since_ns);
    struct top_table table;
    top_rows(&table, &earlier, &list, &last);
    if (!options->is_once || turn > 0) show(&table, options, is_screen);
    top_rows_free(&last);
    last = table;
    live_free(&earlier);
    earlier = list;
    if (options->is_once && turn > 0) break;
    char key;
    do {
      if (wait_for_key(options->interval_s, is_screen, &key)) {
        obey(key, options, &is_stopped);
        show(&last, options, is_screen);
      }
      is_ended = has_ended(child, &status);
    } while (is_stopped && !is_over && !is_ended);
  }
  const bool has_found = last.row_count > 0;
  top_rows_free(&last);
  live_free(&earlier);
  if (child != 0) return end_program(child, is_ended, status);
  if (options->is_once && !has_found && !options->is_json)
    text_complain("top",
                  "no such process has a live page; start one with "
                  "POLLUX_STATS=live");
  return has_found || !options->is_once ? TOOL_OK : TOOL_CANNOT_LOOK;
}

int tool_top(int argc, char** argv) {
  struct options options = { .interval_s = 1 };
  int rc = parse(&options, argc, argv);
  if (rc != TOOL_OK) {
    free(options.pids);
    return rc < 0 ? TOOL_OK : rc;
  }
  setlocale(LC_CTYPE, "");
  bool is_screen = isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
  if (!is_screen) options.is_once = true;
  if (options.is_once) is_screen = false;
  /* SIGWINCH needs no handler: the size is asked for in each turn. */
  const struct sigaction over = { .sa_handler = on_signal };
  sigaction(SIGINT, &over, NULL);
  sigaction(SIGTERM, &over, NULL);
  sigaction(SIGHUP, &over, NULL);
  if (is_screen) enter_screen();
  rc = follow(&options, is_screen);
  if (is_screen && rc != TOOL_CANNOT_LOOK) leave_screen();
  free(options.pids);
  return rc;
}
