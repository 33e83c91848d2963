/* exp and expm1. x = k log(2) + r, of which r is a sum high + low with an exact high;
   exp(r) = 1 + r + r**2 p(r), whose first sum is exact too. */

static inline uintN_t fN_bits(real x)
{
    uintN_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline real fN_from_bits(uintN_t bits)
{
    real x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static const double f64_exp_terms[11] = {
    0.5, 0.16666666666666685, 0.04166666666666673, 0.008333333333316737, 0.0013888888888858614,
    0.00019841269897060863, 2.480158737340948e-05, 2.7557234235030547e-06,
    2.7557233631918666e-07, 2.5112240417045334e-08, 2.0926862661780735e-09};

/* 2**k for a whole number k from BOTH(-1022, -126) to BIAS. */
static inline real fN_power_of_two(real k)
{
    return fN_from_bits((fN_bits(k + TO_WHOLE) + BIAS) << PLACES);
}

/* x 2**k for a whole number k from BOTH(-2044, -252) to BOTH(2046, 254), rounded once. */
static inline real fN_scaled(real x, real k)
{
    real half = fN_fma(k, 0.5, TO_WHOLE) - TO_WHOLE;
    return x * fN_power_of_two(half) * fN_power_of_two(k - half);
}

/* exp(x) = 2**k (1 + high + low + rest), for |x| < 2**10. */
static inline double f64_exp_parts(double x, double *k, double *low, double *rest)
{
    const double *p = f64_exp_terms;
    double whole = f64_fma(x, 1.4426950408889634, 0x1.8p52) - 0x1.8p52;
    double high = f64_fma(-whole, 0x1.62e42fefap-1, x), less = -whole * 0x1.cf79abc9e3b3ap-40;
    double r = high + less, s = r * r;
    double even = f64_poly5(s, p[2], p[4], p[6], p[8], p[10]);
    double odd = f64_poly5(s, p[1], p[3], p[5], p[7], p[9]);
    *k = whole;
    *low = less;
    *rest = f64_fma(s * r, f64_fma(r, even, odd), p[0] * s);
    return high;
}

static inline real fN_exp(real x)
{
    real k, low, rest, high, sum;
    x = x > BOTH(710.0, 89.0) ? BOTH(710.0, 89.0) : x;
    x = x < BOTH(-746.0, -104.0) ? BOTH(-746.0, -104.0) : x;
    high = fN_exp_parts(x, &k, &low, &rest);
    sum = 1.0 + high;
    return fN_scaled(sum + ((low + (high - (sum - 1.0))) + rest), k);
}

static inline real fN_expm1(real x)
{
    real k, rest, high, sum, power, less, low, r, bounded;
    bounded = x > BOTH(710.0, 89.0) ? BOTH(710.0, 89.0) : x;
    bounded = bounded < BOTH(-50.0, -25.0) ? BOTH(-50.0, -25.0) : bounded;
    high = fN_exp_parts(bounded, &k, &low, &rest);
    r = high + low;
    low = fN_fma((high - r) + low, r, low);  /* what r**2 lost by the rounding of r */
    power = fN_power_of_two(k - 1.0);
    less = power - 0.5;
    high *= power;
    sum = less + high;
    low = fN_fma(power, low, ((power - less) - 0.5) + ((less - sum) + high));
    return fabs(x) < BOTH(0x1p-54, 0x1p-25) ? x : 2.0 * (sum + fN_fma(power, rest, low));
}

static const float f32_exp_terms[6] = {
    0.5f, 0.16666667f, 0.041666456f, 0.008333197f, 0.0013935764f, 0.00019954238f};

/* exp(x) = 2**k (1 + high + low + rest), for |x| < 2**7. */
static inline float f32_exp_parts(float x, float *k, float *low, float *rest)
{
    const float *p = f32_exp_terms;
    float whole = f32_fma(x, 1.44269504f, 0x1.8p23f) - 0x1.8p23f;
    float high = f32_fma(-whole, 0x1.62e4p-1f, x), less = -whole * 0x1.7f7d1cp-20f;
    float r = high + less, s = r * r, even = f32_fma(s, p[4], p[2]);
    float odd = f32_poly3(s, p[1], p[3], p[5]);
    *k = whole;
    *low = less;
    *rest = f32_fma(s * r, f32_fma(r, even, odd), p[0] * s);
    return high;
}
