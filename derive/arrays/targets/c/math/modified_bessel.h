/* The modified Bessel functions, as in derive/arrays/runtime/modified_bessel.py: up to 4 a
   polynomial in x**2, beyond it sqrt(x) exp(-x) I(x) in 16/x - 3 up to 8 and in 16/x - 1. */

static const double f64_besseli0_near[14] = {
    0.0, 1.0, 0.25, 0.015625000000000003, 0.0004340277777777718, 6.781684027782046e-06,
    6.781684027596595e-08, 4.709502802001143e-10, 2.402807459601657e-12, 9.385978195189286e-15,
    2.8968077106696324e-17, 7.247759173655087e-20, 1.4760389501139803e-22,
    3.0284858712201143e-25};

static const double f64_besseli0_middle[25] = {
    0.40625, 0.0033226275046849257, 0.004129118562213718, 0.0002757736522991909,
    3.223017272197722e-05, -3.4251673383984224e-06, -2.802360948182601e-06,
    1.5309640417323112e-07, 2.1454260576828812e-07, -4.263155870717019e-08,
    -1.0202441429832458e-08, 6.296561121178053e-09, -8.507745323820742e-10,
    -3.1650791894702096e-10, 1.8834645672192252e-10, -3.8559073713040695e-11,
    -3.308616487447523e-12, 5.069433660154297e-12, -1.7979420264140688e-12,
    2.9294178861384184e-13, 5.1354853493275614e-14, -6.410358782247329e-14,
    2.2668806451184176e-14, 5.2996261470417024e-17, -1.482303964903768e-15};

static const double f64_besseli0_far[25] = {
    0.40625, -0.004073490554991914, 0.0033605519836678913, 0.00013621607438951463,
    1.114303378845176e-05, 1.4838476780922646e-06, 2.9735992084667734e-07,
    8.872014585661555e-08, 3.932512321137824e-08, 2.156780676115673e-08, 7.559364098665437e-09,
    -6.856484545962442e-09, -1.3427511481900905e-08, -5.0175940345046716e-09,
    7.600254486433509e-09, 6.522264862032271e-09, -3.5862834111582305e-09,
    -4.5305710768621196e-09, 1.6084886155781772e-09, 2.163681278413876e-09,
    -6.327909921997027e-10, -6.494591114401118e-10, 1.7698085539456536e-10,
    9.114760157514253e-11, -2.4421972688131832e-11};

static const double f64_besseli1_near[14] = {
    0.0, 0.5, 0.0625, 0.002604166666666667, 5.425347222222201e-05, 6.781684027779289e-07,
    5.651403356417326e-09, 3.363930571081211e-11, 1.5017546866039583e-13, 5.214430075088631e-16,
    1.4484177905656736e-18, 3.2938857782679214e-21, 6.162719492083298e-24,
    1.1522004748808646e-26};

static const double f64_besseli1_middle[25] = {
    0.40625, -0.037397435515124505, -0.010915795732181956, -0.00039840364850412407,
    -4.2433356943287344e-05, 2.8649829910066356e-06, 3.161415118467179e-06,
    -8.717322740160395e-08, -2.390985046444854e-07, 4.0342839419228665e-08,
    1.2417143400965213e-08, -6.583978670285004e-09, 7.427110876333524e-10,
    3.7165918691890545e-10, -1.9649348015834877e-10, 3.649901904400411e-11,
    4.78360019897144e-12, -5.445560276235304e-12, 1.8127436560488799e-12,
    -2.6470265103390613e-13, -6.508637870746136e-14, 6.783411306039023e-14,
    -2.2837072274226675e-14, -4.781056953345028e-16, 1.6194073348458725e-15};

static const double f64_besseli1_far[25] = {
    0.40625, -0.01685154097412768, -0.009749577193235765, -0.00021923576383137776,
    -1.5038547198221758e-05, -1.8349102493990178e-06, -3.4838563464253135e-07,
    -1.0001075046243961e-07, -4.3128498031006734e-08, -2.3394122958362557e-08,
    -8.432168972932417e-09, 6.84757829926934e-09, 1.4051746928735543e-08,
    5.5720183980930355e-09, -7.687251308765992e-09, -6.9444186339873875e-09,
    3.501765193290176e-09, 4.763780078020254e-09, -1.5218214060680734e-09,
    -2.2624401109204446e-09, 5.870664618471487e-10, 6.7727478454462e-10,
    -1.6283264322621244e-10, -9.491890392992048e-11, 2.2421768596847442e-11};

/* The constant and 13 coefficients of a row. */
static inline double f64_short_series(const double *a, double t)
{
    double s = t * t;
    double even = f64_poly7(s, a[1], a[3], a[5], a[7], a[9], a[11], a[13]);
    double odd = f64_poly6(s, a[2], a[4], a[6], a[8], a[10], a[12]);
    return a[0] + f64_fma(t, odd, even);
}

/* The constant and 24 coefficients of two rows, of which one is taken. */
static inline double f64_long_series(double x, double second, const double *a, const double *b,
                                     double t)
{
    double value = x < second ? a[24] : b[24];
    value = f64_fma(value, t, (x < second ? a[23] : b[23]));
    value = f64_fma(value, t, (x < second ? a[22] : b[22]));
    value = f64_fma(value, t, (x < second ? a[21] : b[21]));
    value = f64_fma(value, t, (x < second ? a[20] : b[20]));
    value = f64_fma(value, t, (x < second ? a[19] : b[19]));
    value = f64_fma(value, t, (x < second ? a[18] : b[18]));
    value = f64_fma(value, t, (x < second ? a[17] : b[17]));
    value = f64_fma(value, t, (x < second ? a[16] : b[16]));
    value = f64_fma(value, t, (x < second ? a[15] : b[15]));
    value = f64_fma(value, t, (x < second ? a[14] : b[14]));
    value = f64_fma(value, t, (x < second ? a[13] : b[13]));
    value = f64_fma(value, t, (x < second ? a[12] : b[12]));
    value = f64_fma(value, t, (x < second ? a[11] : b[11]));
    value = f64_fma(value, t, (x < second ? a[10] : b[10]));
    value = f64_fma(value, t, (x < second ? a[9] : b[9]));
    value = f64_fma(value, t, (x < second ? a[8] : b[8]));
    value = f64_fma(value, t, (x < second ? a[7] : b[7]));
    value = f64_fma(value, t, (x < second ? a[6] : b[6]));
    value = f64_fma(value, t, (x < second ? a[5] : b[5]));
    value = f64_fma(value, t, (x < second ? a[4] : b[4]));
    value = f64_fma(value, t, (x < second ? a[3] : b[3]));
    value = f64_fma(value, t, (x < second ? a[2] : b[2]));
    value = f64_fma(value, t, (x < second ? a[1] : b[1]));
    return (x < second ? a[0] : b[0]) + value;
}

/* I0(x), or sqrt(x) exp(-x) I0(x) from 4 on. */
static inline double f64_besseli0_parts(double size)
{
    double t = 16.0 / size - (size < 8.0 ? 3.0 : 1.0);
    double far = f64_long_series(size, 8.0, f64_besseli0_middle, f64_besseli0_far, t);
    return size < 4.0 ? f64_short_series(f64_besseli0_near, size * size) : far;
}

/* I1(x) / x, or sqrt(x) exp(-x) I1(x) from 4 on. */
static inline double f64_besseli1_parts(double size)
{
    double t = 16.0 / size - (size < 8.0 ? 3.0 : 1.0);
    double far = f64_long_series(size, 8.0, f64_besseli1_middle, f64_besseli1_far, t);
    return size < 4.0 ? f64_short_series(f64_besseli1_near, size * size) : far;
}

/* value exp(size), also where exp(size) is beyond the floats and the product is not. */
static inline double f64_grown(double value, double size)
{
    double most = size > 700.0 ? 700.0 : size, more = size > 720.0 ? 20.0 : size - most;
    return size > 720.0 ? INFINITY : value * f64_exp(most) * f64_exp(more);
}

static inline double f64_besseli0(double x)
{
    double size = fabs(x), value = f64_besseli0_parts(size);
    return size < 4.0 ? value : f64_grown(value / sqrt(size), size);
}

static inline double f64_besseli0e(double x)
{
    double size = fabs(x), value = f64_besseli0_parts(size);
    return size < 4.0 ? value * f64_exp(-size) : value / sqrt(size);
}

static inline double f64_besseli1(double x)
{
    double size = fabs(x), value = f64_besseli1_parts(size);
    return size < 4.0 ? x * value : copysign(f64_grown(value / sqrt(size), size), x);
}
