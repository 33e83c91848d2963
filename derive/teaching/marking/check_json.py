"""A check as data."""

from __future__ import annotations

import json
from typing import Any

from sympy.core.basic import Basic

from derive.notation.printing.plain import plain
from derive.teaching.marking.check_wording import assumed, given
from derive.teaching.marking.hints import Hint
from derive.teaching.marking.misconceptions import Variant
from derive.teaching.marking.sheet_check import Check, CheckedLine


def json_text(check: Check) -> str:
    """The same as the text of a file."""
    return json.dumps(data(check), ensure_ascii=False, indent=2)


def data(check: Check) -> dict[str, Any]:
    """A check as plain dictionaries, lists, strings, numbers; formulas in the notation.

    `correct` is None where time ended before every line was decided (`undecided` says so).
    """
    task, point, meant = check.sheet.task, check.counterexample, check.meant
    return {
        "task": task.text, "kind": task.kind, "given": list(given(check)),
        "assumed": list(assumed(check)),
        "aim": plain(task.truth, task.reserved),
        "correct": check.correct, "first_wrong_line": check.first_wrong_line,
        "misconception": check.misconception,
        "misconceptions": [_misconception(check, v) for v in check.variants],
        "counterexample": None if point is None else point.to_json(),
        "meant": None if meant is None else {
            "rule": meant.name, "label": meant.label, "says": meant.says},
        "no_cost": None if check.no_cost is None else str(check.no_cost),
        "complete": check.complete, "missing": check.missing, "undecided": check.undecided,
        "hint": None if check.hint is None else _hint(check, check.hint),
        "lines": [_line(check, line) for line in check.lines],
    }


def _formula(check: Check, node: Basic | None) -> str | None:
    return None if node is None else plain(node, check.sheet.task.reserved)


def _misconception(check: Check, variant: Variant) -> dict[str, Any]:
    entry = variant.misconception
    return {"name": entry.name, "says": entry.says, "hint": entry.hint, "source": entry.source,
            "part": _formula(check, variant.before), "taken_for": _formula(check, variant.after)}


def _hint(check: Check, hint: Hint) -> dict[str, Any]:
    return {"level": hint.level, "strategy": hint.strategy, "rule": hint.rule or None,
            "says": hint.says or None, "place": _formula(check, hint.place),
            "line": _formula(check, hint.line), "refutation": None if hint.refutation is None else str(hint.refutation),
            "no_cost": hint.denies}


def _line(check: Check, line: CheckedLine) -> dict[str, Any]:
    written, steps = line.written, line.between
    content: dict[str, Any] = {
        "line": line.number, "text": written.text, "right": line.right, "how": line.how,
        "notation": _formula(check, written.node)}
    return content if steps is None else {
        **content, "rules": list(steps.labels) if steps.passes else [], "reached": steps.passes,
        "steps": [{"line": _formula(check, s.expression), "rules": list(s.labels)}
                  for s in steps.lines]}
