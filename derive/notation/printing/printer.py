"""The walk over a formula that every kind of print shares.

A printer turns an expression into one text with its precedence, from which brackets follow:
order of terms, signs, fractions, and names of bound indices stand here, once. What differs
between kinds of print stands in their tables (`Target`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from sympy import Add, EulerGamma, Expr, Mul, Pow, Rational, pi, true
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.core import heads
from derive.core.atoms import Index, Named, Tensor
from derive.core.exact import exact
from derive.core.indexing import names
from derive.core.walk import instantiate
from derive.functions.function_records import Function, function_named, function_of
from derive.limits import tick
from derive.notation.operator_table import ADD, ATOM, CONDITIONAL, MUL, OR, POWER
from derive.notation.printing.array_forms import Written, array_formula, matrix_product
from derive.notation.printing.index_letters import LETTERS, OWN_LETTER, name_opened, unbracketed
from derive.notation.printing.matrix_texts import function_of_matrix
from derive.notation.printing.print_order import ordered_terms, split_fraction
from derive.notation.printing.print_target import Target, Text
from derive.notation.printing.solution_texts import solution


class Printer:
    """Prints expressions in a target; `reserved` names are not given to bound indices.

    `time` is the dimension of the steps of a recurrent model, whose index a textbook sets apart.
    """

    def __init__(self, target: Target, reserved: Iterable[str] = (), time: Expr | None = None,
                 ) -> None:
        self.target, self.signs = target, target.signs
        self.reserved, self.time = frozenset(reserved), time
        self.enclosing: list[str] = []  # free names, and those of the binders around the place

    @exact
    def __call__(self, node: Expr) -> str:
        """The text of an expression or condition."""
        node = name_opened(node, self.reserved)
        self.enclosing = list(names(node))
        return self.show(node)[0]

    def show(self, node: Expr) -> Text:
        """The text of a node and its precedence."""
        tick("writing formulas")
        form = self.target.looked_up.get(type(node)) or self.form_of(type(node))
        text = form(self, node)
        return text if self.target.finish is None else self.target.finish(node, text)

    def form_of(self, kind: type) -> Callable[[Printer, Expr], Text]:
        """What prints nodes of a type: a form of the target, or the one that all share."""
        for base in kind.__mro__:
            for table in (self.target.forms, _FORMS):
                if base in table:
                    return self.target.looked_up.setdefault(kind, table[base])
        raise TypeError(f"cannot print {kind.__name__}")

    def inside(self, node: Expr, level: int) -> str:
        """The text of a node, bracketed where its precedence is below `level`."""
        return self.bracketed(self.show(node), level)

    def bracketed(self, text: Text, level: int) -> str:
        """A text, in brackets where its precedence is below `level`."""
        return text[0] if text[1] >= level else self.brackets(text[0])

    def brackets(self, text: str) -> str:
        """A text in round brackets."""
        return self.target.fenced("(", text, ")")

    # Sums, products, powers

    def number(self, node: Expr) -> Text:
        sign = self.signs["-"] if node.p < 0 else ""
        text: Text = (self.target.digits(str(abs(node.p))), ATOM)
        if node.q != 1:
            text = self.fraction(text, (self.target.digits(str(node.q)), ATOM))
        return (sign + text[0], MUL) if sign else text

    def add(self, node: Expr) -> Text:
        text = ""
        for place, (negative, term) in enumerate(ordered_terms(node)):
            part = self.inside(term, MUL)
            if place == 0 and negative:
                part = self.after_sign(self.show(term))
            if place == 0:
                text = self.signs["-"] + part if negative else part
            else:
                text += self.signs["minus" if negative else "plus"] + part
        return text, ADD

    def mul(self, node: Expr) -> Text:
        negative, above, below = split_fraction(node)
        sign = self.signs["-"] if negative else ""
        if not below:
            return self.product(above, sign)
        top = self.product(above, "") if above else (self.target.digits("1"), ATOM)
        text = self.fraction(top, self.product(below, ""))
        return (sign + self.after_sign(text), MUL) if sign else text

    def after_sign(self, text: Text) -> str:
        """A term after a minus sign, which would turn the first vector of a product alone."""
        bare = text[1] == MUL and self.target.reparsed and self.signs["@"] in unbracketed(text[0])
        return self.bracketed(text, POWER if bare else MUL)

    def fraction(self, above: Text, below: Text) -> Text:
        if self.target.layout:
            return self.target.fraction(above[0], below[0]), POWER
        return self.target.fraction(self.bracketed(above, MUL), self.bracketed(below, POWER)), MUL

    def product(self, parts: Sequence[Expr], sign: str) -> Text:
        if len(parts) == 1:
            text = self.show(parts[0])
            level = POWER if self.target.reparsed else MUL
            return (sign + self.bracketed(text, level), MUL) if sign else text
        joined = ""
        for part in parts:
            factor = self.inside(part, POWER)
            joined += (self.target.joint(joined, factor) if joined else "") + factor
        return sign + joined, MUL

    def pow(self, node: Expr) -> Text:
        base, exponent = node.args
        if exponent.is_Rational and exponent < 0:
            return self.mul(node)
        text = self.show(base)
        if exponent == Rational(1, 2):
            return self.target.root(text), ATOM
        scripted = isinstance(base, self.target.bracketed) or (
            self.target.stepped is not None and isinstance(base, heads.Element)
            and self.timed(base.tensor))
        below = self.bracketed(text, ATOM + 1 if scripted else ATOM)
        return self.target.power(below, self.show(exponent)), POWER

    # Arrays and functions

    def placed(self, tensor: Tensor, indices: Sequence[Expr]) -> Text:
        """A tensor at subscripts, of which those of the last axes may be left out."""
        base = self.show(tensor)[0]
        if indices and self.target.stepped is not None and self.timed(tensor):
            step, *parts = self.texts(indices)
            return self.target.stepped(base, step, parts), ATOM
        return self.subscripted(base, indices) if indices else (base, ATOM)

    def subscripted(self, base: str, indices: Sequence[Expr]) -> Text:
        return self.target.subscripted(base, self.texts(indices)), ATOM

    def texts(self, nodes: Iterable[Expr]) -> list[str]:
        """The texts of nodes."""
        return [self.show(node)[0] for node in nodes]

    def timed(self, tensor: Tensor) -> bool:
        """Whether the first axis of a tensor is time."""
        return self.time is not None and tensor.kind.shape[:1] == (self.time,)

    def reduce(self, node: Expr) -> Text:
        contraction = matrix_product(node)
        if contraction is None or any(map(self.timed, contraction[0])):
            solved = solution(self, node) if isinstance(node, heads.Sum) else None
            return solved or self.reduction(node)
        tensors, indices = contraction
        text = self.texts(tensors)
        if not indices:
            return self.function(function_named("dot"), text)
        return self.subscripted(self.brackets(self.signs["@"].join(text)), indices)

    def reduction(self, node: Expr) -> Text:
        """A sum, product, … over an index: its sign with what stands below, and its body."""
        with self.opened(node.args[0]) as (index, body, where):
            if self.target.reparsed:
                return self.word(self.signs[type(node)], [self.family(index, body, where)])
            below, inner = self.limits(index, where), self.inside(body, MUL)
            if self.target.bare(inner).startswith(self.target.bare(self.signs["-"])):
                inner = self.brackets(inner)
            sign = self.target.under(self.signs[type(node)], below)
            return f"{sign}{self.target.space}{inner}", MUL

    def limits(self, index: Index, where: Expr) -> str:
        """What stands below a sign: the index, or what holds of it."""
        letter = self.target.name(index.name)
        if where is true:
            return letter
        condition = self.show(where)[0]
        seen = index.name in names(where) and index.name in condition  # not as a subscript alone
        return condition if seen else letter + self.signs[":"] + condition

    def family(self, index: Index, body: Expr, where: Expr) -> str:
        """`f(k) for k in K`, or [f(k)] with k below."""
        if self.target.layout:
            inner = self.target.fenced("[", self.show(body)[0], "]")
            return self.target.low(inner, [self.limits(index, where)])
        level = OR if self.target.reparsed else CONDITIONAL
        text = f"{self.inside(body, level)} for {index.name} in {index.dim}"
        return text if where is true else f"{text} if {self.show(where)[0]}"

    def apply(self, node: Expr) -> Text:
        function = function_of(node)
        if function.takes_matrix:
            return function_of_matrix(self, node, function)
        arguments = [self.argument(a) for a in node.args[1:]]
        if len(node.args) == 3 and isinstance(node.args[1], heads.Lam):
            return self.subscripted(self.function(function, arguments[:1])[0], node.args[2:])
        unknown = node.args[0].unknown
        if unknown is None or self.target.reparsed:
            return self.function(function, arguments)
        return self.called(self.target.primed(*unknown), arguments)

    def argument(self, node: Expr) -> str:
        if not isinstance(node, heads.Lam):
            return self.show(node)[0]
        with self.opened(node) as (index, body, where):
            array = None if where is not true else self.array(body, index)
            return self.family(index, body, where) if array is None else self.show(array)[0]

    def array(self, body: Expr, index: Index) -> Expr | None:
        """A family of formulas as one formula of whole arrays, or None."""
        if self.target.arrayed is not None:
            return self.target.arrayed(self, body, index)
        return array_formula(body, index, self.placed, self.matrices)

    def matrices(self, tensors: Sequence[Tensor]) -> Text:
        """A product of whole arrays."""
        return self.signs["@"].join(self.texts(tensors)), MUL

    def function(self, function: Function, arguments: Sequence[str]) -> Text:
        """A function applied to arguments, by what its record says of print."""
        target = self.target
        if target.reparsed:
            return self.word(function.name, arguments)
        if function.fence:
            return target.fenced(function.fence, arguments[0], function.fence), ATOM
        if function.infix:
            return target.between(function.infix).join(arguments), MUL
        low, inner = arguments[:function.subscripts], arguments[function.subscripts:]
        sign = target.function(function)
        return self.called(target.low(sign, low) if low else sign, inner)

    def called(self, sign: str, arguments: Sequence[str]) -> Text:
        """A sign of a function before its arguments."""
        listed = self.brackets(self.target.listed(arguments))
        return sign + self.target.application + listed, ATOM

    def word(self, name: str, arguments: Sequence[str]) -> Text:
        """A word of the notation, applied."""
        return f"{name}({', '.join(arguments)})", ATOM

    @contextmanager
    def opened(self, lam: heads.Lam) -> Iterator[tuple[Index, Expr, Expr]]:
        """Index, body and condition of a binder; within, its letter is not given to another."""
        index, body, where = self.named(lam)
        with self.inside_binder(index):
            yield index, body, where

    @contextmanager
    def inside_binder(self, index: Index) -> Iterator[None]:
        """While the body of a binder is printed, its index is not given to another."""
        self.enclosing.append(index.name)
        try:
            yield
        finally:
            self.enclosing.pop()

    def named(self, lam: heads.Lam) -> tuple[Index, Expr, Expr]:
        """Opens a binder with a name chosen for print."""
        taken = self.reserved | names(lam) | set(self.enclosing)
        own = OWN_LETTER.get(str(lam.dim), "k")
        own += "srpq" if lam.dim == self.time else ""
        letters = (*own, *LETTERS, *(f"{own[0]}{n}" for n in range(1, 100)))
        index = Index(next(c for c in letters if c not in taken), lam.dim)
        return index, *instantiate(lam, index)


def _sign(name: object) -> Callable[[Printer, Expr], Text]:
    return lambda printer, node: (printer.signs[name], ATOM)


_FORMS: dict[type, Callable[[Printer, Expr], Text]] = {
    Rational: Printer.number, type(pi): _sign("pi"), type(EulerGamma): _sign("euler_gamma"),
    BooleanTrue: _sign(True), BooleanFalse: _sign(False),
    Written: lambda p, node: node.detail, Named: lambda p, node: (p.target.name(node.name), ATOM),
    Add: Printer.add, Mul: Printer.mul, Pow: Printer.pow,
    heads.Element: lambda p, node: p.placed(node.tensor, node.indices),
    heads.Reduction: Printer.reduce, heads.Apply: Printer.apply,
    heads.Delta: lambda p, node: p.subscripted(p.signs[heads.Delta], node.args),
}
