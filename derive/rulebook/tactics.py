"""Rules that a pattern cannot state: Python functions from an expression to an equal one.

Their statement stands in the rule file, and the sampler checks them against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from sympy import Expr

from derive.deferred_dataclass import dataclass
from derive.functions.matrix_facts import in_order
from derive.rulebook.algebra import collected, multiplied_out
from derive.rulebook.case_joining import cases_joined
from derive.rulebook.cases_in_context import decided_in_context
from derive.rulebook.comparing import compared, settled
from derive.rulebook.delta_sifting import deltas_sifted
from derive.rulebook.equations import cleared, without_denominators
from derive.rulebook.exponentials import logarithm_apart
from derive.rulebook.faces import faces_joined, places_beside_deltas
from derive.rulebook.removable_points import derivative_with_removable_point
from derive.rulebook.sum_splitting import split_by_factors
from derive.rulebook.sums_of_exponentials import exponentials_joined, exponentials_lowered
from derive.rulebook.symmetric_sums import exchanged, merged
from derive.rulebook.term_places import (
    at_equal_places,
    flattened,
    negated,
    sign_into_divisor,
    with_signs_in_front,
)

RESTATING = frozenset({"restated"})  # tactics that repeat an answer, and do not compute it
Parameters = Mapping[str, Any]  # expressions, names, numbers and tuples of them: data alone

TACTICS: dict[str, Callable[[Expr], Expr]] = {
    "collect": collected,
    "flatten": flattened,
    "compare": compared,
    "settle": settled,
    "negate": negated,
    "signs": with_signs_in_front,
    "equal-places": at_equal_places,
    "multiply-out": multiplied_out,
    "sift": deltas_sifted,
    "split-by-factors": split_by_factors,
    "join-cases": cases_joined,
    "join-faces": faces_joined,
    "places-beside-deltas": places_beside_deltas,
    "join-exponentials": exponentials_joined,
    "lower-exponentials": exponentials_lowered,
    "logarithm": logarithm_apart,
    "clear": cleared,
    "clear-denominators": without_denominators,
    "turn": sign_into_divisor,
    "in-context": decided_in_context,
    "removable": derivative_with_removable_point,
    "orient": in_order,
    "exchange": exchanged,
    "merge-symmetric": merged,
}


@dataclass(frozen=True)
class Setting:
    """What a step with parameters may use besides its expression; all of it is on record."""

    parameters: Parameters
    rulebook: Any
    parts: tuple[Any, ...] = ()  # derivations that the step rests on

    def __getitem__(self, name: str) -> Any:
        return self.parameters[name]


def owes_nothing(before: Expr, after: Expr, setting: Setting) -> tuple[Expr, ...]:
    """The obligations of a step that holds wherever its expression has a value."""
    return ()


@dataclass(frozen=True)
class Tactic:
    """A step that no pattern states: a function of an expression and of parameters.

    `apply` gives the expression after it, or the same one where it does not apply; `rule` the
    name, sentence and source of the step, made from the parameters too; `owes` its obligations.
    """

    name: str
    apply: Callable[[Expr, Setting], Expr]
    rule: Callable[[Setting], Any]
    owes: Callable[[Expr, Expr, Setting], tuple[Expr, ...]] = field(default=owes_nothing)
