"""Sums as sums of few: what does not depend on the index stands before them, deltas are sifted.

Each split is only proposed here; the proof assistant checks that both sides are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sympy import Add, Dummy, Expr, Integer, Mul, Poly, Pow, cancel, fraction, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs
from derive.core.typed_nodes import evaluated
from derive.core.walk import TOP, Binders, Entered, around, enter, rebuild, substitute
from derive.proofs.coq_terms import TermWriter, bound_name, counted
from derive.proofs.term_parts import ATOM, PRODUCT


@dataclass(frozen=True)
class Split:
    """A sum over `size`: the function that is summed, and what the sum is equal to.

    `index` is the name of its index, `inner` are the splits of sums within that depend on it.
    """

    size: str
    index: str
    body: str
    value: str
    inner: tuple[Split, ...] = ()

    @property
    def tactic(self) -> str:
        """The tactic that splits such a sum in the goal."""
        inside = "".join(f"; {split.tactic}" for split in self.inner)
        body, value = (re.sub(r"\bsum\b", "summed", text) for text in (self.body, self.value))
        return (f"split_sum point {counted(self.size)} {body} ({value}) "
                f"ltac:(intros {self.index} ?{inside})")

    def depends(self, index: str) -> bool:
        """Whether an index stands in it."""
        return re.search(rf"\b{index}\b", f"{self.body} {self.value}") is not None


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
        if isinstance(node, Pow) and isinstance(node.args[1], Add):
            integer, rest = node.args[1].as_coeff_Add()
            if integer.is_Integer and integer:  # x**(a - 1) is x**a / x
                return Mul(self.rational(Pow(node.args[0], rest)),
                           Pow(self.rational(node.args[0]), integer))
        if isinstance(node, heads.Cond) and _is_filter(node):
            return self._filtered(node)
        return self.symbols.setdefault(node, Dummy())

    def _filtered(self, node: Expr) -> Expr:
        """A choice as a product with what is 1 where its condition holds."""
        condition, yes, no = node.args
        there = Mul(*(self.symbols.setdefault(_chosen(c), Dummy()) for c in _conjuncts(condition)))
        other = self.rational(no)
        return Add(other, Mul(there, Add(self.rational(yes), Mul(-1, other))))

    def formula(self, rational: Expr) -> Expr:
        """The formula of an expression in these symbols."""
        return substitute(rational, {symbol: node for node, symbol in self.symbols.items()})


def _is_filter(node: Expr) -> bool:
    """Whether a choice is of a term or none, or moves deltas."""
    condition, yes, no = node.args
    if (yes, no) == (1, 0):
        return isinstance(condition, heads.Both)
    return bool(no == 0 or node.has(heads.Delta))


def _chosen(condition: Expr) -> Expr:
    """1 where a condition holds, and 0 elsewhere."""
    return heads.Cond(condition, Integer(1), Integer(0))


def _conjuncts(condition: Expr) -> list[Expr]:
    """The parts of a condition that all must hold."""
    if isinstance(condition, heads.Both):
        return [part for side in condition.args for part in _conjuncts(side)]
    return [condition]


class SumSplitter:
    """Splits all sums of formulas, inner ones first."""

    def __init__(self) -> None:
        self.splits: dict[Split, None] = {}

    def split_all(self, formulas: Iterable[Expr]) -> list[Split]:
        """The splits of all sums in formulas."""
        for formula in formulas:
            node = evaluated(formula)
            self.change(node, around(node))
        return list(self.splits)

    def change(self, node: Expr, binders: Binders = TOP) -> Expr:
        """The formula with each sum in it split."""
        if isinstance(node, heads.Sum):
            return self._sum(node, binders)
        if not node.args:
            return node
        return rebuild(node, self.change, binders)

    def _sum(self, node: Expr, binders: Binders) -> Expr:
        inside = enter(node.family, binders)
        around_it, self.splits = self.splits, {}
        body = self.change(inside.body, inside.binders)
        within, self.splits = self.splits, around_it
        name = bound_name(inside.index)
        self.splits |= {s: None for s in within if not s.depends(name)}
        inner = tuple(s for s in within if s.depends(name))
        if inside.where is not true:
            body = Mul(_chosen(inside.where), body)
        size = TermWriter().index(node.family.dim).within(ATOM)
        parts = [_part(*term, inside, node.family.dim, binders)
                 for term in _terms(body, inside.index)]
        self.splits[Split(size, name,
                          f"(fun {name} : nat => {' + '.join(p.text for p in parts) or '0'})",
                          " + ".join(f"({p.value})" for p in parts) or "0", inner)] = None
        return Add(*(p.node for p in parts))


@dataclass(frozen=True)
class _Part:
    """A term of a sum, what it contributes as text, and as a formula."""

    text: str
    value: str
    node: Expr


def _part(factor: Expr, moving: Expr, place: Expr | None, entered: Entered, dim: Expr,
          binders: Binders) -> _Part:
    """The term factor * moving, at one place alone where a delta puts it there."""
    writer, size = TermWriter(), TermWriter().index(dim).within(ATOM)
    index, inside = entered.index, entered.binders
    before = writer.text(factor, binders, PRODUCT + 1)
    if place is not None:
        there = Mul(factor, substitute(moving, {index: place}))
        at = writer.text(Mul(factor, moving), inside, ATOM)
        text = f"delta {writer.index(place, binders).within(ATOM)} {bound_name(index)} * {at}"
        return _Part(text, writer.text(there, binders, ATOM), there)
    if moving == 1:
        return _Part(writer.text(factor, binders, ATOM), f"INR {size} * {before}",
                     Mul(dim, factor))
    total = heads.Sum.over(moving, index)
    times = "" if factor == 1 else f"{before} * "
    return _Part(f"{times}({writer.text(moving, inside)})",
                 f"{times}{writer.text(total, binders, ATOM)}", Mul(factor, total))


def _terms(body: Expr, index: Index) -> list[tuple[Expr, Expr, Expr | None]]:
    """The terms of a body: what is free of the index, what is not, and where a delta puts it."""
    atoms = Atoms()
    above, below = fraction(cancel(atoms.rational(body)))
    symbols = list(atoms.symbols.values())
    moving = {s: node for node, s in atoms.symbols.items() if occurs(index, node)}
    fixed_below, moving_below = _divided(below, set(moving))
    listed = Poly(above, *symbols).terms() if symbols else [((), above)]
    terms: dict[tuple[Expr, Expr | None], Expr] = {}
    for powers, number in listed:
        place, rest = _sifted(dict(zip(symbols, powers, strict=True)), moving, index)
        within = Mul(1 / moving_below, *(s**p for s, p in rest.items() if s in moving))
        free = Mul(number / fixed_below, *(s**p for s, p in rest.items() if s not in moving))
        key = (atoms.formula(within), place)
        terms[key] = Add(terms.get(key, Integer(0)), atoms.formula(free))
    return [(factor, within, place) for (within, place), factor in terms.items() if factor != 0]


def _sifted(powers: dict[Dummy, int], moving: dict[Dummy, Expr], index: Index,
            ) -> tuple[Expr | None, dict[Dummy, int]]:
    """Where the first delta of a product puts the index, and the other factors.

    A power of a delta is the delta.
    """
    used = {s: power for s, power in powers.items() if power}
    deltas = [s for s in used if isinstance(moving.get(s), heads.Delta)]
    rest = used | dict.fromkeys(deltas, 1)
    if not deltas:
        return None, rest
    del rest[deltas[0]]
    return _other(moving[deltas[0]], index), rest


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
