/* SPDX-License-Identifier: MIT */
/* Prints the primes up to the number given. */
#include "config.h"
#include "numbers.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  unsigned long last = strtoul(argv[1], NULL, 10);
  fprintf(stderr, "sample %s\n", SAMPLE_VERSION);
  const char* separator = "";
  for (unsigned long number = 0; number <= last; number++) {
    if (!is_prime(number)) continue;
    printf("%s%lu", separator, number);
    separator = " ";
  }
  printf("\n");
  return 0;
}
