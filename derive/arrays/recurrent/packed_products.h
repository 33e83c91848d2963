/* Products of the rows of a matrix with one that is packed: panels of PANEL columns, the rows of
   each panel one after the other. Four accumulators of a panel hide the latency of one row, eight
   rows fill the registers. */

#if defined(FP_FAST_FMA) && defined(FP_FAST_FMAF)
#define MULTIPLIED_ADDED(x, y, z) \
    (sizeof(real) == 4 ? (real)fmaf((float)(x), (float)(y), (float)(z)) : (real)fma(x, y, z))
#else
#define MULTIPLIED_ADDED(x, y, z) ((x) * (y) + (z))
#endif

#define PANEL ((int64_t)(128 / sizeof(real)))

static void pack(real *restrict to, const real *restrict from, int64_t rows, int64_t columns,
                 int64_t row_step, int64_t column_step)
{
    for (int64_t first = 0; first < columns; first += PANEL)
        for (int64_t k = 0; k < rows; k++, to += PANEL)
            for (int64_t c = 0; c < PANEL; c++)
                to[c] = first + c < columns ?
                    from[k * row_step + (first + c) * column_step] : (real)0;
}

#define ROWS_OF_PANEL(COUNT) \
static void rows_##COUNT(real *restrict out, int64_t out_step, const real *restrict left, \
                         int64_t left_step, int64_t left_inner, const real *restrict panel, \
                         int64_t inner, int64_t width, int add) \
{ \
    real sums[COUNT][128 / sizeof(real)]; \
    for (int m = 0; m < COUNT; m++) \
        for (int64_t c = 0; c < PANEL; c++) sums[m][c] = 0; \
    for (int64_t k = 0; k < inner; k++, panel += PANEL) \
        for (int m = 0; m < COUNT; m++) { \
            const real factor = left[m * left_step + k * left_inner]; \
            for (int64_t c = 0; c < PANEL; c++) \
                sums[m][c] = MULTIPLIED_ADDED(factor, panel[c], sums[m][c]); \
        } \
    for (int m = 0; m < COUNT; m++) \
        for (int64_t c = 0; c < width; c++) \
            out[m * out_step + c] = add ? out[m * out_step + c] + sums[m][c] : sums[m][c]; \
}

ROWS_OF_PANEL(8)
ROWS_OF_PANEL(4)
ROWS_OF_PANEL(1)

#define PANELS_OF_ROW(COUNT) \
static void panels_##COUNT(real *restrict out, const real *restrict left, \
                           const real *restrict panels, int64_t inner, int64_t width, int add) \
{ \
    real sums[COUNT][128 / sizeof(real)]; \
    for (int j = 0; j < COUNT; j++) \
        for (int64_t c = 0; c < PANEL; c++) sums[j][c] = 0; \
    for (int64_t k = 0; k < inner; k++) { \
        const real factor = left[k]; \
        for (int j = 0; j < COUNT; j++) \
            for (int64_t c = 0; c < PANEL; c++) \
                sums[j][c] = MULTIPLIED_ADDED( \
                    factor, panels[(j * inner + k) * PANEL + c], sums[j][c]); \
    } \
    for (int64_t c = 0; c < width; c++) \
        out[c] = add ? out[c] + ((real *)sums)[c] : ((real *)sums)[c]; \
}

PANELS_OF_ROW(4)
PANELS_OF_ROW(2)
PANELS_OF_ROW(1)

static void one_row(real *restrict out, const real *restrict left, const real *restrict packed,
                    int64_t inner, int64_t columns, int add)
{
    for (; columns > 2 * PANEL; columns -= 4 * PANEL, out += 4 * PANEL, packed += 4 * inner * PANEL)
        panels_4(out, left, packed, inner, columns < 4 * PANEL ? columns : 4 * PANEL, add);
    if (columns > PANEL)
        panels_2(out, left, packed, inner, columns, add);
    else if (columns > 0)
        panels_1(out, left, packed, inner, columns, add);
}

/* Rows of a transposed matrix lie far apart: so many of them as a cache holds, at a time. */
#define DEPTH 256

static void by_panels(real *out, const real *left, int64_t left_step, int64_t left_inner,
                      const real *packed, int64_t rows, int64_t inner, int64_t columns, int add)
{
    const int64_t most = left_inner == 1 ? inner : DEPTH;
    for (int64_t j = 0; j < columns; j += PANEL, packed += inner * PANEL)
        for (int64_t k = 0; k < inner; k += most) {
            const int64_t width = columns - j < PANEL ? columns - j : PANEL;
            const int64_t depth = inner - k < most ? inner - k : most;
            const real *const from = left + k * left_inner, *const panel = packed + k * PANEL;
            const int more = add || k > 0;
            int64_t b = 0;
            for (; b + 8 <= rows; b += 8)
                rows_8(out + b * columns + j, columns, from + b * left_step, left_step, left_inner,
                       panel, depth, width, more);
            for (; b + 4 <= rows; b += 4)
                rows_4(out + b * columns + j, columns, from + b * left_step, left_step, left_inner,
                       panel, depth, width, more);
            for (; b < rows; b++)
                rows_1(out + b * columns + j, columns, from + b * left_step, left_step, left_inner,
                       panel, depth, width, more);
        }
}

/* out[b, j] = sum over k of left[b, k] packed[k, j], or that much more; left_step is 0 where all
   rows are the same. */
static void multiplied(real *out, const real *left, int64_t left_step, const real *packed,
                       int64_t rows, int64_t inner, int64_t columns, int add)
{
    if (rows == 1)
        one_row(out, left, packed, inner, columns, add);
    else
        by_panels(out, left, left_step, 1, packed, rows, inner, columns, add);
}

/* Whether products are quicker here than those of a library that takes vectors of 32 bytes. */
int32_t wide_vectors(void)
{
#ifdef __AVX512F__
    return 1;
#else
    return 0;
#endif
}
