"""What integration asks of a formula: its slope, quotients, jumps, whether it has a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from sympy import Expr, Integer, Mul, Pow

from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import depends, names, unreal
from derive.core.kinds import Kind
from derive.core.walk import TOP, Binders, children, dangling
from derive.errors import DeriveError
from derive.functions.decisions import decide
from derive.rulebook.algebra import collected
from derive.rulebook.loading import Rulebook, RuleSet
from derive.rulebook.rule import Rule

SUMMED = "kjlnpqrs"  # letters for an index that is summed over, the first that is free
Short = tuple[Expr, tuple[Expr, ...]]  # an antiderivative, and what it owes
_STEPS = ("sign", "max", "min")  # functions that are constant, such as 0, on whole intervals


@dataclass
class Tools:
    """Differentiating and tidying by the rules; what was computed once is kept."""

    rulebook: Rulebook
    slopes: dict[tuple[Expr, Expr], Expr | None] = field(default_factory=dict)
    forms: dict[Expr, Expr] = field(default_factory=dict)
    short: dict[Expr, Short | None] = field(default_factory=dict)  # integral → what one rule gives

    def slope(self, node: Expr, x: Expr) -> Expr | None:
        """The derivative of an expression, tidied; None where no rule gives it."""
        if node == x:
            return Integer(1)
        key = (node, x)
        if key not in self.slopes:
            try:
                line = Work(heads.Partial(node, x), self.rulebook).run("again").line
            except DeriveError:
                line = None
            self.slopes[key] = None if line is None or line.has(heads.Partial) else line
        return self.slopes[key]

    def quotient(self, above: Expr, below: Expr) -> Expr:
        """A fraction with what cancels cancelled."""
        fraction = Mul(above, Pow(below, -1))
        return fraction if not fraction.args else self.simplified(collected(fraction))

    def alone(self, rule: Rule) -> RuleSet:
        """One rule for writing an integrand otherwise, as a set of its own."""
        return self.rulebook.stage("integrate").alone(rule)

    def simplified(self, node: Expr) -> Expr:
        """A formula after sifting, folding and tidying."""
        if node not in self.forms:
            self.forms[node] = Work(node, self.rulebook).run("finish").line if node.args else node
        return self.forms[node]


def fresh(letter: str, node: Expr, kind: Kind) -> Variable:
    """A variable whose name does not occur in a formula: u, u1, …"""
    taken = names(node)
    name = next(n for n in (letter, *(f"{letter}{i}" for i in range(1, 99))) if n not in taken)
    return Variable(name, kind)


def integrals(node: Expr, binders: Binders = TOP) -> list[Expr]:
    """The outermost integrals in a line."""
    if isinstance(node, heads.Antiderivative):
        return [node]
    return list(dict.fromkeys(integral for child, inner in children(node, binders)
                              for integral in integrals(child, inner)))


def undefined(node: Expr) -> bool:
    """Whether an expression has no value, or divides by what may be 0 on a whole interval.

    Such are Kronecker deltas, case distinctions and positive parts.
    """
    return unreal(node) or any(_may_vanish(p.args[0]) for p in node.atoms(Pow)
                               if p.args[1].is_negative)


def _may_vanish(node: Expr) -> bool:
    """Whether a divisor has cases that may be 0: a number known to be positive has none."""
    stepwise = node.has(heads.Delta) or node.has(heads.Cond) or any(
        f.name in _STEPS for f in node.atoms(heads.Apply))
    return stepwise and decide(heads.NotEqual(node, Integer(0))) is not True


def owed_by_division(after: Expr, before: Expr, x: Expr) -> tuple[Expr, ...]:
    """That what a step divides by is not 0: divisors free of x which were none before."""
    known = {p.args[0] for p in before.atoms(Pow)}
    divisors = dict.fromkeys(p.args[0] for p in after.atoms(Pow) if p.args[1].is_negative)
    conditions = [heads.NotEqual(base, Integer(0)) for base in divisors
                  if not (base in known or depends(base, x) or dangling(base) or base.is_number)]
    return tuple(c for c in conditions if decide(c) is None)


def jumps(node: Expr, x: Expr) -> bool:
    """Whether a formula may jump as x moves: where a sign or a case changes.

    What is built on it by a rule for smooth functions would jump too, and be no antiderivative.
    """
    if not depends(node, x):
        return False
    if isinstance(node, heads.Cond):
        return depends(node.args[0], x) or any(jumps(a, x) for a in node.args[1:])
    if isinstance(node, heads.Lam):
        return depends(node.args[2], x) or jumps(node.args[1], x)
    stepwise = isinstance(node, (heads.ArgMax, heads.Delta)) or (
        isinstance(node, heads.Apply) and node.name == "sign")
    return stepwise or any(jumps(a, x) for a in node.args)
