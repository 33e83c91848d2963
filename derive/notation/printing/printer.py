"""What all printers share: order of terms, signs, fractions, brackets, names of bound indices.

A printer turns an expression into one line of text with a precedence, from which brackets
follow. Subclasses say how each part looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from sympy import Add, EulerGamma, Mul, Pow, Rational, pi, true
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.core import heads
from derive.core.atoms import Index, Named
from derive.core.indexing import exact, leaves, names
from derive.core.quantified import All
from derive.core.walk import instantiate, is_opened, substitute
from derive.functions.function_records import function_named, function_of
from derive.notation.printing.array_forms import Written, matrix_product, whole_array
from derive.notation.printing.call_styles import FunctionPrinter
from derive.notation.printing.precedence import ADD, AND, ATOM, COMPARE, MUL, NOT, OR, POWER, Text
from derive.notation.printing.terms import ordered_terms, split_fraction

_LETTERS = "kjlmnpqrsuvwabcefghxyzi"
_OWN_LETTER = {"K": "k", "T": "t", "N": "n", "M": "m", "J": "j", "L": "l"}


class Printer(FunctionPrinter):
    """Prints expressions; `reserved` names are not given to bound indices.

    `time` is the dimension of the steps of a recurrent model, whose index a textbook sets apart.
    """

    def __init__(self, reserved: Iterable[str] = (), time: Any = None) -> None:
        self.reserved, self.time = frozenset(reserved), time
        self.enclosing: list[str] = []  # free names, and those of the binders around the place

    @exact
    def __call__(self, node: Any) -> str:
        """One line of text for an expression or condition."""
        node = name_opened(node, self.reserved)
        self.enclosing = list(names(node))
        return self.show(node)[0]

    def show(self, node: Any) -> Text:
        """The text of a node and its precedence."""
        for kind in type(node).__mro__:
            if kind in _HANDLERS:
                return _HANDLERS[kind](self, node)
        raise TypeError(f"cannot print {type(node).__name__}")

    def inside(self, node: Any, level: int) -> str:
        """The text of a node, bracketed where its precedence is below `level`."""
        text, precedence = self.show(node)
        return text if precedence >= level else self.brackets(text)

    # How parts look; overridden by the printers

    infix: ClassVar[dict[str, str]] = {}
    prime: ClassVar[str] = "\u2032"

    def brackets(self, text: str) -> str:
        return f"({text})"

    def leaf(self, node: Any) -> Text:
        raise NotImplementedError

    def subscripted(self, base: str, indices: Sequence[Any]) -> Text:
        raise NotImplementedError

    def fraction(self, above: Text, below: Text) -> Text:
        raise NotImplementedError

    def product(self, parts: list[Any], sign: str) -> Text:
        if len(parts) == 1:
            text, precedence = self.show(parts[0])
            if not sign:
                return text, precedence
            return sign + (text if precedence >= MUL else self.brackets(text)), MUL
        text = ""
        for part in parts:
            # A sum's sign reaches as far as it can: bracket a reduction that is not last.
            one, precedence = self.show(part)
            if precedence < POWER or (isinstance(part, heads.Reduction) and part is not parts[-1]):
                one = self.brackets(one)
            text += (self.joint(text, one) if text else "") + one
        return sign + text, MUL

    def joint(self, left: str, right: str) -> str:
        """What stands between two factors."""
        raise NotImplementedError

    def power(self, base: Any, exponent: Any) -> Text:
        raise NotImplementedError

    def reduction(self, head: type, body: Any, index: Index, where: Any) -> Text:
        raise NotImplementedError

    def comprehension(self, body: Any, index: Index, where: Any) -> str:
        raise NotImplementedError

    def partial(self, node: Any) -> Text:
        raise NotImplementedError

    def antiderivative(self, node: Any) -> Text:
        raise NotImplementedError

    def total(self, node: Any) -> Text:
        raise NotImplementedError

    def expect(self, node: Any) -> Text:
        raise NotImplementedError

    def root(self, node: Any) -> Text:
        raise NotImplementedError

    def delta(self, node: Any) -> Text:
        raise NotImplementedError

    def conditional(self, node: Any) -> Text:
        raise NotImplementedError

    def unique_maximum(self, node: Any) -> Text:
        raise NotImplementedError

    def everywhere(self, condition: Any, index: Index, where: Any) -> Text:
        raise NotImplementedError

    # Shared structure

    def number(self, node: Any) -> Text:
        if node.q == 1:
            return (str(node.p), ATOM if node.p >= 0 else MUL)
        sign = self.infix["-"] if node.p < 0 else ""
        text, precedence = self.fraction((str(abs(node.p)), ATOM), (str(node.q), ATOM))
        return sign + text, precedence if not sign else MUL

    def add(self, node: Any) -> Text:
        text = ""
        for place, (negative, term) in enumerate(ordered_terms(node)):
            part = self.inside(term, MUL)
            if place == 0:
                text = self.infix["-"] + part if negative else part
            else:
                text += self.infix["minus" if negative else "plus"] + part
        return text, ADD

    def mul(self, node: Any) -> Text:
        negative, above, below = split_fraction(node)
        sign = self.infix["-"] if negative else ""
        if not below:
            return self.product(above, sign)
        top = self.product(above, "") if above else ("1", ATOM)
        text, precedence = self.fraction(top, self.product(below, ""))
        return (sign + text, MUL) if sign else (text, precedence)

    def pow(self, node: Any) -> Text:
        base, exponent = node.args
        if exponent.is_Rational and exponent < 0:
            return self.mul(node)
        return self.power(base, exponent)

    def element(self, node: Any) -> Text:
        return self.placed(node.tensor, node.indices)

    def placed(self, tensor: Any, indices: Sequence[Any]) -> Text:
        """A tensor at subscripts, of which those of the last axes may be left out."""
        base = self.show(tensor)[0]
        if indices and self.timed(tensor):
            return self.stepped(base, indices[0], indices[1:])
        return self.subscripted(base, indices) if indices else (base, ATOM)

    def timed(self, tensor: Any) -> bool:
        """Whether the first axis of a tensor is time."""
        return self.time is not None and tensor.kind.shape[:1] == (self.time,)

    def stepped(self, base: str, step: Any, indices: Sequence[Any]) -> Text:
        """A name at a step of time, and other subscripts."""
        return self.subscripted(base, (step, *indices))

    def reduce(self, node: Any) -> Text:
        contraction = matrix_product(node)
        if contraction is not None and self.infix["@"] and not any(
                self.timed(tensor) for tensor in contraction[0]):
            tensors, indices = contraction
            text = [self.show(tensor)[0] for tensor in tensors]
            if not indices:
                return self.function(function_named("dot"), text)
            joined = self.infix["@"].join(text)
            return self.subscripted(self.brackets(joined), indices)
        index, body, where = self.named(node.args[0])
        with self.inside_binder(index):
            return self.reduction(type(node), body, index, where)

    def apply(self, node: Any) -> Text:
        arguments = [self.argument(a) for a in node.args[1:]]
        if len(node.args) == 3 and isinstance(node.args[1], heads.Lam):
            return self.subscripted(self.function(function_of(node), arguments[:1])[0],
                                    node.args[2:])
        unknown = node.args[0].unknown
        return self.function(function_of(node), arguments) if unknown is None else \
            self.unknown_function(node.name, unknown[0], unknown[1], arguments)

    def unknown_function(self, name: str, base: str, order: int, arguments: list[str]) -> Text:
        """A function of which nothing is known, or a derivative of it."""
        return f"{base}{self.prime * order}{self.brackets(', '.join(arguments))}", ATOM

    def argument(self, node: Any) -> str:
        if not isinstance(node, heads.Lam):
            return self.show(node)[0]
        index, body, where = self.named(node)
        with self.inside_binder(index):
            whole = whole_array(body, index, self) if where is true else None
            if whole is not None:
                return self.show(whole)[0]
            return self.comprehension(body, index, where)

    @contextmanager
    def inside_binder(self, index: Index) -> Iterator[None]:
        """While the body of a binder is printed, its index is not given to another."""
        self.enclosing.append(index.name)
        try:
            yield
        finally:
            self.enclosing.pop()

    def named(self, lam: heads.Lam) -> tuple[Index, Any, Any]:
        """Opens a binder with a name chosen for print."""
        taken = self.reserved | names(lam) | set(self.enclosing)
        own = _OWN_LETTER.get(str(lam.dim), "k")
        own += "srpq" if lam.dim == self.time else ""
        letters = (*own, *_LETTERS, *(f"{own[0]}{n}" for n in range(1, 100)))
        index = Index(next(c for c in letters if c not in taken), lam.dim)
        return index, *instantiate(lam, index)

    def comparison(self, node: Any) -> Text:
        sign = self.infix[type(node).__name__]
        left, right = node.args
        if isinstance(node, heads.Symmetric) and left.is_Rational:
            left, right = right, left
        return f"{self.inside(left, ADD)}{sign}{self.inside(right, ADD)}", COMPARE

    def junction(self, node: Any) -> Text:
        level = AND if isinstance(node, heads.Both) else OR
        sides = (self.inside(a, level + 1) for a in node.args)
        return self.infix[type(node).__name__].join(sides), level

    def all(self, node: Any) -> Text:
        index, body, where = self.named(node.family)
        with self.inside_binder(index):
            return self.everywhere(body, index, where)

    def negation(self, node: Any) -> Text:
        return self.infix["Not"] + self.inside(node.args[0], NOT), NOT


def name_opened(node: Any, reserved: frozenset[str] = frozenset()) -> Any:
    """Gives letters to the free indices that stand for opened binders."""
    found = {leaf for leaf in leaves(node) if is_opened(leaf)}
    if not found:
        return node
    taken = set(reserved) | names(node)
    naming = {}
    for leaf in sorted(found, key=lambda x: (len(x.name), x.name, str(x.dim))):
        own = _OWN_LETTER.get(str(leaf.dim), "k")
        letter = next(c for c in (own, *_LETTERS) if c not in taken)
        taken.add(letter)
        naming[leaf] = Index(letter, leaf.dim)
    return substitute(node, naming)


def _constant(text: str) -> Callable[[Printer, Any], Text]:
    return lambda printer, node: (text, ATOM)


_HANDLERS: dict[type, Callable[[Any, Any], Text]] = {
    Rational: lambda p, node: p.number(node),
    type(pi): lambda p, node: (p.infix["pi"], ATOM),
    type(EulerGamma): lambda p, node: (p.infix["euler_gamma"], ATOM),
    BooleanTrue: _constant("True"), BooleanFalse: _constant("False"),
    Written: lambda p, node: node.detail,
    Named: lambda p, node: p.leaf(node),
    Add: Printer.add, Mul: Printer.mul, Pow: Printer.pow,
    heads.Element: Printer.element, heads.Reduction: Printer.reduce, heads.Apply: Printer.apply,
    heads.UniqueMaximum: lambda p, node: p.unique_maximum(node),
    All: Printer.all,
    heads.Delta: lambda p, node: p.delta(node),
    heads.Cond: lambda p, node: p.conditional(node),
    heads.Partial: lambda p, node: p.partial(node),
    heads.Antiderivative: lambda p, node: p.antiderivative(node),
    heads.Total: lambda p, node: p.total(node), heads.Expect: lambda p, node: p.expect(node),
    heads.Root: lambda p, node: p.root(node),
    heads.Less: Printer.comparison, heads.LessEqual: Printer.comparison,
    heads.Equal: Printer.comparison, heads.NotEqual: Printer.comparison,
    heads.Both: lambda p, node: p.junction(node), heads.Either: lambda p, node: p.junction(node),
    heads.Not: Printer.negation,
}
