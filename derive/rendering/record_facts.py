"""What derivations, proofs and what they are made of show of themselves in a shell: one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy.core.basic import Basic

from derive.core.exact import exact
from derive.derivation import Derivation, Line, Step
from derive.notation.printing.plain import plain
from derive.proof import Refusal
from derive.rendering.derivation_rows import result_equation, sections
from derive.rendering.no_cost_facts import claim
from derive.short_reprs import clipped

# The functions of the library, as what they give.
_MADE = {
    "grad": "gradient of", "jacobian": "Jacobian of", "hessian": "Hessian of",
    "cost": "cost with the gradient", "matching_loss": "matching loss of",
    "nll": "negative log-likelihood of", "score": "score of", "mle": "maximum likelihood of",
    "fisher": "Fisher information of", "noise": "noise assumed by",
    "bptt": "back-propagation through time of"}


@exact
def facts_of(record: object) -> str | None:
    """The facts of a record; None where it has no more to say than its fields."""
    made = _FACTS.get(type(record))
    return None if made is None else made(record)


def _derivation(derivation: Derivation) -> str:
    results = (derivation, *derivation.others)
    first = derivation.notation if len(results) == 1 else \
        f"{clipped(result_equation(derivation))}; {len(results)} results"
    count = sum(len(part.lines()) for part in sections(derivation))
    judged = "not verified" if derivation.verification is None else derivation.verification.label
    return (f": {clipped(_question(derivation))}: {clipped(first, 100)}; "
            f"{count} step{'s' * (count != 1)}, {judged}")


def _question(derivation: Derivation) -> str:
    """What was asked for, else the title."""
    asked, typed = derivation.asked, derivation.typed
    if asked is None or asked.function not in _MADE:
        return derivation.title
    slope = typed is not None and asked.function in ("grad", "jacobian", "hessian")
    by = f" by {clipped(typed.wrt, 20)}" if typed is not None and slope and typed.wrt else ""
    names = dict(asked.options).get("through") or ()
    listed = names if isinstance(names, str) else ", ".join(names)
    through = f" through {clipped(listed, 20)}" if listed else ""
    target = "; ".join(asked.target.splitlines())
    return f"{_MADE[asked.function]} {clipped(target, 36)}{through}{by}"


def _step(step: Step) -> str:
    return f" {clipped(step.rule.label, 40)}: {_short(step.before)} -> {_short(step.after)}"


def _line(line: Line) -> str:
    labels = "; ".join(line.labels)
    return f": {_short(line.expression)}{f' ({clipped(labels, 60)})' if labels else ''}"


def _refusal(proof: Refusal) -> str:
    return f": {clipped(claim(proof, ascii=True), 160)}"


def _short(node: Basic) -> str:
    return clipped(plain(node), 70)


_FACTS: Mapping[type, Callable[[Any], str]] = {
    Derivation: _derivation, Step: _step, Line: _line, Refusal: _refusal}
