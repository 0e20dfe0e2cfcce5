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

#define BASELINE_CHAINS 12
#else
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

static const retrograd_machine_probe machine_probes[] = {
#if defined(__x86_64__)
    {"avx512", 2 * 24 * 16, multiply_add_avx512, sum_avx512, triad_avx512},
    {"avx2", 2 * 12 * 8, multiply_add_avx2, sum_avx2, triad_avx2},
#endif
    {"baseline", 2 * BASELINE_CHAINS * 4, multiply_add_baseline, sum_baseline, triad_baseline},
    {"portable", 2 * 12 * 1, multiply_add_portable, sum_portable, triad_portable},
};

const retrograd_machine_probe *const retrograd_machine_probes = machine_probes;
const long retrograd_machine_probe_count = sizeof(machine_probes) / sizeof(*machine_probes);
