"""Practice in the studio: a request to a practice in, its state out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from derive.limits import patience
from derive.studio.studio_request import SECONDS, Request
from derive.teaching.practice.practice_requests import PracticeRequests


@cache
def _requests() -> PracticeRequests:
    return PracticeRequests()


def practised(request: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a practice after a request: `ok` and `practice`, or an `error` in words."""
    with patience(SECONDS):
        state = _requests().answered(request)
    if "error" in state:
        return {"ok": False, "error": {"message": state["error"]}}
    return {"ok": True, "title": state["title"], "practice": state}


def begun(request: Request) -> dict[str, Any]:
    """The practice of a task, a loss or a formula that was typed."""
    return practised({"action": "begin", "target": request.formula, "given": list(request.given),
                      **request.options})
