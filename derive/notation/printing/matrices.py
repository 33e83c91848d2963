"""Formulas of one element written with whole vectors and matrices: Wᵀ (d ∘ ∂L/∂h), Σ f gᵀ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Add, Mul, Pow, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import exact, index_dimension, names, occurs
from derive.core.walk import TOP, enter
from derive.functions.function_records import function_of
from derive.notation.printing.matrix_styles import STYLES, Ascii, Unicode
from derive.notation.printing.precedence import ADD, ATOM, CONDITIONAL, MUL, POWER
from derive.notation.printing.terms import ordered_terms, split_fraction

_PRODUCT = POWER


@dataclass(frozen=True)
class Form:
    """A text with its precedence, and the indices over which it is an array: rows, columns."""

    text: str
    level: int
    axes: tuple[Any, ...] = ()


class _Unsaid(Exception):
    """A formula that cannot be said with whole arrays."""


@exact
def in_matrices(node: Any, axes: Sequence[Any], time: Any, style: str = "unicode",
                reserved: Sequence[str] = ()) -> str | None:
    """The formula with whole vectors and matrices, or None where that cannot be said.

    `axes` are the free indices over which it is an array, rows first, at most two; `time` is the
    dimension of the steps; `style` is unicode, latex, mathml or ascii.
    """
    rows = [i for i in axes if isinstance(i, Index) and i.dim != time]
    if len(rows) > 2:
        return None
    try:
        return _Writer(STYLES[style](), time, reserved, node).whole(node, tuple(rows))
    except _Unsaid:
        return None


class _Writer:
    """Writes one formula in one style."""

    def __init__(self, style: Unicode, time: Any, reserved: Sequence[str], node: Any) -> None:
        self.style, self.time = style, time
        self.printer = style.printer((*reserved, *names(node)), time)
        self.ascii = isinstance(style, Ascii)
        self.binders = TOP

    def whole(self, node: Any, axes: tuple[Any, ...]) -> str:
        """The text of an array with exactly these axes."""
        return self.oriented(self.form(node, axes), axes).text

    def oriented(self, form: Form, axes: tuple[Any, ...]) -> Form:
        if form.axes == axes:
            return form
        if form.axes == axes[::-1]:
            return Form(self.style.transposed(self.inside(form, ATOM)), POWER, axes)
        raise _Unsaid

    def inside(self, form: Form, level: int) -> str:
        return form.text if form.level >= level else self.style.brackets(form.text)

    def form(self, node: Any, axes: tuple[Any, ...]) -> Form:
        """A node as an array over those of `axes` that occur in it."""
        if not any(occurs(i, node) for i in axes):
            return Form(*self.printer.show(node))
        for kind in type(node).__mro__:
            if kind in _FORMS:
                found: Form = _FORMS[kind](self, node, axes)
                return found
        raise _Unsaid

    # Leaves

    def element(self, node: Any, axes: tuple[Any, ...]) -> Form:
        lead, rest = self.split(node)
        text, level = self.printer.placed(node.tensor, lead)
        if len(rest) == 2 and rest[1] in axes and rest[0] not in axes:
            if index_dimension(rest[0]) is None or any(occurs(i, rest[0]) for i in axes):
                raise _Unsaid
            hot = self.style.onehot(self.printer.show(rest[0])[0])
            turned = self.style.transposed(text)
            return Form(f"{turned}{self.style.times}{hot}", _PRODUCT, (rest[1],))
        if not all(i in axes for i in rest) or len(set(rest)) != len(rest):
            raise _Unsaid
        return Form(text, POWER if lead and not self.ascii else level, tuple(rest))

    def split(self, node: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The step of an element, if it has one, and its other subscripts."""
        if self.printer.timed(node.tensor):
            return node.indices[:1], node.indices[1:]
        return (), node.indices

    def partial(self, node: Any, axes: tuple[Any, ...]) -> Form:
        body, at = node.args
        if body.args or not isinstance(at, heads.Element):
            raise _Unsaid
        place = self.element(at, axes)
        name = self.printer.show(body)[0]
        level = ATOM if self.ascii else POWER
        return Form(self.style.partial(name, place.text), level, place.axes)

    def delta(self, node: Any, axes: tuple[Any, ...]) -> Form:
        free = [i for i in node.args if i in axes]
        others = [i for i in node.args if i not in axes]
        if len(free) != 1 or any(occurs(i, others[0]) for i in axes):
            raise _Unsaid
        return Form(self.style.onehot(self.printer.show(others[0])[0]), ATOM, tuple(free))

    # Elementwise

    def add(self, node: Any, axes: tuple[Any, ...]) -> Form:
        over = tuple(i for i in axes if occurs(i, node))
        text = ""
        for place, (negative, term) in enumerate(ordered_terms(node)):
            part = self.form(term, axes)
            # A number is added to each entry; a textbook leaves the vector of ones out.
            piece = self.inside(self.oriented(part, over) if part.axes else part, MUL)
            if place == 0:
                text = self.style.sign + piece if negative else piece
            else:
                text += (self.style.minus if negative else self.style.plus) + piece
        return Form(text, ADD, over)

    def mul(self, node: Any, axes: tuple[Any, ...]) -> Form:
        negative, above, below = split_fraction(node)
        if any(occurs(i, b) for b in below for i in axes):
            raise _Unsaid
        found = self.product(above, axes)
        if below:
            under = self.printer.show(Mul(*below))
            bottom = under[0] if under[1] > MUL else self.style.brackets(under[0])
            found = Form(self.style.over(self.inside(found, MUL), bottom), MUL, found.axes)
        sign = self.style.sign if negative else ""
        return Form(f"{sign}{self.inside(found, MUL)}", MUL, found.axes) if negative else found

    def product(self, factors: Sequence[Any], axes: tuple[Any, ...]) -> Form:
        """Numbers, then the elementwise product; vectors of rows and columns make an outer one."""
        forms = [self.form(f, axes) for f in factors]
        numbers = [f for f in forms if not f.axes]
        over = tuple(i for i in axes if any(i in f.axes for f in forms))
        groups = {key: [f for f in forms if f.axes and set(f.axes) == set(key)]
                  for key in (over, over[:1], over[1:]) if key}
        both = [self.oriented(f, over) for f in groups.get(over, [])]
        if len(over) == 2:
            left, right = (self.hadamard(groups[k]) for k in (over[:1], over[1:]))
            if left is not None and right is not None:
                both.append(self.outer(left, right, over))
            elif left is not None or right is not None:
                raise _Unsaid
        joined = self.hadamard(both)
        scale = [self.inside(n, POWER) for n in numbers]
        if joined is None:
            return Form(self.style.space.join(scale), MUL)
        if not scale:
            return joined
        return Form(self.style.link.join([*scale, self.inside(joined, _PRODUCT)]), MUL, joined.axes)

    def hadamard(self, forms: Sequence[Form]) -> Form | None:
        if len(forms) < 2:
            return forms[0] if forms else None
        text = self.style.elementwise.join(self.inside(f, _PRODUCT) for f in forms)
        return Form(text, MUL, forms[0].axes)

    def outer(self, left: Form, right: Form, over: tuple[Any, ...]) -> Form:
        if self.ascii:
            return Form(f"outer({left.text}, {right.text})", ATOM, over)
        turned = self.style.transposed(self.inside(right, ATOM))
        return Form(f"{self.inside(left, POWER)}{self.style.times}{turned}", _PRODUCT, over)

    def power(self, node: Any, axes: tuple[Any, ...]) -> Form:
        base, exponent = node.args
        if not exponent.is_Integer or exponent < 0:
            raise _Unsaid
        inner = self.form(base, axes)
        text = inner.text if inner.level >= ATOM else self.style.brackets(inner.text)
        return Form(self.style.power(text, str(exponent)), POWER, inner.axes)

    def apply(self, node: Any, axes: tuple[Any, ...]) -> Form:
        families = [a for a in node.args[1:] if isinstance(a, heads.Lam)]
        if not families:
            inner = [self.form(a, axes) for a in node.args[1:]]
            over = tuple(i for i in axes if occurs(i, node))
            if any(f.axes not in ((), over) for f in inner):
                raise _Unsaid
            text = self.printer.function(function_of(node), [f.text for f in inner])[0]
            return Form(text, ATOM, over)
        if len(node.args) != 3 or node.args[2] not in axes or any(
                occurs(i, families[0]) for i in axes):
            raise _Unsaid
        index, body, where = self.open(families[0])
        if where is not true:
            raise _Unsaid
        inside = self.oriented(self.form(body, (index,)), (index,))
        text = self.printer.function(function_of(node), [inside.text])[0]
        return Form(text, ATOM, (node.args[2],))

    def conditional(self, node: Any, axes: tuple[Any, ...]) -> Form:
        test, yes, no = node.args
        if any(occurs(i, test) for i in axes):
            raise _Unsaid
        over = tuple(i for i in axes if occurs(i, node))
        sides = [self.form(a, axes) for a in (yes, no)]
        texts = [self.oriented(f, over) if f.axes else f for f in sides]
        shown = self.printer.show(test)[0]
        if self.style.braces:
            return Form(self.style.cases(texts[0].text, shown, texts[1].text), ATOM, over)
        first = self.inside(texts[0], ADD)
        return Form(self.style.cases(first, shown, texts[1].text), CONDITIONAL, over)

    # Sums

    def open(self, lam: heads.Lam) -> tuple[Index, Any, Any]:
        if lam.dim == self.time:
            return self.printer.named(lam)
        index, body, where, self.binders = enter(lam, self.binders)
        return index, body, where

    def sum(self, node: Any, axes: tuple[Any, ...]) -> Form:
        index, body, where = self.open(node.family)
        if where is not true:
            raise _Unsaid
        if node.family.dim == self.time:
            return self.over_time(index, body, axes)
        over = tuple(i for i in axes if occurs(i, body))
        factors = list(body.args) if isinstance(body, Mul) else [body]
        inner = [f for f in factors if occurs(index, f)]
        rest = [f for f in factors if not occurs(index, f)]
        found = self.contraction([self.form(f, (*axes, index)) for f in inner], index)
        if not rest:
            return found
        outside = self.product(rest, axes)
        if not outside.axes or not found.axes or set(outside.axes) == set(found.axes):
            both = self.hadamard([self.oriented(f, over) for f in (outside, found) if f.axes])
            if outside.axes and both is not None:
                return both
            scale, rest_of = self.inside(outside, POWER), self.inside(found, _PRODUCT)
            return Form(f"{scale}{self.style.space}{rest_of}", MUL, found.axes)
        if len(over) == 2 and len(outside.axes) == len(found.axes) == 1:
            pair = (outside, found) if outside.axes == over[:1] else (found, outside)
            return self.outer(*pair, over)
        raise _Unsaid

    def contraction(self, forms: Sequence[Form], index: Any) -> Form:
        """Σ over an index of matrices and vectors: a product of them."""
        vector = self.hadamard([f for f in forms if f.axes == (index,)])
        wide = [f for f in forms if len(f.axes) == 2]
        if len(wide) == 1 and vector is not None and index in wide[0].axes:
            other = next(i for i in wide[0].axes if i != index)
            matrix = self.inside(self.oriented(wide[0], (other, index)), POWER)
            return Form(f"{matrix}{self.style.times}{self.inside(vector, _PRODUCT)}", _PRODUCT,
                        (other,))
        vectors = [f for f in forms if f.axes == (index,)]
        if not wide and len(vectors) == len(forms) >= 2:
            left, right = vectors[0], self.hadamard(vectors[1:]) or vectors[1]
            start = self.inside(left, ATOM)
            turned = start if self.ascii else self.style.transposed(start)
            return Form(f"{turned}{self.style.times}{self.inside(right, _PRODUCT)}", _PRODUCT)
        raise _Unsaid

    def over_time(self, index: Index, body: Any, axes: tuple[Any, ...]) -> Form:
        over = tuple(i for i in axes if occurs(i, body))
        with self.printer.inside_binder(index):
            inner = self.oriented(self.form(body, axes), over) if over else self.form(body, axes)
        if self.ascii:
            return Form(f"sum({inner.text} for {index.name} in {index.dim})", ATOM, over)
        text = self.inside(inner, MUL)
        if text.startswith(self.style.sign):
            text = self.style.brackets(text)
        return Form(self.style.sum(index.name, text), MUL, over)


_FORMS: dict[type, Any] = {
    heads.Element: _Writer.element, heads.Partial: _Writer.partial, heads.Delta: _Writer.delta,
    Add: _Writer.add, Mul: _Writer.mul, Pow: _Writer.power, heads.Apply: _Writer.apply,
    heads.Cond: _Writer.conditional, heads.Sum: _Writer.sum,
}
