// Convolutions of one channel by itself; included by vector_kernels_template.h. A tap is one element of a kernel:
// what it meets lies at the tap's offset from where the output lies.

// y[i] = sum over t of weights[t] x[offsets[t] + i]. Four vectors at a time, so that a weight is fetched once for all.
TARGET static void NAME(weighted_sum)(long count, long taps, const void *source,
                                      const long *offsets, const void *factors, void *target) {
  const ELEMENT *x = source, *weights = factors;
  ELEMENT *y = target;
  long i = 0;
  for (; i + 4 * LANES <= count; i += 4 * LANES) {
    VECTOR sum[4] = {SPLAT(0), SPLAT(0), SPLAT(0), SPLAT(0)};
    for (long t = 0; t < taps; t++) {
      const ELEMENT *from = x + offsets[t] + i;
      VECTOR weight = SPLAT(weights[t]);
      UNROLL for (int k = 0; k < 4; k++) sum[k] = weight * LOAD(from + k * LANES) + sum[k];
    }
    UNROLL for (int k = 0; k < 4; k++) STORE(y + i + k * LANES, sum[k]);
  }
  for (; i + LANES <= count; i += LANES) {
    VECTOR sum = SPLAT(0);
    for (long t = 0; t < taps; t++) sum = SPLAT(weights[t]) * LOAD(x + offsets[t] + i) + sum;
    STORE(y + i, sum);
  }
  if (i < count) {
    VECTOR sum = SPLAT(0);
    for (long t = 0; t < taps; t++) {
      sum = SPLAT(weights[t]) * NAME(load_part)(x + offsets[t] + i, count - i) + sum;
    }
    NAME(store_part)(y + i, sum, count - i);
  }
}

// sums[t] += sum over i of dy[i] x[offsets[t] + i].
TARGET static void NAME(tap_products)(long count, long taps, const void *source,
                                      const long *offsets, const void *slopes, double *sums) {
  const ELEMENT *dy = slopes;
  for (long t = 0; t < taps; t++) {
    const ELEMENT *x = (const ELEMENT *)source + offsets[t];
    VECTOR sum[4] = {SPLAT(0), SPLAT(0), SPLAT(0), SPLAT(0)};
    long i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) {
      UNROLL for (int k = 0; k < 4; k++) {
        sum[k] = LOAD(dy + i + k * LANES) * LOAD(x + i + k * LANES) + sum[k];
      }
    }
    VECTOR all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    double total = 0;
    UNROLL for (int q = 0; q < LANES; q++) total += all[q];
    for (; i < count; i++) total += (double)dy[i] * x[i];
    sums[t] += total;
  }
}

// Rows from one place to another. The last vector of a row may overlap the one before it, so that only rows
// shorter than a vector go one by one.
TARGET static void NAME(copy_rows)(long rows, long columns, const void *source, long x_stride,
                                   void *target, long y_stride) {
  const ELEMENT *x = source;
  ELEMENT *y = target;
  for (long row = 0; row < rows; row++, x += x_stride, y += y_stride) {
    NAME(copy_run)(columns, x, y);
  }
}

TARGET static void NAME(finish_rows)(long rows, long columns, const void *source, long x_stride,
                                     double bias, int flags, void *target, long y_stride) {
  const ELEMENT *x = source;
  ELEMENT *y = target;
  const VECTOR added = SPLAT(bias);
  for (long row = 0; row < rows; row++, x += x_stride, y += y_stride) {
    if (columns < LANES) {
      for (long j = 0; j < columns; j++) {
        ELEMENT sum = x[j] + (ELEMENT)bias;
        y[j] = (flags & RETROGRAD_RELU) && sum < 0 ? 0 : sum;
      }
      continue;
    }
    for (long j = 0;; j = j + LANES <= columns - LANES ? j + LANES : columns - LANES) {
      VECTOR sum = LOAD(x + j) + added;
      if (flags & RETROGRAD_RELU) sum = NAME(without_negatives)(sum);
      STORE(y + j, sum);
      if (j == columns - LANES) break;
    }
  }
}
