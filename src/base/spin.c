/* SPDX-License-Identifier: MIT */
/* See spin.h; the cases are tabled in test/unit/spin.c. */
#include "base/spin.h"

static int64_t at_most(int64_t value_ns, int64_t max_ns) {
  return value_ns < max_ns ? value_ns : max_ns;
}

int64_t uv__spin_ceiling(const struct uv__spin_limits* limits,
                         int64_t sleep_cpu_ns) {
  enum { UNKNOWN_NS = 2000 }; /* A cautious guess until one was measured. */
  if (!limits->is_cpu_bounded) return limits->max_ns;
  return at_most(sleep_cpu_ns > 0 ? sleep_cpu_ns : UNKNOWN_NS, limits->max_ns);
}

int64_t uv__spin_estimate(const struct uv__spin_limits* limits, int64_t est_ns,
                          int64_t block_ns) {
  /* A pause longer than any window says nothing about what comes after it. */
  if (block_ns > limits->max_ns) est_ns = 0;
  if (est_ns == 0)
    est_ns = block_ns;
  else
    est_ns += (block_ns >> limits->weight) - (est_ns >> limits->weight);
  if (est_ns > limits->max_ns) return 0;
  return est_ns > 0 ? est_ns : 1; /* Fired at once: known, and close. */
}

int64_t uv__spin_adjust(const struct uv__spin_limits* limits, int64_t spin_ns,
                        int64_t est_ns) {
  if (est_ns == 0) return uv__spin_shrink(limits, spin_ns);
  est_ns = est_ns < limits->max_ns / 2 ? est_ns * 2 : limits->max_ns;
  if (est_ns > spin_ns) {
    int64_t grown_ns = spin_ns > limits->max_ns / (int64_t) limits->grow
                           ? limits->max_ns
                           : spin_ns * (int64_t) limits->grow;
    return at_most(grown_ns > est_ns ? grown_ns : est_ns, limits->max_ns);
  }
  if (est_ns < spin_ns / (int64_t) limits->shrink)
    return spin_ns / (int64_t) limits->shrink;
  return spin_ns;
}

int64_t uv__spin_shrink(const struct uv__spin_limits* limits, int64_t spin_ns) {
  enum { NOT_WORTH_NS = 500 }; /* Less than one look at the kernel. */
  if (limits->shrink <= 1) return 0;
  int64_t shrunk_ns = spin_ns / (int64_t) limits->shrink;
  return shrunk_ns < NOT_WORTH_NS ? 0 : shrunk_ns;
}

bool uv__spin_forgives(const struct uv__spin_limits* limits, unsigned misses) {
  enum { FORGIVEN = 7 };
  return !limits->is_cpu_bounded && misses <= FORGIVEN;
}

int64_t uv__spin_length(const struct uv__spin_limits* limits, int64_t spin_ns,
                        unsigned misses, int64_t ceiling_ns) {
  bool is_patient =
      spin_ns > 0 && misses > 0 && uv__spin_forgives(limits, misses);
  return is_patient || spin_ns > ceiling_ns ? ceiling_ns : spin_ns;
}

int64_t uv__spin_missed(const struct uv__spin_limits* limits, unsigned misses,
                        int64_t spin_ns) {
  return uv__spin_forgives(limits, misses) ? spin_ns
                                           : uv__spin_shrink(limits, spin_ns);
}

bool uv__spin_trial_due(struct uv__spin_trial* trial) {
  if (trial->pause == 0) {
    trial->pause = UV__TRIAL_PAUSE_MIN;
    trial->left = UV__TRIAL_PAUSE_MIN;
  }
  if (--trial->left > 0) return false;
  trial->left = trial->pause;
  return true;
}

void uv__spin_trial_result(struct uv__spin_trial* trial, bool was_hit) {
  if (was_hit)
    trial->pause = UV__TRIAL_PAUSE_MIN;
  else if (trial->pause < UV__TRIAL_PAUSE_MAX)
    trial->pause *= 2;
  trial->left = trial->pause;
}
