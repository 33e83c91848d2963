"""The text of a term and how tightly it binds; signs and divisors of formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr, Mul, Pow, Rational

from derive.core.typed_nodes import TypedPower
from derive.proofs.coq_names import UnprovenError

# How tightly a term binds: a sum, a product, a sign, a power, an application, an atom.
SUM, PRODUCT, SIGN, POWER, APPLICATION, ATOM = range(6)


@dataclass(frozen=True)
class Term:
    """The text of a term, and how tightly it binds."""

    text: str
    binds: int = ATOM

    def within(self, binds: int) -> str:
        """The text where an operand must bind so tightly."""
        return self.text if self.binds >= binds else f"({self.text})"


def updated(name: str, at: Sequence[str], entry: str) -> str:
    """A tensor with another entry at some subscripts. Raises UnprovenError for more than 3."""
    if len(at) > 3:
        raise UnprovenError("no lemma for a tensor with more than 3 axes")
    return f"upd{'' if len(at) == 1 else len(at)} {name} {' '.join(at)} {entry}"


def split_sign(node: Expr) -> tuple[bool, Expr]:
    """Whether a term is negative, and its opposite then."""
    if isinstance(node, Rational) and node < 0:
        return True, -node
    if isinstance(node, Mul) and node.args[0] == -1:
        rest = node.args[1:]
        return True, rest[0] if len(rest) == 1 else Mul._from_args(rest)
    if isinstance(node, Mul) and isinstance(node.args[0], Rational) and node.args[0] < 0:
        return True, Mul._from_args((-node.args[0], *node.args[1:]))
    return False, node


def reciprocal(node: Expr) -> Expr | None:
    """What a power with a negative number as its exponent is the reciprocal of."""
    if isinstance(node, (Pow, TypedPower)):
        base, exponent = node.args
        if isinstance(exponent, Rational) and exponent < 0:
            return base if exponent == -1 else type(node)(base, -exponent)
    return None
