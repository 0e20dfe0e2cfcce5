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
