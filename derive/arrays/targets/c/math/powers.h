/* x**y: the logarithm to some 68 bits, and what the product with the exponent loses. */

/* u v as a float and the rest. */
static inline double f64_two_product(double u, double v, double *rest)
{
    double product = u * v;
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    *rest = fma(u, v, -product);
#else
    double a = f64_from_bits(f64_bits(u) & UINT64_C(0xfffffffff8000000)), b = u - a;
    double c = f64_from_bits(f64_bits(v) & UINT64_C(0xfffffffff8000000)), d = v - c;
    *rest = ((a * c - product) + (a * d + b * c)) + b * d;
#endif
    return product;
}

/* 2 atanh(s) / s - 2 - 2/3 s**2 over s**4, in s**2. */
static const double f64_power_terms[8] = {
    0.3999999999999998, 0.28571428571445096, 0.22222222217539736, 0.18181818869918825,
    0.1538455689765636, 0.13336316404641776, 0.11674838910899861, 0.11988844508822441};

/* log(x) for positive finite x, as a float and the rest: 2 s + s**3 (2/3 + s**2 p(s**2)). */
static inline double f64_long_log(double x, double *rest)
{
    const double *p = f64_power_terms;
    double k, tiny = x < 0x1p-1022 ? 54.0 : 0.0, sum, low, inverse, s, less, w, v, lost, odd, even;
    double cube, cubic, high, more, last, f = f64_log_parts(x < 0x1p-1022 ? x * 0x1p54 : x, &k);
    k -= tiny;
    sum = 2.0 + f;
    low = (2.0 - sum) + f;
    inverse = 1.0 / sum;
    s = f * inverse;
    high = f64_two_product(s, sum, &less);
    less = (((f - high) - less) - s * low) * inverse;
    w = f64_two_product(s, s, &lost);
    lost += 2.0 * s * less;
    v = w * w;
    even = f64_poly4(v, p[0], p[2], p[4], p[6]);
    odd = f64_poly4(v, p[1], p[3], p[5], p[7]);
    more = f64_fma(w, f64_fma(w, odd, even), 0x1.5555555555555p-55);
    high = 0x1.5555555555555p-1 + more;
    last = (0x1.5555555555555p-1 - high) + more;
    cube = f64_two_product(s, w, &cubic);
    cubic += s * lost + less * w;
    w = f64_two_product(cube, high, &lost);
    lost += cube * last + cubic * high;
    high = f64_two_sum(k * 0x1.62e42fefap-1, 2.0 * s, &more);
    high = f64_two_sum(high, w, &last);
    more += last + (lost + (2.0 * less + k * 0x1.cf79abc9e3b3ap-40));
    sum = high + more;
    *rest = (high - sum) + more;
    return sum;
}

/* x**y as that of |x| with the sign, and the values at 0, 1, infinities and negative numbers. */
static inline double f64_signed_power(double x, double y, double value)
{
    double size = fabs(x), most = fabs(y), half = 0.5 * most;
    double whole = most < 0x1p52 ? (most + 0x1p52) - 0x1p52 - most : 0.0;
    double even = most < 0x1p53 ? (half + 0x1p52) - 0x1p52 - half : 0.0;
    double odd = whole == 0.0 ? even : 0.0, broken = x < 0.0 ? whole : 0.0, ends;
    broken = size < INFINITY ? broken : 0.0;
    ends = (y < 0.0 ? 1.0 : 0.0) == (size == 0.0 ? 1.0 : 0.0) ? INFINITY : 0.0;
    value = size == 0.0 ? ends : value;
    value = size == INFINITY ? ends : value;
    value = size == 1.0 ? 1.0 : value;
    value = broken == 0.0 ? value : NAN;
    value = odd == 0.0 ? value : copysign(value, x);
    value = x == x ? value : x;
    value = y == y ? value : y;
    value = x == 1.0 ? 1.0 : value;
    return y == 0.0 ? 1.0 : value;
}

static inline double f64_power(double x, double y)
{
    double k, low, rest, high, sum, less, log = f64_long_log(fabs(x), &less), more, product;
    product = f64_two_product(y, log, &more);
    more += y * less;
    more = fabs(product) < 1e3 ? more : 0.0;
    product = product > 710.0 ? 710.0 : product;
    product = product < -746.0 ? -746.0 : product;
    high = f64_exp_parts(product, &k, &low, &rest);
    sum = 1.0 + high;
    low += high - (sum - 1.0);
    sum = sum + ((low + rest) + (sum + rest) * more);
    return f64_signed_power(x, y, f64_scaled(sum, k));
}

/* (2 atanh(s) / s - 2) / s**2 in s**2, and (exp(r) - 1 - r) / r**2, to some 34 bits. */
static const double f64_short_log_terms[4] = {
    0.6666666564562356, 0.4000033516272575, 0.2853730991499362, 0.23582130929260126};

static const double f64_short_exp_terms[6] = {
    0.500000007790723, 0.16666666860853718, 0.04166626992732398, 0.008333264337419193,
    0.0013946074346384916, 0.00019918389124044217};

static inline float f32_power(float x, float y)
{
    const double *p = f64_short_log_terms, *q = f64_short_exp_terms;
    double k, f = f64_log_parts(fabs((double)x), &k), s = f / (2.0 + f), w = s * s, r;
    double log = f64_fma(s * w, f64_poly4(w, p[0], p[1], p[2], p[3]), s + s);
    log = y * f64_fma(k, 0.6931471805599453, log);
    log = log > 150.0 ? 150.0 : log;
    log = log < -150.0 ? -150.0 : log;
    k = f64_fma(log, 1.4426950408889634, 0x1.8p52) - 0x1.8p52;
    r = f64_fma(-k, 0.6931471805599453, log);
    w = r * r;
    s = f64_fma(r, f64_poly3(w, q[1], q[3], q[5]), f64_poly3(w, q[0], q[2], q[4]));
    s = (1.0 + f64_fma(w, s, r)) * f64_power_of_two(k);
    return (float)f64_signed_power(x, y, s);
}
