"""Practice in the studio: a request to a practice in, its state out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from derive.errors import DeriveError
from derive.limits import patience
from derive.studio.faults import fault
from derive.studio.studio_request import SECONDS, Request, bound_of
from derive.teaching.practice.practice_requests import PracticeRequests


@cache
def _requests() -> PracticeRequests:
    return PracticeRequests()


def begun(request: Request) -> dict[str, Any]:
    """The practice of a task, a loss or a formula that was typed. Raises DeriveError."""
    return _shown({"action": "begin", "target": request.formula, "given": list(request.given),
                   **request.options})


def went_on(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a practice after a request: `ok` and `practice`, or an `error` in words.

    `asked["patience"]` bounds the work in seconds.
    """
    request = Request("practice", "")
    try:
        request = Request("practice", "", patience=bound_of(asked.get("patience", SECONDS)))
        with patience(request.patience):
            return {"ok": True, **_shown(asked)}
    except DeriveError as error:
        return {"ok": False, "error": fault(error, request)}


def _shown(asked: Mapping[str, Any]) -> dict[str, Any]:
    state = _requests().answer(asked)
    return {"title": state["title"], "practice": state}
