// The inner loops for one instruction set and one element type.
// vector_kernels.c includes this file several times, with these macros set each time:
//
//   ELEMENT       float or double
//   LANES         how many elements a vector register holds
//   TILE_ROWS     the micro-kernel's tile: this many rows of the output …
//   TILE_VECTORS  … of this many vector registers each
//   MOST_ROWS     the most rows of a tile where a is not packed in panels
//   DOT_ROWS      the same for products of rows with rows: this many rows of a …
//   DOT_COLUMNS   … by this many of b, 2 or 4
//   TARGET        the attribute that lets the compiler use the instruction set
//   SUFFIX        what is appended to the names
//   SINGLE_PRECISION  1 for float
//
// The code is plain C with clang's vector type: `x * y + z` on vectors is one fused multiply-add
// where the instruction set has one, and what it must do without is left to the compiler.

typedef ELEMENT NAME(vector) __attribute__((ext_vector_type(LANES)));
typedef ELEMENT NAME(unaligned_vector)
    __attribute__((ext_vector_type(LANES), aligned(sizeof(ELEMENT))));
typedef ELEMENT NAME(four) __attribute__((ext_vector_type(4)));
typedef ELEMENT NAME(unaligned_four)
    __attribute__((ext_vector_type(4), aligned(sizeof(ELEMENT))));
typedef ELEMENT NAME(two) __attribute__((ext_vector_type(2)));
typedef ELEMENT NAME(unaligned_two)
    __attribute__((ext_vector_type(2), aligned(sizeof(ELEMENT))));

#define INLINE static inline __attribute__((always_inline)) TARGET
#define VECTOR NAME(vector)
#define LOAD(pointer) ((VECTOR)(*(const NAME(unaligned_vector) *)(pointer)))
#define STORE(pointer, value) \
  (*(NAME(unaligned_vector) *)(pointer) = (NAME(unaligned_vector))(value))
#define LOAD_FOUR(pointer) ((NAME(four))(*(const NAME(unaligned_four) *)(pointer)))
#define STORE_FOUR(pointer, value) \
  (*(NAME(unaligned_four) *)(pointer) = (NAME(unaligned_four))(value))
#define STORE_TWO(pointer, value) \
  (*(NAME(unaligned_two) *)(pointer) = (NAME(unaligned_two))(value))
#define SPLAT(scalar) ((VECTOR)(ELEMENT)(scalar))
// How many vectors a cache line of 64 bytes holds.
#define VECTORS_OF_LINE (64 / (LANES * (int)sizeof(ELEMENT)))
#define UNROLL _Pragma("clang loop unroll(full)")
// The first halves of two vectors, an element of each in turn, and the second halves.
#if LANES == 16
#define ZIP_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define ZIP_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define ZIP_LOW 0, 8, 1, 9, 2, 10, 3, 11
#define ZIP_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#elif LANES == 4
#define ZIP_LOW 0, 4, 1, 5
#define ZIP_HIGH 2, 6, 3, 7
#elif LANES == 2
#define ZIP_LOW 0, 2
#define ZIP_HIGH 1, 3
#else
#define ZIP_LOW 0
#define ZIP_HIGH 0
#endif

// `x < 0 ? 0 : x` by masking: the comparison is all ones or all zeros in each lane.
INLINE VECTOR NAME(without_negatives)(VECTOR x) {
  typedef __typeof__(x < x) mask;
  return (VECTOR)((mask)x & ~(x < SPLAT(0)));
}

// The micro-kernel, where nearly all the time of a large product goes.
//
// A tile of the output, `rows` by `vectors` registers, is kept in registers for the whole sum. Each
// step over `depth` takes one column of the panel a (`rows` numbers) and one row of the panel b
// (`vectors` registers) and adds their outer product:
//
//                      b[0] | b[1] | b[2]        loaded once a step
//             a[0]     sum  | sum  | sum
//             a[1]     sum  | sum  | sum         rows * vectors multiply-adds,
//             …         …   |  …   |  …          for rows + vectors loads
//
// So a tile of 8 by 3 registers makes 24 multiply-adds out of 11 loads: the arithmetic units stay
// busy, and memory does not hold them up. Larger tiles would not fit in the registers, but for one row more. Panels
// are packed in the order in which they are read here; operands that are worth no copy are read where they lie.
//
// Where b is no matrix but the elements of pictures, `offsets` says where each of its rows begins.
//
// `rows` and `vectors` are constants at each call, so that the compiler unrolls the loops over them
// and `sum` is all registers. Where b is read but for a few rows of a, or its rows are far apart, the
// processor is told what comes next, `ahead` elements on: it waits for memory then, and cannot guess. If `fetches_a`, the
// rows of the next tile are fetched as well: many short pieces of memory.
INLINE void NAME(tile)(const int rows, const int vectors, long depth, const ELEMENT *restrict a,
                       const long a_row_stride, const long a_depth_stride,
                       const ELEMENT *restrict b, const long b_stride, const long *offsets,
                       const long ahead, const int fetches_a, ELEMENT *restrict c, long c_stride,
                       int flags, const ELEMENT *bias) {
  VECTOR sum[MOST_ROWS][TILE_VECTORS];
  // One pointer a row: computed from the stride at each step, the addresses would take the registers
  // that the sums need.
  const ELEMENT *a_row[MOST_ROWS];
  const ELEMENT *next = a + rows * a_row_stride;
  UNROLL for (int i = 0; i < rows; i++) {
    if (!(flags & RETROGRAD_STREAM)) {
      UNROLL for (int j = 0; j < vectors; j += VECTORS_OF_LINE) {
        __builtin_prefetch(c + i * c_stride + j * LANES, 1);
      }
    }
    a_row[i] = a + i * a_row_stride;
    UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = SPLAT(0);
  }
  _Pragma("clang loop unroll_count(2)")
  for (long p = 0; p < depth; p++) {
    VECTOR b_row[TILE_VECTORS];
    const ELEMENT *row = offsets ? b + offsets[p] : b;
    UNROLL for (int j = 0; j < vectors; j++) b_row[j] = LOAD(row + j * LANES);
    if (ahead) {
      UNROLL for (int j = 0; j < vectors; j += VECTORS_OF_LINE) {
        // To the second-level cache: the nearest one can have only a few fetches under way, too few for memory.
        __builtin_prefetch(b + ahead + j * LANES, 0, 2);
      }
    }
    if (fetches_a) __builtin_prefetch(next + p % 8 * a_row_stride + p);
    UNROLL for (int i = 0; i < rows; i++) {
      VECTOR a_element = SPLAT(a_row[i][p * a_depth_stride]);
      UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = a_element * b_row[j] + sum[i][j];
    }
    b += b_stride;
  }
  if (!flags) {
    UNROLL for (int i = 0; i < rows; i++) {
      UNROLL for (int j = 0; j < vectors; j++) STORE(c + i * c_stride + j * LANES, sum[i][j]);
    }
    return;
  }
  if (flags == RETROGRAD_STREAM) {
    UNROLL for (int i = 0; i < rows; i++) {
      UNROLL for (int j = 0; j < vectors; j++) {
        __builtin_nontemporal_store(sum[i][j], (VECTOR *)(c + i * c_stride + j * LANES));
      }
    }
    return;
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < vectors; j++) {
      VECTOR x = sum[i][j];
      ELEMENT *target = c + i * c_stride + j * LANES;
      if (flags & RETROGRAD_ACCUMULATE) x += LOAD(target);
      if (flags & RETROGRAD_BIAS_ROW) x += SPLAT(bias[i]);
      if (flags & RETROGRAD_BIAS_COLUMN) x += LOAD(bias + j * LANES);
      if (flags & RETROGRAD_RELU) x = NAME(without_negatives)(x);
      STORE(target, x);
    }
  }
}

// A function of its own for each size of a tile and each of the four layouts that occur: in one large function the compiler
// would run out of registers.
typedef void (*NAME(tile_function))(long depth, const ELEMENT *a, long a_row_stride,
                                    long a_depth_stride, const ELEMENT *b, long b_stride,
                                    ELEMENT *c, long c_stride, int flags, const ELEMENT *bias);
#define PANEL (TILE_VECTORS * LANES)
#define TILE(layout, r, v, a_row, a_depth, b_row, ahead, fetches_a)                          \
  TARGET __attribute__((noinline)) static void NAME(layout##_##r##_##v)(                     \
      long depth, const ELEMENT *a, long a_row_stride, long a_depth_stride, const ELEMENT *b, \
      long b_stride, ELEMENT *c, long c_stride, int flags, const ELEMENT *bias) {            \
    NAME(tile)((r) <= MOST_ROWS ? (r) : 1, (v) <= TILE_VECTORS ? (v) : 1, depth, a, a_row,   \
               a_depth, b, b_row, 0, ahead, fetches_a, c, c_stride, flags, bias);            \
  }
// Both operands in packed panels; a by rows as it lies, with panels of b; both by rows as they lie; a in panels or by columns as
// it lies, with any b.
#define TILE_LAYOUTS(r, v)                                                   \
  TILE(packed, r, v, 1, TILE_ROWS, PANEL, 0, 0)                              \
  TILE(a_rows, r, v, a_row_stride, 1, PANEL, 64 * PANEL, 1)                  \
  TILE(both_rows, r, v, a_row_stride, 1, b_stride, 0, 0)                     \
  TILE(in_place, r, v, 1, a_depth_stride, b_stride, 4 * PANEL, 0)
#define TILE_WIDTHS(r) TILE_LAYOUTS(r, 1) TILE_LAYOUTS(r, 2) TILE_LAYOUTS(r, 3)
TILE_WIDTHS(1) TILE_WIDTHS(2) TILE_WIDTHS(3) TILE_WIDTHS(4)
TILE_WIDTHS(5) TILE_WIDTHS(6) TILE_WIDTHS(7) TILE_WIDTHS(8) TILE_WIDTHS(9)

#define TILE_ENTRY(layout, r, v) \
  (r) <= MOST_ROWS && (v) <= TILE_VECTORS ? NAME(layout##_##r##_##v) : 0
#define TILE_ENTRIES(layout, r) \
  {TILE_ENTRY(layout, r, 1), TILE_ENTRY(layout, r, 2), TILE_ENTRY(layout, r, 3)}
#define TILE_TABLE(layout)                                                                \
  {TILE_ENTRIES(layout, 1), TILE_ENTRIES(layout, 2), TILE_ENTRIES(layout, 3),             \
   TILE_ENTRIES(layout, 4), TILE_ENTRIES(layout, 5), TILE_ENTRIES(layout, 6),             \
   TILE_ENTRIES(layout, 7), TILE_ENTRIES(layout, 8), TILE_ENTRIES(layout, 9)}
static const NAME(tile_function) NAME(tiles)[4][9][3] = {TILE_TABLE(packed), TILE_TABLE(a_rows),
                                                         TILE_TABLE(both_rows),
                                                         TILE_TABLE(in_place)};

INLINE void NAME(whole_vectors)(long rows, long vectors, long depth, const ELEMENT *a,
                                long a_row_stride, long a_depth_stride, const ELEMENT *b,
                                long b_stride, ELEMENT *c, long c_stride, int flags,
                                const ELEMENT *bias) {
  int layout = a_row_stride != 1 ? (b_stride == PANEL ? 1 : 2)
               : b_stride == PANEL && a_depth_stride == TILE_ROWS ? 0 : 3;
  NAME(tiles)[layout][rows - 1][vectors - 1](depth, a, a_row_stride, a_depth_stride, b, b_stride,
                                             c, c_stride, flags, bias);
}

// A tile whose last vector sticks out of the output is computed in a buffer of whole vectors.
TARGET static void NAME(multiply_tile)(long rows, long columns, long depth, const void *a,
                                       long a_row_stride, long a_depth_stride, const void *b,
                                       long b_stride, void *c, long c_stride, int flags,
                                       const void *bias) {
  long vectors = (columns + LANES - 1) / LANES;
  if (columns == vectors * LANES) {
    NAME(whole_vectors)(rows, vectors, depth, a, a_row_stride, a_depth_stride, b, b_stride, c,
                        c_stride, flags, bias);
    return;
  }
  ELEMENT tile[MOST_ROWS * TILE_VECTORS * LANES] = {0};
  ELEMENT tile_bias[TILE_VECTORS * LANES] = {0};
  long tile_stride = vectors * LANES;
  if (flags & RETROGRAD_ACCUMULATE) {
    for (long i = 0; i < rows; i++) {
      for (long j = 0; j < columns; j++) {
        tile[i * tile_stride + j] = ((const ELEMENT *)c)[i * c_stride + j];
      }
    }
  }
  if (flags & RETROGRAD_BIAS_COLUMN) {
    for (long j = 0; j < columns; j++) tile_bias[j] = ((const ELEMENT *)bias)[j];
    bias = tile_bias;
  }
  NAME(whole_vectors)(rows, vectors, depth, a, a_row_stride, a_depth_stride, b, b_stride, tile,
                      tile_stride, flags & ~RETROGRAD_STREAM, bias);
  for (long i = 0; i < rows; i++) {
    for (long j = 0; j < columns; j++) {
      ((ELEMENT *)c)[i * c_stride + j] = tile[i * tile_stride + j];
    }
  }
}

// One case for each number of rows; always whole vectors.
#define RUN_CASE(r)                                                                          \
  case (r):                                                                                  \
    if ((r) <= TILE_ROWS) {                                                                  \
      NAME(tile)((r) <= TILE_ROWS ? (r) : 1, TILE_VECTORS, depth, a, 1, TILE_ROWS, b, 0,     \
                 offsets, 0, 0, c, c_stride, 0, 0);                                          \
    }                                                                                        \
    break;

TARGET static void NAME(multiply_runs)(long rows, long depth, const void *a, const void *b,
                                       const long *offsets, void *c, long c_stride) {
  switch (rows) {
    RUN_CASE(1) RUN_CASE(2) RUN_CASE(3) RUN_CASE(4)
    RUN_CASE(5) RUN_CASE(6) RUN_CASE(7) RUN_CASE(8)
  }
}

// The first `count` elements and zeros.
INLINE VECTOR NAME(load_part)(const ELEMENT *source, long count) {
  ELEMENT padded[LANES] = {0};
  for (long q = 0; q < count; q++) padded[q] = source[q];
  return LOAD(padded);
}

// Rows become columns: each round puts the elements of two rows next to each other, one from each in turn.
INLINE void NAME(transpose)(VECTOR *rows) {
  UNROLL for (int round = 1; round < LANES; round *= 2) {
    VECTOR zipped[LANES];
    UNROLL for (int i = 0; i < LANES / 2; i++) {
      zipped[2 * i] = __builtin_shufflevector(rows[i], rows[i + LANES / 2], ZIP_LOW);
      zipped[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + LANES / 2], ZIP_HIGH);
    }
    UNROLL for (int i = 0; i < LANES; i++) rows[i] = zipped[i];
  }
}

INLINE void NAME(transpose_four)(NAME(four) *rows) {
  NAME(four) low_02 = __builtin_shufflevector(rows[0], rows[2], 0, 4, 1, 5);
  NAME(four) high_02 = __builtin_shufflevector(rows[0], rows[2], 2, 6, 3, 7);
  NAME(four) low_13 = __builtin_shufflevector(rows[1], rows[3], 0, 4, 1, 5);
  NAME(four) high_13 = __builtin_shufflevector(rows[1], rows[3], 2, 6, 3, 7);
  rows[0] = __builtin_shufflevector(low_02, low_13, 0, 4, 1, 5);
  rows[1] = __builtin_shufflevector(low_02, low_13, 2, 6, 3, 7);
  rows[2] = __builtin_shufflevector(high_02, high_13, 0, 4, 1, 5);
  rows[3] = __builtin_shufflevector(high_02, high_13, 2, 6, 3, 7);
}

// The sum of the lanes of each of `count` vectors; the order of additions does not depend on `count`.
#if LANES >= 4
INLINE void NAME(sum_lanes)(const int count, const VECTOR *x, ELEMENT *sums) {
  NAME(four) parts[4] = {0};
  UNROLL for (int j = 0; j < count; j++) {
#if LANES == 16
    __typeof__(x->lo) half = x[j].lo + x[j].hi;
    parts[j] = half.lo + half.hi;
#elif LANES == 8
    parts[j] = x[j].lo + x[j].hi;
#else
    parts[j] = x[j];
#endif
  }
  NAME(transpose_four)(parts);
  NAME(four) four = (parts[0] + parts[1]) + (parts[2] + parts[3]);
  UNROLL for (int j = 0; j < count; j++) sums[j] = four[j];
}
#else
INLINE void NAME(sum_lanes)(const int count, const VECTOR *x, ELEMENT *sums) {
  for (int j = 0; j < count; j++) {
    ELEMENT lanes[LANES];
    STORE(lanes, x[j]);
    sums[j] = lanes[0];
    for (int q = 1; q < LANES; q++) sums[j] += lanes[q];
  }
}
#endif

// Products of `rows` rows of a with `columns` rows of b: each loaded vector is used several times,
// and what is summed in the lanes is added up at the end. The rows of b are interleaved, a vector of each in turn
// and zeros behind the last elements, so that they are one stream of memory; or they lie where `offsets` says.
//
// Memory is what this waits for, and the processor looks ahead no further than a few hundred instructions. So rows that
// come later are brought to the second-level cache meanwhile: from `later` on, `later_step` elements a step.
INLINE void NAME(dot)(const int rows, const int columns, long depth, const ELEMENT *restrict a,
                      long a_stride, const ELEMENT *restrict b, const long *offsets,
                      const ELEMENT *later, long later_step, ELEMENT *restrict c,
                      long c_row_stride, long c_column_stride, int flags, const ELEMENT *bias) {
  VECTOR sum[DOT_ROWS][DOT_COLUMNS];
  const ELEMENT *b_row[DOT_COLUMNS];
  const long b_step = offsets ? 1 : columns;
  UNROLL for (int j = 0; j < columns; j++) b_row[j] = b + (offsets ? offsets[j] : j * LANES);
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < columns; j++) sum[i][j] = SPLAT(0);
  }
  long p = 0;
  for (; p + LANES <= depth; p += LANES) {
    VECTOR a_part[DOT_ROWS];
    UNROLL for (int i = 0; i < rows; i++) {
      if (later) __builtin_prefetch(later + i * a_stride, 0, 2);
      a_part[i] = LOAD(a + i * a_stride + p);
    }
    if (later) later += later_step;
    UNROLL for (int j = 0; j < columns; j++) {
      VECTOR b_part = LOAD(b_row[j] + p * b_step);
      UNROLL for (int i = 0; i < rows; i++) sum[i][j] = a_part[i] * b_part + sum[i][j];
    }
  }
  if (p < depth) {
    VECTOR a_part[DOT_ROWS];
    UNROLL for (int i = 0; i < rows; i++) {
      a_part[i] = NAME(load_part)(a + i * a_stride + p, depth - p);
    }
    UNROLL for (int j = 0; j < columns; j++) {
      VECTOR b_part = offsets ? NAME(load_part)(b_row[j] + p, depth - p)
                              : LOAD(b_row[j] + p * b_step);
      UNROLL for (int i = 0; i < rows; i++) sum[i][j] = a_part[i] * b_part + sum[i][j];
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    ELEMENT sums[DOT_COLUMNS];
    NAME(sum_lanes)(columns, sum[i], sums);
    UNROLL for (int j = 0; j < columns; j++) {
      ELEMENT x = sums[j];
      ELEMENT *target = c + i * c_row_stride + j * c_column_stride;
      if (flags & RETROGRAD_ACCUMULATE) x += *target;
      if (flags & RETROGRAD_BIAS_ROW) x += bias[i];
      if (flags & RETROGRAD_BIAS_COLUMN) x += bias[j];
      if ((flags & RETROGRAD_RELU) && x < 0) x = 0;
      *target = x;
    }
  }
}

// The groups of columns whose sums are kept in registers at the same time; `body` has their number as a constant.
#define COLUMN_GROUPS(body) COLUMN_GROUPS_OF_FOUR(body) body(2) body(1)
#if DOT_COLUMNS >= 4
#define COLUMN_GROUPS_OF_FOUR(body) body(4)
#else
#define COLUMN_GROUPS_OF_FOUR(body)
#endif

// All columns for `rows` rows of a, which stay in the cache meanwhile. Each group of columns brings its share of the rows
// that come next, if `next` is set.
INLINE void NAME(dot_columns)(const int rows, long columns, long depth, const ELEMENT *a,
                              long a_stride, const ELEMENT *b, const long *offsets, const int next,
                              ELEMENT *c, long c_row_stride, long c_column_stride, int flags,
                              const ELEMENT *bias) {
  long step = flags & RETROGRAD_BIAS_COLUMN ? 1 : 0;
  long padded = (depth + LANES - 1) / LANES * LANES;
  long j = 0;
#define DOT(count)                                                                           \
  for (; j + (count) <= columns; j += (count)) {                                             \
    NAME(dot)(rows, (count), depth, a, a_stride, offsets ? b : b + j * padded,               \
              offsets ? offsets + j : 0, next ? a + rows * a_stride + depth * j / columns : 0, \
              ((count) * LANES + columns - 1) / columns, c + j * c_column_stride,            \
              c_row_stride, c_column_stride, flags, bias + j * step);                        \
  }
  COLUMN_GROUPS(DOT)
#undef DOT
}

TARGET static void NAME(multiply_rows)(long rows, long columns, long depth, const void *a,
                                       long a_stride, const void *b, void *c, long c_row_stride,
                                       long c_column_stride, int flags, const void *bias) {
  long step = flags & RETROGRAD_BIAS_ROW ? 1 : 0;
  long i = 0;
#define DOT(count, next)                                                                     \
  NAME(dot_columns)((count), columns, depth, (const ELEMENT *)a + i * a_stride, a_stride, b, 0, \
                    (next), (ELEMENT *)c + i * c_row_stride, c_row_stride, c_column_stride,  \
                    flags, (const ELEMENT *)bias + i * step)
  for (; i + 2 * DOT_ROWS <= rows; i += DOT_ROWS) DOT(DOT_ROWS, 1);
  for (; i + DOT_ROWS <= rows; i += DOT_ROWS) DOT(DOT_ROWS, 0);
  for (; i + 2 <= rows; i += 2) DOT(2, 0);
  for (; i < rows; i++) DOT(1, 0);
#undef DOT
}

TARGET static void NAME(interleave_rows)(long rows, long depth, const void *source,
                                         long row_stride, long column_stride, void *interleaved) {
  long j = 0;
  ELEMENT *target = interleaved;
#define INTERLEAVE(count)                                                                     \
  for (; j + (count) <= rows; j += (count)) {                                                 \
    for (long p = 0; p < depth; p += LANES) {                                                 \
      for (long q = j; q < j + (count); q++, target += LANES) {                               \
        const ELEMENT *from = (const ELEMENT *)source + q * row_stride + p * column_stride;   \
        if (column_stride == 1 && p + LANES <= depth) {                                       \
          STORE(target, LOAD(from));                                                          \
        } else {                                                                              \
          for (long k = 0; k < LANES; k++) target[k] = p + k < depth ? from[k * column_stride] : 0; \
        }                                                                                     \
      }                                                                                       \
    }                                                                                         \
  }
  COLUMN_GROUPS(INTERLEAVE)
#undef INTERLEAVE
}

TARGET static void NAME(multiply_run_rows)(long rows, long columns, long depth, const void *a,
                                           long a_stride, const void *b, const long *offsets,
                                           void *c, long c_stride, int flags) {
  long i = 0;
#define DOT(count)                                                                             \
  for (; i + (count) <= rows; i += (count)) {                                                  \
    NAME(dot_columns)((count), columns, depth, (const ELEMENT *)a + i * a_stride, a_stride, b, \
                      offsets, 0, (ELEMENT *)c + i * c_stride, c_stride, 1, flags, 0);         \
  }
  DOT(DOT_ROWS)
  DOT(2)
  DOT(1)
#undef DOT
}

// Rows of the source become rows of the panel. Where they are far apart, no processor guesses that the panel after the next
// begins in the next cache line.
INLINE void NAME(pack_contiguous)(long depth, long width, const ELEMENT *restrict source,
                                  long depth_stride, long panel, ELEMENT *restrict packed) {
  if (width == TILE_ROWS && panel == TILE_ROWS) {
    for (long p = 0; p < depth; p++) {
      const ELEMENT *from = source + p * depth_stride;
      __builtin_prefetch(from + VECTORS_OF_LINE * LANES, 0, 2);
      __builtin_memcpy(packed + p * TILE_ROWS, from, TILE_ROWS * sizeof(ELEMENT));
    }
    return;
  }
  for (long p = 0; p < depth; p++) {
    const ELEMENT *from = source + p * depth_stride;
    ELEMENT *to = packed + p * panel;
    long j = 0;
    for (; j + LANES <= width; j += LANES) STORE(to + j, LOAD(from + j));
    for (; j + 4 <= width; j += 4) STORE_FOUR(to + j, LOAD_FOUR(from + j));
    for (; j < width; j++) to[j] = from[j];
    for (; j < panel; j++) to[j] = 0;
  }
}

// Columns of the source become rows of the panel: blocks are transposed in registers, as large as vectors first, then of 4 by 4.
INLINE void NAME(pack_transposed)(long depth, long width, const ELEMENT *restrict source,
                                  long width_stride, long panel, ELEMENT *restrict packed) {
  long j = 0;
  for (; LANES > 4 && depth >= LANES && j + LANES <= width; j += LANES) {
    for (long p = 0; p < depth; p += LANES) {
      // The last block overlaps with the one before.
      long at = p + LANES <= depth ? p : depth - LANES;
      VECTOR rows[LANES];
      UNROLL for (int q = 0; q < LANES; q++) rows[q] = LOAD(source + (j + q) * width_stride + at);
      NAME(transpose)(rows);
      UNROLL for (int q = 0; q < LANES; q++) STORE(packed + (at + q) * panel + j, rows[q]);
    }
  }
  for (; j + 4 <= width; j += 4) {
    const ELEMENT *from = source + j * width_stride;
    ELEMENT *to = packed + j;
    long p = 0;
    for (; p + 4 <= depth; p += 4) {
      // The rows that come next: the processor does not see ahead from one row to another.
      if (p % 16 == 0) {
        UNROLL for (int q = 4; q < 8; q++) __builtin_prefetch(from + q * width_stride + p);
      }
      NAME(four) rows[4];
      UNROLL for (int q = 0; q < 4; q++) rows[q] = LOAD_FOUR(from + q * width_stride + p);
      NAME(transpose_four)(rows);
      UNROLL for (int q = 0; q < 4; q++) STORE_FOUR(to + (p + q) * panel, rows[q]);
    }
    for (; p < depth; p++) {
      for (long q = 0; q < 4; q++) to[p * panel + q] = from[q * width_stride + p];
    }
  }
  // Panels of 6 leave a pair.
  for (; j + 2 <= width; j += 2) {
    const ELEMENT *first = source + j * width_stride, *second = first + width_stride;
    ELEMENT *to = packed + j;
    long p = 0;
    for (; p + 4 <= depth; p += 4) {
      NAME(four) a = LOAD_FOUR(first + p), b = LOAD_FOUR(second + p);
      STORE_TWO(to + p * panel, __builtin_shufflevector(a, b, 0, 4));
      STORE_TWO(to + (p + 1) * panel, __builtin_shufflevector(a, b, 1, 5));
      STORE_TWO(to + (p + 2) * panel, __builtin_shufflevector(a, b, 2, 6));
      STORE_TWO(to + (p + 3) * panel, __builtin_shufflevector(a, b, 3, 7));
    }
    for (; p < depth; p++) {
      to[p * panel] = first[p];
      to[p * panel + 1] = second[p];
    }
  }
  for (; j < width; j++) {
    for (long p = 0; p < depth; p++) packed[p * panel + j] = source[j * width_stride + p];
  }
  for (; j < panel; j++) {
    for (long p = 0; p < depth; p++) packed[p * panel + j] = 0;
  }
}

TARGET static void NAME(pack)(long depth, long width, const void *source, long depth_stride,
                              long width_stride, long panel, void *packed) {
  if (width_stride == 1) {
    NAME(pack_contiguous)(depth, width, source, depth_stride, panel, packed);
  } else if (depth_stride == 1) {
    NAME(pack_transposed)(depth, width, source, width_stride, panel, packed);
  } else {
    for (long p = 0; p < depth; p++) {
      for (long j = 0; j < panel; j++) {
        ((ELEMENT *)packed)[p * panel + j] =
            j < width ? ((const ELEMENT *)source)[p * depth_stride + j * width_stride] : 0;
      }
    }
  }
}

// Copies `count` neighbors. The last vector may overlap the one before, so that only runs shorter
// than a vector go one by one.
INLINE void NAME(copy_run)(long count, const ELEMENT *restrict from, ELEMENT *restrict to) {
  long q = 0;
  if (count >= LANES) {
    for (; q + LANES <= count; q += LANES) STORE(to + q, LOAD(from + q));
    if (q < count) STORE(to + count - LANES, LOAD(from + count - LANES));
  } else if (count >= 4) {
    for (; q + 4 <= count; q += 4) STORE_FOUR(to + q, LOAD_FOUR(from + q));
    if (q < count) STORE_FOUR(to + count - 4, LOAD_FOUR(from + count - 4));
  } else {
    for (; q < count; q++) to[q] = from[q];
  }
}

TARGET static void NAME(pack_gathered)(long depth, long width, const void *source,
                                       const long *depth_offsets, const long *width_offsets,
                                       long panel, void *packed) {
  // Where runs of neighbors begin; the last one ends at `width`.
  long starts[TILE_VECTORS * LANES + TILE_ROWS + 1];
  long runs = 0;
  for (long j = 0; j < width; j++) {
    if (j == 0 || width_offsets[j] != width_offsets[j - 1] + 1) starts[runs++] = j;
  }
  starts[runs] = width;
  int scattered = runs * 3 > width;
  for (long p = 0; p < depth; p++) {
    const ELEMENT *restrict from = (const ELEMENT *)source + depth_offsets[p];
    ELEMENT *restrict to = (ELEMENT *)packed + p * panel;
    if (scattered) {
      for (long j = 0; j < width; j++) to[j] = from[width_offsets[j]];
    } else {
      for (long r = 0; r < runs; r++) {
        NAME(copy_run)(starts[r + 1] - starts[r], from + width_offsets[starts[r]], to + starts[r]);
      }
    }
    for (long j = width; j < panel; j++) to[j] = 0;
  }
}

#include "elementwise_template.h"
#include "tap_template.h"
#include "pooling_template.h"
#if SINGLE_PRECISION
#include "winograd_template.h"
#endif

const retrograd_vector_kernels NAME(retrograd_kernels) = {
    .tile_rows = TILE_ROWS,
    .most_rows = MOST_ROWS,
    .tile_columns = TILE_VECTORS * LANES,
    .multiply_tile = NAME(multiply_tile),
    .multiply_runs = NAME(multiply_runs),
    .multiply_rows = NAME(multiply_rows),
    .interleave_rows = NAME(interleave_rows),
    .multiply_run_rows = NAME(multiply_run_rows),
    .pack = NAME(pack),
    .pack_gathered = NAME(pack_gathered),
    .pool_row = NAME(pool_row),
    .larger = NAME(larger),
    .adam = NAME(adam),
    .descend = NAME(descend),
    .weighted_sum = NAME(weighted_sum),
    .tap_products = NAME(tap_products),
    .copy_rows = NAME(copy_rows),
    .finish_rows = NAME(finish_rows),
#if SINGLE_PRECISION
    .map = NAME(map),
    .map_back = NAME(map_back),
    .power = NAME(power),
    .row_sum = NAME(row_sum),
    .add_to_sums = NAME(add_to_sums),
    .row_squares = NAME(row_squares),
    .row_products = NAME(row_products),
    .scale_row = NAME(scale_row),
    .scale_row_back = NAME(scale_row_back),
    .first_larger = NAME(first_larger),
    .softmax_rows = NAME(softmax_rows),
    .softmax_columns = NAME(softmax_columns),
    .softmax_back_rows = NAME(softmax_back_rows),
    .softmax_back_columns = NAME(softmax_back_columns),
    .normalize_rows = NAME(normalize_rows),
    .normalize_back_rows = NAME(normalize_back_rows),
    .winograd_transform = NAME(winograd_transform),
    .to_channel_blocks = NAME(to_channel_blocks),
    .from_channel_blocks = NAME(from_channel_blocks),
#endif
};

#undef INLINE
#undef VECTOR
#undef LOAD
#undef STORE
#undef LOAD_FOUR
#undef STORE_FOUR
#undef STORE_TWO
#undef SPLAT
#undef VECTORS_OF_LINE
#undef UNROLL
#undef ZIP_LOW
#undef ZIP_HIGH
#undef PANEL
#undef TILE
#undef TILE_LAYOUTS
#undef TILE_WIDTHS
#undef TILE_ENTRY
#undef TILE_ENTRIES
#undef TILE_TABLE
#undef RUN_CASE
#undef ELEMENT
#undef LANES
#undef TILE_ROWS
#undef MOST_ROWS
#undef TILE_VECTORS
#undef DOT_ROWS
#undef DOT_COLUMNS
#undef COLUMN_GROUPS
#undef COLUMN_GROUPS_OF_FOUR
#undef TARGET
#undef SUFFIX
#undef SINGLE_PRECISION
