#include "vector_kernels.h"
#include "winograd_matrices.h"

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(stem) JOIN(stem, SUFFIX)

static bool always(void) { return true; }

#if defined(__x86_64__)

static bool has_avx512(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

// AVX-512: 32 registers of 64 bytes. 24 hold the tile, 3 a row of b.
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")))

#define ELEMENT float
#define SINGLE_PRECISION 1
#define LANES 16
#define TILE_ROWS 8
#define TILE_VECTORS 3
#define DOT_ROWS 3
#define DOT_COLUMNS 8
#define TARGET AVX512
#define SUFFIX avx512_float
#include "vector_kernels_template.h"

#define ELEMENT double
#define SINGLE_PRECISION 0
#define LANES 8
#define TILE_ROWS 8
#define TILE_VECTORS 3
#define DOT_ROWS 3
#define DOT_COLUMNS 8
#define TARGET AVX512
#define SUFFIX avx512_double
#include "vector_kernels_template.h"

// AVX2 with FMA: 16 registers of 32 bytes. 12 hold the tile, 2 a row of b.
#define AVX2 __attribute__((target("avx2,fma")))

#define ELEMENT float
#define SINGLE_PRECISION 1
#define LANES 8
#define TILE_ROWS 6
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
#define TILE_VECTORS 2
#define DOT_ROWS 2
#define DOT_COLUMNS 2
#define TARGET
#define SUFFIX portable_double
#include "vector_kernels_template.h"

static const retrograd_instruction_set instruction_sets[] = {
#if defined(__x86_64__)
    {"avx512", has_avx512, &kernels_avx512_float, &kernels_avx512_double},
    {"avx2", has_avx2, &kernels_avx2_float, &kernels_avx2_double},
#endif
    {"baseline", always, &kernels_baseline_float, &kernels_baseline_double},
    {"portable", always, &kernels_portable_float, &kernels_portable_double},
};

const retrograd_instruction_set *const retrograd_instruction_sets = instruction_sets;
const long retrograd_instruction_set_count = sizeof(instruction_sets) / sizeof(*instruction_sets);
