#pragma once
#include <stdbool.h>

// The inner loops that need the vector unit: matrix multiplication, convolution, and max-pooling. They
// are compiled once for each instruction set and element type and picked at run time. Pointers are
// untyped because one table type serves `float` and `double`; strides and counts are in elements.

// What happens to a finished sum before it is stored.
enum {
  RETROGRAD_ACCUMULATE = 1,   // add what the output holds already
  RETROGRAD_BIAS_ROW = 2,     // add bias[row]
  RETROGRAD_BIAS_COLUMN = 4,  // add bias[column]
  RETROGRAD_RELU = 8,         // replace what is negative by 0 (NaN stays)
  // With nothing else: past the caches, for an output that is larger than they are. Rows of it begin at cache lines.
  RETROGRAD_STREAM = 16,
};

// Winograd's short convolutions: F(m, r) gives m x m outputs of an r x r kernel from a tile of
// m + r - 1 inputs in each direction. The tags are added to the transforms below.
enum {
  RETROGRAD_F43 = 0,
  RETROGRAD_F53 = 6,
  RETROGRAD_F45 = 12,
  RETROGRAD_F42 = 18
};

// The transforms of each: of the inputs, of the kernel and from products to outputs; and the adjoints, by
// which gradients go back. The adjoint of the data transform adds to its target, because tiles overlap.
enum {
  RETROGRAD_DATA = 0,
  RETROGRAD_WEIGHT = 1,
  RETROGRAD_OUTPUT = 2,
  RETROGRAD_DATA_ADJOINT = 3,
  RETROGRAD_WEIGHT_ADJOINT = 4,
  RETROGRAD_OUTPUT_ADJOINT = 5,
};

// Functions of one number.
enum {
  RETROGRAD_EXP,
  RETROGRAD_TANH,
  RETROGRAD_SIGMOID,
  RETROGRAD_ERF,
  RETROGRAD_LOG,
  RETROGRAD_SILU,
  RETROGRAD_GELU,
  RETROGRAD_GELU_TANH,
  RETROGRAD_LOG1P,
  RETROGRAD_EXPM1,
  RETROGRAD_SIN,
  RETROGRAD_COS,
  RETROGRAD_SOFTPLUS,
  RETROGRAD_ELU,
};

// At most so many columns at once in softmax: what is known of each fits in the nearest cache.
enum { RETROGRAD_COLUMNS_AT_ONCE = 512 };

// How many channels lie side by side in Winograd's convolution: a cache line, and a whole number of
// vectors on every machine.
enum { RETROGRAD_CHANNEL_BLOCK = 16 };

// The numbers of one step of Adam or AdamW on a parameter p with gradient g:
//   p = kept * p,  s = g + decay * p,
//   mean = beta1 * mean + (1 - beta1) * s,  square = beta2 * square + (1 - beta2) * s * s,
//   p = p - rate * mean / (sqrt(square) / root + epsilon)
typedef struct {
  double beta1, beta2, rate, root, epsilon, decay, kept;
} retrograd_adam_step;

// Of gradient descent: s = g + decay * p,  v = keep * v + s,  p = p - rate * (own * s + ahead * v), or
// without a velocity p = p - rate * s.
typedef struct {
  double rate, decay, keep, own, ahead;
} retrograd_descent_step;

typedef struct {
  // The largest tile of the output that `multiply_tile` computes; `tile_columns` is a whole number
  // of vector registers, and `tile_rows * tile_columns` sums stay in registers.
  long tile_rows, tile_columns;
  // The same where `a` is a matrix as it lies: a last row that would be alone can go with the tile before it.
  long most_rows;

  // c[i * c_stride + j]
  //   = sum over p of a[i * a_row_stride + p * a_depth_stride] * b[p * b_stride + j]
  // for i < rows <= tile_rows (most_rows where `a` is no packed panel), j < columns <= tile_columns, p < depth.
  // `a` is a packed panel (the strides are then 1 and tile_rows), or a matrix as it lies, one of whose strides must
  // be 1. `b` is a packed panel (then b_stride is tile_columns), or a row-major matrix of which all
  // columns up to the next whole vector can be read. `bias` has `rows` or `columns` elements.
  void (*multiply_tile)(long rows, long columns, long depth, const void *a, long a_row_stride,
                        long a_depth_stride, const void *b, long b_stride, void *c, long c_stride,
                        int flags, const void *bias);

  // c[i * c_stride + j] = sum over p of a[i + p * tile_rows] * b[offsets[p] + j]
  // for i < rows <= tile_rows, j < tile_columns, p < depth: a packed panel with rows of neighbors that lie
  // anywhere, such as the inputs that a kernel meets in a picture.
  void (*multiply_runs)(long rows, long depth, const void *a, const void *b, const long *offsets,
                        void *c, long c_stride);

  // c[i * c_row_stride + j * c_column_stride] = sum over p of a[i * a_stride + p] * (row j of b)[p]
  // for i < rows, j < columns, p < depth: products of rows with rows. Fast when `columns` is small and `a` is large:
  // `a` is read from memory once, where it lies. `b` comes from `interleave_rows`.
  void (*multiply_rows)(long rows, long columns, long depth, const void *a, long a_stride,
                        const void *b, void *c, long c_row_stride, long c_column_stride, int flags,
                        const void *bias);

  // The rows source[j * row_stride + p * column_stride], j < rows, p < depth, as `multiply_rows` reads them: every few
  // side by side, a vector of each in turn, filled up with zeros to whole vectors.
  void (*interleave_rows)(long rows, long depth, const void *source, long row_stride,
                          long column_stride, void *interleaved);

  // The products of rows where those of `b` are runs of pictures, which begin at b[offsets[j]], without a bias: for j < columns,
  //   c[i * c_stride + j] = sum over p of a[i * a_stride + p] * b[offsets[j] + p]
  void (*multiply_run_rows)(long rows, long columns, long depth, const void *a, long a_stride,
                            const void *b, const long *offsets, void *c, long c_stride, int flags);

  // packed[p * panel + j] = source[p * depth_stride + j * width_stride] for p < depth, j < width,
  // and zeros for width <= j < panel.
  void (*pack)(long depth, long width, const void *source, long depth_stride, long width_stride,
               long panel, void *packed);

  // The same for an element that lies at source[depth_offsets[p] + width_offsets[j]].
  void (*pack_gathered)(long depth, long width, const void *source, const long *depth_offsets,
                        const long *width_offsets, long panel, void *packed);

  // For j < count: values[j] = the largest of source[offsets[t] + j * stride], t < taps, the first of equals, but the last
  // NaN; and positions[j] = position + j * stride + places[t] of that one, unless `places` is null. Offsets ascend;
  // source[0 ..< readable] may be read.
  void (*pool_row)(long count, long stride, long taps, const void *source, const long *offsets,
                   long readable, void *values, const long *places, long position, long *positions);

  // For j < count: if source[j] is larger than values[j] or NaN, it takes its place.
  void (*larger)(long count, const void *source, void *values);

  // One step of an optimizer on `count` parameters and what it remembers of them.
  void (*adam)(long count, const retrograd_adam_step *step, void *parameters, const void *gradients,
               void *means, void *mean_squares);
  // `velocities` is null without momentum.
  void (*descend)(long count, const retrograd_descent_step *step, void *parameters,
                  const void *gradients, void *velocities);

  // For a convolution of one channel: y[i] = sum over t of weights[t] x[offsets[t] + i], and
  // sums[t] += sum over i of dy[i] x[offsets[t] + i].
  void (*weighted_sum)(long count, long taps, const void *x, const long *offsets,
                       const void *weights, void *y);
  void (*tap_products)(long count, long taps, const void *x, const long *offsets, const void *dy,
                       double *sums);

  // Copies rows of `columns` elements, with a number added and negatives replaced by 0 if `flags` says so.
  void (*copy_rows)(long rows, long columns, const void *x, long x_stride, void *y, long y_stride);
  void (*finish_rows)(long rows, long columns, const void *x, long x_stride, double bias, int flags,
                      void *y, long y_stride);

  // What follows is for `float` alone and null for `double`.

  // target[i] = f(source[i]) for one of the functions above, and dx[i] = dy[i] f'(x[i]), where `kept` is x, or for
  // RETROGRAD_TANH and RETROGRAD_SIGMOID their result. Those of exp, erf and log are no functions of their own.
  void (*map)(int function, long count, const float *source, float *target);
  void (*map_back)(int function, long count, const float *kept, const float *dy, float *dx);
  // z[i] = x[i * x_stride] to the power of y[i * y_stride]; the strides are 1, or one of them 0.
  void (*power)(long count, const float *x, long x_stride, const float *y, long y_stride, float *z);

  // The sum of `count` elements; and sums[j] += x[j] for each of the rows.
  double (*row_sum)(long count, const float *x);
  void (*add_to_sums)(long rows, long stride, long count, const float *x, double *sums);

  // For batch normalization, plane by plane: the sum of (x - center)^2; the sums of dy and of dy (x - center);
  // y = (x - center) scale + shift; and dx = (dy - offset - (x - center) slope) scale.
  double (*row_squares)(long count, const float *x, float center);
  void (*row_products)(long count, const float *dy, const float *x, float center, double *sums);
  void (*scale_row)(long count, const float *x, float center, float scale, float shift, float *y);
  void (*scale_row_back)(long count, const float *dy, const float *x, float center, float offset,
                         float slope, float scale, float *dx);

  // Where x[j] is larger than best[j], or the first NaN, it takes its place, and positions[j] becomes row.
  void (*first_larger)(long count, const float *x, int row, float *best, int *positions);

  // Softmax or its logarithm of each row of a matrix, or down each of its columns (up to RETROGRAD_COLUMNS_AT_ONCE),
  // whose rows lie `stride` apart; and its derivative from the result y.
  void (*softmax_rows)(bool logarithm, long rows, long count, const float *x, float *y);
  void (*softmax_columns)(bool logarithm, long rows, long stride, long columns, const float *x,
                          float *y);
  void (*softmax_back_rows)(bool logarithm, long rows, long count, const float *y, const float *dy,
                            float *dx);
  void (*softmax_back_columns)(bool logarithm, long rows, long stride, long columns,
                               const float *y, const float *dy, float *dx);

  // Layer normalization: each row to mean 0 and variance 1, times gamma, plus beta, where they are not null; and the
  // derivatives with respect to x, and, added to sums of `count` columns and room for a vector more, with respect to
  // gamma and beta. Either is left out where its places are null.
  void (*normalize_rows)(long rows, long count, const float *x, const float *gamma,
                         const float *beta, double epsilon, float *y, float *means,
                         float *inverses);
  void (*normalize_back_rows)(long rows, long stride, long count, const float *x, const float *dy,
                              const float *gamma, const float *means, const float *inverses,
                              float *dx, double *dgamma, double *dbeta);

  // Winograd's convolution trades some accuracy
  // for speed, which nobody who asks for `double` wants.

  // One of the transforms below, applied to a square tile for each of RETROGRAD_CHANNEL_BLOCK channels,
  // which lie side by side. The strides lead from row to row and from column to column, `next` to the
  // tile that will be asked for next; 0 where that is not worth fetching ahead.
  void (*winograd_transform)(int transform, const float *source, long source_row_stride,
                             long source_column_stride, long source_next, float *target,
                             long target_row_stride, long target_column_stride, long target_next);

  // blocks[i * RETROGRAD_CHANNEL_BLOCK + k] = source[k * channel_stride + i] for i < count and
  // k < channels, and zeros for the channels that are missing from the block.
  void (*to_channel_blocks)(long channels, long count, const float *source, long channel_stride,
                            float *blocks);

  // target[k * channel_stride + i] = blocks[i * RETROGRAD_CHANNEL_BLOCK + k] + bias[k], or without a
  // bias where it is null; RETROGRAD_RELU in the flags replaces what is negative by 0.
  void (*from_channel_blocks)(long channels, long count, const float *blocks, const float *bias,
                              int flags, float *target, long channel_stride);
} retrograd_vector_kernels;
