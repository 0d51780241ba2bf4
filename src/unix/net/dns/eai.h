/* SPDX-License-Identifier: MIT */
/* Errors of name resolution. Pure, except that errno is read. */
#ifndef POLLUX_UNIX_NET_DNS_EAI_H
#define POLLUX_UNIX_NET_DNS_EAI_H

/* The result of getaddrinfo(3) or getnameinfo(3) as 0 or UV_E*. Call it right
 * after them: for EAI_SYSTEM the error is in errno. */
int uv__eai_to_uv(int code);

/* The status for the callback of a request. `status` comes from the pool; its
 * UV_ECANCELED becomes UV_EAI_CANCELED. */
int uv__eai_outcome(int status, int retcode);

#endif
