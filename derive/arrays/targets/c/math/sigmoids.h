/* The sigmoid and its kin, of exp(-|x|), which cannot overflow. */

/* exp(x) = e + low for x <= 0. */
static inline double f64_exp_below(double x, double *less)
{
    double k, low, rest, high, sum, e;
    high = f64_exp_parts(x < -746.0 ? -746.0 : x, &k, &low, &rest);
    sum = 1.0 + high;
    rest += low + (high - (sum - 1.0));
    e = sum + rest;
    *less = f64_scaled((sum - e) + rest, k);
    return f64_scaled(e, k);
}

/* The quotient is made better by what its operands lost, times about 1 / (1 + e). */
static inline double f64_sigmoid(double x)
{
    double low, e = f64_exp_below(-fabs(x), &low), bottom = 1.0 + e;
    double lost = ((1.0 - bottom) + e) + low, top = x < 0.0 ? e : 1.0, value = top / bottom;
    lost = f64_fma(-value, lost, x < 0.0 ? low : 0.0);
    return f64_fma(lost, f64_fma(-0.4857, bottom, 1.4571), value);
}

/* log(1 + e) for e from 0 to 1, of which something is lost. */
static inline double f64_log1p_below(double e, double low)
{
    double sum = 1.0 + e, lost = ((1.0 - sum) + e) + low, whole;
    double k = sum > 1.4142135623730951 ? 1.0 : 0.0, half = 1.0 - 0.5 * k;
    double f = f64_fma(half, sum, -1.0);
    lost *= half;
    whole = f + lost;
    return f64_log_sum(k, whole, (f - whole) + lost);
}

static inline double f64_softplus(double x)
{
    double low, e = f64_exp_below(-fabs(x), &low);
    return (x > 0.0 ? x : 0.0) + f64_log1p_below(e, low);
}

static inline double f64_log_sigmoid(double x)
{
    return -f64_softplus(-x);
}

/* exp(x) = e + low for x <= 0. */
static inline float f32_exp_below(float x, float *less)
{
    float k, low, rest, high, sum, e;
    high = f32_exp_parts(x < -104.0f ? -104.0f : x, &k, &low, &rest);
    sum = 1.0f + high;
    rest += low + (high - (sum - 1.0f));
    e = sum + rest;
    *less = f32_scaled((sum - e) + rest, k);
    return f32_scaled(e, k);
}

/* The quotient is made better by what its operands lost, times about 1 / (1 + e). */
static inline float f32_sigmoid(float x)
{
    float low, e = f32_exp_below(-fabsf(x), &low), bottom = 1.0f + e;
    float lost = ((1.0f - bottom) + e) + low, top = x < 0.0f ? e : 1.0f, value = top / bottom;
    lost = f32_fma(-value, lost, x < 0.0f ? low : 0.0f);
    return f32_fma(lost, f32_fma(-0.4857f, bottom, 1.4571f), value);
}

/* log(1 + e) for e from 0 to 1, of which something is lost. */
static inline float f32_log1p_below(float e, float low)
{
    float sum = 1.0f + e, lost = ((1.0f - sum) + e) + low, whole;
    float k = sum > 1.41421356f ? 1.0f : 0.0f, half = 1.0f - 0.5f * k;
    float f = f32_fma(half, sum, -1.0f);
    lost *= half;
    whole = f + lost;
    return f32_log_sum(k, whole, (f - whole) + lost);
}

static inline float f32_softplus(float x)
{
    float low, e = f32_exp_below(-fabsf(x), &low);
    return (x > 0.0f ? x : 0.0f) + f32_log1p_below(e, low);
}

static inline float f32_log_sigmoid(float x)
{
    return -f32_softplus(-x);
}
