// Products of rows in 16 bits with rows of `float`, for one instruction set and one format.
// half_kernels.c includes this file several times, with these macros set each time:
//
//   LANES       how many floats a vector register holds
//   DOT_ROWS    how many sums are kept in registers at once: rows of a …
//   DOT_COLUMNS … by rows of b
//   FORMAT      BFLOAT16, FLOAT16 where the instruction set converts it, or FLOAT16_BY_HAND
//   TARGET      the attribute that lets the compiler use the instruction set
//   SUFFIX      what is appended to the names
//
// Products and sums are those of `multiply_rows` in vector_kernels_template.h; only the loads differ.

typedef float NAME(vector) __attribute__((ext_vector_type(LANES)));
typedef float NAME(unaligned_vector) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef uint32_t NAME(words) __attribute__((ext_vector_type(LANES)));
typedef uint16_t NAME(unaligned_halves)
    __attribute__((ext_vector_type(LANES), aligned(2), may_alias));

#define INLINE static inline __attribute__((always_inline)) TARGET
#define VECTOR NAME(vector)
#define WORDS NAME(words)
#define LOAD(pointer) ((VECTOR)(*(const NAME(unaligned_vector) *)(pointer)))
#define STORE(pointer, value) \
  (*(NAME(unaligned_vector) *)(pointer) = (NAME(unaligned_vector))(value))
#define UNROLL _Pragma("clang loop unroll(full)")

#if FORMAT == FLOAT16

typedef _Float16 NAME(unaligned_float16s)
    __attribute__((ext_vector_type(LANES), aligned(2), may_alias));

INLINE VECTOR NAME(decoded)(const uint16_t *source) {
  return __builtin_convertvector(*(const NAME(unaligned_float16s) *)source, VECTOR);
}

#else

INLINE VECTOR NAME(decoded)(const uint16_t *source) {
  WORDS half = __builtin_convertvector(*(const NAME(unaligned_halves) *)source, WORDS);
#if FORMAT == BFLOAT16
  // The upper half of a float.
  return (VECTOR)(half << 16);
#else
  // Exponent and fraction take their places in a float. The exponent is then 112 too small, which
  // a multiplication sets right, exactly, for subnormal numbers too: they are subnormal floats
  // before it. Infinities and NaN, whose exponent is all ones, get all ones again.
  WORDS magnitude = (half & 0x7fff) << 13;
  WORDS special = (WORDS)(magnitude >= (WORDS)(uint32_t)0x0f800000) & 0x7f800000;
  VECTOR scaled = (VECTOR)magnitude * (VECTOR)0x1p112f;
  return (VECTOR)((WORDS)scaled | special | (half & 0x8000) << 16);
#endif
}

#endif

// The first `count` elements and zeros.
INLINE VECTOR NAME(decoded_part)(const uint16_t *source, long count) {
  uint16_t padded[LANES] = {0};
  for (long q = 0; q < count; q++) padded[q] = source[q];
  return NAME(decoded)(padded);
}

INLINE VECTOR NAME(load_part)(const float *source, long count) {
  float padded[LANES] = {0};
  for (long q = 0; q < count; q++) padded[q] = source[q];
  return LOAD(padded);
}

INLINE float NAME(sum_of_lanes)(VECTOR x) {
  float lanes[LANES];
  STORE(lanes, x);
  float sum = 0;
  for (int q = 0; q < LANES; q++) sum += lanes[q];
  return sum;
}

// Products of `rows` rows of a with `columns` rows of b: each weight is decoded once for all columns,
// and what is summed in the lanes is added up at the end.
INLINE void NAME(dot)(const int rows, const int columns, long depth, const uint16_t *restrict a,
                      long a_stride, const float *restrict b, long b_stride, float *restrict c,
                      long c_row_stride, long c_column_stride, const float *bias) {
  VECTOR sum[DOT_ROWS][DOT_COLUMNS];
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < columns; j++) sum[i][j] = (VECTOR)0.0f;
  }
  long p = 0;
  for (; p + LANES <= depth; p += LANES) {
    VECTOR a_part[DOT_ROWS];
    UNROLL for (int i = 0; i < rows; i++) {
      // Memory is what this waits for: the rows that come next are brought to the second-level cache.
      __builtin_prefetch(a + (i + rows) * a_stride + p, 0, 2);
      a_part[i] = NAME(decoded)(a + i * a_stride + p);
    }
    UNROLL for (int j = 0; j < columns; j++) {
      VECTOR b_part = LOAD(b + j * b_stride + p);
      UNROLL for (int i = 0; i < rows; i++) sum[i][j] = a_part[i] * b_part + sum[i][j];
    }
  }
  if (p < depth) {
    VECTOR a_part[DOT_ROWS];
    UNROLL for (int i = 0; i < rows; i++) {
      a_part[i] = NAME(decoded_part)(a + i * a_stride + p, depth - p);
    }
    UNROLL for (int j = 0; j < columns; j++) {
      VECTOR b_part = NAME(load_part)(b + j * b_stride + p, depth - p);
      UNROLL for (int i = 0; i < rows; i++) sum[i][j] = a_part[i] * b_part + sum[i][j];
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < columns; j++) {
      float x = NAME(sum_of_lanes)(sum[i][j]);
      c[i * c_row_stride + j * c_column_stride] = bias ? x + bias[i] : x;
    }
  }
}

// All columns for `rows` rows of a, which stay in the cache meanwhile.
INLINE void NAME(dot_columns)(const int rows, long columns, long depth, const uint16_t *a,
                              long a_stride, const float *b, long b_stride, float *c,
                              long c_row_stride, long c_column_stride, const float *bias) {
  long j = 0;
#define DOT(count)                                                                            \
  for (; j + (count) <= columns; j += (count)) {                                              \
    NAME(dot)(rows, (count), depth, a, a_stride, b + j * b_stride, b_stride,                  \
              c + j * c_column_stride, c_row_stride, c_column_stride, bias);                  \
  }
  DOT(DOT_COLUMNS)
  DOT(2)
  DOT(1)
#undef DOT
}

TARGET static void NAME(multiply_half_rows)(long rows, long columns, long depth, const uint16_t *a,
                                            long a_stride, const float *b, long b_stride, float *c,
                                            long c_row_stride, long c_column_stride,
                                            const float *bias) {
  long i = 0;
#define DOT(count)                                                                              \
  for (; i + (count) <= rows; i += (count)) {                                                   \
    NAME(dot_columns)((count), columns, depth, a + i * a_stride, a_stride, b, b_stride,         \
                      c + i * c_row_stride, c_row_stride, c_column_stride,                      \
                      bias ? bias + i : 0);                                                     \
  }
  DOT(DOT_ROWS)
  DOT(1)
#undef DOT
}

TARGET static void NAME(decode_halves)(long count, const uint16_t *source, float *target) {
  long p = 0;
  for (; p + LANES <= count; p += LANES) STORE(target + p, NAME(decoded)(source + p));
  for (; p < count; p++) {
    float lanes[LANES];
    STORE(lanes, NAME(decoded_part)(source + p, 1));
    target[p] = lanes[0];
  }
}

const retrograd_half_kernels NAME(retrograd_half_kernels) = {
    NAME(multiply_half_rows), NAME(decode_halves),
};

#undef INLINE
#undef VECTOR
#undef WORDS
#undef LOAD
#undef STORE
#undef UNROLL
#undef LANES
#undef DOT_ROWS
#undef DOT_COLUMNS
#undef FORMAT
#undef TARGET
#undef SUFFIX
