"""Whether a cost is bounded below, and why it may be no function of the output."""

from __future__ import annotations

from sympy import Expr, Integer, preorder_traversal

from derive.calculus.cost.field import Field
from derive.calculus.cost.recognise import Recognised
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import depends
from derive.core.kinds import VECTORS
from derive.core.walk import dangling
from derive.derivation import Derivation
from derive.functions.decisions import assuming, decide
from derive.functions.function_records import function_of
from derive.functions.intervals import interval
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse, parse_condition
from derive.notation.reading.scope import Scope
from derive.rulebook.loading import standard_rulebook


def why_not(recognised: Recognised) -> str:
    """Why a cost is no function of the output, or nothing."""
    if recognised.entry is not None and not recognised.entry.increasing:
        return f"{recognised.entry.title} is not monotone: the cost is no function of the output"
    return ""


def no_output_form(main: Derivation, field: Field, recognised: Recognised | None) -> str:
    """Why a cost that exists cannot be written in the output that was asked for."""
    assert field.output is not None
    name = field.output.name
    there = f"the cost exists, {main.quantity.name} = {plain(main.result, main.reserved)}, but"
    if recognised is not None and recognised.entry is not None:
        if recognised.entry.range == "simplex" and field.indices:
            total = heads.Sum.over(recognised.target, field.indices[0])
            return (f"{there} it is no function of {name}: adding a number to all of "
                    f"{field.tensor.name} leaves {name} as it is, and changes the cost unless "
                    f"{plain(total)} = 1; declare the target as a simplex(…) if it sums to 1")
        if not recognised.entry.increasing:
            return (f"{there} it is no function of {name}: {name} = "
                    f"{plain(recognised.output)} is not monotone, so several {field.tensor.name} "
                    "have the same output")
    return (f"{there} no inverse of {name} = {plain(field.output.body)} is known; add the "
            "activation to rules/activations.toml, or leave --output out")


def bounded(recognised: Recognised | None, field: Field) -> str:
    """Whether the target lies in the closure of the activation's range."""
    if recognised is None or recognised.entry is None or depends(recognised.target, field.at):
        return ""
    target, entry = recognised.target, recognised.entry
    sign = decide(heads.Less(Integer(0), recognised.slope))
    if not sign:
        return "" if sign is None else (
            f"no: the output falls as {pretty(field.at)} rises, so the cost is unbounded below")
    if entry.range == "simplex":
        return "" if _on_simplex(target, field) else \
            f"only where the {pretty(target)} are nonnegative and sum to 1; else unbounded below"
    if entry.outside:
        return f"not {entry.outside}: there the cost is unbounded below"
    inside = _inside(target, entry.range, field)
    if inside is False:
        return (f"no: the target {pretty(target)} lies outside the range {entry.range} of the "
                "output, so the cost is unbounded below")
    if inside is None and entry.increasing:
        return (f"not for targets {pretty(target)} outside {_closed(entry.range)}: there the cost "
                "is unbounded below")
    return ""


def _inside(target: Expr, range_: str, field: Field) -> bool | None:
    """Whether a target lies between the ends of a range, or on one; None for unknown."""
    low, high = _ends(range_)
    pairs = [pair for pair in ((low, target), (target, high)) if None not in pair]
    with assuming(field.posed.specification.conditions):
        answers = [_at_most(*pair) for pair in pairs]
    return False if False in answers else None if None in answers else True


def _closed(text: str) -> str:
    """A range with its finite ends."""
    low, high = (part.strip() for part in text[1:-1].split(","))
    return f"{'(' if 'inf' in low else '['}{low}, {high}{')' if 'inf' in high else ']'}"


def domain_of(node: Expr, field: Field) -> tuple[Expr, ...]:
    """The conditions for a formula to have a value that neither kinds nor assumptions decide."""
    conditions = []
    with assuming(field.posed.specification.conditions):
        for part in preorder_traversal(node):
            function = function_of(part) if isinstance(part, heads.Apply) else None
            if function is not None and function.domain and not dangling(part):
                scope = Scope()
                scope.names.update(zip(function.parameters, part.args[1:], strict=True))
                condition = parse_condition(function.domain, scope)
                if decide(condition) is not True:
                    conditions.append(condition)
    return tuple(dict.fromkeys(conditions))


def _at_most(small: Expr, large: Expr) -> bool | None:
    """Whether one number is at most another: True, False, or None for unknown."""
    if decide(heads.Less(large, small)):
        return False
    return decide(heads.LessEqual(small, large))


def _ends(text: str) -> tuple[Expr, Expr]:
    """The ends of a range such as `(0, inf)`; None for an infinite one, or where there is none."""
    if "," not in text:
        return None, None
    low, high = (None if "inf" in end else parse(end, Scope()) for end in text[1:-1].split(","))
    return low, high


def _on_simplex(target: Expr, field: Field) -> bool:
    """Whether a target is a point of the simplex, or the indicator of a label."""
    if isinstance(target, heads.Delta):
        return True
    if isinstance(target, heads.Element) and target.tensor.kind.domain in VECTORS:
        return True
    total = heads.Sum.over(target, field.indices[0])
    return interval(target).nonnegative and \
        Work(total, standard_rulebook()).run("finish").line == 1
