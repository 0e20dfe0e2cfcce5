// Functions of one number and their derivatives, for float; included by elementwise_template.h.
// The polynomials are printed by vector_functions.py. Errors against the exact value are measured by the tests.

// The polynomial with these coefficients, the highest power first (Horner's scheme). A long one is two, of its even and of
// its odd powers, because every step waits for the one before.
#define POLYNOMIAL(x, ...) NAME(polynomial)(x, (const float[]){__VA_ARGS__}, \
                                            sizeof((float[]){__VA_ARGS__}) / sizeof(float))
INLINE VECTOR NAME(polynomial)(VECTOR x, const float *coefficients, const unsigned long count) {
  VECTOR sum = SPLAT(coefficients[0]);
  if (count < 8) {
    UNROLL for (unsigned long k = 1; k < count; k++) sum = sum * x + SPLAT(coefficients[k]);
    return sum;
  }
  VECTOR other = SPLAT(coefficients[1]), square = x * x;
  UNROLL for (unsigned long k = 2; k < count; k += 2) {
    sum = sum * square + SPLAT(coefficients[k]);
    if (k + 1 < count) other = other * square + SPLAT(coefficients[k + 1]);
  }
  return count % 2 ? other * x + sum : sum * x + other;
}

INLINE VECTOR NAME(magnitude_of)(VECTOR x) { return (VECTOR)((INTEGERS)x & 0x7FFFFFFF); }

// tanh x = 1 - 2 / (e^2x + 1), and near 0, where that cancels, x + x^3 p(x^2) (Cephes).
INLINE VECTOR NAME(tanh_of)(VECTOR x) {
  VECTOR magnitude = NAME(magnitude_of)(x);
  INTEGERS sign = (INTEGERS)x & ~0x7FFFFFFF;
  VECTOR far = SPLAT(1.0f) - SPLAT(2.0f) / (NAME(exp_of)(magnitude + magnitude) + SPLAT(1.0f));
  VECTOR s = magnitude * magnitude;
  VECTOR y = POLYNOMIAL(s, -5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f,
                        1.33314422036e-1f, -3.33332819422e-1f);
  VECTOR near = y * s * magnitude + magnitude;
  VECTOR result = CHOOSE(magnitude < SPLAT(0.625f), near, far);
  return (VECTOR)((INTEGERS)result | sign);
}

// 1 / (1 + e^-x): the exponential's argument is never positive, so that it cannot overflow.
INLINE VECTOR NAME(sigmoid_of)(VECTOR x) {
  VECTOR e = NAME(exp_of)(-NAME(magnitude_of)(x));
  VECTOR numerator = CHOOSE(x >= SPLAT(0.0f), SPLAT(1.0f), e);
  return numerator / (SPLAT(1.0f) + e);
}

// erf x = x + x p(x^2) near 0, and 1 - e^q(|x|) with the sign of x beyond.
INLINE VECTOR NAME(erf_of)(VECTOR x) {
  VECTOR magnitude = NAME(magnitude_of)(x);
  VECTOR s = x * x;
  VECTOR near = POLYNOMIAL(s, -6.222421071e-04f, 5.035871640e-03f, -2.679395489e-02f, 1.128252447e-01f,
                           -3.761255741e-01f, 1.283791512e-01f) * x + x;
  // Beyond 4 the result is 1, and the polynomial another one; NaN falls through.
  VECTOR bounded = CHOOSE(magnitude > SPLAT(4.0f), SPLAT(4.0f), magnitude);
  VECTOR logarithm = POLYNOMIAL(bounded, -2.055429468e-05f, 4.282285809e-04f, -4.140968900e-03f,
                                2.504054084e-02f, -1.081587598e-01f, -6.334564686e-01f,
                                -1.129461169e+00f, 1.635876542e-04f);
  VECTOR far = SPLAT(1.0f) - NAME(exp_of)(logarithm);
  VECTOR signed_far = (VECTOR)((INTEGERS)far | ((INTEGERS)x & ~0x7FFFFFFF));
  return CHOOSE(magnitude < SPLAT(0.875f), near, signed_far);
}

// x = m 2^n with m from sqrt(1/2) to sqrt(2): ln x = n ln 2 + ln m.
INLINE VECTOR NAME(log_of)(VECTOR x) {
  // Numbers below the smallest normal one are made larger first.
  INTEGERS is_tiny = (INTEGERS)(x < SPLAT(1.17549435e-38f));
  VECTOR scaled = CHOOSE(is_tiny, x * SPLAT(8388608.0f), x);
  INTEGERS bits = (INTEGERS)scaled - 0x3F3504F3;
  INTEGERS exponent = bits >> 23;
  VECTOR r = (VECTOR)((INTEGERS)scaled - (exponent << 23)) - SPLAT(1.0f);
  VECTOR n = __builtin_convertvector(exponent - (is_tiny & 23), VECTOR);
  VECTOR s = r * r;
  VECTOR p = POLYNOMIAL(r, -7.634440064e-02f, 1.276155114e-01f, -1.316019148e-01f,
                        1.420176178e-01f, -1.662335694e-01f, 2.000122666e-01f, -2.500081956e-01f,
                        3.333333135e-01f);
  VECTOR tail = p * (r * s) + n * SPLAT(-2.12194440e-4f);
  VECTOR y = n * SPLAT(0.693359375f) + (r + (tail - s * SPLAT(0.5f)));
  y = CHOOSE(x == SPLAT(0.0f), SPLAT(-__builtin_inff()), y);
  y = CHOOSE(x < SPLAT(0.0f), SPLAT(__builtin_nanf("")), y);
  // Infinity and NaN are their own logarithms.
  return CHOOSE((INTEGERS)(x < SPLAT(__builtin_inff())), y, x);
}

// ln(1 + x): what rounding takes from 1 + x, the quotient gives back (D. Goldberg, What Every Computer Scientist
// Should Know About Floating-Point Arithmetic, 1991, theorem 4).
INLINE VECTOR NAME(log_one_plus)(VECTOR x) {
  VECTOR w = x + SPLAT(1.0f);
  VECTOR y = NAME(log_of)(w) * (x / (w - SPLAT(1.0f)));
  y = CHOOSE(w == SPLAT(1.0f), x, y);
  return CHOOSE(x == SPLAT(__builtin_inff()), x, y);
}

// e^x - 1, in the same way (W. Kahan).
INLINE VECTOR NAME(exp_minus_one)(VECTOR x) {
  VECTOR u = NAME(exp_of)(x);
  VECTOR y = (u - SPLAT(1.0f)) * (x / NAME(log_of)(u));
  y = CHOOSE(u == SPLAT(1.0f), x, y);
  // Where the one is as good as nothing, and where the exponential is.
  y = CHOOSE(x > SPLAT(20.0f), u, y);
  return CHOOSE(x < SPLAT(-20.0f), SPLAT(-1.0f), y);
}

// x, and where it is not positive e^x - 1.
INLINE VECTOR NAME(elu_of)(VECTOR x) { return CHOOSE(x > SPLAT(0.0f), x, NAME(exp_minus_one)(x)); }

// ln(1 + e^x): the exponential's argument is never positive.
INLINE VECTOR NAME(softplus_of)(VECTOR x) {
  VECTOR e = NAME(exp_of)(-NAME(magnitude_of)(x));
  return CHOOSE(x < SPLAT(0.0f), SPLAT(0.0f), x) + NAME(log_one_plus)(e);
}

// sin x, or a quarter turn further cos x: what whole quarter turns leave of x, by a polynomial (Cephes). The turns
// are taken off in double precision, a quarter in two parts, of which the first is short enough for an exact
// product (Cody and Waite). Beyond 2^20 the two parts no longer suffice.
INLINE VECTOR NAME(sine_of)(const int quarter, VECTOR x) {
  INTEGERS large = ~(INTEGERS)(NAME(magnitude_of)(x) <= SPLAT(1048576.0f));
  WIDE wide = WIDEN(CHOOSE(large, SPLAT(0.0f), x));
  const WIDE rounder = (WIDE)(6755399441055744.0);
  WIDE n = (wide * 0.63661977236758134 + rounder) - rounder;
  VECTOR r = NARROW((wide - n * 1.5707963109016418) - n * 1.5893254773528197e-8);
  INTEGERS turns = __builtin_convertvector(n, INTEGERS) + quarter;
  VECTOR s = r * r;
  VECTOR sine = r * (POLYNOMIAL(s, -1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f) * s + SPLAT(1.0f));
  VECTOR cosine = POLYNOMIAL(s, 2.4433157118e-5f, -1.3887316255e-3f, 4.1666645683e-2f) * (s * s)
      + (SPLAT(1.0f) - s * SPLAT(0.5f));
  VECTOR y = CHOOSE(-(turns & 1), cosine, sine);
  y = (VECTOR)((INTEGERS)y ^ ((turns & 2) << 30));
  int is_any_large = 0;
  for (int q = 0; q < LANES; q++) is_any_large |= large[q];
  if (__builtin_expect(is_any_large, 0)) {
    for (int q = 0; q < LANES; q++) {
      if (large[q]) y[q] = quarter ? __builtin_cosf(x[q]) : __builtin_sinf(x[q]);
    }
  }
  return y;
}

// x to the power of y, as 2^(y log2 x), in double precision: the product's error counts as often as the power of two
// is large. log2 m by the series of the inverse hyperbolic tangent, 2^r by the exponential's.
INLINE VECTOR NAME(power_of)(VECTOR x, VECTOR y) {
  const WIDE one = (WIDE)(1.0), rounder = (WIDE)(6755399441055744.0);
  WIDE magnitude = WIDEN(NAME(magnitude_of)(x));
  // m from sqrt(1/2) to sqrt(2) and x = m 2^n; no number of single precision is below the smallest normal one here.
  WIDE_INTEGERS bits = (WIDE_INTEGERS)magnitude - 0x3FE6A09E667F3BCD;
  WIDE_INTEGERS exponent = bits >> 52;
  WIDE m = (WIDE)((WIDE_INTEGERS)magnitude - (exponent << 52));
  // A whole number in the last bits of a double next to 1.5 * 2^52.
  WIDE n = (WIDE)((WIDE_INTEGERS)rounder + exponent) - rounder;
  WIDE s = (m - one) / (m + one), q = s * s;
  WIDE p = (WIDE)(2.0 / 13);
  p = p * q + 2.0 / 11;
  p = p * q + 2.0 / 9;
  p = p * q + 2.0 / 7;
  p = p * q + 2.0 / 5;
  p = p * q + 2.0 / 3;
  p = p * q + 2.0;
  WIDE logarithm = s * p * 1.4426950408889634 + n;
  logarithm = WIDE_CHOOSE(magnitude == (WIDE)(__builtin_inf()), magnitude, logarithm);
  logarithm = WIDE_CHOOSE(magnitude == (WIDE)(0.0), (WIDE)(-__builtin_inf()), logarithm);
  WIDE power = WIDEN(y) * logarithm;
  // Beyond these the result is 0 or infinite.
  WIDE bounded = WIDE_CHOOSE(power > (WIDE)(200.0), (WIDE)(200.0), power);
  bounded = WIDE_CHOOSE(bounded < (WIDE)(-200.0), (WIDE)(-200.0), bounded);
  WIDE shifted = bounded + rounder;
  WIDE r = (bounded - (shifted - rounder)) * 0.69314718055994531;
  WIDE e = (WIDE)(1.0 / 362880);
  e = e * r + 1.0 / 40320;
  e = e * r + 1.0 / 5040;
  e = e * r + 1.0 / 720;
  e = e * r + 1.0 / 120;
  e = e * r + 1.0 / 24;
  e = e * r + 1.0 / 6;
  e = e * r + 0.5;
  e = e * (r * r) + r + one;
  VECTOR result = NARROW((WIDE)((WIDE_INTEGERS)e + ((WIDE_INTEGERS)shifted << 52)));
  // What is not a number: the power says so, and e need not.
  result = CHOOSE(x != x | y != y, x + y, result);
  // A negative base has the sign of an odd exponent, and no value for one that is not whole.
  VECTOR whole = __builtin_elementwise_trunc(y), half = y * SPLAT(0.5f);
  INTEGERS is_odd = (INTEGERS)(whole == y) & (INTEGERS)(__builtin_elementwise_trunc(half) != half);
  INTEGERS is_negative = (INTEGERS)x >> 31;
  result = (VECTOR)((INTEGERS)result | (is_negative & is_odd & ~0x7FFFFFFF));
  INTEGERS has_none = (INTEGERS)(x < SPLAT(0.0f)) & (INTEGERS)(x > SPLAT(-__builtin_inff()))
      & (INTEGERS)(whole != y);
  result = CHOOSE(has_none, SPLAT(__builtin_nanf("")), result);
  // 1 to any power, any number to the power of 0, and -1 to an infinite one.
  INTEGERS is_one = (INTEGERS)(x == SPLAT(1.0f)) | (INTEGERS)(y == SPLAT(0.0f))
      | ((INTEGERS)(x == SPLAT(-1.0f)) & (INTEGERS)(NAME(magnitude_of)(y) == SPLAT(__builtin_inff())));
  return CHOOSE(is_one, SPLAT(1.0f), result);
}

// e^(-x^2 / 2), the normal distribution's density but for a factor.
INLINE VECTOR NAME(bell_of)(VECTOR x) { return NAME(exp_of)(x * x * SPLAT(-0.5f)); }

// The normal distribution's share below x: what lies beyond |x| is bell_of(x) p(t) / (|x| + 3) with t = 1 - 6 / (|x| + 3), from
// which both sides follow without cancellation.
INLINE VECTOR NAME(normal_share)(VECTOR x, VECTOR bell) {
  VECTOR quotient = SPLAT(1.0f) / (NAME(magnitude_of)(x) + SPLAT(3.0f));
  VECTOR t = SPLAT(1.0f) - quotient * SPLAT(6.0f);
  VECTOR beyond = POLYNOMIAL(t, -2.629919909e-04f, -8.977567195e-04f, 1.074734726e-03f, 6.920008454e-03f,
                             -1.048009470e-02f, -4.725528508e-02f, 2.300194055e-01f, -5.093322992e-01f,
                             7.290836573e-01f) * (quotient * bell);
  return CHOOSE(x < SPLAT(0.0f), beyond, SPLAT(1.0f) - beyond);
}

// sqrt(2 / pi) (x + 0.044715 x^3), of which GELU's approximation takes the hyperbolic tangent.
INLINE VECTOR NAME(gelu_argument)(VECTOR x) {
  return (x + x * x * x * SPLAT(0.044715f)) * SPLAT(0.797884561f);
}

INLINE VECTOR NAME(value_of)(const int function, VECTOR x) {
  switch (function) {
    case RETROGRAD_EXP: return NAME(exp_of)(x);
    case RETROGRAD_TANH: return NAME(tanh_of)(x);
    case RETROGRAD_SIGMOID: return NAME(sigmoid_of)(x);
    case RETROGRAD_ERF: return NAME(erf_of)(x);
    case RETROGRAD_LOG: return NAME(log_of)(x);
    case RETROGRAD_LOG1P: return NAME(log_one_plus)(x);
    case RETROGRAD_EXPM1: return NAME(exp_minus_one)(x);
    case RETROGRAD_SIN: return NAME(sine_of)(0, x);
    case RETROGRAD_COS: return NAME(sine_of)(1, x);
    case RETROGRAD_SOFTPLUS: return NAME(softplus_of)(x);
    case RETROGRAD_ELU: return NAME(elu_of)(x);
    case RETROGRAD_SILU: return x * NAME(sigmoid_of)(x);
    case RETROGRAD_GELU: return x * NAME(normal_share)(x, NAME(bell_of)(x));
    default:  // RETROGRAD_GELU_TANH
      return x * ((NAME(tanh_of)(NAME(gelu_argument)(x)) + SPLAT(1.0f)) * SPLAT(0.5f));
  }
}

// The derivative: of tanh and sigmoid from their results, which are kept, of the others from x.
INLINE VECTOR NAME(slope_of)(const int function, VECTOR kept) {
  const VECTOR one = SPLAT(1.0f);
  switch (function) {
    case RETROGRAD_TANH: return one - kept * kept;
    case RETROGRAD_SIGMOID: return kept * (one - kept);
    case RETROGRAD_SILU: {
      VECTOR share = NAME(sigmoid_of)(kept);
      return share * (kept * (one - share) + one);
    }
    case RETROGRAD_GELU: {
      VECTOR bell = NAME(bell_of)(kept);
      return NAME(normal_share)(kept, bell) + kept * (bell * SPLAT(0.398942280f));
    }
    default: {  // RETROGRAD_GELU_TANH
      VECTOR t = NAME(tanh_of)(NAME(gelu_argument)(kept));
      VECTOR inner = (kept * kept * SPLAT(3 * 0.044715f) + one) * SPLAT(0.797884561f);
      return (t + one + kept * ((one - t * t) * inner)) * SPLAT(0.5f);
    }
  }
}

// One loop for each function, so that the choice is made once.
#define VALUE_CASE(name)                                                                  \
  case name:                                                                              \
    FOR_EACH_VECTOR(count, {                                                              \
      VECTOR x = GET(source);                                                             \
      PUT(target, NAME(value_of)(name, x));                                               \
    });                                                                                   \
    break;
TARGET static void NAME(map)(int function, long count, const float *source, float *target) {
  switch (function) {
    VALUE_CASE(RETROGRAD_EXP)
    VALUE_CASE(RETROGRAD_TANH)
    VALUE_CASE(RETROGRAD_SIGMOID)
    VALUE_CASE(RETROGRAD_ERF)
    VALUE_CASE(RETROGRAD_LOG)
    VALUE_CASE(RETROGRAD_LOG1P)
    VALUE_CASE(RETROGRAD_EXPM1)
    VALUE_CASE(RETROGRAD_SIN)
    VALUE_CASE(RETROGRAD_COS)
    VALUE_CASE(RETROGRAD_SOFTPLUS)
    VALUE_CASE(RETROGRAD_ELU)
    VALUE_CASE(RETROGRAD_SILU)
    VALUE_CASE(RETROGRAD_GELU)
    VALUE_CASE(RETROGRAD_GELU_TANH)
  }
}

// Of pairs of numbers, each of which may be the same one for all of them: its stride is 0 then.
TARGET static void NAME(power)(long count, const float *x, long x_stride, const float *y, long y_stride,
                               float *z) {
  if (x_stride == 0) {
    const VECTOR base = SPLAT(x[0]);
    FOR_EACH_VECTOR(count, {
      VECTOR exponent = GET(y);
      PUT(z, NAME(power_of)(base, exponent));
    });
  } else if (y_stride == 0) {
    const VECTOR exponent = SPLAT(y[0]);
    FOR_EACH_VECTOR(count, {
      VECTOR base = GET(x);
      PUT(z, NAME(power_of)(base, exponent));
    });
  } else {
    FOR_EACH_VECTOR(count, {
      VECTOR base = GET(x);
      VECTOR exponent = GET(y);
      PUT(z, NAME(power_of)(base, exponent));
    });
  }
}

#define SLOPE_CASE(name)                                                                  \
  case name:                                                                              \
    FOR_EACH_VECTOR(count, {                                                              \
      VECTOR x = GET(kept);                                                               \
      VECTOR incoming = GET(dy);                                                          \
      PUT(dx, incoming * NAME(slope_of)(name, x));                                        \
    });                                                                                   \
    break;
TARGET static void NAME(map_back)(int function, long count, const float *kept, const float *dy,
                                  float *dx) {
  switch (function) {
    SLOPE_CASE(RETROGRAD_TANH)
    SLOPE_CASE(RETROGRAD_SIGMOID)
    SLOPE_CASE(RETROGRAD_SILU)
    SLOPE_CASE(RETROGRAD_GELU)
    SLOPE_CASE(RETROGRAD_GELU_TANH)
  }
}
#undef VALUE_CASE
#undef SLOPE_CASE
#undef POLYNOMIAL
