/* SPDX-License-Identifier: MIT */
#ifndef SAMPLE_NUMBERS_H
#define SAMPLE_NUMBERS_H

int is_prime(unsigned long number);
unsigned long count_collatz_steps(unsigned long number);

#endif
