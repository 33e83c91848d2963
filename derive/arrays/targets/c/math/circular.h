/* The circular functions and their inverses. Those from libm stay scalar in loops. */

static inline double f64_sin(double x)
{
    return sin(x);
}

static inline double f64_cos(double x)
{
    return cos(x);
}

static inline double f64_tan(double x)
{
    return tan(x);
}

/* (atan(t) / t - 1) / t**2 in t**2, for t up to 7/16. */
static const double f64_atan_terms[11] = {
    -0.3333333333333293, 0.19999999999876147, -0.14285714272479755, 0.11111110404580994,
    -0.09090887113898455, 0.07691875930372434, -0.06661070625156736, 0.05833555225594321,
    -0.04976822631298201, 0.036530403653020425, -0.016284748680365314};

static inline double f64_atan_series(double w)
{
    const double *p = f64_atan_terms;
    double even = f64_poly6(w * w, p[0], p[2], p[4], p[6], p[8], p[10]);
    return f64_fma(w, f64_poly5(w * w, p[1], p[3], p[5], p[7], p[9]), even);
}

static const float f32_atan_terms[5] = {
    -0.33333305f, 0.19997789f, -0.14230351f, 0.10495453f, -0.058288578f};

static inline float f32_atan_series(float w)
{
    const float *p = f32_atan_terms;
    return f32_poly5(w, p[0], p[1], p[2], p[3], p[4]);
}

/* atan(x) = atan(c) + atan((x - c) / (1 + c x)), c = 0, 1/2, 1, 3/2 or infinity. */
static inline real fN_atan(real x)
{
    real size = fabs(x), top, bottom, high, low, t;
    top = size < 1.1875 ? size - 1.0 : size - 1.5;
    top = size < 0.6875 ? 2.0 * size - 1.0 : top;
    top = size < 0.4375 ? size : top;
    top = size < 2.4375 ? top : -1.0;
    bottom = size < 1.1875 ? size + 1.0 : fN_fma(1.5, size, 1.0);
    bottom = size < 0.6875 ? size + 2.0 : bottom;
    bottom = size < 0.4375 ? 1.0 : bottom;
    bottom = size < 2.4375 ? bottom : size;
    high = size < 1.1875 ? BOTH(0.7853981633974483, 0.7853981852531433)
        : BOTH(0.982793723247329, 0.9827937483787537);
    high = size < 0.6875 ? BOTH(0.4636476090008061, 0.46364760398864746) : high;
    high = size < 0.4375 ? 0.0 : high;
    high = size < 2.4375 ? high : BOTH(1.5707963267948966, 1.5707963705062866);
    low = size < 1.1875 ? BOTH(3.061616997868383e-17, -2.1855694143368964e-08)
        : BOTH(1.3903311031230998e-17, -2.5131424052915463e-08);
    low = size < 0.6875 ? BOTH(2.2698777452961687e-17, 5.01215868808913e-09) : low;
    low = size < 0.4375 ? 0.0 : low;
    low = size < 2.4375 ? low : BOTH(6.123233995736766e-17, -4.371138828673793e-08);
    t = top / bottom;
    return copysign(high + (fN_fma(t * (t * t), fN_atan_series(t * t), low) + t), x);
}

/* (asin(t) / t - 1) / t**2 in t**2 up to 1/4. */
static const double f64_asin_terms[13] = {
    0.16666666666666763, 0.07499999999970097, 0.044642857175288035, 0.03038194267518552,
    0.022372215908403263, 0.017351595459257397, 0.01398101897035677, 0.01139728993685469,
    0.010789336265007336, 0.0036721359304434575, 0.021790749463448278, -0.021116842189503455,
    0.032702226547023545};

/* s with |x| = s up to 1/2, beyond it |x| = 1 - 2 s**2; asin(s) - s. */
static inline double f64_asin_parts(double x, double *rest)
{
    const double *p = f64_asin_terms;
    double size = fabs(x), w = size < 0.5 ? x * x : 0.5 - 0.5 * size, v = w * w;
    double s = size < 0.5 ? size : sqrt(w), less, square = f64_two_product(s, s, &less);
    double lost = size < 0.5 ? 0.0 : ((w - square) - less) / (s > 0.0 ? s + s : 1.0);
    double even = f64_poly7(v, p[0], p[2], p[4], p[6], p[8], p[10], p[12]);
    double odd = f64_poly6(v, p[1], p[3], p[5], p[7], p[9], p[11]);
    *rest = f64_fma(s * w, f64_fma(w, odd, even), lost);
    return s;
}

static inline double f64_asin(double x)
{
    double rest, s = f64_asin_parts(x, &rest);
    double far = 1.5707963267948966 - (2.0 * s + (2.0 * rest - 6.123233995736766e-17));
    return copysign(fabs(x) < 0.5 ? s + rest : far, x);
}

static inline double f64_acos(double x)
{
    double rest, s = f64_asin_parts(x, &rest), twice = 2.0 * (s + rest);
    double near = 1.5707963267948966 - copysign(s, x);
    double left = 3.141592653589793 - (2.0 * s + (2.0 * rest - 1.2246467991473532e-16));
    rest = fabs(x) < 0.5 ? copysign(rest, x) : 0.0;
    near += ((1.5707963267948966 - near) - copysign(s, x)) + (6.123233995736766e-17 - rest);
    return fabs(x) < 0.5 ? near : x < 0.0 ? left : twice;
}

/* The angle between 0 and pi whose cotangent is x. */
static inline double f64_acot(double x)
{
    double angle = f64_atan(1.0 / x);
    return x < 0.0 ? angle + 3.141592653589793 : fabs(angle);
}
