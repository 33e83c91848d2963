/* Differences and products whose plain form loses digits, or has no value at a limit. */

/* u + v as a float and the rest. */
static inline double f64_two_sum(double u, double v, double *rest)
{
    double sum = u + v, part = sum - u;
    *rest = (u - (sum - part)) + (v - part);
    return sum;
}

/* log(1 + x) - x: what f64_log1p adds up, with -x before it. */
static inline double f64_log1pmx(double x)
{
    const double *p = f64_log_terms;
    double k, sum = 1.0 + x, lost = x < 1.0 ? x - (sum - 1.0) : 1.0 - (sum - x), f, whole, low;
    double s, w, v, odd, even, half, high, rest, more, value;
    f = f64_log_parts(sum, &k);
    lost = 0.5 * (lost * f64_shifted_power(k));
    whole = f + lost;
    low = (f - whole) + lost;
    s = whole / (2.0 + whole), w = s * s, v = w * w;
    odd = f64_poly4(v, p[0], p[2], p[4], p[6]);
    even = f64_poly3(v, p[1], p[3], p[5]);
    half = 0.5 * whole * whole;
    high = f64_two_sum(k * 0x1.62e42fefap-1, -x, &rest);
    high = f64_two_sum(high, whole, &more);
    rest += more + f64_fma(k, 0x1.cf79abc9e3b3ap-40, low);
    more = f64_fma(w, f64_fma(w, even, odd), half);
    value = high + (rest - f64_fma(-s, more, half));
    value = sum < INFINITY ? value : NAN;
    return sum > 0.0 ? value : sum == 0.0 ? -INFINITY : NAN;
}

/* x log(x), and 0 at 0. */
static inline double f64_xlogx(double x)
{
    double value = x * f64_log(x);
    return x == 0.0 ? 0.0 : value;
}

/* x / (exp(x) - 1), 1 at 0 and 0 at infinity; x exp(-x) where exp(x) is large. */
static inline double f64_expm1quotient(double x)
{
    double k, low, rest, high, sum, bounded = x > 760.0 ? 760.0 : x, value;
    high = f64_exp_parts(bounded < -50.0 ? -50.0 : bounded, &k, &low, &rest);
    sum = 1.0 + high;
    sum += (low + (high - (sum - 1.0))) + rest;
    value = f64_expm1(x);
    value = x / (x > 40.0 ? sum : value);
    value = f64_scaled(value, x > 40.0 ? -k : 0.0);
    value = x > 760.0 ? 0.0 : value;
    return x == 0.0 ? 1.0 : value;
}

/* exp(x) - 1 - x: what f64_expm1 adds up, with -x before it. */
static inline double f64_expm1mx(double x)
{
    double k, rest, high, sum, power, less, low, r, more, lost, bounded = x > 710.0 ? 710.0 : x;
    bounded = bounded < -50.0 ? -50.0 : bounded;
    high = f64_exp_parts(bounded, &k, &low, &rest);
    r = high + low;
    low = f64_fma((high - r) + low, r, low);
    power = f64_power_of_two(k - 1.0);
    less = f64_two_sum(power - 0.5, -0.5 * x, &lost);
    low = f64_fma(power, low, ((power - (power - 0.5)) - 0.5) + lost);
    sum = f64_two_sum(less, power * high, &more);
    sum = 2.0 * (sum + f64_fma(power, rest, low + more));
    sum = x < 709.9 ? sum : INFINITY;
    sum = x == -INFINITY ? INFINITY : sum;
    sum = fabs(x) < 0.25 ? rest : sum;
    return x < INFINITY ? sum : NAN;
}
