/* Differences of log(Gamma) and of its derivatives, and log(Beta), as in
   derive/arrays/runtime/gamma_differences.py: Stirling's series term by term from 6 on, below it
   after 6 steps of the recurrence. */

/* The lower point, NaN below 0; the distance to the upper one, and the sign of v. */
static inline double f64_turned(double u, double v, double *distance, double *sign)
{
    double x = v < 0.0 ? u + v : u;
    *distance = fabs(v);
    *sign = v < 0.0 ? -1.0 : 1.0;
    return x < 0.0 ? NAN : fabs(x);
}

/* What Stirling's series has beyond its first terms, at b**2, and its divided difference; its
   first coefficient is given. */
static inline double f64_divided_from(const double *a, double start, double w, double b,
                                      double *slope)
{
    double first = w * w, second = b * b, value = a[8], part = 0.0;
    for (int k = 7; k > 0; k--) {
        part = f64_fma(part, second, value);
        value = f64_fma(value, first, k > 1 ? a[k] : start);
    }
    *slope = part;
    return f64_fma(second - first, part, value);
}

static inline double f64_divided(const double *a, double w, double b, double *slope)
{
    return f64_divided_from(a, a[1], w, b, slope);
}

static inline double f64_stirling_rise(double x, double n)
{
    double w = 1.0 / x, b = 1.0 / (x + n), t = n == 0.0 ? 0.0 : n * w, slope, rest, log, core;
    double value = f64_divided(f64_loggamma_far, w, b, &slope);
    rest = -n * w * b * (value + w * (b + w) * slope);
    log = f64_log1p(t);
    core = t < 0.4 ? x * f64_log1pmx(t) + (n - 0.5) * log : (x + n - 0.5) * log - n;
    return n == 0.0 ? 0.0 * x : core + n * f64_log(x) + rest;
}

static inline double f64_loggamma_rise(double u, double v)
{
    double n, sign, x = f64_turned(u, v, &n, &sign), total = 0.0, near, value;
    for (int k = 0; k < 6; k++) {
        double step = n / (x + k);
        total = total + step + total * step;
    }
    value = f64_stirling_rise(x < 6.0 ? x + 6.0 : x, n);
    near = f64_loggamma(v < 0.0 ? u : u + v) - f64_loggamma(x);
    near = n < 1.0 ? value - f64_log1p(total) : near;
    return sign * (x < 6.0 ? near : value);
}

/* The sum of 1/(x + k) - 1/(x + k + n) over six steps; of the squares, if `second` is not 0. */
static inline double f64_gamma_steps(double x, double n, double second)
{
    double total = 0.0;
    for (int k = 0; k < 6; k++) {
        double w = 1.0 / (x + k), b = 1.0 / (x + k + n), step = n * b * w;
        total += second != 0.0 ? step * (w + b) : step;
    }
    return total;
}

static inline double f64_digamma_rise(double u, double v)
{
    double n, sign, x = f64_turned(u, v, &n, &sign), far = x < 6.0 ? x + 6.0 : x, slope, total;
    double w = 1.0 / far, b = 1.0 / (far + n), value = f64_divided(f64_digamma_far, w, b, &slope);
    total = f64_log1p(n * w) + n * w * b * (0.5 + (b + w) * (value + w * w * slope));
    return sign * (total + (x < 6.0 ? f64_gamma_steps(x, n, 0.0) : 0.0));
}

/* u (digamma(u + 1/2) - digamma(u)) - 1/2: below 6 that of u + 6, times u/(u + 6), and six steps
   u/4/((u + k)(u + k + 1/2)(u + k + 1)), all of which are positive. */
static inline double f64_digamma_half_rise(double u)
{
    double x = u < 0.0 ? NAN : fabs(u), y = x < 6.0 ? x + 6.0 : x, w = 1.0 / y, b = 1.0 / (y + 0.5);
    double slope, value = f64_divided(f64_digamma_far, w, b, &slope), far, steps = 0.0;
    far = y > 1e100 ? -0.125 * w : y * f64_log1pmx(0.5 * w);  /* whose square underflows */
    far += 0.5 * b * (0.5 + (b + w) * (value + w * w * slope));
    for (int k = 5; k > 0; k--)
        steps += 0.25 / ((x + k) * (x + k + 0.5) * (x + k + 1.0));
    steps = 0.25 / ((x + 0.5) * (x + 1.0)) + x * steps;
    return x < 6.0 ? steps + x * w * far : far;
}

static inline double f64_trigamma_rise(double u, double v)
{
    double n, sign, x = f64_turned(u, v, &n, &sign), far = x < 6.0 ? x + 6.0 : x, slope, beyond;
    double w = 1.0 / far, b = 1.0 / (far + n), value = f64_divided(f64_trigamma_far, w, b, &slope);
    beyond = (w * w + w * b + b * b) * value + w * w * w * (b + w) * slope;
    beyond = n * w * b * (1.0 + 0.5 * (w + b) + beyond);
    return -sign * (beyond + (x < 6.0 ? f64_gamma_steps(x, n, 1.0) : 0.0));
}

/* What Stirling's series has beyond its first terms. */
static inline double f64_stirling_rest(double x)
{
    double w = 1.0 / x, slope;
    return w * f64_divided(f64_loggamma_far, w, w, &slope);
}

static inline double f64_logB(double u, double v)
{
    double a = f64_min(u, v), b = f64_max(u, v);
    double near = f64_loggamma(a) - f64_loggamma_rise(b, a);
    double far = 0.9189385332046728 + f64_stirling_rest(a) + f64_stirling_rest(b)
        - f64_stirling_rest(a + b);
    far = far - 0.5 * f64_log(b) - (a - 0.5) * f64_log1p(b / a) - b * f64_log1p(a / b);
    return a < 6.0 ? near : far;
}

/* The difference of what Stirling's series have beyond 1/(12 x), at 1/w and 1/b. */
static inline double f64_stirling_step(double w, double b)
{
    double slope, value = f64_divided_from(f64_loggamma_far, 0.0, w, b, &slope);
    return (b - w) * (value + w * (b + w) * slope);
}

static inline double f64_mixed_step(double x, double v, double w)
{
    return f64_log1p(v / x * (w / (x + v + w)));
}

/* The mixed second difference; below 6 the recurrence leads up, step by step. */
static inline double f64_mixed_rise(double u, double v, double w)
{
    double x = u < 6.0 ? u + 6.0 : u, a = 1.0 / x, b = 1.0 / (x + v), near, far, steps;
    double share = v / (x + v) * (w / (x + w)), second = x / (x + v) * (1.0 + v / (x + w));
    double value, exact;
    second = share < 0.5 ? f64_log1p(-share) : f64_log(second);
    value = x * second + v * f64_log1p(w / (x + v)) + w * f64_log1p(v / (x + w));
    exact = v * a * b * (w / (x + w)) * (1.0 + x / (x + v + w)) / 12.0;
    near = f64_stirling_step(a, 1.0 / (x + w));
    far = f64_stirling_step(b, 1.0 / (x + v + w));
    steps = f64_mixed_step(u, v, w) + f64_mixed_step(u + 1.0, v, w)
        + f64_mixed_step(u + 2.0, v, w) + f64_mixed_step(u + 3.0, v, w)
        + f64_mixed_step(u + 4.0, v, w) + f64_mixed_step(u + 5.0, v, w);
    return (u < 6.0 ? steps : 0.0) + value - 0.5 * second + exact + (far - near);
}

/* The rise of log(Gamma) over w from u + v on, less that from u on: over a short way by Gauss's
   rule of two points for the rise of digamma. */
static inline double f64_loggamma_bend(double u, double v, double w)
{
    double shorter = f64_min(v, w), longer = f64_max(v, w), value;
    double near = f64_digamma_rise(u + 0.21132486540518713 * shorter, longer);
    near += f64_digamma_rise(u + 0.7886751345948129 * shorter, longer);
    value = f64_mixed_rise(fabs(u), shorter, longer);
    value = shorter < 3e-4 * u ? 0.5 * shorter * near : value;
    value = u >= 0.0 ? value : NAN;
    return shorter >= 0.0 ? value : NAN;
}
