/* SPDX-License-Identifier: MIT */
/* The credit of timing; see duty.h. */
#include "base/duty.h"

void uv__duty_init(struct uv__duty* duty) {
  *duty = (struct uv__duty){ .credit_ns = UV__DUTY_CREDIT_MAX_NS };
}

static void earn(struct uv__duty* duty, uint64_t passed_ns) {
  const uint64_t most = UV__DUTY_CREDIT_MAX_NS;
  const uint64_t earned = passed_ns / UV__DUTY_SHARE;
  duty->credit_ns += (int64_t) (earned < 2 * most ? earned : 2 * most);
  if (duty->credit_ns > (int64_t) most) duty->credit_ns = (int64_t) most;
}

/* How many turns of that length pay the debt. */
static unsigned turns_for(int64_t debt_ns, uint64_t turn_ns) {
  const uint64_t needed_ns = (uint64_t) debt_ns * UV__DUTY_SHARE;
  if (turn_ns == 0 || needed_ns / turn_ns >= UV__DUTY_PASS_MAX)
    return UV__DUTY_PASS_MAX;
  return (unsigned) (needed_ns / turn_ns);
}

uint64_t uv__duty_ask(struct uv__duty* duty, uint64_t now_ns, uint64_t now_ms) {
  const uint64_t passed_ns = duty->asked_ns == 0 || now_ns < duty->asked_ns
                                 ? 0
                                 : now_ns - duty->asked_ns;
  const unsigned turns = duty->since_ask == 0 ? 1 : duty->since_ask;
  duty->asked_ns = now_ns;
  duty->since_ask = 0;
  earn(duty, passed_ns);
  if (duty->credit_ns < -(int64_t) UV__DUTY_CREDIT_MAX_NS)
    duty->credit_ns = -(int64_t) UV__DUTY_CREDIT_MAX_NS;
  if (duty->credit_ns >= 0) {
    const uint64_t weight = (uint64_t) duty->untimed + 1;
    duty->untimed = 0;
    duty->left = 0;
    return weight;
  }
  /* To ask costs as well, this time and the next: were only the debt to be
   * paid, each look would make it anew. */
  const int64_t debt_ns = -duty->credit_ns + 2 * duty->spent_ns;
  duty->left = turns_for(debt_ns, passed_ns / turns);
  duty->until_ms = now_ms + UV__DUTY_PASS_MS;
  duty->untimed++;
  return 0;
}
