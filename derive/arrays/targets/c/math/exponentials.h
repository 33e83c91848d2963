/* exp and expm1. x = k log(2) + r, of which r is a sum high + low with an exact high;
   exp(r) = 1 + r + r**2 p(r), whose first sum is exact too. */

static inline uint64_t f64_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double f64_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline uint32_t f32_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float f32_from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static const double f64_exp_terms[11] = {
    0.5, 0.16666666666666685, 0.04166666666666673, 0.008333333333316737, 0.0013888888888858614,
    0.00019841269897060863, 2.480158737340948e-05, 2.7557234235030547e-06,
    2.7557233631918666e-07, 2.5112240417045334e-08, 2.0926862661780735e-09};

/* 2**k for a whole number k from -1022 to 1023. */
static inline double f64_power_of_two(double k)
{
    return f64_from_bits((f64_bits(k + 0x1.8p52) + 1023) << 52);
}

/* x 2**k for a whole number k from -2044 to 2046, rounded once. */
static inline double f64_scaled(double x, double k)
{
    double half = f64_fma(k, 0.5, 0x1.8p52) - 0x1.8p52;
    return x * f64_power_of_two(half) * f64_power_of_two(k - half);
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

static inline double f64_exp(double x)
{
    double k, low, rest, high, sum;
    x = x > 710.0 ? 710.0 : x;
    x = x < -746.0 ? -746.0 : x;
    high = f64_exp_parts(x, &k, &low, &rest);
    sum = 1.0 + high;
    return f64_scaled(sum + ((low + (high - (sum - 1.0))) + rest), k);
}

static inline double f64_expm1(double x)
{
    double k, rest, high, sum, power, less, low, r, bounded = x > 710.0 ? 710.0 : x;
    bounded = bounded < -50.0 ? -50.0 : bounded;
    high = f64_exp_parts(bounded, &k, &low, &rest);
    r = high + low;
    low = f64_fma((high - r) + low, r, low);  /* what r**2 lost by the rounding of r */
    power = f64_power_of_two(k - 1.0);
    less = power - 0.5;
    high *= power;
    sum = less + high;
    low = f64_fma(power, low, ((power - less) - 0.5) + ((less - sum) + high));
    return fabs(x) < 0x1p-54 ? x : 2.0 * (sum + f64_fma(power, rest, low));
}

static const float f32_exp_terms[6] = {
    0.5f, 0.16666667f, 0.041666456f, 0.008333197f, 0.0013935764f, 0.00019954238f};

/* 2**k for a whole number k from -126 to 127. */
static inline float f32_power_of_two(float k)
{
    return f32_from_bits((f32_bits(k + 0x1.8p23f) + 127) << 23);
}

/* x 2**k for a whole number k from -252 to 254, rounded once. */
static inline float f32_scaled(float x, float k)
{
    float half = f32_fma(k, 0.5f, 0x1.8p23f) - 0x1.8p23f;
    return x * f32_power_of_two(half) * f32_power_of_two(k - half);
}

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

static inline float f32_exp(float x)
{
    float k, low, rest, high, sum;
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    high = f32_exp_parts(x, &k, &low, &rest);
    sum = 1.0f + high;
    return f32_scaled(sum + ((low + (high - (sum - 1.0f))) + rest), k);
}

static inline float f32_expm1(float x)
{
    float k, rest, high, sum, power, less, low, r, bounded = x > 89.0f ? 89.0f : x;
    bounded = bounded < -25.0f ? -25.0f : bounded;
    high = f32_exp_parts(bounded, &k, &low, &rest);
    r = high + low;
    low = f32_fma((high - r) + low, r, low);  /* what r**2 lost by the rounding of r */
    power = f32_power_of_two(k - 1.0f);
    less = power - 0.5f;
    high *= power;
    sum = less + high;
    low = f32_fma(power, low, ((power - less) - 0.5f) + ((less - sum) + high));
    return fabsf(x) < 0x1p-25f ? x : 2.0f * (sum + f32_fma(power, rest, low));
}
