"""A check as data."""

from __future__ import annotations

from typing import Any

from sympy.core.basic import Basic

from derive.notation.printing.plain import plain
from derive.outgoing_text import as_json
from derive.teaching.marking.check_records import Check, CheckedLine, Fault
from derive.teaching.marking.check_wording import apart, assumed, given, remarks
from derive.teaching.marking.counterexample import Counterexample
from derive.teaching.marking.hints import Hint
from derive.teaching.marking.misconceptions import Variant


def json_text(check: Check) -> str:
    """The same as the text of a file."""
    return as_json(data(check), indent=2)


def data(check: Check) -> dict[str, Any]:
    """A check as plain dictionaries, lists, strings, numbers; formulas in the notation.

    `correct` is None where a line was not read or not decided (`undecided` says why).
    """
    task = check.sheet.task
    return {
        "task": task.text, "kind": task.kind, "given": list(given(check)),
        "assumed": list(assumed(check)),
        "aim": plain(task.truth, task.reserved),
        "correct": check.correct, "first_wrong_line": check.first_wrong_line,
        "where": [plain(c, task.reserved) for c in check.conditions],
        "misconception": check.misconception, **_fault(check, check.fault),
        "no_cost": None if check.no_cost is None else str(check.no_cost),
        "complete": check.complete, "missing": check.missing, "undecided": check.undecided,
        "hint": None if check.hint is None else _hint(check, check.hint),
        "lines": [_line(check, line) for line in check.lines],
    }


def _formula(check: Check, node: Basic | None) -> str | None:
    return None if node is None else plain(node, check.sheet.task.reserved)


def _fault(check: Check, fault: Fault) -> dict[str, Any]:
    """What there is to a wrong line."""
    meant, point = fault.meant, fault.counterexample
    return {
        "misconceptions": [_misconception(check, v) for v in fault.variants],
        "counterexample": None if point is None else _point(point),
        "meant": None if meant is None else {
            "rule": meant.name, "label": meant.label, "says": meant.says}}


def _point(point: Counterexample) -> dict[str, Any]:
    """The point, and both values as numbers and as texts that show the difference."""
    values = (None, None) if point.line is None else apart(point.line, point.truth)
    return {**point.to_json(), "printed": {"line": values[0], "task": values[1]}}


def _misconception(check: Check, variant: Variant) -> dict[str, Any]:
    entry = variant.misconception
    return {"name": entry.name, "says": entry.says, "hint": entry.hint, "source": entry.source,
            "part": _formula(check, variant.before), "taken_for": _formula(check, variant.after)}


def _hint(check: Check, hint: Hint) -> dict[str, Any]:
    refutation = None if hint.refutation is None else str(hint.refutation)
    return {"level": hint.level, "strategy": hint.strategy, "rule": hint.rule or None,
            "says": hint.says or None, "place": _formula(check, hint.place),
            "line": _formula(check, hint.line), "refutation": refutation,
            "no_cost": hint.denies}


def _line(check: Check, line: CheckedLine) -> dict[str, Any]:
    written, steps = line.judged, line.between
    content: dict[str, Any] = {
        "line": line.number, "text": line.written.text, "mark": line.mark, "right": line.right,
        "how": line.how, "where": line.where, "follows": line.follows,
        "remarks": list(remarks(line, line.where)),
        "notation": None if written is None else _formula(check, written.node)}
    if line.fault is not None and line is not check.first_wrong:
        content |= _fault(check, line.fault)
    return content if steps is None else {
        **content, "rules": list(steps.labels) if steps.passes else [], "reached": steps.passes,
        "steps": [{"line": _formula(check, s.expression), "rules": list(s.labels)}
                  for s in steps.lines]}
