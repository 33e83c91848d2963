/* log and log1p. x = 2**k (1 + f) with 1 + f between the roots of 1/2 and of 2. */

/* k and f of a number from 2**BOTH(-1022, -126) on. */
static inline real fN_log_parts(real x, real *k)
{
    uintN_t root = UINTN_C(BOTH(0x3fe6a09e667f3bcd, 0x3f3504f3));
    uintN_t place = fN_bits(x) + (UINTN_C(BOTH(0x3ff0000000000000, 0x3f800000)) - root);
    uintN_t power = (place >> PLACES) | UINTN_C(BOTH(0x4330000000000000, 0x4b000000));
    *k = fN_from_bits(power) - BOTH((0x1p52 + 1023.0), (0x1p23 + 127.0));
    return fN_from_bits((place & UINTN_C(BOTH(0x000fffffffffffff, 0x007fffff))) + root) - 1.0;
}

static const double f64_log_terms[7] = {
    0.666666666666681, 0.39999999999014746, 0.2857142881839795, 0.22222191654849982,
    0.1818389084451275, 0.153063405018612, 0.14867989845071222};

/* log(2**k (1 + f)) + low: log(1 + f) = f - f**2/2 + s (f**2/2 + s**2 p(s**2)), s = f/(2 + f). */
static inline double f64_log_sum(double k, double f, double low)
{
    const double *p = f64_log_terms;
    double s = f / (2.0 + f), w = s * s, v = w * w;
    double odd = f64_poly4(v, p[0], p[2], p[4], p[6]), even = f64_poly3(v, p[1], p[3], p[5]);
    double half = 0.5 * f * f, base = k * 0x1.62e42fefap-1, high = base + f;
    double rest = ((base - high) + f) + f64_fma(k, 0x1.cf79abc9e3b3ap-40, low);
    double more = f64_fma(w, f64_fma(w, even, odd), half);
    return high + (rest - f64_fma(-s, more, half));
}

static inline real fN_log(real x)
{
    real k, tiny = x < BOTH(0x1p-1022, 0x1p-126) ? BOTH(54.0, 25.0) : 0.0;
    real f = fN_log_parts(x < BOTH(0x1p-1022, 0x1p-126) ? x * BOTH(0x1p54, 0x1p25) : x, &k);
    real value = fN_log_sum(k - tiny, f, 0.0);
    value = x < INFINITY ? value : x;
    return x > 0.0 ? value : x == 0.0 ? -INFINITY : NAN;
}

/* 2**(1 - k) for a whole number k from BOTH(-1023, -127) to BOTH(1024, 128), where it is 0. */
static inline real fN_shifted_power(real k)
{
    uintN_t power = fN_bits(k + (TO_WHOLE + BOTH(1022.0, 126.0))) << PLACES;
    return fN_from_bits(UINTN_C(BOTH(0x7fe0000000000000, 0x7f000000)) - power);
}

/* What 1 + x loses by rounding is put back into f, and the rest of that sum into the last one. */
static inline real fN_log1p(real x)
{
    real k, sum = 1.0 + x, lost = x < 1.0 ? x - (sum - 1.0) : 1.0 - (sum - x);
    real f = fN_log_parts(sum, &k), whole, value;
    lost = 0.5 * (lost * fN_shifted_power(k));
    whole = f + lost;
    value = fN_log_sum(k, whole, (f - whole) + lost);
    value = sum < INFINITY ? value : sum;
    value = sum > 0.0 ? value : sum == 0.0 ? -INFINITY : NAN;
    return x == 0.0 ? x : value;
}

static const float f32_log_terms[8] = {
    0.3333333f, -0.2500082f, 0.20001245f, -0.16623414f, 0.14201504f, -0.13159478f, 0.12762697f,
    -0.07637395f};

/* log(2**k (1 + f)) + low: log(1 + f) = f - f**2/2 + f**3 p(f). */
static inline float f32_log_sum(float k, float f, float low)
{
    const float *p = f32_log_terms;
    float s = f * f, base = k * 0x1.62e4p-1f, high = base + f;
    float even = f32_poly4(s, p[0], p[2], p[4], p[6]), odd = f32_poly4(s, p[1], p[3], p[5], p[7]);
    float rest = ((base - high) + f) + f32_fma(k, 0x1.7f7d1cp-20f, low);
    return high + f32_fma(-s, f32_fma(-f, f32_fma(f, odd, even), 0.5f), rest);
}
