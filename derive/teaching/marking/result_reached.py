"""Whether a right derivation reaches what its task asks for, by what its last line is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import BoundIndex
from derive.core.indexing import exact, occurs
from derive.core.walk import around, enter, places
from derive.errors import DeriveError
from derive.notation.printing.plain import plain
from derive.notation.reading.parser import parse
from derive.rulebook.measure import measure
from derive.teaching.marking.engine import Engine
from derive.teaching.sheets.case_coverage import cover_all
from derive.teaching.sheets.sheet import Written

_OPERATORS = ((heads.Partial, "derivative d(…)"), (heads.Antiderivative, "integral(…)"),
              (heads.Operator, "operator"))
_LONGEST = 1.5  # a simplified line may be longer than the engine's result by this factor


@exact
def left_to_do(engine: Engine, lines: Sequence[Written]) -> str:
    """What keeps right lines from being a whole derivation, in words; empty where nothing does.

    A derivation may also start with its result and end with what the task sets out from, and it
    may end with a result for each of the cases in which the task has a value.
    """
    if not lines:
        return "no line is written yet"
    if lines[-1].condition:
        return _left_of_cases(engine, lines)
    missing = _missing(engine, lines[-1])
    turned = len(lines) > 1 and lines[-1].ground == engine.task.truth and engine.task.at
    return "" if turned and not _missing(engine, lines[0]) else missing


def _left_of_cases(engine: Engine, lines: Sequence[Written]) -> str:
    """What is left where the last lines are those of cases: the last of each case counts."""
    cases: dict[Basic, Written] = {}
    for line in lines:
        if not line.condition:
            cases.clear()
        elif isinstance(line.ground, heads.Cond):
            cases[line.ground.args[0]] = line
    missing = next(filter(None, (_missing(engine, replace(line, ground=line.node))
                                 for line in cases.values())), "")
    known = () if engine.derivation is None else engine.derivation.obligations
    if missing or cover_all([*cases], (*engine.task.conditions, *known)):
        return missing
    return f"the other cases are left, beside {' and '.join(c.condition for c in cases.values())}"


def _missing(engine: Engine, line: Written) -> str:
    """What keeps a right line from being a result."""
    node, typed, task = line.ground, line.node, engine.task
    if line.role != "step" or node is None or typed is None:
        return ""
    if task.kind == "estimate":
        name = plain(task.at[0], task.reserved)
        return f"the derivative is not yet set to 0 and solved for {name}"
    if task.is_of_a_component(node):
        return "the cost of one component is not yet the cost of all of them"
    if line.condition:
        node = typed  # elsewhere `ground` is the task itself
    for operator, name in _OPERATORS:
        if typed.has(operator) or node.has(operator):
            return f"an unevaluated {name} is left"
    if task.kind == "simplify":
        return _not_simpler(engine, line, typed, node)
    if task.kind != "cost" and not line.array and _picks_a_term(node):
        return "a sum is left in which a Kronecker delta picks one term"
    return ""


def _not_simpler(engine: Engine, line: Written, typed: Basic, node: Basic) -> str:
    """What keeps a line from being a simplification."""
    asked, result = engine.task.truth, engine.result
    if node == asked and not _was_cancelled(engine, line):
        return "the formula of the task was written again; nothing is simplified yet"
    shortest = measure(asked if result is None else result)
    if measure(typed) > _LONGEST * max(shortest, 1) and measure(typed) >= measure(asked):
        return "the line is not simpler than the formula of the task"
    if measure(typed) > _LONGEST * max(shortest, 1):
        return "not yet as simple as it can be"
    return ""


def _was_cancelled(engine: Engine, line: Written) -> bool:
    """Whether the task as it was typed is longer than a line that reads as the same, as x/x for 1.
    """
    scope = engine.task.scope.typed()
    try:
        asked, written = (measure(parse(text, scope)) for text in (
            engine.task.formula, line.typed))
    except DeriveError:
        return False
    return asked > written


def _picks_a_term(node: Basic) -> bool:
    """Whether a sum holds a Kronecker delta of its own index, as a factor of its terms."""
    return any(_has_own_delta(part) for part, _ in places(node) if isinstance(part, heads.Sum))


def _has_own_delta(total: heads.Sum) -> bool:
    index, body, _, _ = enter(total.family, around(total))
    return any(isinstance(part, heads.Delta) and index in part.args and
               any(a != index and not isinstance(a, BoundIndex) for a in part.args) and
               not occurs(index, next(a for a in part.args if a != index))
               for part, _ in places(body) if len(part.args) == 2)
