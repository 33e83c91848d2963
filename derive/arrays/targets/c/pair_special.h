/* Functions of pairs of which wide numbers may know more: these have methods of their own. */

INLINE pair pair_langevin(pair a)
{
    const pair grown = pair_expm1(pair_scaled(a, 2.0));
    const pair coth = pair_add(pair_of(1.0), pair_divide(pair_of(2.0), grown));
    return pair_well_known(pair_subtract(coth, pair_divide(pair_of(1.0), a)));
}

/* Stirling's series: those of a**(2n - 1), times 1/a. Six terms are pairs. */
static const double pair_loggamma_terms[27] = {
    0.08333333333333333, 4.625929269271485e-18, -0.002777777777777778, 1.0601087908747154e-19,
    0.0007936507936507937, 6.883823317368282e-22, -0.0005952380952380953, 5.36938218754726e-20,
    0.0008417508417508417, 3.6870174889237694e-20, -0.0019175269175269176, 1.0675702776872475e-19,
    0.00641025641025641, -0.029550653594771242, 0.17964437236883057, -1.3924322169059011,
    13.402864044168393, -156.84828462600203, 2193.1033333333335, -36108.77125372499,
    691472.268851313, -15238221.539407415, 382900751.39141417, -10882266035.784391,
    347320283765.00226, -12369602142269.275, 488788064793079.3};

static const double pair_digamma_terms[27] = {
    0.08333333333333333, 4.625929269271485e-18, -0.008333333333333333, -1.1564823173178714e-19,
    0.003968253968253968, 2.20282346155785e-19, -0.004166666666666667, -5.782411586589357e-20,
    0.007575757575757576, -2.1026951223961299e-19, -0.021092796092796094, 1.3911677399530732e-18,
    0.08333333333333333, -0.4432598039215686, 3.0539543302701198, -26.456212121212122,
    281.46014492753625, -3607.5105463980462, 54827.583333333336, -974936.8238505747,
    20052695.79668808, -472384867.7216299, 12635724795.916666, -380879311252.4537,
    12850850499305.084, -482414483548501.7, 2.0040310656516252e+16};

static const double pair_trigamma_terms[27] = {
    0.16666666666666666, 9.25185853854297e-18, -0.03333333333333333, -4.625929269271486e-19,
    0.023809523809523808, 1.32169407693471e-18, -0.03333333333333333, -4.625929269271486e-19,
    0.07575757575757576, -2.10269512239613e-18, -0.2531135531135531, -1.1061562736192037e-17,
    1.1666666666666667, -7.092156862745098, 54.971177944862156, -529.1242424242424,
    6192.123188405797, -86580.25311355312, 1425517.1666666667, -27298231.067816094,
    601580873.9006424, -15116315767.092157, 429614643061.1667, -13711655205088.332,
    488332318973593.2, -1.9296579341940068e+16, 8.416930475736826e+17};

/* Numbers below 16 are raised by 16, others stay. */
INLINE pair pair_raised(pair a, uint64_t *low)
{
    *low = -(uint64_t)(a.h < 16.0) & -(uint64_t)(a.h > 0.0);
    return pair_add(a, pair_of(pair_or_zero(*low, 16.0)));
}

/* The series of 1/a**2, which is below 2**-8. */
#define PAIR_STIRLING(series, w, p) do { \
    const double v = (w).h; \
    double rest = p[26]; \
    rest = rest * v + p[25], rest = rest * v + p[24], rest = rest * v + p[23]; \
    rest = rest * v + p[22], rest = rest * v + p[21], rest = rest * v + p[20]; \
    rest = rest * v + p[19], rest = rest * v + p[18], rest = rest * v + p[17]; \
    rest = rest * v + p[16], rest = rest * v + p[15], rest = rest * v + p[14]; \
    rest = rest * v + p[13], rest = rest * v + p[12]; \
    (series) = (pair){rest, 0.0, 0x1p-50 * fabs(rest)}; \
    PAIR_TERM(series, w, p[10], p[11]); \
    PAIR_TERM(series, w, p[8], p[9]); \
    PAIR_TERM(series, w, p[6], p[7]); \
    PAIR_TERM(series, w, p[4], p[5]); \
    PAIR_TERM(series, w, p[2], p[3]); \
    PAIR_TERM(series, w, p[0], p[1]); \
} while (0)
#define PAIR_SIXTEEN(STEP) STEP(0.0) STEP(1.0) STEP(2.0) STEP(3.0) STEP(4.0) STEP(5.0) STEP(6.0) \
    STEP(7.0) STEP(8.0) STEP(9.0) STEP(10.0) STEP(11.0) STEP(12.0) STEP(13.0) STEP(14.0) STEP(15.0)

INLINE pair pair_loggamma(pair a)
{
    uint64_t low;
    const pair z = pair_raised(a, &low), inverse = pair_divide(pair_of(1.0), z);
    const pair w = pair_square(inverse), x = pair_chosen(low, a, pair_of(1.0));
    const uint64_t root = -(uint64_t)((a.h == 1.0) | (a.h == 2.0)) & -(uint64_t)(a.l == 0.0) &
                          -(uint64_t)(a.e == 0.0);
    pair series, product = x, value;
    PAIR_STIRLING(series, w, pair_loggamma_terms);
    value = pair_multiply(pair_subtract(z, pair_of(0.5)), pair_log(z));
    value = pair_add(pair_subtract(value, z), (pair){0.9189385332046728, -3.8782941580672414e-17,
                                                     0x1p-107});
    value = pair_add(value, pair_multiply(inverse, series));
#define PAIR_UP(k) product = pair_multiply(product, pair_add(x, pair_of((k) + 1.0)));
    PAIR_SIXTEEN(PAIR_UP)
    /* The last factor is one too many. */
    product = pair_divide(product, pair_add(x, pair_of(16.0)));
    value = pair_add(value, pair_chosen(low, pair_negative(pair_log(product)), pair_of(0.0)));
    value = pair_chosen(root, pair_of(0.0), value);
    value.h = pair_or_nan(-(uint64_t)(a.h > 0.0), value.h);
    return value;
}

INLINE pair pair_digamma(pair a)
{
    uint64_t low;
    const pair z = pair_raised(a, &low), inverse = pair_divide(pair_of(1.0), z);
    const pair w = pair_square(inverse), x = pair_chosen(low, a, pair_of(1.0));
    pair series, sum = pair_of(0.0), value;
    PAIR_STIRLING(series, w, pair_digamma_terms);
    value = pair_subtract(pair_log(z), pair_scaled(inverse, 0.5));
    value = pair_subtract(value, pair_multiply(w, series));
#define PAIR_SUM(k) sum = pair_add(sum, pair_divide(pair_of(1.0), pair_add(x, pair_of(k))));
    PAIR_SIXTEEN(PAIR_SUM)
    value = pair_add(value, pair_chosen(low, pair_negative(sum), pair_of(0.0)));
    value.h = pair_or_nan(-(uint64_t)(a.h > 0.0), value.h);
    return value;
}

INLINE pair pair_trigamma(pair a)
{
    uint64_t low;
    const pair z = pair_raised(a, &low), inverse = pair_divide(pair_of(1.0), z);
    const pair w = pair_square(inverse), x = pair_chosen(low, a, pair_of(1.0));
    pair series, sum = pair_of(0.0), value;
    PAIR_STIRLING(series, w, pair_trigamma_terms);
    value = pair_add(inverse, pair_scaled(w, 0.5));
    value = pair_add(value, pair_multiply(pair_multiply(w, inverse), series));
#define PAIR_SQUARES(k) sum = pair_add(sum, pair_square(pair_divide(pair_of(1.0), pair_add( \
    x, pair_of(k)))));
    PAIR_SIXTEEN(PAIR_SQUARES)
    value = pair_add(value, pair_chosen(low, sum, pair_of(0.0)));
    value.h = pair_or_nan(-(uint64_t)(a.h > 0.0), value.h);
    return value;
}

INLINE pair pair_loggamma_rise(pair a, pair b)
{
    const pair sum = pair_add(a, b);
    return pair_well_known(pair_subtract(pair_loggamma(sum), pair_loggamma(a)));
}

INLINE pair pair_digamma_rise(pair a, pair b)
{
    const pair sum = pair_add(a, b);
    return pair_well_known(pair_subtract(pair_digamma(sum), pair_digamma(a)));
}

INLINE pair pair_trigamma_rise(pair a, pair b)
{
    const pair sum = pair_add(a, b);
    return pair_well_known(pair_subtract(pair_trigamma(sum), pair_trigamma(a)));
}

INLINE pair pair_logB(pair a, pair b)
{
    const pair both = pair_add(pair_loggamma(a), pair_loggamma(b));
    return pair_well_known(pair_subtract(both, pair_loggamma(pair_add(a, b))));
}
