/* Quotients of polynomials, a row of numbers for each piece of a function: a constant, 8
   coefficients of the numerator and 7 of the denominator behind its 1, their lowest powers first.
   All pieces are computed by the same operations, so that loops become vector code. */

static inline double f64_of3(double x, double second, double third, double a, double b, double c)
{
    return x < second ? a : x < third ? b : c;
}

/* The constant and the quotient in t of the row in which x is; `second`, `third` begin others. */
static inline double f64_quotient3(double x, double second, double third, double t,
                                   const double *a, const double *b, const double *c)
{
    double top = f64_of3(x, second, third, a[8], b[8], c[8]);
    double bottom = f64_of3(x, second, third, a[15], b[15], c[15]);
    top = f64_fma(top, t, f64_of3(x, second, third, a[7], b[7], c[7]));
    bottom = f64_fma(bottom, t, f64_of3(x, second, third, a[14], b[14], c[14]));
    top = f64_fma(top, t, f64_of3(x, second, third, a[6], b[6], c[6]));
    bottom = f64_fma(bottom, t, f64_of3(x, second, third, a[13], b[13], c[13]));
    top = f64_fma(top, t, f64_of3(x, second, third, a[5], b[5], c[5]));
    bottom = f64_fma(bottom, t, f64_of3(x, second, third, a[12], b[12], c[12]));
    top = f64_fma(top, t, f64_of3(x, second, third, a[4], b[4], c[4]));
    bottom = f64_fma(bottom, t, f64_of3(x, second, third, a[11], b[11], c[11]));
    top = f64_fma(top, t, f64_of3(x, second, third, a[3], b[3], c[3]));
    bottom = f64_fma(bottom, t, f64_of3(x, second, third, a[10], b[10], c[10]));
    top = f64_fma(top, t, f64_of3(x, second, third, a[2], b[2], c[2]));
    bottom = f64_fma(bottom, t, f64_of3(x, second, third, a[9], b[9], c[9]));
    top = f64_fma(top, t, f64_of3(x, second, third, a[1], b[1], c[1]));
    return f64_of3(x, second, third, a[0], b[0], c[0]) + top / f64_fma(bottom, t, 1.0);
}

/* The constant and the quotient in t of one row. */
static inline double f64_quotient(const double *a, double t)
{
    double top = f64_poly7(t, a[2], a[3], a[4], a[5], a[6], a[7], a[8]);
    double bottom = f64_poly7(t, a[9], a[10], a[11], a[12], a[13], a[14], a[15]);
    top = f64_fma(t, top, a[1]);
    bottom = f64_fma(t, bottom, 1.0);
    return a[0] + top / bottom;
}
