"""C that is called with NumPy's arrays themselves: it looks at them, and computes if all is well.

What it does not expect (other dtypes, strides, shapes, values outside of their domains, examples
for wide numbers) it leaves to the path around it, by a status that is not 0.
`how` adds up 1 for a mean, 2 where values are to be looked at and nothing is to be written, 4
where all of them are to be looked at before anything is written.
Arrays are read as NumPy lays them out in CPython; `lean_calls.py` asks beforehand whether that is
so here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.arrays.targets.c.block_functions import signature_of
from derive.arrays.targets.c.loop_values import REALS
from derive.arrays.targets.numpy.kernel_module import Argument, Design
from derive.core.kinds import Dimension

CHUNK = 1 << 12  # elements that are looked at, then computed while they are near
_CONTIGUOUS, _WRITEABLE = "0x101", "0x501"  # and aligned
# Whether a number x is outside of its domain; NaN is left alone.
OUTSIDE = {
    "positive": "x <= 0", "nonnegative": "x < 0", "negative": "x >= 0",
    "probability": "(x < 0) | (x > 1)", "integer": "x != {floor}(x)",
    "count": "(x < 0) | (x != {floor}(x))", "binary": "(x != 0) & (x != 1)",
    "onehot": "(x != 0) & (x != 1)", "simplex": "x < 0",
}

HEAD = """typedef struct {
    ptrdiff_t count;
    void *type;
    char *data;
    int axes;
    ptrdiff_t *shape, *strides;
    void *base, *dtype;
    int flags;
} Array;

static void *known_type, *known_real, *known_label;

void prepare(void *type, void *real, void *label)
{
    known_type = type;
    known_real = real;
    known_label = label;
}

void described(const Array *array, int64_t *seen)
{
    seen[0] = (int64_t)(intptr_t)array->type;
    seen[1] = (int64_t)(intptr_t)array->data;
    seen[2] = array->axes;
    seen[3] = array->shape[0];
    seen[4] = array->strides[array->axes - 1];
    seen[5] = (int64_t)(intptr_t)array->dtype;
    seen[6] = array->flags & 0x501;
}

static inline int is_known(const Array *array, const void *dtype, int flags)
{
    return array->type == known_type && array->dtype == dtype && (array->flags & flags) == flags;
}

static inline int is_apart(const Array *array, ptrdiff_t size, const Array *other, ptrdiff_t taken)
{
    return array->data + size <= other->data || other->data + taken <= array->data;
}
"""


def array_call(design: Design, plan: str, dtype: str, entry: str) -> str:
    """The function of one plan and dtype that takes arrays."""
    return "\n".join(ArrayCall(design, plan, dtype, entry).lines())


class ArrayCall:
    """Writes the function of one plan and dtype that takes arrays."""

    def __init__(self, design: Design, plan: str, dtype: str, entry: str) -> None:
        self.design, self.entry, self.real = design, entry, REALS[dtype]
        self.taken, self.results = design.taken(plan), design.plans[plan]
        self.sizes = signature_of(design, plan).sizes
        self.guarded = bool(design.guards.get(plan))
        self.summed = "value" in self.results  # which may be one number
        self.looked = [line for place, argument in enumerate(self.taken)
                       for line in _looked(place, argument, self.real, self.sizes)]

    def lines(self) -> list[str]:
        """The text."""
        parameters = ["ptrdiff_t first", "ptrdiff_t last", "int how",
                      *(f"const Array *a{n}" for n in range(len(self.taken))),
                      *(f"const Array *r{n}" for n in range(len(self.results))), "double *part"]
        turns = "for (int turn = how & 4 ? 0 : 1; turn < 2; turn++) " if self.looked else ""
        body = [*self.fits(), f"{turns}for (ptrdiff_t at = first; at < end; at += step) {{",
                *(f"    {line}" for line in self.chunk()), "}", *self.end(), "return 0;"]
        return [f"int {self.entry}_arrays(", *(f"    {p}," for p in parameters[:-1]),
                f"    {parameters[-1]})", "{", *(f"    {line}" for line in body), "}", ""]

    def fits(self) -> list[str]:
        """Whether all arrays are as expected; and what is computed once."""
        lines = ["ptrdiff_t n = -1;", *_sizes(self.taken, self.sizes)]
        for place, argument in enumerate(self.taken):
            lines += _argument(place, argument, self.real, self.sizes)
        lines.append("if (n < 1) return 1;")
        for place, result in enumerate(self.results):
            dims = [_dim(d, self.sizes) for d in self.design.results[result][1]]
            lines += _result(place, result, dims, len(self.taken), self.real)
        width = " + ".join(f"size{n}" for n in range(len(self.taken)))
        lines += [f"const ptrdiff_t step = {CHUNK} / ({width}) + 1;",
                  "const ptrdiff_t end = last < 0 ? n : last;",
                  "const int mean = how & 1;", "const double share = mean ? 1.0 / (double)n : 1;",
                  f"const {self.real} weight = ({self.real})share;"]
        if not self.looked:
            lines.append("if (how & 2) return 0;")
        if self.guarded:
            lines.append(f"unsigned char flagged[{CHUNK + 1}];")
        if self.summed:
            lines += ["const int each = r0 && r0->axes == 1;", "double sum[2] = {0, 0};"]
        return lines

    def chunk(self) -> list[str]:
        """Some examples: looked at, and computed."""
        lines = ["const ptrdiff_t m = at + step < end ? step : end - at;"]
        if self.looked:
            lines += ["if (turn == 0 || !(how & 4)) {", *(f"    {b}" for b in self.looked), "}",
                      "if (turn == 0 || how & 2) continue;"]
        if self.guarded:
            lines.append("for (ptrdiff_t k = 0; k < m; k++) flagged[k] = 0;")
        if self.summed:
            lines.append("double total = 0;")
        call = ["m", *self.sizes.values(),
                *(f"p{n} + at * s{n}, s{n}" for n in range(len(self.taken))),
                "mean ? &weight : NULL", "0",
                *(f"q{n} ? q{n} + at * w{n} : NULL" for n in range(len(self.results))),
                "each ? NULL : &total" if self.summed else "NULL",
                "flagged" if self.guarded else "NULL"]
        lines.append(f"if ({self.entry}({', '.join(call)})) return 2;")
        if self.guarded:
            lines += ["int again = 0;", "for (ptrdiff_t k = 0; k < m; k++) again |= flagged[k];",
                      "if (again) return 3;"]
        return [*lines, "if (!each) added(sum, total);"] if self.summed else lines

    def end(self) -> list[str]:
        """What is left when all examples are computed: their sum."""
        if not self.summed:
            return ["(void)part;"]
        return ["if (each || how & 2) return 0;",
                "const double total = (sum[0] + sum[1]) * share;",
                "if (!isfinite(total)) return 4;", "if (part) *part = total;",
                f"else *({self.real} *)r0->data = ({self.real})total;"]


def looks(argument: Argument) -> bool:
    """Whether the values of an argument are looked at."""
    return argument.integral or argument.kind.domain in OUTSIDE


def _dim(dim: Dimension, sizes: Mapping[Dimension, str]) -> str:
    return str(sizes.get(dim) or getattr(dim, "fixed", None) or dim)


def _sizes(taken: Sequence[Argument], sizes: Mapping[Dimension, str]) -> list[str]:
    """The symbolic dimensions, of the first argument that has each."""
    lines = []
    for dim, name in sizes.items():
        place, axis = next((n, a.kind.shape.index(dim)) for n, a in enumerate(taken)
                           if dim in a.kind.shape)
        rank = len(taken[place].kind.shape)
        lines += [f"if (!is_known(a{place}, {_type(taken[place])}, {_CONTIGUOUS}) || "
                  f"a{place}->axes < {rank}) return 1;",
                  f"const ptrdiff_t {name} = a{place}->shape[a{place}->axes - {rank - axis}];"]
    return lines


def _type(argument: Argument) -> str:
    return "known_label" if argument.integral else "known_real"


def _argument(place: int, argument: Argument, real: str, sizes: Mapping[Dimension, str],
              ) -> list[str]:
    """Whether an argument is as expected, its place in memory and the step of its examples."""
    a, dims = f"a{place}", [_dim(d, sizes) for d in argument.kind.shape]
    rank, kind = len(dims), "int64_t" if argument.integral else real
    lines = [f"if (!is_known({a}, {_type(argument)}, {_CONTIGUOUS})) return 1;",
             f"if ({a}->axes == {rank + 1}) {{",
             f"    if (n >= 0 && {a}->shape[0] != n) return 1;", f"    n = {a}->shape[0];",
             f"}} else if ({a}->axes != {rank}) return 1;"]
    lines += [f"if ({a}->shape[{a}->axes - {rank - n}] != {dim}) return 1;"
              for n, dim in enumerate(dims)]
    size = " * ".join(dims) or "1"
    return [*lines, f"const ptrdiff_t size{place} = {size};",
            f"const ptrdiff_t s{place} = {a}->axes == {rank} ? 0 : size{place};",
            f"const {kind} *const p{place} = (const {kind} *){a}->data;"]


def _result(place: int, result: str, dims: list[str], arguments: int, real: str) -> list[str]:
    """Whether an array can take a result, apart from all arguments and from the other results."""
    r, size = f"r{place}", " * ".join(dims) or "1"
    shape = [f"{r}->axes == {len(dims) + 1}", f"{r}->shape[0] == n",
             *(f"{r}->shape[{n}] == {dim}" for n, dim in enumerate(dims, 1))]
    fits = " && ".join(shape)
    if result == "value":
        fits = f"({r}->axes == 0 || ({fits}))"
    apart = [f"is_apart({r}, length, a{n}, (a{n}->axes == 0 ? 1 : n * size{n}) * 8)"
             for n in range(arguments)]
    apart += [f"(!r{n} || is_apart({r}, length, r{n}, (r{n}->axes == 0 ? 1 : n * w{n}) * "
              f"(ptrdiff_t)sizeof({real})))" for n in range(place)]
    optional = f"{r} && " if result == "value" else ""
    inner = [f"const ptrdiff_t length = ({r}->axes == 0 ? 1 : n * w{place}) * "
             f"(ptrdiff_t)sizeof({real});",
             f"if (!is_known({r}, known_real, {_WRITEABLE}) || !({fits})) return 1;",
             *(f"if (!{text}) return 1;" for text in apart)]
    guard = [f"if ({r}) {{", *(f"    {line}" for line in inner), "}"]
    if not optional:
        guard = [f"if (!{r}) return 1;", *guard]
    data = f"{r} && {r}->axes" if result == "value" else r
    return [f"const ptrdiff_t w{place} = {size};", *guard,
            f"{real} *const q{place} = {data} ? ({real} *){r}->data : NULL;"]


def _looked(place: int, argument: Argument, real: str, sizes: Mapping[Dimension, str]) -> list[str]:
    """Leaves the call to the path around where a value is outside of its domain."""
    domain, count = argument.kind.domain, f"(s{place} ? m : 1) * size{place}"
    if argument.integral:
        over = argument.kind.over
        if over is None:
            return ["return 1;"]
        bad, kind = f"(x < 0) | (x >= {_dim(over, sizes)})", "int64_t"
    elif domain in OUTSIDE:
        bad = OUTSIDE[domain].format(floor="floor" if real == "double" else "floorf")
        kind = real
    else:
        return []
    lines = ["{", "    int bad = 0;",
             f"    const {kind} *const here = p{place} + at * s{place};",
             "    _Pragma(\"omp simd reduction(|:bad)\")",
             f"    for (ptrdiff_t k = 0; k < {count}; k++) {{",
             f"        const {kind} x = here[k];", f"        bad |= {bad};", "    }",
             "    if (bad) return 5;"]
    if domain in ("simplex", "onehot"):
        length = _dim(argument.kind.shape[-1], sizes)
        epsilon = "DBL_EPSILON" if real == "double" else "FLT_EPSILON"
        slack = f"(16 + 4 * sqrt((double){length})) * {epsilon}"
        lines += [f"    for (ptrdiff_t k = 0; k < {count}; k += {length}) {{",
                  "        double row = 0;",
                  f"        for (ptrdiff_t j = 0; j < {length}; j++) row += (double)here[k + j];",
                  f"        if (!(fabs(row - 1) <= {slack})) return 5;", "    }"]
    return [*lines, "}"]

