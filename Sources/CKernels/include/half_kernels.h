#pragma once
#include <stdbool.h>
#include <stdint.h>

// Products with a matrix whose elements are kept in 16 bits and multiplied as `float`. Half the bytes
// are half the time where memory is what everybody waits for. Compiled once for each instruction set
// and each 16-bit format, and picked at run time. Strides and counts are in elements.

typedef struct {
  // c[i * c_row_stride + j * c_column_stride]
  //     = sum over p of a[i * a_stride + p] * b[j * b_stride + p] + bias[i]
  // for i < rows, j < columns, p < depth; without a bias where that is null. `a` is read from memory
  // once: a few of its rows stay in the cache while the columns pass.
  void (*multiply_rows)(long rows, long columns, long depth, const uint16_t *a, long a_stride,
                        const float *b, long b_stride, float *c, long c_row_stride,
                        long c_column_stride, const float *bias);

  // target[p] = source[p] for p < count, exactly.
  void (*decode)(long count, const uint16_t *source, float *target);
} retrograd_half_kernels;
