/* The circular functions and their inverses, from libm. */

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

static inline double f64_atan(double x)
{
    return atan(x);
}

static inline double f64_asin(double x)
{
    return asin(x);
}

static inline double f64_acos(double x)
{
    return acos(x);
}

/* The angle between 0 and pi whose cotangent is x. */
static inline double f64_acot(double x)
{
    return atan2(1.0, x);
}
