"""Filling a pattern in: its metavariables replaced by what they are bound to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Dim
from derive.core.indexing import parts
from derive.core.stored import Stored
from derive.core.walk import Binders, around, enter_over, substitute, with_arguments
from derive.rulebook.patterns import Meta, MetaApply, metavariables


@dataclass(frozen=True)
class Family(Stored):
    """What an applied metavariable is bound to: a body with its parameters."""

    parameters: tuple[Basic, ...]
    body: Basic

    def at(self, arguments: tuple[Basic, ...]) -> Expr:
        """The body with other arguments in place of the parameters."""
        if arguments == self.parameters:
            return self.body
        return substitute(self.body, dict(zip(self.parameters, arguments, strict=True)))


Bindings = Mapping[str, Any]  # metavariable name → expression, dimension, tensor or Family


def body_of(value: Any) -> Expr:
    """What a metavariable stands for, of a family its body."""
    return value.body if isinstance(value, Family) else value


def is_alike(pattern: Expr, names: Iterable[str], bindings: Bindings) -> bool:
    """Whether metavariables stand for what holds functions of the pattern, of other arguments.

    Those of the pattern's own argument, up to the sign, do not count.
    """
    own = {fill(n, bindings) for n in parts(pattern) if isinstance(n, heads.Apply)}
    named = {n.name for n in own}
    inner = {n for n in parts(*(body_of(bindings[name]) for name in names))
             if isinstance(n, heads.Apply) and n.name in named}
    return bool(inner - own - {with_arguments(n, (n.args[0], -n.args[1])) for n in own})


def fill(pattern: Expr, bindings: Bindings) -> Expr:
    """The pattern with its metavariables replaced by what they are bound to."""
    return _fill(pattern, bindings, None)


def _fill(pattern: Expr, bindings: Bindings, binders: Binders | None) -> Expr:
    if isinstance(pattern, (Meta, Dim)):
        return bindings.get(pattern.name, pattern)
    if isinstance(pattern, MetaApply):
        arguments = tuple(_fill(a, bindings, binders) for a in pattern.args[1:])
        return bindings[pattern.name].at(arguments)
    if isinstance(pattern, heads.Lam):
        here = _around(pattern, bindings) if binders is None else binders
        dim = bindings.get(str(pattern.dim), pattern.dim)
        index, body, where, inner = enter_over(pattern, dim, here)
        return heads.Lam(index, _fill(body, bindings, inner), _fill(where, bindings, inner))
    if not pattern.args:
        return pattern
    return with_arguments(pattern, (_fill(a, bindings, binders) for a in pattern.args))


def _around(pattern: Expr, bindings: Bindings) -> Binders:
    """The binders around a filled-in pattern: those around everything that is put in."""
    values = [bindings[name] for name in metavariables(pattern) if name in bindings]
    return around(*(part for v in values for part in (
        (v.body, *v.parameters) if isinstance(v, Family) else (v,))))
