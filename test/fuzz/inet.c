/* SPDX-License-Identifier: MIT */
/* Addresses as text. */
#include "fuzz.h"

#include "base/abi.h"

#include <netinet/in.h>

/* What parses is printed, and what is printed parses to the same address. */
static void text_to_address(int family, const char* text, size_t size) {
  unsigned char address[16] = { 0 };
  unsigned char again[16] = { 0 };
  char printed[INET6_ADDRSTRLEN];
  if (uv_inet_pton(family, text, address) != 0) return;
  FUZZ_HOLDS(uv_inet_ntop(family, address, printed, sizeof(printed)) == 0);
  FUZZ_HOLDS(uv_inet_pton(family, printed, again) == 0);
  FUZZ_HOLDS(memcmp(address, again, size) == 0);
}

static void address_to_text(int family, const uint8_t* data, size_t size) {
  unsigned char again[16] = { 0 };
  char printed[INET6_ADDRSTRLEN];
  FUZZ_HOLDS(uv_inet_ntop(family, data, printed, sizeof(printed)) == 0);
  FUZZ_HOLDS(uv_inet_pton(family, printed, again) == 0);
  FUZZ_HOLDS(memcmp(data, again, size) == 0);
  for (size_t room = 0; room <= strlen(printed); room++) {
    char* small = malloc(room + 1);
    if (small == NULL) exit(1);
    FUZZ_HOLDS(uv_inet_ntop(family, data, small, room) == UV_ENOSPC);
    free(small);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  char* text = fuzz_text(data, size);
  text_to_address(AF_INET, text, 4);
  text_to_address(AF_INET6, text, 16);
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  FUZZ_HOLDS(uv_ip4_addr(text, 80, &v4) <= 0);
  FUZZ_HOLDS(uv_ip6_addr(text, 80, &v6) <= 0);
  if (uv_ip6_addr(text, 80, &v6) == 0) FUZZ_HOLDS(v6.sin6_port == htons(80));
  free(text);

  if (size >= 4) address_to_text(AF_INET, data, 4);
  if (size >= 16) address_to_text(AF_INET6, data, 16);
  return 0;
}
