#pragma once
#include "half_kernels.h"
#include "machine_probes.h"
#include "vector_kernels.h"

// Everything that is compiled once for each instruction set, and picked at run time.
typedef struct {
  const char *name;  // "avx512", "avx2", "baseline" or "portable"
  bool (*is_supported)(void);
  const retrograd_vector_kernels *float32, *float64;
  const retrograd_half_kernels *bfloat16, *float16;
  const retrograd_machine_probe *probe;
} retrograd_instruction_set;

// All instruction sets that were compiled, the fastest first; the last one runs on every machine.
extern const retrograd_instruction_set *const retrograd_instruction_sets;
extern const long retrograd_instruction_set_count;
