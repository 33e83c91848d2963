"""Which members of a family of outputs have a cost with the gradient output - target?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from derive.calculus.cost.field import read_field
from derive.calculus.cost.potential import cost
from derive.calculus.cost.symmetry import symmetry
from derive.calculus.integral.integral_search import Integrator
from derive.calculus.problem import with_unknown
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import exact
from derive.derivation import Derivation
from derive.notation.reading.parser import parse
from derive.notation.reading.specification import specify
from derive.public_arguments import public
from derive.resources import check_entry, read_table, rules_folder
from derive.rulebook.loading import Rules

_POSED: dict[str, Any] = {"title": str, "given": list, "field": str, "wrt": str, "says": str,
                          "source": str, "solution": str, "closing": list, "closes": str}
_PART: dict[str, Any] = {"says": str, "given": list, "start": str, "strategy": str,
                         "integral": str, "wrt": str}


@public()
@exact
def family(rules: Rules = None) -> Derivation:
    """Why it is exp: of y = g(z) / sum(g(z)), only g = A exp(beta z) has a cost of gradient y - t.

    The parts are those of `rules/families.toml`; the last derivation is the cost that remains.
    Raises DataFileError.

    >>> derive.family().notation
    '-sum(t * log(softmax(beta * z))) / beta'
    """
    path = rules_folder() / "families.toml"
    (name, posed), *others = read_table(path).items()
    check_entry(path, name, posed, _POSED, tuple(_POSED))
    field = read_field(posed["field"], posed["given"], posed["wrt"])
    shown = symmetry(field, with_unknown(rules, field.posed.scope))
    parts = [replace(shown.jacobian, note=posed["says"]), shown.difference]
    for name, entry in others:
        check_entry(path, name, entry, _PART, ("says", "given"))
        parts.append(_part(name, entry, rules))
    solution = cost(posed["solution"], given=posed["closing"], wrt=posed["wrt"], rules=rules)
    first = replace(solution.parts[0], note=f"{posed['closes']} {solution.parts[0].note}")
    given = tuple(dict.fromkeys((*posed["given"], *posed["closing"])))
    return replace(solution, title=posed["title"], source=posed["source"], given=given,
                   parts=(*parts, first, *solution.parts[1:]), asked=None)


def _part(name: str, entry: dict[str, Any], rules: Rules) -> Derivation:
    """One part: a formula brought to an end, or an integral."""
    specification = specify(entry.get("start") or entry["integral"], entry["given"])
    scope, body = specification.scope, specification.loss
    rulebook = with_unknown(rules, scope)
    at = parse(entry["wrt"], scope) if "wrt" in entry else None
    start = body if at is None else heads.Antiderivative(body, at)
    work = Work(start, rulebook)
    if at is None:
        work.run(entry["strategy"])
    else:
        Integrator(rulebook).integrate(work)
    return work.derivation(name.capitalize(), "family", start, specification.declared, modulo=at,
                           assumptions=specification.conditions, note=entry["says"])
