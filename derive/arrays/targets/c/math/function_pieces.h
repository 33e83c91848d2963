/* Quotients of polynomials, a row of numbers for each piece of a function: a constant, 8 coefficients
   of the numerator and 7 of the denominator behind its 1, their lowest powers first. All pieces are
   computed by the same operations, so that loops become vector code. */

static inline double f64_of3(double x, double second, double third, double a, double b, double c)
{
    return x < second ? a : x < third ? b : c;
}

/* The constant and the quotient in t of the row in which x is: from `second`, `third` on the next. */
static inline double f64_quotient3(double x, double second, double third, double t,
                                   const double *a, const double *b, const double *c)
{
    double top = f64_of3(x, second, third, a[8], b[8], c[8]);
    double bottom = f64_of3(x, second, third, a[15], b[15], c[15]);
    top = top * t + f64_of3(x, second, third, a[7], b[7], c[7]);
    bottom = bottom * t + f64_of3(x, second, third, a[14], b[14], c[14]);
    top = top * t + f64_of3(x, second, third, a[6], b[6], c[6]);
    bottom = bottom * t + f64_of3(x, second, third, a[13], b[13], c[13]);
    top = top * t + f64_of3(x, second, third, a[5], b[5], c[5]);
    bottom = bottom * t + f64_of3(x, second, third, a[12], b[12], c[12]);
    top = top * t + f64_of3(x, second, third, a[4], b[4], c[4]);
    bottom = bottom * t + f64_of3(x, second, third, a[11], b[11], c[11]);
    top = top * t + f64_of3(x, second, third, a[3], b[3], c[3]);
    bottom = bottom * t + f64_of3(x, second, third, a[10], b[10], c[10]);
    top = top * t + f64_of3(x, second, third, a[2], b[2], c[2]);
    bottom = bottom * t + f64_of3(x, second, third, a[9], b[9], c[9]);
    top = top * t + f64_of3(x, second, third, a[1], b[1], c[1]);
    return f64_of3(x, second, third, a[0], b[0], c[0]) + top / (bottom * t + 1.0);
}

/* The constant and the quotient in t of one row. */
static inline double f64_quotient(const double *a, double t)
{
    double top = ((((((a[8] * t + a[7]) * t + a[6]) * t + a[5]) * t + a[4]) * t + a[3]) * t + a[2])
        * t + a[1];
    double bottom = ((((((a[15] * t + a[14]) * t + a[13]) * t + a[12]) * t + a[11]) * t + a[10]) * t
        + a[9]) * t + 1.0;
    return a[0] + top / bottom;
}
