/* tanh, sinh, cosh and their inverses. */

/* (tanh(x) / x - 1) / x**2 in x**2 up to 0.39: numerator and denominator. */
static const double f64_tanh_terms[6] = {
    -0.3333333333333333, -0.02049875476627805, -0.0001991760525210663, 0.4614962642988306,
    0.023291271972440016, 0.000206531605011168};

/* A small one by a quotient of polynomials, else 1 - 2 / (exp(2 x) + 1): one division for both. */
static inline double f64_tanh(double x)
{
    const double *p = f64_tanh_terms;
    double size = fabs(x), w = x * x, k, low, rest, high, sum, top, bottom, value;
    high = f64_exp_parts(size > 22.0 ? 44.0 : 2.0 * size, &k, &low, &rest);
    sum = 1.0 + high;
    sum += (low + (high - (sum - 1.0))) + rest;
    top = size * w * f64_poly3(w, p[0], p[1], p[2]);
    bottom = f64_poly4(w, 1.0, p[3], p[4], p[5]);
    top = size < 0.625 ? top : 2.0;
    bottom = size < 0.625 ? bottom : f64_fma(sum, f64_power_of_two(k), 1.0);
    value = top / bottom;
    value = size < 0.625 ? size + value : 1.0 - value;
    return copysign(value, x);
}

/* (tanh(x) / x - 1) / x**2 in x**2 up to 0.39. */
static const float f32_tanh_terms[5] = {
    -0.33333284f, 0.13331479f, -0.05374218f, 0.020645633f, -0.005710926f};

static inline float f32_tanh(float x)
{
    const float *p = f32_tanh_terms;
    float size = fabsf(x), w = x * x, k, low, rest, high, sum, small, large;
    high = f32_exp_parts(size > 10.0f ? 20.0f : 2.0f * size, &k, &low, &rest);
    sum = 1.0f + high;
    sum += (low + (high - (sum - 1.0f))) + rest;
    small = f32_fma(size * w, f32_poly5(w, p[0], p[1], p[2], p[3], p[4]), size);
    large = 1.0f - 2.0f / f32_fma(sum, f32_power_of_two(k), 1.0f);
    return copysignf(size < 0.625f ? small : large, x);
}

/* exp(r) = cosh(r) + sinh(r): of its polynomial, cosh(r) - 1 and sinh(r) - r. */
static inline double f64_even_part(double r)
{
    const double *p = f64_exp_terms;
    double s = r * r;
    return s * f64_fma(s, f64_poly5(s, p[2], p[4], p[6], p[8], p[10]), p[0]);
}

static inline double f64_odd_part(double r)
{
    const double *p = f64_exp_terms;
    double s = r * r;
    return s * r * f64_poly5(s, p[1], p[3], p[5], p[7], p[9]);
}

/* (2**k exp(r) + sign 2**-k exp(-r)) / 2 for x = k log(2) + r: cosh for 1, sinh for -1. */
static inline double f64_half_sum(double size, double sign)
{
    double k, low, rest, high, bounded = size > 710.6 ? 710.6 : size, r, up, down, sum, less;
    high = f64_exp_parts(bounded, &k, &low, &rest);
    r = high + low;
    up = f64_power_of_two(k - 2.0);
    down = sign * f64_power_of_two(k > 1000.0 ? -1000.0 : -k - 2.0);
    rest = f64_fma(up + down, f64_even_part(r), (up - down) * f64_odd_part(r));
    sum = up + down;
    rest += f64_fma(up - down, low, (up - sum) + down);
    high *= up - down;
    less = sum + high;
    return 2.0 * (less + (((sum - less) + high) + rest));
}

static inline double f64_sinh(double x)
{
    return fabs(x) < 0x1p-28 ? x : copysign(f64_half_sum(fabs(x), -1.0), x);
}

static inline double f64_cosh(double x)
{
    return f64_half_sum(fabs(x), 1.0);
}

static inline double f64_asinh(double x)
{
    double size = fabs(x), far = f64_log(size) + 0.6931471805599453;
    double near = f64_log1p(size + size * size / (1.0 + sqrt(1.0 + size * size)));
    return copysign(size < 0x1p28 ? near : far, x);
}

static inline double f64_atanh(double x)
{
    double size = fabs(x);
    return copysign(0.5 * f64_log1p(2.0 * size / (1.0 - size)), x);
}

/* coth(x) - 1/x, near 0 by its continued fraction x/(3 + x**2/(5 + ...)). */
static inline double f64_langevin(double x)
{
    double square = x * x, bounded = square > 4.0 ? 4.0 : square, near = 23.0;
    double far = 1.0 / f64_tanh(x) - 1.0 / x;
    for (int k = 10; k > 0; k--)
        near = (2 * k + 1) + bounded / near;
    return fabs(x) < 1.5 ? x / near : far;
}
