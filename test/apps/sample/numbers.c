/* SPDX-License-Identifier: MIT */
#include "numbers.h"

int is_prime(unsigned long number) {
  if (number < 2) return 0;
  for (unsigned long divisor = 2; divisor * divisor <= number; divisor++)
    if (number % divisor == 0) return 0;
  return 1;
}

unsigned long count_collatz_steps(unsigned long number) {
  unsigned long count = 0;
  for (; number > 1; count++)
    number = number % 2 == 0 ? number / 2 : 3 * number + 1;
  return count;
}
