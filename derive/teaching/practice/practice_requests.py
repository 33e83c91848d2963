"""A practice by requests and answers of plain data; the text of the sheet is all of its state.

What a page asks: `{"action": "begin", "target": …}` or `{"action": "enter", "text": …, "line": …}`
and so on. The answer holds the text that the next request gives back; a practice on a teacher's
file has that `exercise` in each of its requests.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from derive.core.indexing import exact
from derive.errors import ChoiceError, DeriveError
from derive.notation.printing.latex import latex
from derive.notation.printing.mathml import mathml
from derive.notation.printing.plain import plain
from derive.teaching.marking.hints import LEVELS
from derive.teaching.practice.practice_list import course
from derive.teaching.practice.practice_response import Response
from derive.teaching.practice.practice_session import Practice
from derive.teaching.practice.practising import exercise_practice, practice_of, practice_on

_KEPT = 64  # practices of which lines are not judged again
_MOST = 100_000  # signs of a text in a request
_ACTIONS: Mapping[str, Callable[[Practice, str], Response]] = {
    "enter": lambda practice, line: practice.enter(line),
    "hint": lambda practice, _: practice.hint(),
    "why": lambda practice, _: practice.why(),
    "undo": lambda practice, _: practice.undo(),
    "redo": lambda practice, _: practice.redo(),
}


class PracticeRequests:
    """Answers requests. What it keeps are warm engines: without them, lines are judged anew."""

    def __init__(self) -> None:
        self._warm: OrderedDict[
            tuple[str, int, tuple[str, int] | None], Practice] = OrderedDict()

    def answered(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request; `{"error": …}` for one that cannot be met (see `answer`)."""
        try:
            return self.answer(request)
        except DeriveError as error:
            return {"error": str(error)}

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request. Raises DeriveError for one that cannot be met.

        `action` is "begin" (with `target`, `asked`, `given`, `wrt`, `topic`, `seed`; or with
        `exercise`, the text of a teacher's file, and `seed`), "show", "enter" (with `line`),
        "hint", "why", "undo" or "redo"; all but "begin" give the `text` of the sheet, and may
        give `undone`, the lines that were taken back. `highest` bounds the grade of hints.
        """
        action, highest = _word(request, "action"), request.get("highest", LEVELS)
        if type(highest) is not int or highest not in range(LEVELS + 1):
            raise DeriveError(f"highest is a grade of 0 to {LEVELS}, not {highest!r}")
        if action == "begin":
            return self._state(_begun(request, highest), key=_posed_as(request))
        if action not in (*_ACTIONS, "show"):
            raise ChoiceError(f"an action is begin, show, {', '.join(_ACTIONS)}, not {action!r}")
        practice = self._practice(request, highest)
        practice.undone = _lines(request, "undone")
        response = None if action == "show" else \
            _ACTIONS[action](practice, _word(request, "line"))
        return self._state(practice, response, _posed_as(request))

    def _practice(self, request: Mapping[str, Any], highest: int) -> Practice:
        """The practice that a text goes on with."""
        text, posed_as = _word(request, "text"), _posed_as(request)
        warm = self._warm.get((text, highest, posed_as))
        if warm is not None:
            return warm.copied()
        return practice_of(text, highest) if posed_as is None else \
            exercise_practice(*posed_as, highest).resume(text)

    def _state(self, practice: Practice, response: Response | None = None,
               key: tuple[str, int] | None = None) -> dict[str, Any]:
        """The state as data; its engine is kept for the next request."""
        self._warm[practice.text(), practice.highest, key] = practice
        while len(self._warm) > _KEPT:
            self._warm.popitem(last=False)
        return state(practice, response)


def _posed_as(request: Mapping[str, Any]) -> tuple[str, int] | None:
    """The text of the teacher's file, and the number of the variant, where there is one."""
    text, seed = _word(request, "exercise"), request.get("seed")
    return (text, seed if isinstance(seed, int) else 0) if text else None


def _begun(request: Mapping[str, Any], highest: int) -> Practice:
    posed_as = _posed_as(request)
    if posed_as is not None:
        return exercise_practice(*posed_as, highest)
    seed = request.get("seed")
    given = _lines(request, "given")
    target = _word(request, "target") or course(
        _word(request, "topic") or None, seed if isinstance(seed, int) else None)[0].name
    return practice_on(target, _word(request, "asked") or "gradient", _word(request, "wrt"),
                       given, hints=highest, files=False)


def _lines(request: Mapping[str, Any], key: str) -> list[str]:
    """The texts under a key; none where there is nothing. Raises DeriveError."""
    lines = request.get(key, [])
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines) or \
            sum(map(len, lines)) > _MOST:
        raise DeriveError(f"{key!r} is a list of texts of at most {_MOST:,} signs together")
    return list(lines)


def _word(request: Mapping[str, Any], key: str) -> str:
    """The text under a key; empty where there is none. Raises DeriveError."""
    value = request.get(key, "")
    if not isinstance(value, str) or len(value) > _MOST:
        raise DeriveError(f"{key!r} is a text of at most {_MOST:,} signs")
    return value


@exact
def state(practice: Practice, response: Response | None = None) -> dict[str, Any]:
    """A practice as plain data, with the response to what was asked of it last."""
    task = practice.task
    return {
        "text": practice.text(), "undone": list(practice.undone), "title": practice.title,
        "task": task.text, "kind": task.kind, "given": list(task.posed.specification.declared),
        "aim": plain(task.truth, task.reserved), "aim_latex": latex(task.truth, task.reserved),
        "aim_mathml": mathml(task.truth, task.reserved),
        "lines": [{"text": line.text, "where": line.where or None, "written": [
            {"notation": plain(w.node, task.reserved), "latex": latex(w.node, task.reserved),
             "mathml": mathml(w.node, task.reserved)}
            for w in line.written if w.node is not None]} for line in practice.taken],
        "finished": practice.finished, "hints": practice.hints, "attempts": practice.attempts,
        "grade": practice.grade, "highest": practice.highest,
        "response": None if response is None else response.to_json()}
