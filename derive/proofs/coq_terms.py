"""Formulas as terms of Coq: tensors are functions of indices, sizes and labels are numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sympy import Add, E, Expr, Integer, Mul, Pow, Rational, false, pi, true

from derive.core import heads
from derive.core.atoms import Dim, Index, Variable
from derive.core.indexing import index_dimension
from derive.core.typed_nodes import TypedPower, TypedProduct, TypedSum
from derive.core.walk import TOP, Binders, Entered, enter, is_opened
from derive.proofs.coq_names import UnprovenError, coq_functions, coq_name
from derive.proofs.term_parts import (
    APPLICATION,
    ATOM,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Term,
    reciprocal,
    split_sign,
)


@dataclass
class TermWriter:
    """Writes formulas, and keeps which exponentials and powers they hold outside of sums."""

    exponents: dict[str, Expr] = field(default_factory=dict)
    bases: dict[str, Expr] = field(default_factory=dict)
    unfolded: dict[str, None] = field(default_factory=dict)
    compares: bool = False
    chooses: bool = False
    picks: bool = False
    deltas: bool = False
    roots: bool = False
    functions: dict[str, None] = field(default_factory=dict)

    def term(self, node: Expr, binders: Binders = TOP) -> Term:
        """The term of a real number. Raises UnprovenError for what has no term."""
        if index_dimension(node) is not None:
            return Term(f"INR {self.index(node, binders).within(ATOM)}", APPLICATION)
        write = next((w for head, w in _WRITERS.items() if isinstance(node, head)), None)
        if write is None:
            raise UnprovenError(f"no lemma for {_called(node)}")
        return write(self, node, binders)

    def text(self, node: Expr, binders: Binders = TOP, binds: int = SUM) -> str:
        """The text of a term as an operand."""
        return self.term(node, binders).within(binds)

    def index(self, node: Expr, binders: Binders = TOP) -> Term:
        """The term of an index, a label or a size, which is a natural number."""
        if isinstance(node, (Index, Variable, Dim)):
            return Term(bound_name(node) if is_opened(node) else coq_name(node.name))
        if isinstance(node, Integer) and node >= 0:
            return Term(str(node))
        if isinstance(node, heads.Element):
            return self._element(node, binders, self.index)
        if isinstance(node, heads.ArgMax):
            return self.largest("argmax", node, binders)
        raise UnprovenError(f"no lemma for an index that is {_called(node)}")

    def condition(self, node: Expr, binders: Binders = TOP) -> Term:
        """The term of a condition, which is a Boolean value."""
        self.chooses = True
        if node in (true, false):
            return Term(str(node).lower())
        if isinstance(node, (heads.Both, heads.Either)):
            sign = "&&" if isinstance(node, heads.Both) else "||"
            left, right = (self.condition(a, binders).within(ATOM) for a in node.args)
            return Term(f"({left} {sign} {right})%bool")
        if isinstance(node, heads.Not):
            return Term(f"negb {self.condition(node.args[0], binders).within(ATOM)}", APPLICATION)
        for head, (of_reals, of_indices) in _COMPARED.items():
            if isinstance(node, head):
                return self._comparison(node, of_reals, of_indices, binders)
        raise UnprovenError(f"no lemma for the condition {_called(node)}")

    def counts(self, nodes: Sequence[Expr]) -> bool:
        """Whether what is compared are indices."""
        return all(is_index(n) for n in nodes) and any(
            index_dimension(n) is not None for n in nodes)

    def _comparison(self, node: Expr, of_reals: str, of_indices: str, binders: Binders) -> Term:
        """A comparison of reals, or of indices."""
        indices = self.counts(node.args)
        write = self.index if indices else self.term
        left, right = (write(a, binders).within(ATOM) for a in node.args)
        test = f"{of_indices if indices else of_reals} {left} {right}"
        if isinstance(node, heads.NotEqual):
            return Term(f"negb ({test})", APPLICATION)
        return Term(test, APPLICATION)

    def _element(self, node: Expr, binders: Binders, _write: Callable[..., Term]) -> Term:
        at = " ".join(counted(self.index(i, binders).within(ATOM)) for i in node.indices)
        return Term(f"{coq_name(node.tensor.name)} {at}", APPLICATION)

    def element(self, node: Expr, binders: Binders) -> Term:
        """An element of a tensor."""
        return self._element(node, binders, self.index)

    def number(self, node: Expr, _binders: Binders) -> Term:
        """A rational number."""
        fraction = Fraction(int(node.p), int(node.q))
        top = str(fraction.numerator) if fraction >= 0 else f"({fraction.numerator})"
        if fraction.denominator == 1:
            return Term(top)
        return Term(f"{top} / {fraction.denominator}", PRODUCT)

    def sum_of(self, node: Expr, binders: Binders) -> Term:
        """a + b - c."""
        text = ""
        for part in node.args:
            negative, rest = split_sign(part)
            if not text:
                text = f"- {self.text(rest, binders, POWER)}" if negative else \
                    self.text(part, binders, PRODUCT)
            else:
                sign = "-" if negative else "+"
                text += f" {sign} {self.text(rest, binders, PRODUCT)}"
        return Term(text, SUM)

    def product(self, node: Expr, binders: Binders) -> Term:
        """a * b / c."""
        factors = list(node.args)
        if factors[0] == -1:
            rest = factors[1] if len(factors) == 2 else Mul._from_args(factors[1:])
            return Term(f"- {self.text(rest, binders, POWER)}", SIGN)
        above, below = list[str](), list[str]()
        for factor in factors:
            under = reciprocal(factor)
            if under is not None:
                below.append(self.text(under, binders, POWER))
            elif isinstance(factor, Rational) and factor.q != 1:
                above += [str(factor.p)] if factor.p > 1 else [f"({factor.p})"] * (factor.p < 1)
                below.append(str(factor.q))
            else:
                above.append(self.text(factor, binders, POWER))
        if not above:
            return Term("/ " + (below[0] if len(below) == 1 else f"({' * '.join(below)})"), SIGN)
        text = " * ".join(above)
        for divisor in below:
            text += f" / {divisor}"
        return Term(text, PRODUCT)

    def power(self, node: Expr, binders: Binders) -> Term:
        """A power: by a whole number, a root, or any exponent of a positive base."""
        base, exponent = node.args
        under = reciprocal(node)
        if under is not None:
            return Term(f"/ {self.text(under, binders, POWER)}", SIGN)
        if base == E:
            return self.term(heads.apply("exp", exponent), binders)
        if isinstance(exponent, Integer):
            if exponent == 1:
                return self.term(base, binders)
            return Term(f"{self.text(base, binders, APPLICATION)} ^ {exponent}", POWER)
        if isinstance(exponent, Rational) and exponent.q == 2:
            self.roots = True
            root = f"sqrt {self.text(base, binders, ATOM)}"
            return Term(root, APPLICATION) if exponent.p == 1 else Term(
                f"{root} ^ {exponent.p}", POWER)
        inner = self.text(base, binders, ATOM)
        above = self.text(exponent, binders, ATOM)
        if not _opened(node):
            self.bases.setdefault(inner, base)
            self.exponents.setdefault(f"{above} * ln {inner}",
                                      exponent * heads.apply("log", base))
            self.exponents.setdefault(f"({above} - 1) * ln {inner}",
                                      (exponent - 1) * heads.apply("log", base))
        return Term(f"rpow {inner} {above}", APPLICATION)

    def applied(self, node: Expr, binders: Binders) -> Term:
        """A function of the table."""
        self.compares |= node.name in ("max", "min", "abs", "sign")
        self.functions[node.name] = None
        entry = coq_functions().get(node.name)
        if entry is None:
            raise UnprovenError(f"no lemma for the function {node.name}")
        self.unfolded.update(dict.fromkeys(entry.get("unfold", ())))
        family = next((a for a in node.args if isinstance(a, heads.Lam)), None)
        parts: dict[str, str] = {}
        if family is not None:
            inside = enter(family, binders)
            parts = {"n": self.index(family.dim, binders).within(ATOM),
                     "v": self._vector(inside, binders)}
            operands = [self.index(a, binders) for a in node.args[1:] if a is not family]
        else:
            operands = [self.term(a, binders) for a in node.args[1:]]
            for multiple in entry.get("exponents", ()):
                self._exponential(multiple, node.args[1], operands[0])
        text = entry["term"].format(*(o.within(ATOM) for o in operands), **parts)
        return Term(text, ATOM if text.startswith("(") else APPLICATION)

    def _vector(self, inside: Entered, binders: Binders) -> str:
        """A vector as a function of its index; the tensor itself where it is one."""
        body = inside.body
        if isinstance(body, heads.Element) and body.indices[-1] == inside.index and \
                inside.index not in body.indices[:-1]:
            name = coq_name(body.tensor.name)
            if len(body.indices) == 1:
                return name
            at = " ".join(self.index(i, binders).within(ATOM) for i in body.indices[:-1])
            return f"({name} {at})"
        return f"(fun {bound_name(inside.index)} => {self.text(body, inside.binders)})"

    def _exponential(self, multiple: int, node: Expr, operand: Term) -> None:
        if not _opened(node):
            text = operand.text if multiple == 1 else f"- {operand.within(POWER)}"
            self.exponents.setdefault(text, multiple * node)

    def delta(self, node: Expr, binders: Binders) -> Term:
        """A Kronecker delta."""
        self.deltas = True
        left, right = (self.index(a, binders).within(ATOM) for a in node.args)
        return Term(f"delta {left} {right}", APPLICATION)

    def choice(self, node: Expr, binders: Binders) -> Term:
        """`a if condition else b`."""
        condition, yes, no = node.args
        self.compares = True
        return Term(f"if {self.condition(condition, binders).text} "
                    f"then {self.text(yes, binders)} else {self.text(no, binders)}", -1)

    def largest(self, function: str, node: Expr, binders: Binders = TOP) -> Term:
        """A function of the terms over an index that a filter lets pass."""
        self.picks = True
        family = node.args[0]
        inside, size = enter(family, binders), self.index(family.dim, binders).within(ATOM)
        name = bound_name(inside.index)
        where = "fun _ => true" if inside.where is true else \
            f"fun {name} => {self.condition(inside.where, inside.binders).text}"
        terms = f"fun {name} => {self.text(inside.body, inside.binders)}"
        return Term(f"{function} {size} ({where}) ({terms})", APPLICATION)

    def sum_over(self, node: Expr, binders: Binders) -> Term:
        """A sum over an index, of 0 where its filter does not hold."""
        inside = enter(node.family, binders)
        size = self.index(node.family.dim, binders).within(ATOM)
        if inside.where is true:
            return Term(f"sum {size} {self._vector(inside, binders)}", APPLICATION)
        body = f"if {self.condition(inside.where, inside.binders).text} " \
               f"then {self.text(inside.body, inside.binders)} else 0"
        return Term(f"sum {size} (fun {bound_name(inside.index)} => {body})", APPLICATION)


def bound_name(index: Expr) -> str:
    """The name of the index of a binder that was entered."""
    return f"k{index.name[1:]}"


def counted(index: str) -> str:
    """An index where the kind of a number is not known from the function that it is given to."""
    return f"{index}%nat" if index.isdecimal() else index


def is_index(node: Expr) -> bool:
    """Whether a node may be read as an index."""
    return index_dimension(node) is not None or isinstance(node, (Integer, Dim))


def _opened(node: Expr) -> bool:
    return any(is_opened(leaf) for leaf in node.free_symbols if not leaf.args)


def _called(node: Expr) -> str:
    name = node.name if isinstance(node, heads.Apply) else type(node).__name__
    return str(name)


_COMPARED = {heads.Less: ("Rltb", "Nat.ltb"), heads.LessEqual: ("Rleb", "Nat.leb"),
             heads.Equal: ("Reqb", "Nat.eqb"), heads.NotEqual: ("Reqb", "Nat.eqb")}
_WRITERS: dict[Any, Callable[[TermWriter, Expr, Binders], Term]] = {
    Rational: TermWriter.number,
    type(pi): lambda _writer, _node, _binders: Term("PI"),
    type(E): lambda _writer, _node, _binders: Term("exp 1", APPLICATION),
    Dim: lambda writer, node, binders: Term(
        f"INR {writer.index(node, binders).within(ATOM)}", APPLICATION),
    Variable: lambda _writer, node, _binders: Term(coq_name(node.name)),
    heads.Element: TermWriter.element,
    Add: TermWriter.sum_of, TypedSum: TermWriter.sum_of,
    Mul: TermWriter.product, TypedProduct: TermWriter.product,
    Pow: TermWriter.power, TypedPower: TermWriter.power,
    heads.Apply: TermWriter.applied, heads.Delta: TermWriter.delta, heads.Cond: TermWriter.choice,
    heads.Sum: TermWriter.sum_over,
    heads.Maximum: lambda writer, node, binders: writer.largest("maximum", node, binders),
}
