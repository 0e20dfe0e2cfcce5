#include "vector_kernels.h"
#include "winograd_matrices.h"

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(stem) JOIN(stem, SUFFIX)

#if defined(__x86_64__)
#include <immintrin.h>

// AVX-512: 32 registers of 64 bytes. 24 hold the tile, or 27 one with a last row that would be alone; 3 a row of b.
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")))

#define ELEMENT float
#define SINGLE_PRECISION 1
#define LANES 16
#define TILE_ROWS 8
#define MOST_ROWS 9
#define TILE_VECTORS 3
#define DOT_ROWS 6
#define DOT_COLUMNS 4
#define TARGET AVX512
#define SUFFIX avx512_float
#include "vector_kernels_template.h"

#define ELEMENT double
#define SINGLE_PRECISION 0
#define LANES 8
#define TILE_ROWS 8
#define MOST_ROWS 9
#define TILE_VECTORS 3
#define DOT_ROWS 6
#define DOT_COLUMNS 4
#define TARGET AVX512
#define SUFFIX avx512_double
#include "vector_kernels_template.h"

// AVX2 with FMA: 16 registers of 32 bytes. 12 hold the tile, 2 a row of b.
#define AVX2 __attribute__((target("avx2,fma")))

#define ELEMENT float
#define SINGLE_PRECISION 1
#define LANES 8
#define TILE_ROWS 6
#define MOST_ROWS TILE_ROWS
#define TILE_VECTORS 2
#define DOT_ROWS 3
#define DOT_COLUMNS 4
#define TARGET AVX2
#define SUFFIX avx2_float
#include "vector_kernels_template.h"

#define ELEMENT double
#define SINGLE_PRECISION 0
#define LANES 4
#define TILE_ROWS 6
#define MOST_ROWS TILE_ROWS
#define TILE_VECTORS 2
#define DOT_ROWS 3
#define DOT_COLUMNS 4
#define TARGET AVX2
#define SUFFIX avx2_double
#include "vector_kernels_template.h"

// SSE2, which every x86-64 has: 16 registers of 16 bytes, no fused multiply-add.
#define BASELINE_TILE_ROWS 4

#else

// NEON on arm64: 32 registers of 16 bytes. Elsewhere the compiler makes do with what there is.
#define BASELINE_TILE_ROWS 8

#endif

#define ELEMENT float
#define SINGLE_PRECISION 1
#define LANES 4
#define TILE_ROWS BASELINE_TILE_ROWS
#define MOST_ROWS TILE_ROWS
#define TILE_VECTORS 2
#define DOT_ROWS 2
#define DOT_COLUMNS 4
#define TARGET
#define SUFFIX baseline_float
#include "vector_kernels_template.h"

#define ELEMENT double
#define SINGLE_PRECISION 0
#define LANES 2
#define TILE_ROWS BASELINE_TILE_ROWS
#define MOST_ROWS TILE_ROWS
#define TILE_VECTORS 2
#define DOT_ROWS 2
#define DOT_COLUMNS 4
#define TARGET
#define SUFFIX baseline_double
#include "vector_kernels_template.h"

// One number at a time: what to compare the others with, and what remains when vectors fail.
#define ELEMENT float
#define SINGLE_PRECISION 1
#define LANES 1
#define TILE_ROWS 4
#define MOST_ROWS TILE_ROWS
#define TILE_VECTORS 2
#define DOT_ROWS 2
#define DOT_COLUMNS 2
#define TARGET
#define SUFFIX portable_float
#include "vector_kernels_template.h"

#define ELEMENT double
#define SINGLE_PRECISION 0
#define LANES 1
#define TILE_ROWS 4
#define MOST_ROWS TILE_ROWS
#define TILE_VECTORS 2
#define DOT_ROWS 2
#define DOT_COLUMNS 2
#define TARGET
#define SUFFIX portable_double
#include "vector_kernels_template.h"
