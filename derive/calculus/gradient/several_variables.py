"""Several variables at once: a derivation for each, or one for each block of second derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations_with_replacement

from derive.calculus.asked_variables import Wrt, separated
from derive.calculus.problem import problem, real_names
from derive.core.indexing import root
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.judge.rules.user_functions import Functions
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given

ALL_NAMES = "all"  # every real name of the formula


def variables(wrt: Wrt, target: str, given: Given, functions: Functions | None,
              arrays: bool = False) -> list[str]:
    """The variables in question; `all` stands for every real name that is not defined."""
    names = separated(wrt)
    if names != [ALL_NAMES]:
        return names
    posed = problem(target, given, ALL_NAMES, arrays=arrays, functions=functions)
    known = real_names(posed.scope, {d.name for d in posed.specification.definitions})
    return separated(known)


def for_each(names: list[str], derive: Callable[[str | None], Derivation]) -> Derivation:
    """One derivation with a result for each variable; the first is the result, then the others."""
    if len(names) < 2:
        return derive(names[0] if names else None)
    results = [derive(name) for name in names]
    return _joined([replace(r, note=r.note or f"By {_root_of(r)}:") for r in results], names)


def for_each_pair(names: list[str], derive: Callable[[str | None, str | None], Derivation],
                  ) -> Derivation:
    """One derivation with a block for each pair of variables: ww, wb, bb."""
    if len(names) < 2:
        return derive(names[0] if names else None, None)
    if any("[" in name for name in names):
        raise DeriveError("second derivatives by several variables take whole names, as in "
                          f"--wrt '{', '.join(n.partition('[')[0] for n in names)}'")
    return _joined([derive(a, None if a == b else b)
                    for a, b in combinations_with_replacement(names, 2)], names)


def _root_of(derivation: Derivation) -> str:
    return pretty(root(derivation.quantity.args[1]))


def _joined(results: list[Derivation], names: list[str]) -> Derivation:
    """Several derivations of equal rank as one; the question as typed is that of all."""
    first, *others = results
    assert first.typed is not None
    return replace(first, others=tuple(replace(o, typed=None) for o in others),
                   typed=replace(first.typed, wrt=", ".join(names)))
