// The transforms of Winograd's convolution for one instruction set (A. Lavin and S. Gray, "Fast
// Algorithms for Convolutional Neural Networks", 2015); included by vector_kernels_template.h.
//
// A convolution of a tile of n x n inputs with an r x r kernel gives m x m outputs, n = m + r - 1. Written
// as matrices, y = AT [ (G g GT) * (BT d B) ] A: three transforms, each a small matrix on both sides, and
// between them n * n multiplications where the plain sum has m * m * r * r: 49 instead of 225 for
// F(5, 3). Summed over channels, each of the n * n places is a matrix product of its own.
//
// Channels come in blocks of 16 that lie side by side, so that a vector holds one place of a tile for
// several channels and no vector has to be taken apart.

// How many vectors a block of channels takes.
#define BLOCK_VECTORS (RETROGRAD_CHANNEL_BLOCK / LANES)

// x becomes matrix * x, or its transpose times x. The matrix is a constant at each call: zeros cost nothing and ones no
// multiplication.
INLINE void NAME(multiply_line)(const int rows, const int columns, const float *matrix,
                                const int transposed, VECTOR *x) {
  VECTOR y[8];
  UNROLL for (int i = 0; i < rows; i++) {
    int terms = 0;
    UNROLL for (int j = 0; j < columns; j++) {
      float factor = transposed ? matrix[j * rows + i] : matrix[i * columns + j];
      if (factor == 0) continue;
      if (terms++ == 0) {
        y[i] = factor == 1 ? x[j] : SPLAT(factor) * x[j];
      } else if (factor == 1) {
        y[i] += x[j];
      } else if (factor == -1) {
        y[i] -= x[j];
      } else {
        y[i] = SPLAT(factor) * x[j] + y[i];
      }
    }
  }
  UNROLL for (int i = 0; i < rows; i++) x[i] = y[i];
}

// One of the matrices by which a tile is transformed on both sides: a product of `square_count` matrices of points by
// points, the first in front, and then one of `rows` by `columns` if there is one. Transposed, they follow in the reverse order.
#define LINE_PARAMETERS                                                                       \
  const int points, const int square_count, const float *squares, const int rows,              \
      const int columns, const float *matrix, const int transposed
#define LINE_ARGUMENTS points, square_count, squares, rows, columns, matrix, transposed

INLINE void NAME(transform_line)(LINE_PARAMETERS, const float *source, long source_stride,
                                 float *target, long target_stride, const int adds) {
  const int inputs = !matrix ? points : transposed ? rows : columns;
  const int outputs = !matrix ? points : transposed ? columns : rows;
  VECTOR x[8];
  UNROLL for (int j = 0; j < inputs; j++) x[j] = LOAD(source + j * source_stride);
  if (matrix && transposed) NAME(multiply_line)(columns, rows, matrix, 1, x);
  UNROLL for (int k = 0; k < square_count; k++) {
    const int which = transposed ? square_count - 1 - k : k;
    NAME(multiply_line)(points, points, squares + which * points * points, transposed, x);
  }
  if (matrix && !transposed) NAME(multiply_line)(rows, columns, matrix, 0, x);
  UNROLL for (int i = 0; i < outputs; i++) {
    if (adds) x[i] += LOAD(target + i * target_stride);
    STORE(target + i * target_stride, x[i]);
  }
}

// matrix * source * matrix transposed, for each channel of a block.
//
// Where the elements of a tile are far apart, each lies in a cache line of its own; those of the next tile,
// `source_next` or `target_next` elements on, are fetched meanwhile.
INLINE void NAME(transform_tile)(LINE_PARAMETERS, const float *source, long source_row_stride,
                                 long source_column_stride, long source_next, float *target,
                                 long target_row_stride, long target_column_stride,
                                 long target_next, const int adds) {
  const int inputs = !matrix ? points : transposed ? rows : columns;
  const int outputs = !matrix ? points : transposed ? columns : rows;
  float half_done[8 * 8 * LANES] __attribute__((aligned(64)));
  for (int part = 0; part < BLOCK_VECTORS; part++) {
    _Pragma("clang loop unroll(disable)")
    for (int j = 0; j < inputs; j++) {
      if (part == 0 && source_next) {
        const float *next = source + source_next + j * source_column_stride;
        UNROLL for (int i = 0; i < inputs; i++) __builtin_prefetch(next + i * source_row_stride);
      }
      NAME(transform_line)(LINE_ARGUMENTS, source + part * LANES + j * source_column_stride,
                           source_row_stride, half_done + j * LANES, 8 * LANES, 0);
    }
    _Pragma("clang loop unroll(disable)")
    for (int i = 0; i < outputs; i++) {
      if (part == 0 && target_next) {
        float *next = target + target_next + i * target_row_stride;
        UNROLL for (int j = 0; j < outputs; j++) {
          __builtin_prefetch(next + j * target_column_stride, 1);
        }
      }
      NAME(transform_line)(LINE_ARGUMENTS, half_done + i * 8 * LANES, LANES,
                           target + part * LANES + i * target_row_stride, target_column_stride,
                           adds);
    }
  }
}

#undef LINE_PARAMETERS
#undef LINE_ARGUMENTS

#define TRANSFORM(points, square_count, squares, rows, columns, matrix, transposed, adds)     \
  NAME(transform_tile)(points, square_count, squares, rows, columns, matrix, transposed, source, \
                       source_row_stride, source_column_stride, source_next, target,           \
                       target_row_stride, target_column_stride, target_next, adds);            \
  break;

// The six transforms of F(m, r): three forward, and the three adjoints by which gradients go back.
#define TRANSFORMS_OF(name, m, r)                                                             \
  case RETROGRAD_DATA + RETROGRAD_##name:                                                     \
    TRANSFORM((m) + (r) - 1, name##_DATA_FACTORS, name##_DATA, 0, 0, 0, 0, 0)                 \
  case RETROGRAD_WEIGHT + RETROGRAD_##name:                                                   \
    TRANSFORM((m) + (r) - 1, 0, 0, (m) + (r) - 1, r, name##_WEIGHT, 0, 0)                     \
  case RETROGRAD_OUTPUT + RETROGRAD_##name:                                                   \
    TRANSFORM((m) + (r) - 1, 1, name##_PAIRS, m, (m) + (r) - 1, name##_OUTPUT, 0, 0)          \
  case RETROGRAD_DATA_ADJOINT + RETROGRAD_##name:                                             \
    TRANSFORM((m) + (r) - 1, name##_DATA_FACTORS, name##_DATA, 0, 0, 0, 1, 1)                 \
  case RETROGRAD_WEIGHT_ADJOINT + RETROGRAD_##name:                                           \
    TRANSFORM((m) + (r) - 1, 0, 0, (m) + (r) - 1, r, name##_WEIGHT, 1, 0)                     \
  case RETROGRAD_OUTPUT_ADJOINT + RETROGRAD_##name:                                           \
    TRANSFORM((m) + (r) - 1, 1, name##_PAIRS, m, (m) + (r) - 1, name##_OUTPUT, 1, 0)

TARGET static void NAME(winograd_transform)(int transform, const float *source,
                                            long source_row_stride, long source_column_stride,
                                            long source_next, float *target,
                                            long target_row_stride, long target_column_stride,
                                            long target_next) {
  switch (transform) {
    TRANSFORMS_OF(F43, 4, 3)
    TRANSFORMS_OF(F53, 5, 3)
    TRANSFORMS_OF(F45, 4, 5)
    TRANSFORMS_OF(F42, 4, 2)
  }
}

// Rows of `count` neighboring elements, one row for each channel, become `count` blocks; channels that
// are missing become zeros.
TARGET static void NAME(to_channel_blocks)(long channels, long count, const float *source,
                                           long channel_stride, float *blocks) {
  NAME(pack_transposed)(count, channels, source, channel_stride, RETROGRAD_CHANNEL_BLOCK, blocks);
}

// The reverse for up to as many places and channels as a vector has lanes, with a bias for each channel added and what is
// negative replaced by 0 if that is wanted: a block is transposed in registers.
INLINE void NAME(store_planes)(long channels, long count, const float *blocks, VECTOR bias,
                               int flags, float *target, long channel_stride) {
  VECTOR rows[LANES];
  UNROLL for (int k = 0; k < LANES; k++) {
    rows[k] = LOAD(blocks + (k < count ? k : 0) * RETROGRAD_CHANNEL_BLOCK) + bias;
    if (flags & RETROGRAD_RELU) rows[k] = NAME(without_negatives)(rows[k]);
  }
  NAME(transpose)(rows);
  UNROLL for (int k = 0; k < LANES; k++) {
    if (k < channels) {
      if (count >= LANES) {
        STORE(target + k * channel_stride, rows[k]);
      } else {
        NAME(store_part)(target + k * channel_stride, rows[k], count);
      }
    }
  }
}

TARGET static void NAME(from_channel_blocks)(long channels, long count, const float *blocks,
                                             const float *bias, int flags, float *target,
                                             long channel_stride) {
  for (long lane = 0; lane < channels; lane += LANES) {
    long left = channels - lane < LANES ? channels - lane : LANES;
    VECTOR added = SPLAT(0);
    if (bias) added = NAME(load_part)(bias + lane, left);
    const float *source = blocks + lane;
    float *planes = target + lane * channel_stride;
    if (left == LANES && count >= LANES) {
      for (long i = 0; i < count; i += LANES) {
        // The last block overlaps with the one before.
        long at = i + LANES <= count ? i : count - LANES;
        NAME(store_planes)(LANES, LANES, source + at * RETROGRAD_CHANNEL_BLOCK, added, flags,
                           planes + at, channel_stride);
      }
    } else {
      for (long i = 0; i < count; i += LANES) {
        NAME(store_planes)(left, count - i, source + i * RETROGRAD_CHANNEL_BLOCK, added, flags,
                           planes + i, channel_stride);
      }
    }
  }
}

#undef BLOCK_VECTORS
#undef TRANSFORM
#undef TRANSFORMS_OF
