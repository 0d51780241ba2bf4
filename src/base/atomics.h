/* SPDX-License-Identifier: MIT */
/* Named memory orders, so that no bare order appears elsewhere, and each fence
 * can name its partner. The operations work on plain integers and pointers,
 * because uv.h declares its shared fields (uv_async_t.pending) without
 * _Atomic. */
#ifndef POLLUX_BASE_ATOMICS_H
#define POLLUX_BASE_ATOMICS_H

#define uv__load_relaxed(ptr) __atomic_load_n((ptr), __ATOMIC_RELAXED)
#define uv__load_acquire(ptr) __atomic_load_n((ptr), __ATOMIC_ACQUIRE)
#define uv__store_relaxed(ptr, value)                                          \
  __atomic_store_n((ptr), (value), __ATOMIC_RELAXED)
#define uv__store_release(ptr, value)                                          \
  __atomic_store_n((ptr), (value), __ATOMIC_RELEASE)

/* Returns the old value; acquire and release. */
#define uv__exchange(ptr, value)                                               \
  __atomic_exchange_n((ptr), (value), __ATOMIC_ACQ_REL)
/* Returns the old value; acquire and release. */
#define uv__fetch_add(ptr, value)                                              \
  __atomic_fetch_add((ptr), (value), __ATOMIC_ACQ_REL)
/* True when `*ptr` was `*expected` and is now `value`; else `*expected` is what
 * was found. May fail for no reason: for loops. */
#define uv__cas_weak(ptr, expected, value)                                     \
  __atomic_compare_exchange_n((ptr), (expected), (value), 1, __ATOMIC_ACQ_REL, \
                              __ATOMIC_ACQUIRE)

/* Orders everything before it against everything after it, stores before loads
 * included. Each use names the fence it pairs with. */
#define uv__fence_full() __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* Tells the processor that this is a spin. */
static inline void uv__cpu_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ __volatile__("yield" ::: "memory");
#else
  __asm__ __volatile__("" ::: "memory");
#endif
}

#endif
