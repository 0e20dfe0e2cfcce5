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

// target[i] = sum over j of matrix[i][j] * source[j], or of matrix[j][i] when it is transposed. The
// matrix is a constant at each call: zeros cost nothing and ones no multiplication.
INLINE void NAME(transform_line)(const int rows, const int columns, const float *matrix,
                                 const int transposed, const float *source, long source_stride,
                                 float *target, long target_stride, const int adds) {
  VECTOR x[8];
  UNROLL for (int j = 0; j < columns; j++) x[j] = LOAD(source + j * source_stride);
  UNROLL for (int i = 0; i < rows; i++) {
    VECTOR sum = SPLAT(0);
    UNROLL for (int j = 0; j < columns; j++) {
      float factor = transposed ? matrix[j * rows + i] : matrix[i * columns + j];
      if (factor == 1) {
        sum += x[j];
      } else if (factor == -1) {
        sum -= x[j];
      } else if (factor != 0) {
        sum = SPLAT(factor) * x[j] + sum;
      }
    }
    if (adds) sum += LOAD(target + i * target_stride);
    STORE(target + i * target_stride, sum);
  }
}

// matrix * source * matrix transposed, for each channel of a block: `columns` x `columns` elements become
// `rows` x `rows`.
//
// Where the elements of a tile are far apart, each lies in a cache line of its own; those of the next tile,
// `source_next` or `target_next` elements on, are fetched meanwhile.
INLINE void NAME(transform_tile)(const int rows, const int columns, const float *matrix,
                                 const int transposed, const float *source,
                                 long source_row_stride, long source_column_stride,
                                 long source_next, float *target, long target_row_stride,
                                 long target_column_stride, long target_next, const int adds) {
  float half_done[8 * 8 * LANES] __attribute__((aligned(64)));
  for (int part = 0; part < BLOCK_VECTORS; part++) {
    _Pragma("clang loop unroll(disable)")
    for (int j = 0; j < columns; j++) {
      if (part == 0 && source_next) {
        const float *next = source + source_next + j * source_column_stride;
        UNROLL for (int i = 0; i < columns; i++) __builtin_prefetch(next + i * source_row_stride);
      }
      NAME(transform_line)(rows, columns, matrix, transposed,
                           source + part * LANES + j * source_column_stride, source_row_stride,
                           half_done + j * LANES, 8 * LANES, 0);
    }
    _Pragma("clang loop unroll(disable)")
    for (int i = 0; i < rows; i++) {
      if (part == 0 && target_next) {
        float *next = target + target_next + i * target_row_stride;
        UNROLL for (int j = 0; j < rows; j++) {
          __builtin_prefetch(next + j * target_column_stride, 1);
        }
      }
      NAME(transform_line)(rows, columns, matrix, transposed, half_done + i * 8 * LANES, LANES,
                           target + part * LANES + i * target_row_stride, target_column_stride,
                           adds);
    }
  }
}

#define TRANSFORM(rows, columns, matrix, transposed, adds)                                     \
  NAME(transform_tile)(rows, columns, matrix, transposed, source, source_row_stride,           \
                       source_column_stride, source_next, target, target_row_stride,           \
                       target_column_stride, target_next, adds);                               \
  break;

// The six transforms of F(m, r): three forward, and the three adjoints by which gradients go back.
#define TRANSFORMS_OF(name, m, r)                                                             \
  case RETROGRAD_DATA + RETROGRAD_##name:                                                     \
    TRANSFORM((m) + (r) - 1, (m) + (r) - 1, name##_DATA, 0, 0)                                \
  case RETROGRAD_WEIGHT + RETROGRAD_##name: TRANSFORM((m) + (r) - 1, r, name##_WEIGHT, 0, 0)  \
  case RETROGRAD_OUTPUT + RETROGRAD_##name: TRANSFORM(m, (m) + (r) - 1, name##_OUTPUT, 0, 0)  \
  case RETROGRAD_DATA_ADJOINT + RETROGRAD_##name:                                             \
    TRANSFORM((m) + (r) - 1, (m) + (r) - 1, name##_DATA, 1, 1)                                \
  case RETROGRAD_WEIGHT_ADJOINT + RETROGRAD_##name:                                           \
    TRANSFORM(r, (m) + (r) - 1, name##_WEIGHT, 1, 0)                                          \
  case RETROGRAD_OUTPUT_ADJOINT + RETROGRAD_##name:                                           \
    TRANSFORM((m) + (r) - 1, m, name##_OUTPUT, 1, 0)

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

// The reverse, with a bias for each channel added and what is negative replaced by 0 if that is wanted.
TARGET static void NAME(from_channel_blocks)(long channels, long count, const float *blocks,
                                             const float *bias, int flags, float *target,
                                             long channel_stride) {
  VECTOR added[BLOCK_VECTORS];
  for (int part = 0; part < BLOCK_VECTORS; part++) {
    added[part] = SPLAT(0);
    long left = channels - part * LANES;
    if (bias && left > 0) {
      added[part] = left >= LANES ? LOAD(bias + part * LANES)
                                  : NAME(load_part)(bias + part * LANES, left);
    }
  }
  float finished[4 * RETROGRAD_CHANNEL_BLOCK];
  for (long i = 0; i < count; i += 4) {
    long some = count - i < 4 ? count - i : 4;
    for (long k = 0; k < some; k++) {
      UNROLL for (int part = 0; part < BLOCK_VECTORS; part++) {
        VECTOR x = LOAD(blocks + (i + k) * RETROGRAD_CHANNEL_BLOCK + part * LANES);
        if (bias) x += added[part];
        if (flags & RETROGRAD_RELU) x = NAME(without_negatives)(x);
        STORE(finished + k * RETROGRAD_CHANNEL_BLOCK + part * LANES, x);
      }
    }
    NAME(unpack_transposed)(some, channels, finished, RETROGRAD_CHANNEL_BLOCK, target + i,
                            channel_stride);
  }
}

#undef BLOCK_VECTORS
#undef TRANSFORM
#undef TRANSFORMS_OF
