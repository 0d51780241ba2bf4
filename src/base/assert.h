/* SPDX-License-Identifier: MIT */
/* Assertions at three prices. All of them are about our own bugs: what a user
 * or the kernel can cause is an error code, never an assertion.
 *
 *   UV__ASSERT  always on; where going on would corrupt memory
 *   UV__CHECK   debug builds; relations that are cheap to state
 *   UV__AUDIT   test builds (-DPOLLUX_AUDIT=ON); free to walk everything
 *
 * A module with state has a predicate uv__<module>_valid(), which is asserted
 * with UV__CHECK() after each change. It claims what is cheap to look at; what
 * takes a walk it claims with UV__AUDIT(), once UV__WALK_IS_DUE() allows. */
#ifndef POLLUX_BASE_ASSERT_H
#define POLLUX_BASE_ASSERT_H

/* Prints the claim that failed and its place on stderr, then aborts. */
__attribute__((noreturn, cold)) void uv__assert_fail(const char* claim,
                                                     const char* file,
                                                     int line);

#define UV__ASSERT(claim)                                                      \
  (__builtin_expect(!(claim), 0) ? uv__assert_fail(#claim, __FILE__, __LINE__) \
                                 : (void) 0)

/* The clang analyzer reads the claims in a release build as well. */
#if defined(NDEBUG) && !defined(__clang_analyzer__)
#define UV__CHECK(claim) ((void) (0 && (claim)))
#else
#define UV__CHECK(claim) UV__ASSERT(claim)
#endif

#ifdef POLLUX_AUDIT
#define UV__AUDIT(claim) UV__ASSERT(claim)
#else
#define UV__AUDIT(claim) ((void) (0 && (claim)))
#endif

/* An audit of a list looks at so many of its first nodes, and a walk over more
 * elements than that is made after one change in a thousand only: else a test
 * with many of them would take for ever. */
enum { UV__WALK_MAX = 256 };
#define UV__WALK_IS_DUE(count) ((count) <= UV__WALK_MAX || (count) % 1021 == 0)

#endif
