/* The error function and the normal distribution, as in
   derive/arrays/runtime/normal_distribution.py: erf(x)/x - 1 in x**2 up to 1/2, erfcx(x) in x - 1/2
   up to 2.5, x erfcx(x) in 1/x**2 beyond. */

static const double f64_erf_near[16] = {
    0.0, 0.1283791670955126, -0.3182313439110336, -0.04576815143545733, -0.007187139260548562,
    -0.00028635008527608225, 0.0, 0.0, 0.0, 0.4509691597993518, 0.08580312323455648,
    0.008299086420556764, 0.00035166476084434685, 0.0, 0.0, 0.0};

static const double f64_erf_middle[16] = {
    0.3125, 0.3031903441929259, 0.17270921467728687, -0.11364076027747298, -0.17453734286436293,
    -0.0909001202749859, -0.025349521229017288, -0.0038508084808128776, -0.00025586699467403833,
    2.260619609784613, 2.2626304791399, 1.3033202754891184, 0.46816030649244866,
    0.1052948277375149, 0.013800845126480957, 0.0008187732266220928};

static const double f64_erf_far[16] = {
    0.5641895835477563, -2.3254930488097393e-18, -0.2820947917738494, -8.632815608811951,
    -93.64563706800466, -445.7891633033734, -932.8489681658406, -745.1810179561293,
    -148.40538408750467, 32.1025345399412, 376.3689419039439, 2037.575345461859,
    5314.126338102848, 6340.504991030582, 2939.783061731376, 342.846993757867};

/* exp(-factor x**2), of an exact square: its error would be multiplied by its size. */
static inline double f64_gauss(double x, double factor)
{
    double size = fabs(x) > 40.0 ? 40.0 : fabs(x), square = size * size;
    double high = f64_from_bits(f64_bits(size) & UINT64_C(0xfffffffff8000000)), low = size - high;
    double rest = ((high * high - square) + 2.0 * high * low) + low * low;
    double value = f64_exp(-factor * square);
    return value - value * (factor * rest);
}

/* erf(x) - x for x from 0 to 1/2, erfcx(x) beyond. */
static inline double f64_erf_parts(double size)
{
    double square = size * size;
    double t = f64_of3(size, 0.5, 2.5, square, size - 0.5, 1.0 / square);
    double value = f64_quotient3(size, 0.5, 2.5, t, f64_erf_near, f64_erf_middle, f64_erf_far);
    return f64_of3(size, 0.5, 2.5, value * size, value, value / size);
}

static inline double f64_erf(double x)
{
    double size = fabs(x), value = f64_erf_parts(size);
    return copysign(size < 0.5 ? size + value : 1.0 - f64_gauss(size, 1.0) * value, x);
}

/* exp(x**2) erfc(x). */
static inline double f64_erfcx(double x)
{
    double size = fabs(x), value = f64_erf_parts(size), square, high, low, rest, grown;
    double bounded = size > 27.0 ? 27.0 : size;
    square = bounded * bounded;
    high = f64_from_bits(f64_bits(bounded) & UINT64_C(0xfffffffff8000000));
    low = bounded - high;
    rest = ((high * high - square) + 2.0 * high * low) + low * low;
    grown = f64_exp(square);
    grown = x < -26.7 ? INFINITY : grown + grown * rest;
    return size < 0.5 ? grown * (1.0 - (x + copysign(value, x)))
        : x > 0.0 ? value : 2.0 * grown - value;
}

static inline double f64_erfc(double x)
{
    double size = fabs(x), value = f64_erf_parts(size), tail = f64_gauss(size, 1.0) * value;
    return size < 0.5 ? 1.0 - (x + copysign(value, x)) : x > 0.0 ? tail : 2.0 - tail;
}

/* Phi(-|x|), with exp(-x**2/2) and, where |x| > 1, the quotient of both. */
static inline double f64_normal_tail(double x, double *gauss, double *scaled)
{
    double size = fabs(x) * 0.7071067811865476, value = f64_erf_parts(size);
    *gauss = f64_gauss(x, 0.5);
    *scaled = 0.5 * value;
    return size < 0.5 ? 0.5 - 0.5 * (size + value) : 0.5 * value * *gauss;
}

static inline double f64_Phi(double x)
{
    double gauss, scaled, tail = f64_normal_tail(x, &gauss, &scaled);
    return x < 0.0 ? tail : 1.0 - tail;
}

static inline double f64_logPhi(double x)
{
    double gauss, scaled, tail = f64_normal_tail(x, &gauss, &scaled);
    double left = f64_log(x < -1.0 ? scaled : tail), right = f64_log1p(-tail);
    return x < 0.0 ? left - (x < -1.0 ? 0.5 * x * x : 0.0) : right;
}

static inline double f64_mills(double x)
{
    double gauss, scaled, tail = f64_normal_tail(x, &gauss, &scaled);
    double share = x < -1.0 ? 1.0 / scaled : gauss / (x < 0.0 ? tail : 1.0 - tail);
    return x < -1e9 ? -x : 0.3989422804014327 * share;
}
