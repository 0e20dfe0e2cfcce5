#include "half_kernels.h"

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(stem) JOIN(stem, SUFFIX)

#define BFLOAT16 1
#define FLOAT16 2
#define FLOAT16_BY_HAND 3

#if defined(__x86_64__)

#define AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx2,fma,f16c")))
#define AVX2 __attribute__((target("avx2,fma,f16c")))

#define LANES 16
#define DOT_ROWS 6
#define DOT_COLUMNS 4
#define FORMAT BFLOAT16
#define TARGET AVX512
#define SUFFIX avx512_bfloat16
#include "half_rows_template.h"

#define LANES 16
#define DOT_ROWS 6
#define DOT_COLUMNS 4
#define FORMAT FLOAT16
#define TARGET AVX512
#define SUFFIX avx512_float16
#include "half_rows_template.h"

#define LANES 8
#define DOT_ROWS 3
#define DOT_COLUMNS 4
#define FORMAT BFLOAT16
#define TARGET AVX2
#define SUFFIX avx2_bfloat16
#include "half_rows_template.h"

#define LANES 8
#define DOT_ROWS 3
#define DOT_COLUMNS 4
#define FORMAT FLOAT16
#define TARGET AVX2
#define SUFFIX avx2_float16
#include "half_rows_template.h"

#endif

// Every arm64 converts float16; SSE2 does not.
#if defined(__aarch64__)
#define BASELINE_FLOAT16 FLOAT16
#else
#define BASELINE_FLOAT16 FLOAT16_BY_HAND
#endif

#define LANES 4
#define DOT_ROWS 2
#define DOT_COLUMNS 4
#define FORMAT BFLOAT16
#define TARGET
#define SUFFIX baseline_bfloat16
#include "half_rows_template.h"

#define LANES 4
#define DOT_ROWS 2
#define DOT_COLUMNS 4
#define FORMAT BASELINE_FLOAT16
#define TARGET
#define SUFFIX baseline_float16
#include "half_rows_template.h"

#define LANES 1
#define DOT_ROWS 2
#define DOT_COLUMNS 2
#define FORMAT BFLOAT16
#define TARGET
#define SUFFIX portable_bfloat16
#include "half_rows_template.h"

#define LANES 1
#define DOT_ROWS 2
#define DOT_COLUMNS 2
#define FORMAT FLOAT16_BY_HAND
#define TARGET
#define SUFFIX portable_float16
#include "half_rows_template.h"
