/* What is a few operations, with NumPy's value at every special argument. */

static inline real fN_sqrt(real x)
{
    return sqrt(x);
}

static inline real fN_abs(real x)
{
    return fabs(x);
}

static inline real fN_sign(real x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x == 0.0 ? 0.0 : x;
}

/* The larger one, NaN where one of both is. */
static inline real fN_max(real x, real y)
{
    return x >= y ? x : x != x ? x : y;
}

/* The smaller one, NaN where one of both is. */
static inline real fN_min(real x, real y)
{
    return x <= y ? x : x != x ? x : y;
}

/* x - y, and 0 where both are the same infinity, the limit of equal numbers. */
static inline real fN_difference(real x, real y)
{
    return x == y ? 0.0 : x - y;
}
