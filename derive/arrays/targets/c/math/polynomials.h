/* Products with a sum, rounded once where the machine has an instruction for it, else twice; and
   polynomials of them, the lowest coefficient first. Nothing else needs to be contracted. */

static inline double f64_fma(double x, double y, double z)
{
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return fma(x, y, z);
#else
    return x * y + z;
#endif
}

static inline double f64_poly3(double t, double a, double b, double c)
{
    return f64_fma(t, f64_fma(t, c, b), a);
}

static inline double f64_poly4(double t, double a, double b, double c, double d)
{
    return f64_fma(t, f64_poly3(t, b, c, d), a);
}

static inline double f64_poly5(double t, double a, double b, double c, double d, double e)
{
    return f64_fma(t, f64_poly4(t, b, c, d, e), a);
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

static inline float f32_fma(float x, float y, float z)
{
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return fmaf(x, y, z);
#else
    return x * y + z;
#endif
}

static inline float f32_poly3(float t, float a, float b, float c)
{
    return f32_fma(t, f32_fma(t, c, b), a);
}

static inline float f32_poly4(float t, float a, float b, float c, float d)
{
    return f32_fma(t, f32_poly3(t, b, c, d), a);
}

static inline float f32_poly5(float t, float a, float b, float c, float d, float e)
{
    return f32_fma(t, f32_poly4(t, b, c, d, e), a);
}
