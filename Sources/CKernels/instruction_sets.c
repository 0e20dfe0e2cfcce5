#include "instruction_sets.h"

#define SET(set)                                                                     \
  extern const retrograd_vector_kernels retrograd_kernels_##set##_float;             \
  extern const retrograd_vector_kernels retrograd_kernels_##set##_double;            \
  extern const retrograd_half_kernels retrograd_half_kernels_##set##_bfloat16;       \
  extern const retrograd_half_kernels retrograd_half_kernels_##set##_float16;        \
  extern const retrograd_machine_probe retrograd_probe_##set;

#if defined(__x86_64__)
SET(avx512)
SET(avx2)
#endif
SET(baseline)
SET(portable)
#undef SET

static bool always(void) { return true; }

#if defined(__x86_64__)

static bool has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("f16c");
}

static bool has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

#endif

#define SET(set, is_supported)                                                       \
  {#set,                                                                             \
   is_supported,                                                                     \
   &retrograd_kernels_##set##_float,                                                 \
   &retrograd_kernels_##set##_double,                                                \
   &retrograd_half_kernels_##set##_bfloat16,                                         \
   &retrograd_half_kernels_##set##_float16,                                          \
   &retrograd_probe_##set}

static const retrograd_instruction_set instruction_sets[] = {
#if defined(__x86_64__)
    SET(avx512, has_avx512),
    SET(avx2, has_avx2),
#endif
    SET(baseline, always),
    SET(portable, always),
};

const retrograd_instruction_set *const retrograd_instruction_sets = instruction_sets;
const long retrograd_instruction_set_count = sizeof(instruction_sets) / sizeof(*instruction_sets);
