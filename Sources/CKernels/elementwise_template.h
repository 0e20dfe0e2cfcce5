// Loops over the elements of arrays for one instruction set; included by vector_kernels_template.h.
//
// What does not fill a vector at the end goes through a padded one, so that an element's result does not
// depend on where the threads' shares of an array begin.

INLINE void NAME(store_part)(ELEMENT *target, VECTOR x, long count) {
  ELEMENT padded[LANES];
  STORE(padded, x);
  for (long q = 0; q < count; q++) target[q] = padded[q];
}

// Runs `expression`, which stores with PUT what it computes from GETs, for all elements: whole vectors
// first, then the rest.
#define FOR_EACH_VECTOR(count, statements) \
  do {                                     \
    long i = 0;                            \
    for (; i + LANES <= (count); i += LANES) { \
      const long left = LANES;             \
      statements                           \
    }                                      \
    if (i < (count)) {                     \
      const long left = (count) - i;       \
      statements                           \
    }                                      \
  } while (0)
#define GET(array) (left == LANES ? LOAD((array) + i) : NAME(load_part)((array) + i, left))
#define PUT(array, x)                                \
  do {                                               \
    if (left == LANES) {                             \
      STORE((array) + i, x);                         \
    } else {                                         \
      NAME(store_part)((array) + i, x, left);        \
    }                                                \
  } while (0)

TARGET static void NAME(adam)(long count, const retrograd_adam_step *step, void *parameters,
                              const void *gradients, void *means, void *mean_squares) {
  ELEMENT *restrict p = parameters, *restrict m = means, *restrict v = mean_squares;
  const ELEMENT *restrict g = gradients;
  const VECTOR keep_mean = SPLAT(step->beta1), add_mean = SPLAT(1 - step->beta1);
  const VECTOR keep_square = SPLAT(step->beta2), add_square = SPLAT(1 - step->beta2);
  const VECTOR rate = SPLAT(step->rate), root = SPLAT(1 / step->root);
  const VECTOR epsilon = SPLAT(step->epsilon), decay = SPLAT(step->decay), kept = SPLAT(step->kept);
  FOR_EACH_VECTOR(count, {
    VECTOR old = GET(p) * kept;
    VECTOR slope = decay * old + GET(g);
    VECTOR mean = keep_mean * GET(m) + add_mean * slope;
    VECTOR square = keep_square * GET(v) + add_square * (slope * slope);
    PUT(m, mean);
    PUT(v, square);
    PUT(p, old - rate * mean / (__builtin_elementwise_sqrt(square) * root + epsilon));
  });
}

TARGET static void NAME(descend)(long count, const retrograd_descent_step *step, void *parameters,
                                 const void *gradients, void *velocities) {
  ELEMENT *restrict p = parameters, *restrict v = velocities;
  const ELEMENT *restrict g = gradients;
  const VECTOR rate = SPLAT(step->rate), decay = SPLAT(step->decay), keep = SPLAT(step->keep);
  const VECTOR own = SPLAT(step->own), ahead = SPLAT(step->ahead);
  if (!v) {
    FOR_EACH_VECTOR(count, {
      VECTOR old = GET(p);
      PUT(p, old - rate * (decay * old + GET(g)));
    });
    return;
  }
  FOR_EACH_VECTOR(count, {
    VECTOR old = GET(p);
    VECTOR slope = decay * old + GET(g);
    VECTOR moved = keep * GET(v) + slope;
    PUT(v, moved);
    PUT(p, old - rate * (own * slope + ahead * moved));
  });
}

TARGET static void NAME(larger)(long count, const void *source, void *values) {
  const ELEMENT *restrict x = source;
  ELEMENT *restrict best = values;
  for (long j = 0; j < count; j++) {
    best[j] = ((x[j] > best[j]) | (x[j] != x[j])) ? x[j] : best[j];
  }
}

#if SINGLE_PRECISION

typedef int NAME(integers) __attribute__((ext_vector_type(LANES)));
#define INTEGERS NAME(integers)
#define CHOOSE(condition, a, b) \
  ((VECTOR)(((condition) & (INTEGERS)(a)) | (~(condition) & (INTEGERS)(b))))
// The same numbers in double precision.
#define WIDE NAME(wide)
typedef double NAME(wide) __attribute__((ext_vector_type(LANES)));
typedef long NAME(wide_integers) __attribute__((ext_vector_type(LANES)));
#define WIDE_INTEGERS NAME(wide_integers)
#define WIDE_CHOOSE(condition, a, b) \
  ((WIDE)(((condition) & (WIDE_INTEGERS)(a)) | (~(condition) & (WIDE_INTEGERS)(b))))
#define WIDEN(x) __builtin_convertvector(x, WIDE)
#define NARROW(x) __builtin_convertvector(x, VECTOR)

// A number added to this one, which is 1.5 * 2^23, is rounded to a whole one that stands in the last bits of the sum.
#define ROUNDER SPLAT(12582912.0f)

// y 2^n, for n + ROUNDER and whole n from -151 to 129; AVX-512 has an instruction for it.
INLINE VECTOR NAME(times_power_of_two)(VECTOR y, VECTOR rounded) {
#if LANES == 16
  return (VECTOR)_mm512_scalef_ps((__m512)y, (__m512)(rounded - ROUNDER));
#else
  // In two factors, because n alone may lie outside of the range of exponents. If it is NaN, so is y.
  INTEGERS n = (INTEGERS)rounded - (INTEGERS)ROUNDER;
  INTEGERS half = n >> 1;
  VECTOR first = (VECTOR)((half + 127) << 23), second = (VECTOR)((n - half + 127) << 23);
  return y * first * second;
#endif
}

// e to the power of x: 2^n times e^r with |r| <= ln 2 / 2, where e^r is its Taylor polynomial with the
// coefficients bent to be best over that range (those of the Cephes library by S. L. Moshier).
INLINE VECTOR NAME(exp_of)(VECTOR x) {
  // Beyond these the result is 0 or infinite anyway; NaN falls through both.
  VECTOR bounded = CHOOSE(x > SPLAT(89.0f), SPLAT(89.0f), x);
  bounded = CHOOSE(bounded < SPLAT(-104.0f), SPLAT(-104.0f), bounded);
  VECTOR rounded = bounded * SPLAT(1.44269504f) + ROUNDER, n = rounded - ROUNDER;
  VECTOR r = bounded - n * SPLAT(0.693359375f);
  r = r - n * SPLAT(-2.12194440e-4f);
  VECTOR y = SPLAT(1.9875691500e-4f);
  y = y * r + SPLAT(1.3981999507e-3f);
  y = y * r + SPLAT(8.3334519073e-3f);
  y = y * r + SPLAT(4.1665795894e-2f);
  y = y * r + SPLAT(1.6666665459e-1f);
  y = y * r + SPLAT(5.0000001201e-1f);
  y = y * (r * r) + r + SPLAT(1.0f);
  return NAME(times_power_of_two)(y, rounded);
}
#undef ROUNDER

#include "vector_functions_template.h"
#include "row_template.h"

#undef INTEGERS
#undef CHOOSE
#undef WIDE
#undef WIDEN
#undef WIDE_INTEGERS
#undef WIDE_CHOOSE
#undef NARROW
#endif

#undef FOR_EACH_VECTOR
#undef GET
#undef PUT
