/* What lies between two points of the normal distribution, as in
   derive/arrays/runtime/normal_intervals.py: turned so that b >= |a|, scaled by exp(a**2/2), narrow
   intervals by the rule of Gauss and Legendre. */

static const double f64_legendre_places[5] = {
    0.14887433898163122, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845,
    0.9739065285171717};

static const double f64_legendre_weights[5] = {
    0.29552422471475287, 0.26926671930999635, 0.21908636251598204, 0.1494513491505806,
    0.06667134430868814};

/* exp(x**2/2) Phi(-x), for x >= 0. */
static inline double f64_scaled_tail(double x)
{
    double size = x * 0.7071067811865476, value = f64_erf_parts(size);
    double near = (0.5 - 0.5 * (size + value)) * f64_exp(0.5 * x * x);
    return size < 0.5 ? near : 0.5 * value;
}

/* The density at two places, as far from the middle, over that in the middle. */
static inline double f64_legendre_term(double slope, double square, int k)
{
    double place = f64_legendre_places[k], bend = square * (place * place), tilt = slope * place;
    return f64_legendre_weights[k] * (f64_exp(bend - tilt) + f64_exp(bend + tilt));
}

/* The mass of a short interval over the density at its first point. */
static inline double f64_narrow_mass(double half, double middle, double a)
{
    double slope = half * middle, square = -0.5 * half * half, total;
    total = f64_legendre_term(slope, square, 0) + f64_legendre_term(slope, square, 1);
    total = total + f64_legendre_term(slope, square, 2) + f64_legendre_term(slope, square, 3);
    total += f64_legendre_term(slope, square, 4);
    return half * total * f64_exp(-0.5 * half * (middle + a));
}

/* The mass over the density at a, without its constant; the mass beyond the interval; how far the
   logarithm of the density falls; 1 where the interval is narrow, 0 elsewhere. */
static inline double f64_interval(double u, double v, double d, double *a, double *beyond,
                                  double *fall, double *narrow)
{
    double b = u + v < 0.0 ? -v : u, first = u + v < 0.0 ? -u : v, half = 0.5 * d;
    double middle = 0.5 * (b + first), drop = 2.0 * half * middle, left, right, mass;
    double endless = first < INFINITY ? INFINITY : NAN, close;
    drop = fabs(b) == INFINITY ? endless : drop;
    left = f64_scaled_tail(fabs(first));
    right = f64_scaled_tail(b);
    *beyond = right * f64_gauss(b, 0.5) + left * f64_gauss(first, 0.5);
    close = drop < 1.0 ? 1.0 : 0.0;
    close = half <= 0.75 ? close : 0.0;
    *narrow = close;
    mass = (left - f64_exp(-drop) * right) / 0.3989422804014327;
    mass = close > 0.0 ? f64_narrow_mass(half, middle, first) : mass;
    close = b == b ? 0.0 : NAN;
    mass = d == 0.0 ? close : mass;
    *a = first;
    *fall = drop;
    return d >= 0.0 ? mass : NAN;
}

static inline double f64_logPhi_between(double u, double v, double d)
{
    double a, beyond, fall, narrow, mass = f64_interval(u, v, d, &a, &beyond, &fall, &narrow);
    double scaled = f64_log(0.3989422804014327 * mass) - 0.5 * a * a;
    double around = f64_log1p(-beyond);
    around = narrow > 0.0 ? scaled : around;
    around = mass == mass ? around : scaled;
    return a < 0.0 ? around : scaled;
}

/* The density at a over the mass. */
static inline double f64_interval_share(double a, double beyond, double narrow, double mass)
{
    double scaled = 1.0 / mass;
    double around = 0.3989422804014327 * f64_gauss(a, 0.5) / (1.0 - beyond);
    around = narrow > 0.0 ? scaled : around;
    around = mass == mass ? around : scaled;
    return a < 0.0 ? around : scaled;
}

static inline double f64_mills_between(double u, double v, double d)
{
    double a, beyond, fall, narrow, mass = f64_interval(u, v, d, &a, &beyond, &fall, &narrow);
    double share = f64_interval_share(a, beyond, narrow, mass);
    return u + v < 0.0 ? share : share * f64_exp(-fall);
}

static inline double f64_mean_between(double u, double v, double d)
{
    double a, beyond, fall, narrow, mass = f64_interval(u, v, d, &a, &beyond, &fall, &narrow);
    double share = f64_interval_share(a, beyond, narrow, mass), drop = -f64_expm1(-fall);
    double b = u + v < 0.0 ? -v : u, middle = 0.5 * (b + a);
    double quotient = fall == 0.0 ? 1.0 : drop / fall;
    double mean = a > 1e9 ? a : drop * share;
    mean = narrow > 0.0 ? middle * quotient * (d * share) : mean;
    return u + v < 0.0 ? -mean : mean;
}
