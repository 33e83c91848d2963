"""The declarations that a formula makes certain: arrays over what their indices run over."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from derive.notation.latex_in import tree
from derive.notation.latex_in.axis_classes import Place
from derive.notation.latex_in.indices import is_delta, linear
from derive.notation.latex_in.latex_counts import bound_symbols, ordered_indices
from derive.notation.latex_in.latex_equations import Equation, equations_of
from derive.notation.latex_in.latex_reader import defined_name
from derive.notation.latex_in.name_uses import ADVICE, Bound, NameUses
from derive.notation.latex_in.names import Names, all_names
from derive.notation.latex_in.statements import read_display
from derive.notation.reading.scope import Scope

_FONTS = ("\\mathbf", "\\boldsymbol", "\\bm", "\\vec", "\\pmb")
_RUNNING = "hijklmnpqr"  # letters of indices rather than of labels


def infer_declarations(text: str, scope: Scope | None = None) -> tuple[str, ...]:
    """Declarations of the names that nothing in a scope declares, as lines of the notation.

    A name with subscripts is an array of real numbers, a subscript that nothing binds is a label
    (an index where it stands on the left too), other names are real numbers; an index k runs over K
    where no upper bound tells.
    Raises NotationError at what is not certain, with what to declare.
    """
    names = Names(text, scope or Scope())
    equations, _ = equations_of(text, read_display(text), names)
    entry = _Inference(names)
    for equation in equations:
        entry.equation(equation, equation is equations[-1])
    return entry.lines()


class _Inference(NameUses):
    """The parts of a formula, each taken in by its type."""

    def equation(self, equation: Equation, last: bool) -> None:
        """Takes in a definition, or the formula."""
        bound: Bound = {}
        label = equation.label
        if label is not None and not last:
            name, indices = defined_name(label, equation.body)
            self.defined[name] = len(indices)
            bound = {all_names(index)[0]: (name, axis) for axis, index in enumerate(indices)}
        elif label is not None:
            starts = [linear(part)[0] for part in label.below]
            self.left = {n for start in starts if isinstance(start, tree.Symbol)
                         for n in all_names(start)}
        self.letters_of(equation.body)
        self.visit(equation.body, bound)

    def visit(self, node: tree.Node, bound: Bound) -> None:
        """Takes in a part of the formula; `bound` are the indices around it."""
        _READERS.get(type(node), _Inference.parts)(self, node, bound)

    def parts(self, node: tree.Node, bound: Bound) -> None:
        for child in node.children():
            self.visit(child, bound)

    def uncertain(self, node: tree.Node, bound: Bound) -> None:
        for part in node.walk():
            if isinstance(part, tree.Factors):
                self.check_calls(part, bound)
        if self.open_names(node, bound):
            raise self.error(node, f"what stands here is not certain; {ADVICE}")

    def bracket(self, node: tree.Bracket, bound: Bound) -> None:
        """Takes in what stands in brackets, or in a bold font."""
        bold = self.names.text.startswith(_FONTS, node.start)
        (self.uncertain if bold else self.parts)(node, bound)

    def call(self, node: tree.Call, _bound: Bound) -> None:
        raise self.names.unknown_call(node)

    def transposed(self, node: tree.Transposed, bound: Bound) -> None:
        """A transposed name that stands alone in a product: a vector."""
        self.vector_place(node.body, bound)

    def bars(self, node: tree.Bars, bound: Bound) -> None:
        doubled = node.kind == "abs" and isinstance(node.body, tree.Bars)
        if node.kind == "norm" or doubled:
            self.vector_place(node.body.body if isinstance(node.body, tree.Bars) else node.body,
                              bound)
        else:
            self.parts(node, bound)

    def inner(self, node: tree.Inner, bound: Bound) -> None:
        self.same_vectors(node, (node.left, node.right), bound)

    def same_vectors(self, node: tree.Node, sides: tree.Nodes, bound: Bound) -> None:
        """Two vectors of the same length."""
        if not self.open_names(node, bound):
            return
        self.same_places(sides, bound)

    def vector_place(self, node: tree.Node, bound: Bound) -> Place:
        """The axis of a vector: a name, a row of an array, or a sum of such."""
        while isinstance(node, tree.Bracket) and len(node.items) == 1:
            node = node.items[0]
        if isinstance(node, tree.Terms):
            return self.same_places([term for _, term in node.terms], bound)
        base = node.base if isinstance(node, tree.Scripted) and node.power is None else node
        if not isinstance(base, tree.Symbol):
            self.uncertain(node, bound)
            return self.fresh()
        parts = self.subscripts(node) if isinstance(node, tree.Scripted) else ()
        known = self.declared(base, node.below if isinstance(node, tree.Scripted) else ())
        if known is not None:
            rest, axes = self.use(known, node, bound), known[2]
            return self.fixed((known[0], len(rest)), axes[len(rest)]) if len(axes) > len(rest) \
                else self.fresh()
        name = all_names(base)[0]
        self.rank(name, len(parts) + 1, node)
        for axis, part in enumerate(parts):
            self.place(part, (name, axis), bound)
        return name, len(parts)

    def terms(self, node: tree.Terms, bound: Bound) -> None:
        """Takes in terms; beside a declared matrix, I is the unit matrix."""
        for _, term in node.terms:
            parts = tuple(p for _, p in term.factors) if isinstance(term, tree.Factors) else (term,)
            if isinstance(parts[-1], tree.Symbol) and parts[-1].sign == "I" and any(
                    self.is_matrix(p) for _, other in node.terms for p in other.walk()):
                parts = parts[:-1]
            elif len(parts) > 1:
                parts = (term,)
            for part in parts:
                self.visit(part, bound)

    def factors(self, node: tree.Factors, bound: Bound) -> None:
        self.check_calls(node, bound)
        self.check_words(node, bound)
        parts = [part for _, part in node.factors]
        skip: set[int] = set()
        for place, (left, right) in enumerate(itertools.pairwise(parts)):
            self.check_prime(left, right, bound)
            if isinstance(left, tree.Transposed):
                self.same_vectors(node, (left.body, right), bound)
                skip |= {place, place + 1}
        for place, part in enumerate(parts):
            if place not in skip:
                self.visit(part, bound)

    def applied(self, node: tree.Applied, bound: Bound) -> None:
        if not self.of_vector(node):
            self.parts(node, bound)
            return
        for argument in node.arguments:
            self.vector(argument, node.below, bound)

    def check_calls(self, node: tree.Factors, bound: Bound) -> None:
        """A letter before a bracket may be a function."""
        for (_, left), (sign, right) in zip(node.factors, node.factors[1:], strict=False):
            if sign == "" and right.start == left.end and isinstance(left, tree.Symbol) and \
                    isinstance(right, tree.Bracket) and self.open_names(left, bound):
                raise self.error(left, f"{all_names(left)[0]} may be a variable or a function; "
                                 f"declare it, as in {all_names(left)[0]}: real")

    def big(self, node: tree.Big, bound: Bound) -> None:
        """Binds the indices of a big operator."""
        inner = dict(bound)
        if not node.binders and not node.where:
            self.evident(node, inner)
        ordered = ordered_indices(node)
        for symbol in ordered:
            self.bind(symbol, node, inner)
        for part in () if ordered else node.binders:
            first = part.items[0] if isinstance(part, tree.Comparison) else part
            if not isinstance(first, tree.Symbol):
                raise self.error(part, f"which index runs is not certain; {ADVICE}")
            place = self.bind(first, node, inner)
            if isinstance(part, tree.Comparison) and part.relations not in (("==",), ("in",)):
                self.compared_index(part.items[1], place, inner)
        for where in node.where:
            self.visit(where, inner)
        self.visit(node.body, inner)

    def compared_index(self, other: tree.Node, place: Place, inner: Bound) -> None:
        """What a bound index differs from: a label, unless it may be a second index."""
        name = all_names(other)[0] if isinstance(other, tree.Symbol) else ""
        if name and name in _RUNNING and name not in {*inner, *self.left, *self.labels} and \
                self.open_names(other, inner):
            raise self.error(other, f"{name} may run too, or be one place; write a sum for each, "
                             f"or declare it, as in {name}: index(K)")
        self.place(other, place, inner)

    def evident(self, node: tree.Big, inner: Bound) -> None:
        """Binds the one subscript of the body that nothing binds, for a sum without an index."""
        taken = {*inner, *self.labels, *self.names.scope.names} | {
            n for part in node.body.walk() if isinstance(part, tree.Big)
            for symbol in bound_symbols(part) for n in all_names(symbol)}
        symbols = {all_names(p)[0]: p for part in node.body.walk()
                   if isinstance(part, tree.Scripted) for p in self.subscripts(part)
                   if isinstance(p, tree.Symbol) and not p.word and all_names(p)[0] not in taken}
        if len(symbols) != 1:
            raise self.error(node, "which index this runs over is not certain; write it below the "
                             "sign, as in \\sum_i")
        self.bind(next(iter(symbols.values())), node, inner)

    def bind(self, symbol: tree.Symbol, node: tree.Big, inner: Bound) -> Place:
        """Binds an index; its letter is that of the upper bound, or its own as a capital."""
        self.binders += 1
        name = all_names(symbol)[0]
        place = inner[name] = (f"{name}\u00b7{self.binders}", 0)
        upper = linear(node.upper)[0] if node.upper is not None else None
        if isinstance(upper, tree.Symbol) and all_names(upper)[0] not in inner:
            self.axes.count(place, all_names(upper)[0], self.names.scope.dims)
        elif node.upper is None and self.counted_by_n:
            self.axes.count(place, "n", self.names.scope.dims)
        elif upper is None and node.upper is None:
            self.axes.letters[self.axes.root(place)] = \
                name[0].upper() if len(name) == 1 or "_" in name else ""
        elif self.open_names(node.body, inner):
            raise self.error(node.upper or node, f"{ADVICE.replace('it', 'the arrays', 1)}")
        return place

    def scripted(self, node: tree.Scripted, bound: Bound) -> None:
        """Takes in a name with subscripts."""
        if node.power is not None:
            self.visit(node.power, bound)
        parts = self.subscripts(node)
        if isinstance(node.base, tree.Symbol):
            known = self.declared(node.base, node.below)
            if known is not None:
                self.use(known, node, bound)
            elif is_delta(node):
                self.join(node, parts, bound)
            elif parts:
                self.array(node, node.base, parts, bound)
            else:
                self.visit(node.base, bound)
        elif isinstance(node.base, tree.Applied) and self.of_vector(node.base):
            for argument in node.base.arguments:
                self.vector(argument, node.below, bound)
        elif not parts or isinstance(node.base, (tree.Bars, tree.Call)):
            self.visit(node.base, bound)
        else:
            self.uncertain(node, bound)

    def array(self, node: tree.Scripted, base: tree.Symbol, parts: tree.Nodes, bound: Bound,
              ) -> None:
        """Takes in an undeclared name with subscripts."""
        name = all_names(base)[0]
        if all(isinstance(p, tree.Number) for p in parts) and name not in self.lettered:
            self.rank("_".join((name, *(p.text for p in parts if isinstance(p, tree.Number)))), 0,
                      node)
            return
        if all(isinstance(p, tree.Symbol) and p.word for p in parts):
            raise self.error(node, "a name with a word below; declare it, as in p_model: real")
        self.rank(name, len(parts), node)
        for axis, part in enumerate(parts):
            self.place(part, (name, axis), bound)

    def vector(self, node: tree.Node, below: tree.Nodes, bound: Bound) -> None:
        """Takes in an argument of a function of whole vectors."""
        if not self.open_names(node, bound) and not below:
            return
        place = self.vector_place(node, bound)
        for part in below:
            self.place(part, place, bound)

    def scalar(self, node: tree.Symbol, bound: Bound) -> None:
        name = all_names(node)[0]
        if name in bound and self.open_axis(bound[name]):
            raise self.error(node, "an index as a number; declare the arrays, as in o: real[K]")
        if node.sign in ("\\pi", "e") or name in bound or self.declared(node, ()) is not None \
                or self.names.length(name) is not None:
            return
        self.check_mean(node)
        if any(font in self.names.text[node.start : node.end] for font in _FONTS):
            raise self.error(node, f"{name} is a vector or a matrix; declare {name}: real[K]")
        self.rank(name, 0, node)

    def compared(self, node: tree.Indicator | tree.Comparison, bound: Bound) -> None:
        parts = node.parts if isinstance(node, tree.Indicator) else node.items
        if isinstance(node, tree.Indicator) and len(parts) == 1:
            self.visit(parts[0], bound)
        elif len(parts) == 2 and any(self.is_index(p, bound) for p in parts):
            self.join(node, parts, bound)
        else:
            for part in parts:
                self.visit(part, bound)


_READERS: dict[type, Callable[[_Inference, Any, Bound], None]] = {
    tree.Big: _Inference.big, tree.Scripted: _Inference.scripted, tree.Symbol: _Inference.scalar,
    tree.Indicator: _Inference.compared, tree.Comparison: _Inference.compared,
    tree.Transposed: _Inference.transposed, tree.Derivative: _Inference.uncertain,
    tree.Integral: _Inference.uncertain,
    tree.Bars: _Inference.bars, tree.Factors: _Inference.factors, tree.Applied: _Inference.applied,
    tree.Bracket: _Inference.bracket,
    tree.Inner: _Inference.inner, tree.Terms: _Inference.terms, tree.Call: _Inference.call,
}
