/* SPDX-License-Identifier: MIT */
/* A private network and a private /tmp for one test of libuv's suite, whose
 * tests use fixed ports (9123-9125) and fixed names (/tmp/uv-test-sock), so
 * that they would meet when they run side by side. Two of them also need an
 * address from which no answer comes, not even a refusal.
 *
 * The interface is a dummy where the kernel has that driver, else one end of a
 * veth pair: without ARP its frames have no address that is taken, and the
 * other end drops them. Made through rtnetlink, because ip(8) may be absent;
 * what has a plain ioctl uses that. */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINK_NAME "uvtest0"
#define PEER_NAME "uvpeer0"
/* From the block for documentation, which no host has. */
#define LINK_ADDRESS "192.0.2.10"
#define LINK_NETMASK "255.255.255.0"
#define LINK_ADDRESS6 "fe80::10"

/* --- Namespaces --------------------------------------------------------- */

static int write_file(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t len = (ssize_t) strlen(text);
  ssize_t written = write(fd, text, (size_t) len);
  close(fd);
  return written == len ? 0 : -1;
}

static int map_own_ids(uid_t uid, gid_t gid) {
  char line[64];
  if (write_file("/proc/self/setgroups", "deny") != 0) return -1;
  snprintf(line, sizeof(line), "%u %u 1", uid, uid);
  if (write_file("/proc/self/uid_map", line) != 0) return -1;
  snprintf(line, sizeof(line), "%u %u 1", gid, gid);
  return write_file("/proc/self/gid_map", line);
}

int netns_enter(void) {
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
    if (uid == 0) return -1;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0) return -1;
    if (map_own_ids(uid, gid) != 0) return -1;
  }
  /* Nothing we mount may show outside. */
  return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* --- rtnetlink ---------------------------------------------------------- */

struct request {
  struct nlmsghdr header;
  char body[512];
};

/* `subject` is what the message is about, before the attributes. */
static void begin_request(struct request* request, unsigned short type,
                          const void* subject, size_t len) {
  memset(request, 0, sizeof(*request));
  request->header.nlmsg_len = (unsigned) NLMSG_LENGTH(len);
  request->header.nlmsg_type = type;
  request->header.nlmsg_flags =
      NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  memcpy(request->body, subject, len);
}

/* Open an attribute; its length is set by end_attribute(). */
static struct rtattr* begin_attribute(struct request* request,
                                      unsigned short type, const void* data,
                                      size_t len) {
  struct nlmsghdr* header = &request->header;
  struct rtattr* attribute =
      (struct rtattr*) (void*) ((char*) request +
                                NLMSG_ALIGN(header->nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = (unsigned short) RTA_LENGTH(len);
  if (len > 0) memcpy(RTA_DATA(attribute), data, len);
  header->nlmsg_len =
      NLMSG_ALIGN(header->nlmsg_len) + (unsigned) RTA_ALIGN(RTA_LENGTH(len));
  return attribute;
}

static void end_attribute(struct request* request, struct rtattr* attribute) {
  char* end = (char*) request + request->header.nlmsg_len;
  attribute->rta_len = (unsigned short) (end - (char*) attribute);
}

static void add_text(struct request* request, unsigned short type,
                     const char* text) {
  begin_attribute(request, type, text, strlen(text) + 1);
}

/* Send it and wait for the kernel's answer: 0, or -1 with errno set. */
static int transact(struct request* request) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return -1;
  struct {
    struct nlmsghdr header;
    struct nlmsgerr error;
    char more[1024];
  } answer;
  int error = 0;
  if (send(fd, request, request->header.nlmsg_len, 0) < 0 ||
      recv(fd, &answer, sizeof(answer), 0) <
          (ssize_t) NLMSG_LENGTH(sizeof(int)))
    error = errno != 0 ? errno : EIO;
  else if (answer.header.nlmsg_type != NLMSG_ERROR)
    error = EPROTO;
  else
    error = -answer.error.error;
  close(fd);
  errno = error;
  return error == 0 ? 0 : -1;
}

/* `kind` is a driver; a veth gets its other end too. */
static int make_link(const char* kind) {
  struct ifinfomsg blank;
  memset(&blank, 0, sizeof(blank));
  struct request request;
  begin_request(&request, RTM_NEWLINK, &blank, sizeof(blank));
  add_text(&request, IFLA_IFNAME, LINK_NAME);
  struct rtattr* info = begin_attribute(&request, IFLA_LINKINFO, NULL, 0);
  add_text(&request, IFLA_INFO_KIND, kind);
  if (strcmp(kind, "veth") == 0) {
    struct rtattr* data = begin_attribute(&request, IFLA_INFO_DATA, NULL, 0);
    struct rtattr* peer =
        begin_attribute(&request, VETH_INFO_PEER, &blank, sizeof(blank));
    add_text(&request, IFLA_IFNAME, PEER_NAME);
    end_attribute(&request, peer);
    end_attribute(&request, data);
  }
  end_attribute(&request, info);
  return transact(&request);
}

/* A link-local IPv6 address that is usable at once: no one else is on the link,
 * so it need not be contested. */
static int add_ipv6(const char* name, const char* text) {
  struct ifaddrmsg about;
  memset(&about, 0, sizeof(about));
  about.ifa_family = AF_INET6;
  about.ifa_prefixlen = 64;
  about.ifa_flags = IFA_F_NODAD;
  about.ifa_scope = RT_SCOPE_LINK;
  about.ifa_index = if_nametoindex(name);
  struct in6_addr address;
  inet_pton(AF_INET6, text, &address);
  struct request request;
  begin_request(&request, RTM_NEWADDR, &about, sizeof(about));
  begin_attribute(&request, IFA_LOCAL, &address, sizeof(address));
  return transact(&request);
}

/* --- Interfaces --------------------------------------------------------- */

static struct ifreq name_interface(const char* name) {
  struct ifreq interface;
  memset(&interface, 0, sizeof(interface));
  strncpy(interface.ifr_name, name, sizeof(interface.ifr_name) - 1);
  return interface;
}

static int bring_up(int fd, const char* name, int more_flags) {
  struct ifreq interface = name_interface(name);
  if (ioctl(fd, SIOCGIFFLAGS, &interface) != 0) return -1;
  interface.ifr_flags =
      (short) (interface.ifr_flags | IFF_UP | IFF_RUNNING | more_flags);
  return ioctl(fd, SIOCSIFFLAGS, &interface);
}

static struct sockaddr_in address_of(const char* text) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

static int set_address(int fd, unsigned long what, const char* name,
                       const char* text) {
  struct ifreq interface = name_interface(name);
  struct sockaddr_in address = address_of(text);
  memcpy(&interface.ifr_addr, &address, sizeof(address));
  return ioctl(fd, what, &interface);
}

static int add_default_route(int fd, char* name) {
  struct rtentry route;
  memset(&route, 0, sizeof(route));
  struct sockaddr_in any = address_of("0.0.0.0");
  memcpy(&route.rt_dst, &any, sizeof(any));
  memcpy(&route.rt_genmask, &any, sizeof(any));
  route.rt_flags = RTF_UP;
  route.rt_dev = name;
  return ioctl(fd, SIOCADDRT, &route);
}

static int plug_in_link(int fd) {
  int has_peer = 0;
  if (make_link("dummy") != 0) {
    if (make_link("veth") != 0) return -1;
    has_peer = 1;
  }
  if (has_peer) {
    /* Keep the other end out of the tests' sight as far as possible; where
     * /proc/sys cannot be written it has an address more. */
    (void) write_file("/proc/sys/net/ipv6/conf/" PEER_NAME "/disable_ipv6",
                      "1");
    if (bring_up(fd, PEER_NAME, 0) != 0) return -1;
  }
  if (bring_up(fd, LINK_NAME, IFF_NOARP) != 0) return -1;
  if (set_address(fd, SIOCSIFADDR, LINK_NAME, LINK_ADDRESS) != 0) return -1;
  if (set_address(fd, SIOCSIFNETMASK, LINK_NAME, LINK_NETMASK) != 0) return -1;
  if (add_default_route(fd, LINK_NAME) != 0) return -1;
  /* A system may have no IPv6. */
  (void) add_ipv6(LINK_NAME, LINK_ADDRESS6);
  return 0;
}

int netns_plug_in(void) {
  char loopback[] = "lo";
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int rc = bring_up(fd, loopback, 0);
  if (rc == 0 && plug_in_link(fd) != 0) rc = add_default_route(fd, loopback);
  int error = errno;
  close(fd);
  errno = error;
  return rc;
}

/* --- Files -------------------------------------------------------------- */

static int make_folders(const char* path) {
  char partial[PATH_MAX];
  if (strlen(path) >= sizeof(partial)) return errno = ENAMETOOLONG, -1;
  strcpy(partial, path);
  for (char* slash = strchr(partial + 1, '/');;
       slash = strchr(slash + 1, '/')) {
    if (slash != NULL) *slash = '\0';
    if (mkdir(partial, 0755) != 0 && errno != EEXIST) return -1;
    if (slash == NULL) return 0;
    *slash = '/';
  }
}

/* Append all of the file `path`, if there is one. */
static void copy_file(int to_fd, const char* path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  char bytes[4096];
  ssize_t count;
  while ((count = read(fd, bytes, sizeof(bytes))) > 0)
    if (write(to_fd, bytes, (size_t) count) != count) break;
  close(fd);
}

/* Let `path` begin with `text`; after that its old content, when asked for. A
 * file that is not there is left so. */
static void overlay_file(const char* path, const char* text, int has_old) {
  char scratch[] = "/tmp/pollux-etc-XXXXXX";
  int fd = mkstemp(scratch);
  if (fd < 0) return;
  ssize_t len = (ssize_t) strlen(text);
  if (write(fd, text, (size_t) len) == len && fchmod(fd, 0644) == 0) {
    if (has_old) copy_file(fd, path);
    (void) mount(scratch, path, NULL, MS_BIND, NULL);
  }
  close(fd);
  unlink(scratch);
}

/* No test waits for a name server far away: on 127.0.0.1 no one serves DNS,
 * which is known at once. What the suite asks for by name has to be known
 * without. */
static void settle_names(void) {
  overlay_file("/etc/resolv.conf", "nameserver 127.0.0.1\n", 0);
  overlay_file("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n", 1);
}

/* Show the folder behind `fd` at `path` again. */
static int show_again(int fd, const char* path) {
  char source[64];
  snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
  if (make_folders(path) != 0) return -1;
  return mount(source, path, NULL, MS_BIND | MS_REC, NULL);
}

int netns_own_tmp(const char* const* keep, size_t count) {
  int fds[NETNS_KEEP_MAX];
  if (count > NETNS_KEEP_MAX) return errno = E2BIG, -1;
  for (size_t i = 0; i < count; i++) {
    fds[i] = -1;
    if (strncmp(keep[i], "/tmp/", 5) != 0) continue;
    fds[i] = open(keep[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fds[i] < 0) return -1;
  }
  if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") != 0)
    return -1;
  for (size_t i = 0; i < count; i++) {
    if (fds[i] < 0) continue;
    if (show_again(fds[i], keep[i]) != 0) return -1;
    close(fds[i]);
  }
  settle_names();
  return 0;
}
