"""Requests and answers as JSON text, for both engines alike."""

from __future__ import annotations

import json

from derive.studio.studio_answer import answered

_OURS = ("the engine failed here ({}), which is a mistake of derive, not of the formula; another "
         "spelling may go through")


def answer_text(text: str | bytes) -> str:
    """The answer to a request, both JSON; the same request has the same answer, sign by sign."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return written({"ok": False, "error": {"message": "the request is not JSON"}})
    try:
        return written(answered(data))
    except Exception as error:  # a mistake of ours: the page goes on, and says so
        return written({"ok": False, "error": {"message": _OURS.format(type(error).__name__)}})


def written(answer: object) -> str:
    """Data as JSON text."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
