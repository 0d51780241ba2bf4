/* SPDX-License-Identifier: MIT */
/* A private network and a private /tmp for one test. */
#ifndef POLLUX_TEST_LIBUV_NETNS_H
#define POLLUX_TEST_LIBUV_NETNS_H

#include <stddef.h>

#define NETNS_KEEP_MAX 8

/* Move this process into a network and a mount namespace of its own. The uid
 * stays; an ordinary user goes through a user namespace that knows this uid
 * only. 0, or -1 with the reason in errno: nothing has changed then, or as good
 * as nothing. */
int netns_enter(void);

/* In the new namespaces: bring loopback up and make an interface `uvtest0` with
 * an IPv4 and a link-local IPv6 address, a route for multicast and a default
 * route. What is sent out is lost without an answer. A system that can make no
 * such interface gets the routes on loopback, where it is lost as well. 0, or
 * -1 with the reason in errno. */
int netns_plug_in(void);

/* In the new namespaces: an empty /tmp, in which only those of the `count`
 * folders in `keep` are seen that are below /tmp, and localhost as the only
 * name that is known, without a name server. 0, or -1 with the reason in errno.
 */
int netns_own_tmp(const char* const* keep, size_t count);

#endif
