"""Formulas of one element written with whole vectors and matrices: Wᵀ (d ∘ ∂L/∂h), Σ f gᵀ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sympy import Add, Expr, Mul, Pow, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.exact import exact
from derive.core.indexing import index_dimension, names, occurs
from derive.core.walk import TOP, enter
from derive.functions.function_records import function_of
from derive.notation.operator_table import ADD, ATOM, CONDITIONAL, MUL, POWER
from derive.notation.printing.latex import LATEX
from derive.notation.printing.mathml import MATHML
from derive.notation.printing.plain import PLAIN
from derive.notation.printing.pretty import PRETTY
from derive.notation.printing.print_order import ordered_terms, split_fraction
from derive.notation.printing.print_target import Target
from derive.notation.printing.printer import Printer

TARGETS: dict[str, Target] = {"unicode": PRETTY, "latex": LATEX, "mathml": MATHML, "ascii": PLAIN}
Axes = tuple[Expr, ...]


@dataclass(frozen=True)
class Form:
    """A text with its precedence, and the indices over which it is an array: rows, columns."""

    text: str
    level: int
    axes: Axes = ()


class _Unsaid(Exception):
    """A formula that cannot be said with whole arrays."""


@exact
def in_matrices(node: Expr, axes: Sequence[Expr], time: Expr | None, style: str = "unicode",
                reserved: Sequence[str] = ()) -> str | None:
    """The formula with whole vectors and matrices, or None where that cannot be said.

    `axes` are the free indices over which it is an array, rows first, at most two; `time` is the
    dimension of the steps; `style` is unicode, latex, mathml or ascii.
    """
    rows = tuple(i for i in axes if isinstance(i, Index) and i.dim != time)
    if len(rows) > 2:
        return None
    writer = _Writer(TARGETS[style], time, reserved, node)
    try:
        return writer.oriented(writer.form(node, rows), rows).text
    except _Unsaid:
        return None


def partial_of(style: str, quantity: str, place: str) -> str:
    """∂L/∂W in a style, of texts in that style."""
    return TARGETS[style].partial(quantity, place)


def _require(condition: object) -> None:
    if not condition:
        raise _Unsaid


def _over(axes: Axes, *nodes: Expr) -> Axes:
    """Those of some axes that occur in a formula."""
    return tuple(i for i in axes if any(occurs(i, node) for node in nodes))


class _Writer:
    """Writes one formula in one target."""

    def __init__(self, target: Target, time: Expr | None, reserved: Sequence[str], node: Expr,
                 ) -> None:
        self.target, self.time = target, time
        self.signs, self.arrays = target.signs, target.arrays
        self.printer = Printer(target, (*reserved, *names(node)), time)
        self.binders = TOP

    def oriented(self, form: Form, axes: Axes) -> Form:
        """An array with exactly these axes, turned where they are exchanged."""
        if form.axes == axes:
            return form
        _require(form.axes == axes[::-1])
        return Form(self.arrays.transposed(self.inside(form, ATOM)), POWER, axes)

    def spread(self, form: Form, axes: Axes) -> Form:
        """A number as it is; a textbook leaves the vector of ones out."""
        return self.oriented(form, axes) if form.axes else form

    def inside(self, form: Form, level: int) -> str:
        return self.printer.bracketed((form.text, form.level), level)

    def form(self, node: Expr, axes: Axes) -> Form:
        """A node as an array over those of `axes` that occur in it."""
        if not _over(axes, node):
            return Form(*self.printer.show(node))
        for kind in type(node).__mro__:
            if kind in _FORMS:
                return _FORMS[kind](self, node, axes)
        raise _Unsaid

    # Leaves

    def element(self, node: Expr, axes: Axes) -> Form:
        steps = int(self.printer.timed(node.tensor))
        lead, rest = node.indices[:steps], node.indices[steps:]
        text, level = self.printer.placed(node.tensor, lead)
        if len(rest) == 2 and rest[1] in axes and rest[0] not in axes:
            _require(index_dimension(rest[0]) is not None and not _over(axes, rest[0]))
            hot = self.arrays.onehot(self.printer.show(rest[0])[0])
            turned = self.arrays.transposed(text)
            return Form(f"{turned}{self.arrays.times}{hot}", POWER, (rest[1],))
        _require(all(i in axes for i in rest) and len(set(rest)) == len(rest))
        return Form(text, POWER if lead and not self.target.reparsed else level, tuple(rest))

    def partial(self, node: Expr, axes: Axes) -> Form:
        body, at = node.args
        _require(not body.args and isinstance(at, heads.Element))
        place = self.element(at, axes)
        level = ATOM if self.target.reparsed else POWER
        return Form(self.target.partial(self.printer.show(body)[0], place.text), level, place.axes)

    def delta(self, node: Expr, axes: Axes) -> Form:
        free = tuple(i for i in node.args if i in axes)
        others = [i for i in node.args if i not in axes]
        _require(len(free) == 1 and not _over(axes, *others))
        return Form(self.arrays.onehot(self.printer.show(others[0])[0]), ATOM, free)

    # Elementwise

    def add(self, node: Expr, axes: Axes) -> Form:
        over = _over(axes, node)
        text = ""
        for place, (negative, term) in enumerate(ordered_terms(node)):
            part = self.inside(self.spread(self.form(term, axes), over), MUL)
            if place == 0:
                text = self.signs["-"] + part if negative else part
            else:
                text += self.signs["minus" if negative else "plus"] + part
        return Form(text, ADD, over)

    def mul(self, node: Expr, axes: Axes) -> Form:
        negative, above, below = split_fraction(node)
        _require(not _over(axes, *below))
        result = self.product(above, axes)
        if below:
            bottom = self.printer.bracketed(self.printer.show(Mul(*below)), POWER)
            result = Form(self.arrays.over(self.inside(result, MUL), bottom), MUL, result.axes)
        if not negative:
            return result
        return Form(self.signs["-"] + self.inside(result, MUL), MUL, result.axes)

    def product(self, factors: Sequence[Expr], axes: Axes) -> Form:
        """Numbers, then the elementwise product; vectors of rows and columns make an outer one."""
        forms = [self.form(f, axes) for f in factors]
        over = tuple(i for i in axes if any(i in f.axes for f in forms))
        full = [self.oriented(f, over) for f in forms if f.axes and len(f.axes) == len(over)]
        full += self.outer_part(forms, over) if len(over) == 2 else []
        joined = self.hadamard(full)
        scale = [self.inside(f, POWER) for f in forms if not f.axes]
        if joined is None:
            return Form(self.arrays.space.join(scale), MUL)
        if not scale:
            return joined
        return Form(self.arrays.link.join([*scale, self.inside(joined, POWER)]), MUL, joined.axes)

    def outer_part(self, forms: Sequence[Form], over: Axes) -> list[Form]:
        """The outer product of the vectors over rows and those over columns, if there are any."""
        left, right = (self.hadamard([f for f in forms if f.axes == (i,)]) for i in over)
        _require((left is None) == (right is None))
        return [] if left is None or right is None else [self.outer(left, right, over)]

    def hadamard(self, forms: Sequence[Form]) -> Form | None:
        if len(forms) < 2:
            return forms[0] if forms else None
        text = self.arrays.elementwise.join(self.inside(f, POWER) for f in forms)
        return Form(text, MUL, forms[0].axes)

    def outer(self, left: Form, right: Form, over: Axes) -> Form:
        if self.target.reparsed:
            return Form(f"outer({left.text}, {right.text})", ATOM, over)
        turned = self.arrays.transposed(self.inside(right, ATOM))
        return Form(f"{self.inside(left, POWER)}{self.arrays.times}{turned}", POWER, over)

    def power(self, node: Expr, axes: Axes) -> Form:
        base, exponent = node.args
        _require(exponent.is_Integer and exponent >= 0)
        inner = self.form(base, axes)
        above = self.target.digits(str(exponent)), ATOM
        return Form(self.target.power(self.inside(inner, ATOM), above), POWER, inner.axes)

    def apply(self, node: Expr, axes: Axes) -> Form:
        if any(isinstance(a, heads.Lam) for a in node.args):
            return self.vector_function(node, axes)
        over = _over(axes, node)
        inner = [self.form(a, axes) for a in node.args[1:]]
        _require(all(f.axes in ((), over) for f in inner))
        return Form(self.printer.function(function_of(node), [f.text for f in inner])[0], ATOM,
                    over)

    def vector_function(self, node: Expr, axes: Axes) -> Form:
        """A function of a whole vector with one element of its value taken: softmax(o)[i]."""
        _, family, *at = node.args
        _require(len(at) == 1 and at[0] in axes and isinstance(family, heads.Lam)
                 and not _over(axes, family))
        index, body = self.open(family)
        inner = self.oriented(self.form(body, (index,)), (index,))
        return Form(self.printer.function(function_of(node), [inner.text])[0], ATOM, (at[0],))

    def conditional(self, node: Expr, axes: Axes) -> Form:
        test, *branches = node.args
        _require(not _over(axes, test))
        over = _over(axes, node)
        yes, no = (self.spread(self.form(b, axes), over) for b in branches)
        shown = self.printer.show(test)[0]
        if self.target.cases is not None:
            return Form(self.target.cases([(yes.text, shown)], no.text), ATOM, over)
        return Form(f"{self.inside(yes, ADD)} if {shown} else {no.text}", CONDITIONAL, over)

    # Sums

    def open(self, lam: heads.Lam) -> tuple[Index, Expr]:
        """Index and body of a binder without a filter."""
        if lam.dim == self.time:
            index, body, where = self.printer.named(lam)
        else:
            index, body, where, self.binders = enter(lam, self.binders)
        _require(where is true)
        return index, body

    def sum(self, node: Expr, axes: Axes) -> Form:
        index, body = self.open(node.family)
        if node.family.dim == self.time:
            return self.over_time(index, body, axes)
        factors = body.args if isinstance(body, Mul) else (body,)
        rest = [f for f in factors if not occurs(index, f)]
        inner = self.contraction([self.form(f, (*axes, index)) for f in factors
                                  if occurs(index, f)], index)
        return self.scaled(self.product(rest, axes), inner, _over(axes, body)) if rest else inner

    def scaled(self, outside: Form, inner: Form, over: Axes) -> Form:
        """What does not depend on the index of a sum, times the sum."""
        if outside.axes and inner.axes and set(outside.axes) != set(inner.axes):
            _require(len(over) == 2 and len(outside.axes) == len(inner.axes) == 1)
            return self.outer(*((outside, inner) if outside.axes == over[:1] else
                                (inner, outside)), over)
        if outside.axes:
            both = self.hadamard([self.oriented(f, over) for f in (outside, inner) if f.axes])
            assert both is not None
            return both
        text = f"{self.inside(outside, POWER)}{self.arrays.space}{self.inside(inner, POWER)}"
        return Form(text, MUL, inner.axes)

    def contraction(self, forms: Sequence[Form], index: Expr) -> Form:
        """Σ over an index of matrices and vectors: a product of them."""
        vectors = [f for f in forms if f.axes == (index,)]
        wide = [f for f in forms if len(f.axes) == 2]
        if not wide:
            _require(len(vectors) == len(forms) >= 2)
            start, right = self.inside(vectors[0], ATOM), self.hadamard(vectors[1:])
            left, axes = start if self.target.reparsed else self.arrays.transposed(start), ()
        else:
            right = self.hadamard(vectors)
            _require(len(wide) == 1 and index in wide[0].axes)
            axes = tuple(i for i in wide[0].axes if i != index)
            left = self.inside(self.oriented(wide[0], (*axes, index)), POWER)
        if right is None:
            raise _Unsaid
        return Form(f"{left}{self.arrays.times}{self.inside(right, POWER)}", POWER, axes)

    def over_time(self, index: Index, body: Expr, axes: Axes) -> Form:
        over = _over(axes, body)
        with self.printer.inside_binder(index):
            inner = self.form(body, axes)
            inner = self.oriented(inner, over) if over else inner
        if self.target.reparsed:
            return Form(f"sum({inner.text} for {index.name} in {index.dim})", ATOM, over)
        text = self.inside(inner, MUL)
        if text.startswith(self.signs["-"]):
            text = self.printer.brackets(text)
        sign = self.target.under(self.signs[heads.Sum], self.target.name(index.name))
        return Form(f"{sign}{self.target.space}{text}", MUL, over)


_FORMS: dict[type, Callable[[_Writer, Expr, Axes], Form]] = {
    heads.Element: _Writer.element, heads.Partial: _Writer.partial, heads.Delta: _Writer.delta,
    Add: _Writer.add, Mul: _Writer.mul, Pow: _Writer.power, heads.Apply: _Writer.apply,
    heads.Cond: _Writer.conditional, heads.Sum: _Writer.sum,
}
