/* Numbers h + l of two doubles each, with a bound e of their error: |h + l - number| <= e.

   Sums, products and quotients are right to some 2**-103 of themselves (Joldes, Muller & Popescu
   2017), functions to some 2**-101; e carries on what an operation makes of the errors of its
   operands, to first order with a margin. What leaves the range is NaN or has an infinite e. */

typedef struct {
    double h, l, e;
} pair;

#define PAIR_TINY 0x1p-960 /* more than what is lost where a lower half is subnormal */

#ifdef FP_FAST_FMA
#define PAIR_REST(x, y, product) fma(x, y, -(product))
#else
#define PAIR_REST(x, y, product) pair_rest(x, y, product)
INLINE double pair_rest(double x, double y, double product)
{
    const double s = 134217729.0 * x, t = 134217729.0 * y;
    const double a = s - (s - x), b = t - (t - y), c = x - a, d = y - b;
    return ((a * b - product) + a * d + c * b) + c * d;
}
#endif

/* x where the mask is -1, 0 or NaN where it is 0: without a choice, of which compilers make
   branches. */
INLINE double pair_or_zero(uint64_t mask, double x)
{
    return f64_from_bits(f64_bits(x) & mask);
}

INLINE double pair_or_nan(uint64_t mask, double x)
{
    return f64_from_bits(f64_bits(x) | ~mask);
}

INLINE pair pair_of(double x)
{
    return (pair){x, 0.0, 0.0};
}

/* h + l where |h| >= |l|, with an error. */
INLINE pair pair_joined(double h, double l, double e)
{
    const double sum = h + l;
    return (pair){sum, l - (sum - h), e};
}

INLINE pair pair_negative(pair a)
{
    return (pair){-a.h, -a.l, a.e};
}

INLINE pair pair_where(int64_t test, pair a, pair b)
{
    return (pair){test ? a.h : b.h, test ? a.l : b.l, test ? a.e : b.e};
}

/* The same of a mask, -1 or 0, without a choice. */
INLINE pair pair_chosen(uint64_t mask, pair a, pair b)
{
    return (pair){f64_from_bits((f64_bits(a.h) & mask) | (f64_bits(b.h) & ~mask)),
                  f64_from_bits((f64_bits(a.l) & mask) | (f64_bits(b.l) & ~mask)),
                  f64_from_bits((f64_bits(a.e) & mask) | (f64_bits(b.e) & ~mask))};
}

INLINE pair pair_abs(pair a)
{
    return pair_where(a.h < 0.0, pair_negative(a), a);
}

INLINE pair pair_sign(pair a)
{
    const double sign = a.h > 0.0 ? 1.0 : a.h < 0.0 ? -1.0 : 0.0;
    return (pair){sign, 0.0, fabs(a.h) > a.e || a.e == 0.0 ? 0.0 : INFINITY};
}

INLINE pair pair_add(pair a, pair b)
{
    const double s = a.h + b.h, p = s - a.h, d = (a.h - (s - p)) + (b.h - p);
    const double t = a.l + b.l, q = t - a.l, f = (a.l - (t - q)) + (b.l - q);
    const double c = d + t, v = s + c, w = (c - (v - s)) + f, sum = v + w;
    return (pair){sum, w - (sum - v), a.e + b.e + 0x1p-104 * fabs(sum)};
}

INLINE pair pair_subtract(pair a, pair b)
{
    return pair_add(a, pair_negative(b));
}

INLINE pair pair_multiply(pair a, pair b)
{
    const double product = a.h * b.h, rest = PAIR_REST(a.h, b.h, product);
    const double lost = a.h != 0.0 ? (b.h != 0.0 ? PAIR_TINY : 0.0) : 0.0;
    const double e = (fabs(a.h) * b.e + (fabs(b.h) + b.e) * a.e) * 1.0625;
    return pair_joined(product, rest + (a.h * b.l + a.l * b.h),
                       e + (0x1p-103 * fabs(product) + lost));
}

INLINE pair pair_divide(pair a, pair b)
{
    const double quotient = a.h / b.h, product = quotient * b.h;
    const double rest = (a.h - product) - PAIR_REST(quotient, b.h, product);
    const double size = fabs(b.h), e = (a.e + fabs(quotient) * b.e) / size * 1.0625;
    const double lost = a.h != 0.0 ? PAIR_TINY : 0.0;
    return pair_joined(quotient, (rest + (a.l - quotient * b.l)) / b.h,
                       b.e < 0x1p-5 * size ? e + (0x1p-102 * fabs(quotient) + lost) : INFINITY);
}

INLINE pair pair_sqrt(pair a)
{
    const double root = sqrt(a.h), product = root * root;
    const double rest = ((a.h - product) - PAIR_REST(root, root, product)) + a.l;
    const double zero = a.e == 0.0 ? 0.0 : INFINITY;
    return pair_joined(root, a.h != 0.0 ? rest / (2.0 * root) : 0.0, a.h != 0.0 ?
                       (a.e < 0x1p-5 * a.h ? a.e / root + 0x1p-101 * root : INFINITY) : zero);
}

/* 2**k for a whole number k of moderate size. */
INLINE double pair_power_of_two(double k)
{
    return f64_from_bits((f64_bits(k + 0x1.8p52) + 1023) << 52);
}

/* What is left of a number without 2**k, exactly. */
INLINE pair pair_scaled(pair a, double scale)
{
    return (pair){a.h * scale, a.l * scale, a.e * fabs(scale)};
}

/* One step of Horner's rule, and exp(2x) - 1 of exp(x) - 1; no errors are carried. */
#define PAIR_STEP(s, r, high, low) do { \
    const double u = (s).h * (r).h, v = PAIR_REST((s).h, (r).h, u); \
    const double w = v + ((s).h * (r).l + (s).l * (r).h), t = (high) + u; \
    (s) = pair_joined(t, (u - (t - (high))) + (w + (low)), 0.0); \
} while (0)
#define PAIR_TWICE(p) do { \
    const double u = (p).h * (p).h, v = PAIR_REST((p).h, (p).h, u) + 2.0 * ((p).h * (p).l); \
    const double t = 2.0 * (p).h + u; \
    (p) = pair_joined(t, (u - (t - 2.0 * (p).h)) + (v + 2.0 * (p).l), 0.0); \
} while (0)

/* exp(a) = 2**k (1 + p), for |a| < 700: a series of 2**-5 of what is left of a, doubled. Of a number
   that is near 0, k is 0. The error of p is 2**-102 of itself. */
INLINE pair pair_exp_parts(pair a, double *k)
{
    const double n = (a.h * 1.4426950408889634 + 0x1.8p52) - 0x1.8p52;
    const double x = -n * 0x1.62e42fef8p-1, y = -n * 0x1.1cf79abc8p-36;
    const double s = a.h + x, sx = s - a.h, d = (a.h - (s - sx)) + (x - sx);
    const double t = s + y, ty = t - s, f = (s - (t - ty)) + (y - ty);
    const double z = -n * 0x1.e3b39803f2f6bp-72; /* x + y + z = log(2), for n = -1 */
    pair r = pair_joined(t, f + (d + (a.l + z)), 0.0), q, p;
    double u, v;
    r = pair_scaled(r, 0x1p-5);
    q = pair_of(1.0 / 40320 + r.h * (1.0 / 362880 + r.h * (1.0 / 3628800 + r.h * (
        1.0 / 39916800 + r.h * (1.0 / 479001600)))));
    PAIR_STEP(q, r, 0x1.a01a01a01a01ap-13, 0x1.a01a01a01a01ap-73);
    PAIR_STEP(q, r, 0x1.6c16c16c16c17p-10, -0x1.f49f49f49f49fp-65);
    PAIR_STEP(q, r, 0x1.1111111111111p-7, 0x1.1111111111111p-63);
    PAIR_STEP(q, r, 0x1.5555555555555p-5, 0x1.5555555555555p-59);
    PAIR_STEP(q, r, 0x1.5555555555555p-3, 0x1.5555555555555p-57);
    PAIR_STEP(q, r, 0.5, 0.0);
    u = r.h * q.h;
    v = PAIR_REST(r.h, q.h, u) + (r.h * q.l + r.l * q.h);
    q = pair_joined(u, v, 0.0);
    u = r.h * q.h;
    v = PAIR_REST(r.h, q.h, u) + (r.h * q.l + r.l * q.h);
    p = pair_joined(r.h, u, 0.0);
    p = pair_joined(p.h, p.l + (v + r.l), 0.0);
    PAIR_TWICE(p);
    PAIR_TWICE(p);
    PAIR_TWICE(p);
    PAIR_TWICE(p);
    PAIR_TWICE(p);
    *k = n;
    return p;
}

INLINE pair pair_exp(pair a)
{
    double k;
    const uint64_t fits = -(uint64_t)(fabs(a.h) < 650.0) & -(uint64_t)(a.e < 0x1p-5);
    const pair safe = {pair_or_zero(fits, a.h), pair_or_zero(fits, a.l), 0.0};
    const pair p = pair_exp_parts(safe, &k);
    const pair y = pair_joined(1.0, p.h, 0.0);
    const double scale = pair_power_of_two(k), size = y.h * scale;
    return pair_joined(pair_or_nan(fits, size), (y.l + p.l) * scale, size * (1.0625 * a.e + (0x1p-102 + 0x1p-106 * fabs(a.h))));
}

INLINE pair pair_expm1(pair a)
{
    double k;
    const uint64_t fits = -(uint64_t)(fabs(a.h) < 650.0) & -(uint64_t)(a.e < 0x1p-5);
    const pair safe = {pair_or_zero(fits, a.h), pair_or_zero(fits, a.l), 0.0};
    const pair p = pair_exp_parts(safe, &k);
    const double scale = pair_power_of_two(k), size = scale * (1.0 + p.h);
    const pair y = pair_joined(1.0, p.h, 0.0);
    const pair grown = pair_joined(y.h * scale, (y.l + p.l) * scale,
                                   size * (1.0625 * a.e + (0x1p-102 + 0x1p-106 * fabs(a.h))));
    const pair far = pair_add(grown, pair_of(-1.0));
    const double lost = a.h != 0.0 ? PAIR_TINY : 0.0;
    const pair near = {p.h, p.l, 1.5 * a.e + (0x1p-101 * fabs(p.h) + lost)};
    const pair value = pair_where(k == 0.0, near, far);
    return (pair){pair_or_nan(fits, value.h), value.l, value.e};
}

/* A logarithm by a step of Newton's from a plain one, `near`, of x = 1 + less. */
INLINE pair pair_log_step(double near, pair x, pair less)
{
    double k;
    const pair p = pair_exp_parts(pair_of(-near), &k);
    const double scale = pair_power_of_two(k);
    const pair grown = pair_scaled(x, scale);
    const pair gap = pair_where(k == 0.0, less, pair_add(grown, pair_of(-1.0)));
    const pair left = pair_add(gap, pair_multiply(grown, p));
    const pair correction = pair_joined(left.h, left.l - 0.5 * (left.h * left.h), 0.0);
    return pair_add(pair_of(near), correction);
}

INLINE pair pair_log(pair a)
{
    const uint64_t fits = -(uint64_t)(a.h > 0x1p-900) & -(uint64_t)(a.h < 0x1p900) &
                          -(uint64_t)(a.e < 0x1p-5 * a.h);
    const pair x = {pair_or_zero(fits, a.h) + pair_or_zero(~fits, 1.0),
                    pair_or_zero(fits, a.l), 0.0};
    const double near = f64_log(x.h);
    const pair value = pair_log_step(near, x, pair_add(x, pair_of(-1.0)));
    return (pair){pair_or_nan(fits, value.h), value.l, 1.0625 * a.e / a.h + 0x1p-101 * fabs(value.h)};
}

INLINE pair pair_log1p(pair a)
{
    const pair sum = pair_add(a, pair_of(1.0));
    const uint64_t fits = -(uint64_t)(sum.h > 0x1p-60) & -(uint64_t)(sum.h < 0x1p900) &
                          -(uint64_t)(sum.e < 0x1p-5 * sum.h);
    const pair w = {pair_or_zero(fits, a.h), pair_or_zero(fits, a.l), 0.0};
    const pair x = pair_add(w, pair_of(1.0));
    const uint64_t near_end = -(uint64_t)(w.h < -0.5); /* where w.l is no small part of 1 + w */
    const double near = pair_or_zero(near_end, f64_log(x.h)) + pair_or_zero(~near_end,
                                                                           f64_log1p(w.h));
    const pair value = pair_log_step(near, x, w);
    const double lost = a.h != 0.0 ? PAIR_TINY : 0.0;
    return (pair){pair_or_nan(fits, value.h), value.l,
                  1.0625 * a.e / sum.h + (0x1p-101 * fabs(value.h) + lost)};
}

/* The first terms of a series of 0 < |a| < 2**-20, a**2 (c2 + c3 a + c4 a**2 + c5 a**3), or another. */
INLINE pair pair_square_series(pair a, pair far, double c2, double c3, double c4, double c5)
{
    const double rest = a.h * (c3 + a.h * (c4 + a.h * c5));
    pair series = pair_multiply(pair_multiply(a, a), pair_joined(c2, rest, 0x1p-72));
    return pair_where(fabs(a.h) < 0x1p-20, series, far);
}

INLINE pair pair_log1pmx(pair a)
{
    return pair_square_series(a, pair_subtract(pair_log1p(a), a), -0.5, 1.0 / 3, -0.25, 0.2);
}

INLINE pair pair_expm1mx(pair a)
{
    return pair_square_series(a, pair_subtract(pair_expm1(a), a), 0.5, 1.0 / 6, 1.0 / 24,
                              1.0 / 120);
}

INLINE pair pair_xlogx(pair a)
{
    const uint64_t zero = -(uint64_t)(a.h == 0.0) & -(uint64_t)(a.e == 0.0);
    return pair_multiply(a, pair_log((pair){a.h + pair_or_zero(zero, 1.0), a.l, a.e}));
}

INLINE pair pair_expm1quotient(pair a)
{
    const uint64_t zero = -(uint64_t)(a.h == 0.0) & -(uint64_t)(a.e == 0.0);
    const pair quotient = pair_divide(a, pair_expm1(a));
    return (pair){pair_or_zero(~zero, quotient.h) + pair_or_zero(zero, 1.0),
                  pair_or_zero(~zero, quotient.l), pair_or_zero(~zero, quotient.e)};
}

INLINE pair pair_tanh(pair a)
{
    const pair grown = pair_expm1(pair_scaled(pair_abs(a), -2.0));
    const pair size = pair_divide(pair_negative(grown), pair_add(grown, pair_of(2.0)));
    return pair_where(a.h < 0.0, pair_negative(size), size);
}

INLINE pair pair_sinh(pair a)
{
    const pair grown = pair_expm1(pair_abs(a));
    const pair both = pair_add(grown, pair_divide(grown, pair_add(grown, pair_of(1.0))));
    const pair size = pair_scaled(both, 0.5);
    return pair_where(a.h < 0.0, pair_negative(size), size);
}

INLINE pair pair_cosh(pair a)
{
    const pair grown = pair_exp(pair_abs(a));
    return pair_scaled(pair_add(grown, pair_divide(pair_of(1.0), grown)), 0.5);
}

INLINE pair pair_power(pair a, pair b)
{
    return pair_exp(pair_multiply(b, pair_log(a)));
}

INLINE pair pair_square(pair a)
{
    return pair_multiply(a, a);
}

INLINE int64_t pair_less(pair a, pair b)
{
    return a.h < b.h || (a.h == b.h && a.l < b.l);
}

INLINE int64_t pair_equal(pair a, pair b)
{
    return a.h == b.h && a.l == b.l;
}

INLINE pair pair_maximum(pair a, pair b)
{
    const pair more = pair_where(pair_less(a, b) || b.h != b.h, b, a);
    return (pair){more.h, more.l, a.e > b.e ? a.e : b.e};
}

INLINE pair pair_minimum(pair a, pair b)
{
    const pair less = pair_where(pair_less(b, a) || b.h != b.h, b, a);
    return (pair){less.h, less.l, a.e > b.e ? a.e : b.e};
}

/* Whether a number is in the range of pairs, and the bound of its error a small share of it. */
INLINE int64_t pair_known(pair a, double share)
{
    const double size = fabs(a.h);
    return (size <= DBL_MAX) & (a.e <= share * size) & ((size >= 0x1p-900) | (a.h == 0.0));
}
