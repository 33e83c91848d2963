/* The sigmoid and its kin, of exp(-|x|), which cannot overflow. */

/* exp(x) = e + low for x <= 0. */
static inline real fN_exp_below(real x, real *less)
{
    real k, low, rest, high, sum, e;
    high = fN_exp_parts(x < BOTH(-746.0, -104.0) ? BOTH(-746.0, -104.0) : x, &k, &low, &rest);
    sum = 1.0 + high;
    rest += low + (high - (sum - 1.0));
    e = sum + rest;
    *less = fN_scaled((sum - e) + rest, k);
    return fN_scaled(e, k);
}

/* The quotient is made better by what its operands lost, times about 1 / (1 + e). */
static inline real fN_sigmoid(real x)
{
    real low, e = fN_exp_below(-fabs(x), &low), bottom = 1.0 + e;
    real lost = ((1.0 - bottom) + e) + low, top = x < 0.0 ? e : 1.0, value = top / bottom;
    lost = fN_fma(-value, lost, x < 0.0 ? low : 0.0);
    return fN_fma(lost, fN_fma(-0.4857, bottom, 1.4571), value);
}

/* log(1 + e) for e from 0 to 1, of which something is lost. */
static inline real fN_log1p_below(real e, real low)
{
    real sum = 1.0 + e, lost = ((1.0 - sum) + e) + low, whole;
    real k = sum > BOTH(1.4142135623730951, 1.41421356) ? 1.0 : 0.0, half = 1.0 - 0.5 * k;
    real f = fN_fma(half, sum, -1.0);
    lost *= half;
    whole = f + lost;
    return fN_log_sum(k, whole, (f - whole) + lost);
}

static inline real fN_softplus(real x)
{
    real low, e = fN_exp_below(-fabs(x), &low);
    return (x > 0.0 ? x : 0.0) + fN_log1p_below(e, low);
}

static inline real fN_log_sigmoid(real x)
{
    return -fN_softplus(-x);
}
