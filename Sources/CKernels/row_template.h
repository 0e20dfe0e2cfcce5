// Rows and columns of float that are summed, normalized or turned into probabilities in one go; included by
// elementwise_template.h. Sums are kept in double precision. A matrix of `rows` rows lies row by row, `stride`
// elements apart; the kernels for columns go along its rows.

typedef double NAME(unaligned_wide)
    __attribute__((ext_vector_type(LANES), aligned(sizeof(double))));
#define LOAD_WIDE(pointer) ((WIDE)(*(const NAME(unaligned_wide) *)(pointer)))
#define STORE_WIDE(pointer, value) \
  (*(NAME(unaligned_wide) *)(pointer) = (NAME(unaligned_wide))(value))

INLINE double NAME(total)(const WIDE *x) {
  double sums[LANES];
  STORE_WIDE(sums, *x);
  UNROLL for (int half = LANES / 2; half > 0; half /= 2) {
    UNROLL for (int q = 0; q < half; q++) sums[q] += sums[q + half];
  }
  return sums[0];
}

// A vector of which only `left` elements are there; the others are `filling`.
INLINE VECTOR NAME(load_filled)(const float *source, long left, float filling) {
  float padded[LANES];
  for (long q = 0; q < LANES; q++) padded[q] = q < left ? source[q] : filling;
  return LOAD(padded);
}
#define GET_FILLED(array, filling) \
  (left == LANES ? LOAD((array) + i) : NAME(load_filled)((array) + i, left, filling))

// The larger of each two; NaN wins.
INLINE VECTOR NAME(larger_of)(VECTOR best, VECTOR x) {
  return CHOOSE((INTEGERS)(x > best) | (INTEGERS)(x != x), x, best);
}

TARGET static double NAME(row_sum)(long count, const float *x) {
  WIDE first = {0}, second = {0};
  long j = 0;
  for (; j + 2 * LANES <= count; j += 2 * LANES) {
    first += WIDEN(LOAD(x + j));
    second += WIDEN(LOAD(x + j + LANES));
  }
  double rest = 0;
  for (; j < count; j++) rest += x[j];
  first += second;
  return NAME(total)(&first) + rest;
}

// Four rows at a time, so that a sum is fetched once for all.
TARGET static void NAME(add_to_sums)(long rows, long stride, long count, const float *x,
                                     double *sums) {
  for (; rows >= 4; rows -= 4, x += 4 * stride) {
    long j = 0;
    for (; j + LANES <= count; j += LANES) {
      WIDE sum = LOAD_WIDE(sums + j);
      UNROLL for (int r = 0; r < 4; r++) sum += WIDEN(LOAD(x + r * stride + j));
      STORE_WIDE(sums + j, sum);
    }
    for (; j < count; j++) {
      for (int r = 0; r < 4; r++) sums[j] += x[r * stride + j];
    }
  }
  for (; rows > 0; rows--, x += stride) {
    long j = 0;
    for (; j + LANES <= count; j += LANES) {
      STORE_WIDE(sums + j, LOAD_WIDE(sums + j) + WIDEN(LOAD(x + j)));
    }
    for (; j < count; j++) sums[j] += x[j];
  }
}

// The sum of the squared distances from `center`.
TARGET static double NAME(row_squares)(long count, const float *x, float center) {
  const VECTOR middle = SPLAT(center);
  WIDE squares = {0};
  FOR_EACH_VECTOR(count, {
    VECTOR distance = GET_FILLED(x, center) - middle;
    squares += WIDEN(distance * distance);
  });
  return NAME(total)(&squares);
}

// sums[0] = sum of dy, sums[1] = sum of dy (x - center).
TARGET static void NAME(row_products)(long count, const float *dy, const float *x, float center,
                                      double *sums) {
  const VECTOR middle = SPLAT(center);
  WIDE slopes = {0}, products = {0};
  FOR_EACH_VECTOR(count, {
    VECTOR slope = GET(dy);
    slopes += WIDEN(slope);
    products += WIDEN(slope * (GET(x) - middle));
  });
  sums[0] = NAME(total)(&slopes);
  sums[1] = NAME(total)(&products);
}

// y = (x - center) scale + shift.
TARGET static void NAME(scale_row)(long count, const float *x, float center, float scale,
                                   float shift, float *y) {
  const VECTOR middle = SPLAT(center), factor = SPLAT(scale), summand = SPLAT(shift);
  FOR_EACH_VECTOR(count, { PUT(y, (GET(x) - middle) * factor + summand); });
}

// dx = (dy - offset - (x - center) slope) scale.
TARGET static void NAME(scale_row_back)(long count, const float *dy, const float *x, float center,
                                        float offset, float slope, float scale, float *dx) {
  const VECTOR middle = SPLAT(center), mean = SPLAT(offset), along = SPLAT(slope);
  const VECTOR factor = SPLAT(scale);
  FOR_EACH_VECTOR(count, { PUT(dx, (GET(dy) - mean - (GET(x) - middle) * along) * factor); });
}

// Where x is larger than `best`, or the first NaN, it takes its place, and `row` that of its position.
TARGET static void NAME(first_larger)(long count, const float *x, int row, float *best,
                                      int *positions) {
  long i = 0;
  for (; i + LANES <= count; i += LANES) {
    VECTOR candidate = LOAD(x + i);
    VECTOR known = LOAD(best + i);
    INTEGERS replaces = (INTEGERS)(candidate > known) |
                        ((INTEGERS)(candidate != candidate) & (INTEGERS)(known == known));
    STORE(best + i, CHOOSE(replaces, candidate, known));
    VECTOR rows = (VECTOR)((INTEGERS){0} + row);
    VECTOR old = LOAD((const float *)(positions + i));
    STORE((float *)(positions + i), CHOOSE(replaces, rows, old));
  }
  for (; i < count; i++) {
    if (x[i] > best[i] || (x[i] != x[i] && best[i] == best[i])) {
      best[i] = x[i];
      positions[i] = row;
    }
  }
}

// y = e^(x - max) / sum of e^(x - max), or its logarithm x - max - ln sum: nothing overflows.
TARGET static void NAME(softmax_rows)(bool logarithm, long rows, long count, const float *x,
                                      float *y) {
  const float lowest = -__builtin_inff();
  for (long row = 0; row < rows; row++, x += count, y += count) {
    VECTOR best = SPLAT(lowest);
    FOR_EACH_VECTOR(count, { best = NAME(larger_of)(best, GET_FILLED(x, lowest)); });
    float largest = best[0];
    for (int q = 1; q < LANES; q++) {
      if (best[q] > largest || best[q] != best[q]) largest = best[q];
    }
    const VECTOR shift = SPLAT(largest);
    WIDE sums = {0};
    FOR_EACH_VECTOR(count, {
      VECTOR exponential = NAME(exp_of)(GET_FILLED(x, lowest) - shift);
      sums += WIDEN(exponential);
      if (!logarithm) PUT(y, exponential);
    });
    const double sum = NAME(total)(&sums);
    if (logarithm) {
      const VECTOR log_sum = SPLAT(__builtin_log(sum));
      FOR_EACH_VECTOR(count, { PUT(y, GET(x) - shift - log_sum); });
    } else {
      const VECTOR divisor = SPLAT(sum);
      FOR_EACH_VECTOR(count, { PUT(y, GET(y) / divisor); });
    }
  }
}

// Columns are followed row by row, as they lie in memory, with what is known of each so far in the nearest cache.
// The arrays end with room for a whole vector.
TARGET static void NAME(softmax_columns)(bool logarithm, long rows, long stride, long columns,
                                         const float *x, float *y) {
  float best[RETROGRAD_COLUMNS_AT_ONCE + LANES];
  double sums[RETROGRAD_COLUMNS_AT_ONCE + LANES];
  FOR_EACH_VECTOR(columns, {
    STORE(best + i, GET(x));
    STORE_WIDE(sums + i, (WIDE){0});
  });
  for (long row = 1; row < rows; row++) {
    const float *from = x + row * stride;
    FOR_EACH_VECTOR(columns, { STORE(best + i, NAME(larger_of)(LOAD(best + i), GET(from))); });
  }
  for (long row = 0; row < rows; row++) {
    const float *from = x + row * stride;
    float *to = y + row * stride;
    FOR_EACH_VECTOR(columns, {
      VECTOR exponential = NAME(exp_of)(GET(from) - LOAD(best + i));
      STORE_WIDE(sums + i, LOAD_WIDE(sums + i) + WIDEN(exponential));
      if (!logarithm) PUT(to, exponential);
    });
  }
  float totals[RETROGRAD_COLUMNS_AT_ONCE + LANES];
  const long whole = (columns + LANES - 1) / LANES * LANES;
  for (long j = 0; j < whole; j++) totals[j] = logarithm ? __builtin_log(sums[j]) : sums[j];
  for (long row = 0; row < rows; row++) {
    const float *from = x + row * stride;
    float *to = y + row * stride;
    FOR_EACH_VECTOR(columns, {
      VECTOR total = LOAD(totals + i);
      PUT(to, logarithm ? GET(from) - LOAD(best + i) - total : GET(to) / total);
    });
  }
}

// dx = y (dy - sum of dy y), or of the logarithm dx = dy - e^y sum of dy.
#define SOFTMAX_TERM(logarithm, y, dy) WIDEN((logarithm) ? (dy) : (dy) * (y))
#define SOFTMAX_SLOPE(logarithm, y, dy, sum) \
  ((logarithm) ? (dy) - NAME(exp_of)(y) * (sum) : (y) * ((dy) - (sum)))
TARGET static void NAME(softmax_back_rows)(bool logarithm, long rows, long count, const float *y,
                                           const float *dy, float *dx) {
  for (long row = 0; row < rows; row++, y += count, dy += count, dx += count) {
    WIDE sums = {0};
    FOR_EACH_VECTOR(count, { sums += SOFTMAX_TERM(logarithm, GET(y), GET(dy)); });
    const VECTOR sum = SPLAT(NAME(total)(&sums));
    FOR_EACH_VECTOR(count, { PUT(dx, SOFTMAX_SLOPE(logarithm, GET(y), GET(dy), sum)); });
  }
}

TARGET static void NAME(softmax_back_columns)(bool logarithm, long rows, long stride, long columns,
                                              const float *y, const float *dy, float *dx) {
  double sums[RETROGRAD_COLUMNS_AT_ONCE + LANES];
  FOR_EACH_VECTOR(columns, { STORE_WIDE(sums + i, (WIDE){0}); });
  for (long row = 0; row < rows; row++) {
    const float *result = y + row * stride, *slope = dy + row * stride;
    FOR_EACH_VECTOR(columns, {
      WIDE term = SOFTMAX_TERM(logarithm, GET(result), GET(slope));
      STORE_WIDE(sums + i, LOAD_WIDE(sums + i) + term);
    });
  }
  for (long row = 0; row < rows; row++) {
    const float *result = y + row * stride, *slope = dy + row * stride;
    float *to = dx + row * stride;
    FOR_EACH_VECTOR(columns, {
      const VECTOR sum = NARROW(LOAD_WIDE(sums + i));
      PUT(to, SOFTMAX_SLOPE(logarithm, GET(result), GET(slope), sum));
    });
  }
}
#undef SOFTMAX_TERM
#undef SOFTMAX_SLOPE

// y = (x - mean) inverse gamma + beta with inverse = 1 / sqrt(variance + epsilon); gamma and beta may be null.
TARGET static void NAME(normalize_rows)(long rows, long count, const float *x, const float *gamma,
                                        const float *beta, double epsilon, float *y, float *means,
                                        float *inverses) {
  for (long row = 0; row < rows; row++, x += count, y += count) {
    const float mean = (float)(NAME(row_sum)(count, x) / count);
    const VECTOR center = SPLAT(mean);
    const float variance = (float)(NAME(row_squares)(count, x, mean) / count);
    const float inverse = 1 / __builtin_sqrtf(variance + (float)epsilon);
    const VECTOR scale = SPLAT(inverse);
    FOR_EACH_VECTOR(count, {
      VECTOR normalized = (GET(x) - center) * scale;
      if (gamma) normalized *= GET(gamma);
      if (beta) normalized += GET(beta);
      PUT(y, normalized);
    });
    means[row] = mean;
    inverses[row] = inverse;
  }
}

// dx = (g - mean of g - n mean of g n) inverse with g = dy gamma and n = (x - mean) inverse; and of each column the sum
// of dy n, added to dgamma, and of dy, added to dbeta. The sums end with room for a whole vector.
TARGET static void NAME(normalize_back_rows)(long rows, long stride, long count, const float *x,
                                             const float *dy, const float *gamma,
                                             const float *means, const float *inverses, float *dx,
                                             double *dgamma, double *dbeta) {
  for (long row = 0; row < rows; row++, x += stride, dy += stride) {
    const VECTOR center = SPLAT(means[row]), scale = SPLAT(inverses[row]);
    WIDE sums = {0}, products = {0};
    FOR_EACH_VECTOR(count, {
      VECTOR slope = GET(dy);
      VECTOR normalized = (GET(x) - center) * scale;
      if (dgamma) {
        STORE_WIDE(dgamma + i, LOAD_WIDE(dgamma + i) + WIDEN(slope * normalized));
        STORE_WIDE(dbeta + i, LOAD_WIDE(dbeta + i) + WIDEN(slope));
      }
      VECTOR g = gamma ? slope * GET(gamma) : slope;
      sums += WIDEN(g);
      products += WIDEN(g * normalized);
    });
    if (!dx) continue;
    const VECTOR mean = SPLAT(NAME(total)(&sums) / count);
    const VECTOR along = SPLAT(NAME(total)(&products) / count);
    FOR_EACH_VECTOR(count, {
      VECTOR g = gamma ? GET(dy) * GET(gamma) : GET(dy);
      VECTOR normalized = (GET(x) - center) * scale;
      PUT(dx, (g - mean - normalized * along) * scale);
    });
    dx += stride;
  }
}

#undef LOAD_WIDE
#undef STORE_WIDE
#undef GET_FILLED
