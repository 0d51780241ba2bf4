/* SPDX-License-Identifier: MIT */
/* Network interfaces and their addresses.
 *
 * The system's list has one entry per interface and address: the IPv4 and
 * IPv6 entries become ours, the packet entries hold the hardware addresses.
 * Interfaces that are down, or up with nothing plugged in, are left out.
 *
 * The result is one block of memory: the entries, then their names. */
#include "base/abi.h"
#include "base/alloc.h"

#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

typedef uv_interface_address_t entry_t;

static bool is_live(const struct ifaddrs* item) {
  const unsigned needed = IFF_UP | IFF_RUNNING;
  return item->ifa_addr != NULL && (item->ifa_flags & needed) == needed;
}

/* Bytes of an address we report, 0 for one we do not. */
static size_t reported_size(const struct ifaddrs* item) {
  if (!is_live(item)) return 0;
  switch (item->ifa_addr->sa_family) {
    case AF_INET:
      return sizeof(struct sockaddr_in);
    case AF_INET6:
      return sizeof(struct sockaddr_in6);
    default:
      return 0;
  }
}

/* Are these names of one interface? An address may have a label of its own:
 * "eth0:backup" is on eth0. */
static bool is_same_interface(const char* labelled, const char* name) {
  size_t len = strcspn(labelled, ":");
  return strncmp(labelled, name, len) == 0 && name[len] == '\0';
}

/* Find the hardware address; all zero when it has none. */
static void fill_hardware(entry_t* entry, const struct ifaddrs* list) {
  memset(entry->phys_addr, 0, sizeof(entry->phys_addr));
  for (const struct ifaddrs* item = list; item != NULL; item = item->ifa_next) {
    if (item->ifa_addr == NULL || item->ifa_addr->sa_family != AF_PACKET)
      continue;
    if (!is_same_interface(entry->name, item->ifa_name)) continue;
    struct sockaddr_ll link;
    memcpy(&link, item->ifa_addr, sizeof(link));
    memcpy(entry->phys_addr, link.sll_addr, sizeof(entry->phys_addr));
    return;
  }
}

/* Fill one entry; its name goes to `name`. */
static void fill(entry_t* entry, char* name, const struct ifaddrs* item,
                 const struct ifaddrs* list) {
  size_t addr_size = reported_size(item);
  memset(entry, 0, sizeof(*entry));
  entry->name = strcpy(name, item->ifa_name);
  entry->is_internal = (item->ifa_flags & IFF_LOOPBACK) != 0;
  memcpy(&entry->address, item->ifa_addr, addr_size);
  /* Tunnels may have none; the family 0 says so. */
  if (item->ifa_netmask != NULL)
    memcpy(&entry->netmask, item->ifa_netmask, addr_size);
  fill_hardware(entry, list);
}

/* Copy what is worth reporting. Leaves `*ret_entries` NULL for nothing. */
static int collect(const struct ifaddrs* list, entry_t** ret_entries,
                   int* ret_count) {
  size_t total = 0;
  size_t names_size = 0;
  for (const struct ifaddrs* item = list; item != NULL; item = item->ifa_next) {
    if (reported_size(item) == 0) continue;
    total++;
    names_size += strlen(item->ifa_name) + 1;
  }
  *ret_entries = NULL;
  *ret_count = 0;
  if (total == 0) return 0;
  if (total > INT_MAX) return UV_ENOMEM;

  entry_t* entries = uv__malloc(total * sizeof(*entries) + names_size);
  if (entries == NULL) return UV_ENOMEM;
  entry_t* entry = entries;
  char* name = (char*) (entries + total);
  for (const struct ifaddrs* item = list; item != NULL; item = item->ifa_next) {
    if (reported_size(item) == 0) continue;
    fill(entry++, name, item, list);
    name += strlen(name) + 1;
  }
  *ret_entries = entries;
  *ret_count = (int) total;
  return 0;
}

int uv_interface_addresses(uv_interface_address_t** addresses, int* count) {
  if (addresses == NULL || count == NULL) return UV_EINVAL;
  struct ifaddrs* list;
  if (getifaddrs(&list) != 0) return UV__ERR(errno);
  int rc = collect(list, addresses, count);
  freeifaddrs(list);
  return rc;
}

/* `count` is the API's; one block needs none. */
void uv_free_interface_addresses(uv_interface_address_t* addresses, int count) {
  (void) count;
  uv__free(addresses);
}
