/* SPDX-License-Identifier: MIT */
/* Counts how many steps the number given is away from 1. */
#include "numbers.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  printf("%lu steps\n", count_collatz_steps(strtoul(argv[1], NULL, 10)));
  return 0;
}
