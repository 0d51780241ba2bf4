/* SPDX-License-Identifier: MIT */
/* UDP_SEGMENT, Linux 4.18 and newer. An older kernel skips the control message
 * and sends all bytes as one datagram, and so does a socket of another kind;
 * hence the look at the option, which only a UDP socket of a newer kernel has.
 *
 * The kernel refuses a GSO send that it cannot cut: EINVAL or EMSGSIZE
 * when a datagram does not fit into the path's packets, EIO when the device
 * computes no checksums. */
#include "unix/os/udp-segment.h"

#include "unix/os/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

static bool is_off(int fd, int level, int name) {
  int value = 0;
  return uv__sock_get_int(fd, level, name, &value) == 0 && value == 0;
}

bool uv__udp_segment_fits(int fd, bool is_ipv6) {
  if (!is_off(fd, IPPROTO_UDP, UDP_SEGMENT)) return false;
  /* An IPv6 socket has both: it may send to mapped addresses. */
  if (is_ipv6 && !is_off(fd, IPPROTO_IPV6, IPV6_RECVERR)) return false;
  return is_off(fd, IPPROTO_IP, IP_RECVERR);
}

ssize_t uv__udp_segment_send(int fd, struct msghdr* header, uint16_t size) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(size))];
  } control;
  memset(&control, 0, sizeof(control));
  control.header.cmsg_level = IPPROTO_UDP;
  control.header.cmsg_type = UDP_SEGMENT;
  control.header.cmsg_len = CMSG_LEN(sizeof(size));
  memcpy(CMSG_DATA(&control.header), &size, sizeof(size));

  header->msg_control = &control;
  header->msg_controllen = sizeof(control);
  ssize_t sent = sendmsg(fd, header, MSG_DONTWAIT);
  header->msg_control = NULL;
  header->msg_controllen = 0;
  return sent >= 0 ? sent : UV__ERR(errno);
}
