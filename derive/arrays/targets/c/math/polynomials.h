/* Products with a sum, rounded once where the machine has an instruction for it, else twice; and
   polynomials of them, the lowest coefficient first. Nothing else needs to be contracted. */

static inline real fN_fma(real x, real y, real z)
{
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return fma(x, y, z);
#else
    return x * y + z;
#endif
}

static inline real fN_poly3(real t, real a, real b, real c)
{
    return fN_fma(t, fN_fma(t, c, b), a);
}

static inline real fN_poly4(real t, real a, real b, real c, real d)
{
    return fN_fma(t, fN_poly3(t, b, c, d), a);
}

static inline real fN_poly5(real t, real a, real b, real c, real d, real e)
{
    return fN_fma(t, fN_poly4(t, b, c, d, e), a);
}

static inline double f64_poly6(double t, double a, double b, double c, double d, double e,
                               double f)
{
    return f64_fma(t, f64_poly5(t, b, c, d, e, f), a);
}

static inline double f64_poly7(double t, double a, double b, double c, double d, double e,
                               double f, double g)
{
    return f64_fma(t, f64_poly6(t, b, c, d, e, f, g), a);
}
