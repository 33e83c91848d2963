/* What is a few operations, with NumPy's value at every special argument. */

static inline double f64_sqrt(double x)
{
    return sqrt(x);
}

static inline float f32_sqrt(float x)
{
    return sqrtf(x);
}

static inline double f64_abs(double x)
{
    return fabs(x);
}

static inline float f32_abs(float x)
{
    return fabsf(x);
}

static inline double f64_sign(double x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x == 0.0 ? 0.0 : x;
}

static inline float f32_sign(float x)
{
    return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x == 0.0f ? 0.0f : x;
}

/* The larger one, NaN where one of both is. */
static inline double f64_max(double x, double y)
{
    return x >= y ? x : x != x ? x : y;
}

static inline float f32_max(float x, float y)
{
    return x >= y ? x : x != x ? x : y;
}

/* The smaller one, NaN where one of both is. */
static inline double f64_min(double x, double y)
{
    return x <= y ? x : x != x ? x : y;
}

static inline float f32_min(float x, float y)
{
    return x <= y ? x : x != x ? x : y;
}

/* x - y, and 0 where both are the same infinity, the limit of equal numbers. */
static inline double f64_difference(double x, double y)
{
    return x == y ? 0.0 : x - y;
}

static inline float f32_difference(float x, float y)
{
    return x == y ? 0.0f : x - y;
}
