/* SPDX-License-Identifier: MIT */
/* GSO (generic segmentation offload): several datagrams for one destination in
 * one send, which the kernel or the network card cuts into segments. Loop
 * thread only. */
#ifndef POLLUX_UNIX_OS_UDP_SEGMENT_H
#define POLLUX_UNIX_OS_UDP_SEGMENT_H

#include "base/abi.h"

#include <stdbool.h>
#include <sys/socket.h>

/* The kernel takes no more datagrams in one GSO send, and no more bytes in all
 * than the longest datagram has. */
#define UV__SEGMENTS_MAX 64
#define UV__SEGMENTS_BYTES_MAX 65507

/* May datagrams on `fd` go out by one GSO send, with the same result
 * as separate sends? Not if it is no UDP socket or the kernel is too old (it
 * would send one long datagram), if the program has set UDP_SEGMENT itself, or
 * if it asked to be told which datagram came back (IP_RECVERR): of a train, at
 * most one datagram would be reported. */
bool uv__udp_segment_fits(int fd, bool is_ipv6);

/* Send what `header` describes as datagrams of `size` bytes each; the last may
 * be shorter. All are sent, or none: bytes, or UV_E*. Uses msg_control. */
ssize_t uv__udp_segment_send(int fd, struct msghdr* header, uint16_t size);

#endif
