"""A kernel as the text of C: one function for each plan and dtype, and what these rest on."""

from __future__ import annotations

from collections.abc import Iterable

from derive.arrays.targets.c.array_calls import HEAD, array_call
from derive.arrays.targets.c.block_functions import BlockFunction, parameters, signature_of
from derive.arrays.targets.c.loop_values import PREFIXES
from derive.arrays.targets.c.math.c_functions import INCLUDES, c_functions
from derive.arrays.targets.c.row_functions import RowFunction
from derive.arrays.targets.c.tile_functions import TileFunction
from derive.arrays.targets.numpy.kernel_module import Design

SHORT = 48   # index axes up to this size lie beside the examples of a tile,
LEAST = 8    # where there are so many examples

_HELPERS = """static inline size_t padded(size_t bytes)
{
    return (bytes + 63) & ~(size_t)63;
}

/* One more term of a sum, with what its rounding loses. */
static inline void added(double *sum, double term)
{
    const double next = sum[0] + term;
    const double lost = fabs(sum[0]) >= fabs(term) ? (sum[0] - next) + term
                                                   : (term - next) + sum[0];
    sum[0] = next;
    if (isfinite(next)) sum[1] += lost;
}
"""

# The examples of a tile side by side, and back, by blocks of four. What is missing of a tile
# repeats the last one.
_BLOCKS = """#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)
#define BLOCKS 1
#define MIXED __builtin_shufflevector
#endif
"""
_MOVES = """#ifdef BLOCKS
typedef {real} {p}_tile_four __attribute__((vector_size(4 * sizeof({real}))));

/* Four rows of four become four columns. */
static inline void {p}_tile_turned(const {real} *const *from, {real} *const *to)
{{
    {p}_tile_four r[4], a, b, c, d;
    for (int n = 0; n < 4; n++) memcpy(&r[n], from[n], sizeof r[n]);
    a = MIXED(r[0], r[1], {low});
    b = MIXED(r[2], r[3], {low});
    c = MIXED(r[0], r[1], {high});
    d = MIXED(r[2], r[3], {high});
    r[0] = MIXED(a, b, 0, 1, 4, 5);
    r[{second}] = MIXED(a, b, 2, 3, 6, 7);
    r[{third}] = MIXED(c, d, 0, 1, 4, 5);
    r[3] = MIXED(c, d, 2, 3, 6, 7);
    for (int n = 0; n < 4; n++) memcpy(to[n], &r[n], sizeof r[n]);
}}
#endif

static inline void {p}_tile_columns(const {real} *rows, ptrdiff_t step, ptrdiff_t width, int m,
                               int lanes, {real} *restrict columns)
{{
    if (m == lanes && step == width && width < 4) {{
        if (width == 1) memcpy(columns, rows, (size_t)lanes * sizeof *rows);
        _Pragma("omp simd")
        for (int r = 0; r < (width == 2 ? lanes : 0); r++) {{
            columns[r] = rows[2 * r];
            columns[r + lanes] = rows[2 * r + 1];
        }}
        _Pragma("omp simd")
        for (int r = 0; r < (width == 3 ? lanes : 0); r++) {{
            columns[r] = rows[3 * r];
            columns[r + lanes] = rows[3 * r + 1];
            columns[r + 2 * lanes] = rows[3 * r + 2];
        }}
        return;
    }}
#ifdef BLOCKS
    for (int r = 0; r < lanes && width > 3; r += 4) {{
        const {real} *from[4];
        for (int n = 0; n < 4; n++) from[n] = rows + (r + n < m ? r + n : m - 1) * step;
        for (ptrdiff_t k = 0; k < width; k += 4) {{
            const ptrdiff_t at = k + 4 < width ? k : width - 4;
            {real} *const to = columns + at * lanes + r;
            const {real} *const here[4] = {{from[0] + at, from[1] + at, from[2] + at,
                                           from[3] + at}};
            {real} *const there[4] = {{to, to + lanes, to + 2 * lanes, to + 3 * lanes}};
            {p}_tile_turned(here, there);
        }}
    }}
    if (width > 3) return;
#endif
    for (int r = 0; r < lanes; r++) {{
        const {real} *const row = rows + (r < m ? r : m - 1) * step;
        for (ptrdiff_t k = 0; k < width; k++) columns[k * lanes + r] = row[k];
    }}
}}

/* Four sums at a time, for the additions wait for each other. */
static inline double {p}_tile_sum(const {real} *x, int m)
{{
    const int part = m / 4;
    double a = 0, b = 0, c = 0, d = 0;
    _Pragma("omp simd reduction(+:a, b, c, d)")
    for (int r = 0; r < part; r++) {{
        a += (double)x[r];
        b += (double)x[r + part];
        c += (double)x[r + 2 * part];
        d += (double)x[r + 3 * part];
    }}
    for (int r = 4 * part; r < m; r++) a += (double)x[r];
    return (a + b) + (c + d);
}}

static inline void {p}_tile_labels(const int64_t *rows, ptrdiff_t step, ptrdiff_t width, int m,
                              int lanes, {integer} *restrict columns)
{{
    if (m == lanes && width == 1 && step == 1) {{
        _Pragma("omp simd")
        for (int r = 0; r < lanes; r++) columns[r] = ({integer})rows[r];
        return;
    }}
    for (int r = 0; r < lanes; r++) {{
        const int64_t *const row = rows + (r < m ? r : m - 1) * step;
        for (ptrdiff_t k = 0; k < width; k++) columns[k * lanes + r] = ({integer})row[k];
    }}
}}

static inline void {p}_tile_rows(const {real} *columns, ptrdiff_t width, int m, int lanes,
                            {real} *restrict rows)
{{
    int first = 0;
    if (m == lanes && width < 4) {{
        if (width == 1) memcpy(rows, columns, (size_t)lanes * sizeof *rows);
        _Pragma("omp simd")
        for (int r = 0; r < (width == 2 ? lanes : 0); r++) {{
            rows[2 * r] = columns[r];
            rows[2 * r + 1] = columns[r + lanes];
        }}
        _Pragma("omp simd")
        for (int r = 0; r < (width == 3 ? lanes : 0); r++) {{
            rows[3 * r] = columns[r];
            rows[3 * r + 1] = columns[r + lanes];
            rows[3 * r + 2] = columns[r + 2 * lanes];
        }}
        return;
    }}
#ifdef BLOCKS
    for (; first + 4 <= m && width > 3; first += 4)
        for (ptrdiff_t k = 0; k < width; k += 4) {{
            const ptrdiff_t at = k + 4 < width ? k : width - 4;
            const {real} *const from = columns + at * lanes + first;
            {real} *const to = rows + first * width + at;
            const {real} *const here[4] = {{from, from + lanes, from + 2 * lanes,
                                           from + 3 * lanes}};
            {real} *const there[4] = {{to, to + width, to + 2 * width, to + 3 * width}};
            {p}_tile_turned(here, there);
        }}
#endif
    for (int r = first; r < m; r++)
        for (ptrdiff_t k = 0; k < width; k++) rows[r * width + k] = columns[k * lanes + r];
}}
"""
_TURNS = {"f32": {"low": "0, 4, 1, 5", "high": "2, 6, 3, 7", "second": 1, "third": 2},
          "f64": {"low": "0, 4, 2, 6", "high": "1, 5, 3, 7", "second": 2, "third": 1}}


def layouts_of(design: Design, plan: str) -> list[str]:
    """The layouts in which a plan is written."""
    function = BlockFunction(design, plan, "float64", "lanes")
    nodes = design.program.nodes
    axes = any(nodes[n].dims for n in function.order)
    return ["lanes", "rows"] if axes else ["flat"]


def c_text(design: Design, plans: Iterable[str], dtypes: Iterable[str],
           arrays: bool = False) -> str:
    """The functions of some plans. Raises KernelError where an operation has no writer.

    With `arrays`, each has a double that is called with NumPy's arrays themselves.
    """
    bodies: list[str] = []
    used: dict[str, dict[str, None]] = {"float64": {}, "float32": {}}
    for dtype in dtypes:
        used[dtype].update(dict.fromkeys(("abs",)))
        p = PREFIXES[dtype]
        integer, real = ("int64_t", "double") if p == "f64" else ("int32_t", "float")
        bodies.append(_MOVES.format(p=p, real=real, integer=integer, **_TURNS[p]))
        for plan in plans:
            for layout in layouts_of(design, plan):
                kind = RowFunction if layout == "rows" else TileFunction
                function = kind(design, plan, dtype, layout)
                bodies.append("\n".join(function.lines()))
                used[dtype].update(function.values.used)
                used["float64"].update(function.scalars.used)
            bodies.append(_entry(design, plan, dtype))
            if arrays:
                bodies.append(array_call(design, plan, dtype, entry_name(plan, dtype)))
    mathematics = _mathematics(used)
    return "\n".join([INCLUDES, "#include <float.h>", "#include <stddef.h>", "#include <stdlib.h>",
                      "", *([HEAD] if arrays else []), _HELPERS, _BLOCKS, mathematics, *bodies])


def _mathematics(used: dict[str, dict[str, None]]) -> str:
    """The functions of mathematics that are used, each once."""
    seen: dict[str, None] = {}
    for dtype, names in used.items():
        if names:
            text = c_functions(names, dtype).removeprefix(INCLUDES)
            seen.update(dict.fromkeys(part for part in text.strip().split("\n\n") if part))
    return "\n\n".join(seen) + "\n"


def entry_name(plan: str, dtype: str) -> str:
    """The name of the function that Python calls."""
    return f"{plan}_{dtype}"


def _entry(design: Design, plan: str, dtype: str) -> str:
    """The function that chooses the layout."""
    taken = parameters(design, plan, dtype)
    names = ", ".join(p.rpartition(" ")[2].lstrip("*") for p in taken)
    layouts, p = layouts_of(design, plan), PREFIXES[dtype]
    if len(layouts) == 1:
        body = [f"    return {plan}_flat_{p}({names});"]
    else:
        sizes = signature_of(design, plan).sizes
        widest = [" * ".join(sizes.get(d, str(getattr(d, "fixed", None) or d)) for d in dims)
                  for dims in dict.fromkeys([
                      *(a.kind.shape for a in design.taken(plan)),
                      *(design.results[o][1] for o in design.plans[plan])]) if dims]
        short = " && ".join(f"{w} <= {SHORT}" for w in widest) or "1"
        body = [f"    if (n >= {LEAST} && {short}) return {plan}_lanes_{p}({names});",
                f"    return {plan}_rows_{p}({names});"]
    rows = ",\n    ".join(taken)
    if "value" in design.plans[plan]:
        body = ["    if (n < 1 && total) *total = 0;", "    if (n < 1) return 0;", *body]
    else:
        body = ["    if (n < 1) return 0;", *body]
    return "\n".join([f"int {entry_name(plan, dtype)}(\n    {rows})", "{", *body, "}", ""])


