/* Functions of pairs, built of their sums, products and quotients, whose bounds go along. */

INLINE pair pair_half_pi(void)
{
    return (pair){0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54, 0x1p-106};
}

/* NaN for what a better method would know to more digits. */
INLINE pair pair_well_known(pair a)
{
    const uint64_t fits = -(uint64_t)(a.e <= 0x1p-60 * fabs(a.h));
    return (pair){pair_or_nan(fits, a.h), a.l, a.e};
}

#define PAIR_TERM(total, square, high, low) \
    (total) = pair_add(pair_multiply(total, square), (pair){high, low, 0.0})

/* sin and cos of numbers below 2**20: series of 1/16 of what is left of a multiple of pi/2, and
   cos - 1, doubled four times. */
INLINE void pair_turned(pair a, pair *sine, pair *cosine)
{
    const uint64_t fits = -(uint64_t)(fabs(a.h) < 0x1p20);
    const double h = pair_or_zero(fits, a.h), shifted = h * 0.6366197723675814 + 0x1.8p52;
    const double k = shifted - 0x1.8p52;
    const uint64_t quarter = f64_bits(shifted), odd = -(quarter & 1), turn = -((quarter >> 1) & 1);
    pair r = {h, pair_or_zero(fits, a.l), a.e}, t, square, s, c, swapped;
    r = pair_add(r, pair_of(-k * 0x1.921fb544p+0));
    r = pair_add(r, pair_of(-k * 0x1.0b4611a4p-34));
    r = pair_add(r, pair_of(-k * 0x1.13198a2cp-65));
    r = pair_add(r, pair_of(-k * 0x1.01b839a25204ap-96));
    t = pair_scaled(r, 0x1p-4);
    square = pair_square(t);
    s = pair_of(0x1.71de3a556c734p-19 + square.h * (-0x1.ae64567f544e4p-26 + square.h * (
        0x1.6124613a86d09p-33 - square.h * 0x1.ae7f3e733b81fp-41)));
    PAIR_TERM(s, square, -0x1.a01a01a01a01ap-13, -0x1.a01a01a01a01ap-73);
    PAIR_TERM(s, square, 0x1.1111111111111p-7, 0x1.1111111111111p-63);
    PAIR_TERM(s, square, -0x1.5555555555555p-3, -0x1.5555555555555p-57);
    s = pair_add(t, pair_multiply(t, pair_multiply(square, s)));
    c = pair_of(-0x1.27e4fb7789f5cp-22 + square.h * (0x1.1eed8eff8d898p-29 - square.h * (
        0x1.93974a8c07c9dp-37 - square.h * 0x1.ae7f3e733b81fp-45)));
    PAIR_TERM(c, square, 0x1.a01a01a01a01ap-16, 0x1.a01a01a01a01ap-76);
    PAIR_TERM(c, square, -0x1.6c16c16c16c17p-10, 0x1.f49f49f49f49fp-65);
    PAIR_TERM(c, square, 0x1.5555555555555p-5, 0x1.5555555555555p-59);
    PAIR_TERM(c, square, -0.5, 0.0);
    c = pair_multiply(square, c);
#define PAIR_TURN_TWICE do { \
    const pair next = pair_scaled(pair_square(s), -2.0); \
    s = pair_scaled(pair_add(s, pair_multiply(s, c)), 2.0); \
    c = next; \
} while (0)
    PAIR_TURN_TWICE;
    PAIR_TURN_TWICE;
    PAIR_TURN_TWICE;
    PAIR_TURN_TWICE;
    c = pair_add(c, pair_of(1.0));
    swapped = s;
    s = pair_chosen(odd, c, s);
    c = pair_chosen(odd, swapped, c);
    s = pair_chosen(turn, pair_negative(s), s);
    c = pair_chosen(odd ^ turn, pair_negative(c), c);
    s.h = pair_or_nan(fits, s.h);
    c.h = pair_or_nan(fits, c.h);
    *sine = s;
    *cosine = c;
}

INLINE pair pair_sin(pair a)
{
    pair sine, cosine;
    pair_turned(a, &sine, &cosine);
    return sine;
}

INLINE pair pair_cos(pair a)
{
    pair sine, cosine;
    pair_turned(a, &sine, &cosine);
    return cosine;
}

INLINE pair pair_tan(pair a)
{
    pair sine, cosine;
    pair_turned(a, &sine, &cosine);
    return pair_divide(sine, cosine);
}

/* A step of Newton's from the plain value. */
INLINE pair pair_atan(pair a)
{
    const double near = f64_atan(a.h);
    pair sine, cosine, above, below;
    pair_turned(pair_of(near), &sine, &cosine);
    above = pair_subtract(pair_multiply(a, cosine), sine);
    below = pair_add(cosine, pair_multiply(a, sine));
    return pair_add(pair_of(near), pair_divide(above, below));
}

/* pi/2 - atan(a). */
INLINE pair pair_acot(pair a)
{
    const uint64_t large = -(uint64_t)(a.h > 1.0);
    const pair inside = pair_chosen(large, pair_of(1.0), a);
    const pair angle = pair_atan(pair_chosen(large, pair_divide(pair_of(1.0), a),
                                             pair_negative(inside)));
    return pair_add(angle, pair_chosen(large, pair_of(0.0), pair_half_pi()));
}

INLINE pair pair_atanh(pair a)
{
    const pair rest = pair_subtract(pair_of(1.0), a);
    return pair_scaled(pair_log1p(pair_divide(pair_scaled(a, 2.0), rest)), 0.5);
}

INLINE pair pair_asinh(pair a)
{
    const pair size = pair_abs(a), one = pair_of(1.0), square = pair_square(size);
    const pair root = pair_add(one, pair_sqrt(pair_add(one, square)));
    const pair value = pair_log1p(pair_add(size, pair_divide(square, root)));
    return pair_where(a.h < 0.0, pair_negative(value), value);
}
