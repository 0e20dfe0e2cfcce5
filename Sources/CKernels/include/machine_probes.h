#pragma once

// How fast the machine can be at best, to hold what was reached against: arithmetic in registers that
// nothing holds up, and memory that is only walked through.

typedef struct {
  // How many multiplications and additions one step of `multiply_add` makes.
  long operations_per_step;

  // Multiplies and adds in registers, `steps` times; the result only keeps the compiler from leaving
  // it out.
  float (*multiply_add)(long steps, float factor, float addend);

  // The sum of `count` numbers, a multiple of 256.
  float (*sum)(const float *source, long count);

  // target[i] = a[i] + factor * b[i] for i < count, a multiple of 256.
  void (*triad)(float *target, const float *a, const float *b, float factor, long count);
} retrograd_machine_probe;
