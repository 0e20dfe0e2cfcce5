// The largest elements of windows; included by vector_kernels_template.h.

#if LANES == 16
#define EVERY_SECOND 0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31
#elif LANES == 8
#define EVERY_SECOND 0, 2, 4, 6, 9, 11, 13, 15
#elif LANES == 4
#define EVERY_SECOND 0, 2, 5, 7
#elif LANES == 2
#define EVERY_SECOND 0, 3
#else
#define EVERY_SECOND 0
#endif

typedef long NAME(places) __attribute__((ext_vector_type(LANES)));
typedef long NAME(unaligned_places) __attribute__((ext_vector_type(LANES), aligned(sizeof(long))));

// source[0], source[stride] and so on: as many as a vector has lanes.
INLINE VECTOR NAME(load_strided)(const ELEMENT *source, const long stride) {
  if (stride == 1) return LOAD(source);
  if (stride == 2) {
    // The second vector ends where the last element lies, so that nothing beyond it is read.
    return __builtin_shufflevector(LOAD(source), LOAD(source + LANES - 1), EVERY_SECOND);
  }
  VECTOR x;
  UNROLL for (int q = 0; q < LANES; q++) x[q] = source[q * stride];
  return x;
}

// As many windows as a vector has lanes, with all that is known of them in registers. The largest element so far is
// chosen, not branched for: which one it is is as random as the picture, and a wrong guess costs as much as dozens of
// elements.
INLINE VECTOR NAME(largest_of_few)(const long stride, long taps, const ELEMENT *source,
                                   const long *offsets, long position, long *positions) {
  typedef __typeof__(SPLAT(0) < SPLAT(0)) mask;
  VECTOR best = NAME(load_strided)(source + offsets[0], stride);
  mask place = (mask){0} + (int)offsets[0];
  for (long t = 1; t < taps; t++) {
    VECTOR x = NAME(load_strided)(source + offsets[t], stride);
    mask replaces = (x > best) | (x != x);
    best = (VECTOR)((replaces & (mask)x) | (~replaces & (mask)best));
    place = (replaces & ((mask){0} + (int)offsets[t])) | (~replaces & place);
  }
  if (positions) {
    NAME(places) found = __builtin_convertvector(place, NAME(places)) + position;
    UNROLL for (int q = 0; q < LANES; q++) found[q] += q * stride;
    *(NAME(unaligned_places) *)positions = found;
  }
  return best;
}

INLINE void NAME(pool_strided)(long count, const long stride, long taps, const ELEMENT *source,
                               const long *offsets, long readable, ELEMENT *values, long position,
                               long *positions) {
  const long last = offsets[taps - 1];
  if (last > 0x7fffffff || (count < LANES && last + (LANES - 1) * stride >= readable)) {
    for (long j = 0; j < count; j++) {
      long best = j * stride + offsets[0];
      for (long t = 1; t < taps; t++) {
        long at = j * stride + offsets[t];
        if (source[at] > source[best] || source[at] != source[at]) best = at;
      }
      values[j] = source[best];
      if (positions) positions[j] = position + best;
    }
    return;
  }
  if (count < LANES) {
    ELEMENT padded[LANES];
    long found[LANES];
    STORE(padded, NAME(largest_of_few)(stride, taps, source, offsets, position, positions ? found : 0));
    NAME(copy_run)(count, padded, values);
    for (long j = 0; positions && j < count; j++) positions[j] = found[j];
    return;
  }
  // The last windows overlap with those before them.
  for (long j = 0;; j = j + LANES <= count - LANES ? j + LANES : count - LANES) {
    STORE(values + j,
          NAME(largest_of_few)(stride, taps, source + j * stride, offsets, position + j * stride,
                               positions ? positions + j : 0));
    if (j == count - LANES) break;
  }
}

// The strides that occur are constants, so that the compiler knows which elements to load together.
TARGET static void NAME(pool_row)(long count, long stride, long taps, const void *source,
                                  const long *offsets, long readable, void *values, long position,
                                  long *positions) {
  if (stride == 1) {
    NAME(pool_strided)(count, 1, taps, source, offsets, readable, values, position, positions);
  } else if (stride == 2) {
    NAME(pool_strided)(count, 2, taps, source, offsets, readable, values, position, positions);
  } else {
    NAME(pool_strided)(count, stride, taps, source, offsets, readable, values, position, positions);
  }
}

#undef EVERY_SECOND
