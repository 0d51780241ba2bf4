/* SPDX-License-Identifier: MIT */
/* Assertions at three prices. All of them are about our own bugs: what a user
 * or the kernel can cause is an error code, never an assertion.
 *
 *   UV__ASSERT  always on; where going on would corrupt memory
 *   UV__CHECK   debug builds; relations that are cheap to state
 *   UV__AUDIT   test builds (-DPOLLUX_AUDIT=ON); free to walk everything */
#ifndef POLLUX_BASE_ASSERT_H
#define POLLUX_BASE_ASSERT_H

/* Prints the claim that failed and its place on stderr, then aborts. */
__attribute__((noreturn, cold)) void uv__assert_fail(const char* claim,
                                                     const char* file,
                                                     int line);

#define UV__ASSERT(claim)                                                     \
  (__builtin_expect(!(claim), 0) ? uv__assert_fail(#claim, __FILE__, __LINE__) \
                                 : (void) 0)

#ifdef NDEBUG
# define UV__CHECK(claim) ((void) sizeof(!(claim)))
#else
# define UV__CHECK(claim) UV__ASSERT(claim)
#endif

#ifdef POLLUX_AUDIT
# define UV__AUDIT(claim) UV__ASSERT(claim)
#else
# define UV__AUDIT(claim) ((void) sizeof(!(claim)))
#endif

#endif
