// The probes for one instruction set. machine_probes.c includes this file several times, with these
// macros set each time:
//
//   LANES    how many floats a vector register holds
//   CHAINS   how many sums are in the making at once
//   TARGET   the attribute that lets the compiler use the instruction set
//   SUFFIX   what is appended to the names

typedef float NAME(vector) __attribute__((ext_vector_type(LANES)));
typedef float NAME(unaligned_vector) __attribute__((ext_vector_type(LANES), aligned(4)));

#define VECTOR NAME(vector)
#define LOAD(pointer) ((VECTOR)(*(const NAME(unaligned_vector) *)(pointer)))
#define STORE(pointer, value) \
  (*(NAME(unaligned_vector) *)(pointer) = (NAME(unaligned_vector))(value))
#define SPLAT(scalar) ((VECTOR)(float)(scalar))
#define UNROLL _Pragma("clang loop unroll(full)")

static inline __attribute__((always_inline)) TARGET float NAME(add_lanes)(VECTOR x) {
  float lanes[LANES], sum = 0;
  STORE(lanes, x);
  for (int lane = 0; lane < LANES; lane++) sum += lanes[lane];
  return sum;
}

enum { NAME(operations_per_step) = 2 * CHAINS * LANES };

// A multiply-add takes about four cycles until its result can be used, and two can begin in each: with
// one sum the units would wait most of the time. CHAINS sums that do not depend on each other keep
// them busy.
TARGET static float NAME(multiply_add)(long steps, float factor, float addend) {
  VECTOR sum[CHAINS];
  UNROLL for (int i = 0; i < CHAINS; i++) sum[i] = SPLAT(i);
  for (long step = 0; step < steps; step++) {
    UNROLL for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * SPLAT(factor) + SPLAT(addend);
  }
  UNROLL for (int i = 1; i < CHAINS; i++) sum[0] += sum[i];
  return NAME(add_lanes)(sum[0]);
}

// Four places are read at once, as the dot kernel reads four rows of a matrix: the processor fetches
// ahead for each of them. The additions of one place do not wait for each other.
TARGET static float NAME(sum)(const float *source, long count) {
  enum { PLACES = 4 };
  VECTOR sum[PLACES][2];
  UNROLL for (int i = 0; i < PLACES; i++) {
    UNROLL for (int j = 0; j < 2; j++) sum[i][j] = SPLAT(0);
  }
  long part = count / PLACES;
  for (long p = 0; p < part; p += 2 * LANES) {
    UNROLL for (int i = 0; i < PLACES; i++) {
      UNROLL for (int j = 0; j < 2; j++) sum[i][j] += LOAD(source + i * part + p + j * LANES);
    }
  }
  VECTOR total = SPLAT(0);
  UNROLL for (int i = 0; i < PLACES; i++) {
    UNROLL for (int j = 0; j < 2; j++) total += sum[i][j];
  }
  return NAME(add_lanes)(total);
}

TARGET static void NAME(triad)(float *restrict target, const float *restrict a,
                               const float *restrict b, float factor, long count) {
  for (long p = 0; p < count; p += LANES) {
    STORE(target + p, LOAD(a + p) + SPLAT(factor) * LOAD(b + p));
  }
}

const retrograd_machine_probe NAME(retrograd_probe) = {
    .operations_per_step = NAME(operations_per_step),
    .multiply_add = NAME(multiply_add),
    .sum = NAME(sum),
    .triad = NAME(triad),
};

#undef VECTOR
#undef LOAD
#undef STORE
#undef SPLAT
#undef UNROLL
#undef LANES
#undef CHAINS
#undef TARGET
#undef SUFFIX
