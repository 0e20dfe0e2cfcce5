#include "machine_probes.h"

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(stem) JOIN(stem, SUFFIX)

#if defined(__x86_64__)

// 32 registers, of which the chains take 24.
#define LANES 16
#define CHAINS 24
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")))
#define SUFFIX avx512
#include "machine_probes_template.h"

// 16 registers.
#define LANES 8
#define CHAINS 12
#define TARGET __attribute__((target("avx2,fma")))
#define SUFFIX avx2
#include "machine_probes_template.h"

// SSE2, which every x86-64 has: 16 registers.
#define BASELINE_CHAINS 12

#else

// NEON on arm64: 32 registers.
#define BASELINE_CHAINS 24

#endif

#define LANES 4
#define CHAINS BASELINE_CHAINS
#define TARGET
#define SUFFIX baseline
#include "machine_probes_template.h"

#define LANES 1
#define CHAINS 12
#define TARGET
#define SUFFIX portable
#include "machine_probes_template.h"
