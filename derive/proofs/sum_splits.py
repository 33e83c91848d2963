"""Sums as sums of few: what does not depend on the index stands before them, deltas are sifted.

Each split is only proposed here; the proof assistant checks that both sides are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sympy import Add, Dummy, Expr, Integer, Mul, Poly, Pow, cancel, fraction, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs
from derive.core.typed_nodes import evaluated
from derive.core.walk import TOP, Binders, around, enter, rebuild, substitute
from derive.proofs.coq_terms import ATOM, PRODUCT, TermWriter, bound_name


@dataclass(frozen=True)
class Split:
    """A sum over `size`: the function that is summed, and what the sum is equal to."""

    size: str
    body: str
    value: str


@dataclass
class Atoms:
    """Parts of a formula that are no sums, products or powers, as symbols of polynomials."""

    symbols: dict[Expr, Dummy] = field(default_factory=dict)

    def rational(self, node: Expr) -> Expr:
        """The formula in these symbols."""
        if node.is_Rational:
            return node
        if isinstance(node, Add):
            return Add(*map(self.rational, node.args))
        if isinstance(node, Mul):
            return Mul(*map(self.rational, node.args))
        if isinstance(node, Pow) and isinstance(node.args[1], Integer):
            return Pow(self.rational(node.args[0]), node.args[1])
        return self.symbols.setdefault(node, Dummy())

    def formula(self, rational: Expr) -> Expr:
        """The formula of an expression in these symbols."""
        return rational.xreplace({symbol: node for node, symbol in self.symbols.items()})


class SumSplitter:
    """Splits all sums of formulas, inner ones first."""

    def __init__(self) -> None:
        self.splits: dict[str, Split] = {}

    def split_all(self, formulas: Iterable[Expr]) -> list[Split]:
        """The splits of all sums in formulas."""
        for formula in formulas:
            node = evaluated(formula)
            self.change(node, around(node))
        return list(self.splits.values())

    def change(self, node: Expr, binders: Binders = TOP) -> Expr:
        """The formula with each sum in it split."""
        if isinstance(node, heads.Sum):
            return self._sum(node, binders)
        if not node.args:
            return node
        return rebuild(node, self.change, binders)

    def _sum(self, node: Expr, binders: Binders) -> Expr:
        inside = enter(node.family, binders)
        body = self.change(inside.body, inside.binders)
        if inside.where is not true:
            body = Mul(heads.Cond(inside.where, Integer(1), Integer(0)), body)
        index, size = inside.index, node.family.dim
        terms = _terms(body, index)
        writer = TermWriter()
        sums, texts, values = list[Expr](), list[str](), list[str]()
        for factor, moving, sifted in terms:
            coefficient = writer.text(factor, binders, PRODUCT + 1)
            if sifted is not None:
                there = Mul(factor, substitute(moving, {index: sifted}))
                place = writer.index(sifted, binders).within(ATOM)
                at = writer.text(Mul(factor, moving), inside.binders, ATOM)
                texts.append(f"delta {place} {bound_name(index)} * {at}")
                values.append(writer.text(there, binders, ATOM))
                sums.append(there)
            elif moving == 1:
                texts.append(writer.text(factor, binders, ATOM))
                values.append(f"INR {writer.index(size).within(ATOM)} * {coefficient}")
                sums.append(Mul(size, factor))
            else:
                inner = writer.text(moving, inside.binders)
                total = writer.text(heads.Sum.over(moving, index), binders, ATOM)
                before = "" if factor == 1 else f"{coefficient} * "
                texts.append(f"{before}({inner})")
                values.append(f"{before}{total}")
                sums.append(Mul(factor, heads.Sum.over(moving, index)))
        split = Split(writer.index(size).within(ATOM),
                      f"(fun {bound_name(index)} : nat => {' + '.join(texts) or '0'})",
                      " + ".join(f"({v})" for v in values) or "0")
        self.splits.setdefault(split.body, split)
        return Add(*sums)


def _terms(body: Expr, index: Index) -> list[tuple[Expr, Expr, Expr | None]]:
    """The terms of a body: what is free of the index, what is not, and where a delta puts it."""
    atoms = Atoms()
    above, below = fraction(cancel(atoms.rational(body)))
    symbols = list(atoms.symbols.values())
    moving = {s for node, s in atoms.symbols.items() if occurs(index, node)}
    fixed_below, moving_below = _divided(below, moving)
    terms: dict[tuple[Expr, Expr | None], Expr] = {}
    deltas = {s: node for node, s in atoms.symbols.items()
              if isinstance(node, heads.Delta) and s in moving}
    polynomial = Poly(above, *symbols) if symbols else None
    listed = polynomial.terms() if polynomial is not None else [((), above)]
    for powers, number in listed:
        free, within, place = number / fixed_below, 1 / moving_below, None
        for symbol, power in zip(symbols, powers, strict=True):
            if symbol in deltas and power:
                if place is None:
                    place = _other(deltas[symbol], index)
                    continue
                power = 1
            if symbol in moving:
                within *= symbol**power
            else:
                free *= symbol**power
        key = (atoms.formula(within), place)
        terms[key] = Add(terms.get(key, Integer(0)), atoms.formula(free))
    return [(factor, within, place) for (within, place), factor in terms.items() if factor != 0]


def _divided(below: Expr, moving: set[Dummy]) -> tuple[Expr, Expr]:
    """The factors of a denominator that are free of moving symbols, and the others."""
    free, within = Integer(1), Integer(1)
    for factor in Mul.make_args(below.factor() if below.args else below):
        if factor.free_symbols & moving:
            within *= factor
        else:
            free *= factor
    return free, within


def _other(delta: Expr, index: Index) -> Expr:
    """The index of a delta that is not this one."""
    left, right = delta.args
    return right if left == index else left
