/* SPDX-License-Identifier: MIT */
/* Errors of the resolver. Pure, but for errno. */
#ifndef POLLUX_UNIX_NET_DNS_EAI_H
#define POLLUX_UNIX_NET_DNS_EAI_H

/* The result of getaddrinfo(3) or getnameinfo(3) as 0 or UV_E*. Call it right
 * after them: EAI_SYSTEM means errno. */
int uv__eai_to_uv(int code);

/* What the callback of a resolver request is told: `status` comes from the
 * pool, where UV_ECANCELED stands for UV_EAI_CANCELED here. */
int uv__eai_outcome(int status, int retcode);

#endif
