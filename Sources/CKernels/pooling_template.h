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

typedef long NAME(long_vector) __attribute__((ext_vector_type(LANES)));
typedef long NAME(unaligned_long_vector)
    __attribute__((ext_vector_type(LANES), aligned(sizeof(long))));

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
                                   const long *offsets, const long *places, long position,
                                   long *positions) {
  typedef __typeof__(SPLAT(0) < SPLAT(0)) mask;
  VECTOR best = NAME(load_strided)(source + offsets[0], stride);
  mask place = (mask){0} + (int)(places ? places[0] : 0);
  for (long t = 1; t < taps; t++) {
    VECTOR x = NAME(load_strided)(source + offsets[t], stride);
    mask replaces = (x > best) | (x != x);
    best = (VECTOR)((replaces & (mask)x) | (~replaces & (mask)best));
    if (places) place = (replaces & ((mask){0} + (int)places[t])) | (~replaces & place);
  }
  if (places) {
    NAME(long_vector) found = __builtin_convertvector(place, NAME(long_vector)) + position;
    UNROLL for (int q = 0; q < LANES; q++) found[q] += q * stride;
    *(NAME(unaligned_long_vector) *)positions = found;
  }
  return best;
}

INLINE void NAME(pool_strided)(long count, const long stride, long taps, const ELEMENT *source,
                               const long *offsets, long readable, ELEMENT *values,
                               const long *places, long position, long *positions) {
  const long last = offsets[taps - 1];
  const int fills_no_vector = count < LANES;
  if (last > 0x7fffffff ||
      (fills_no_vector && (stride > 2 || last + (LANES - 1) * stride >= readable))) {
    for (long j = 0; j < count; j++) {
      const ELEMENT *from = source + j * stride;
      long best = 0;
      for (long t = 1; t < taps; t++) {
        ELEMENT x = from[offsets[t]];
        if (x > from[offsets[best]] || x != x) best = t;
      }
      values[j] = from[offsets[best]];
      if (places) positions[j] = position + j * stride + places[best];
    }
    return;
  }
  if (fills_no_vector) {
    ELEMENT padded[LANES];
    long found[LANES];
    STORE(padded, NAME(largest_of_few)(stride, taps, source, offsets, places, position, found));
    NAME(copy_run)(count, padded, values);
    for (long j = 0; places && j < count; j++) positions[j] = found[j];
    return;
  }
  // The last windows overlap with those before them.
  for (long j = 0;; j = j + LANES <= count - LANES ? j + LANES : count - LANES) {
    STORE(values + j,
          NAME(largest_of_few)(stride, taps, source + j * stride, offsets, places,
                               position + j * stride, positions + (places ? j : 0)));
    if (j == count - LANES) break;
  }
}

// The strides that occur are constants, so that the compiler knows which elements to load together.
#define POOL(step, places)                                                                           \
  NAME(pool_strided)(count, step, taps, source, offsets, readable, values, places, position, positions)
TARGET static void NAME(pool_row)(long count, long stride, long taps, const void *source,
                                  const long *offsets, long readable, void *values,
                                  const long *places, long position, long *positions) {
  if (!places) {
    if (stride == 1) {
      POOL(1, 0);
    } else if (stride == 2) {
      POOL(2, 0);
    } else {
      POOL(stride, 0);
    }
  } else if (stride == 1) {
    POOL(1, places);
  } else if (stride == 2) {
    POOL(2, places);
  } else {
    POOL(stride, places);
  }
}
#undef POOL
#undef EVERY_SECOND
