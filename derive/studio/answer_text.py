"""Requests and answers as JSON text, for both engines alike."""

from __future__ import annotations

import json

from derive.studio.studio_answer import answered


def answer_text(text: str | bytes) -> str:
    """The answer to a request, both JSON; the same request has the same answer, sign by sign."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return written({"ok": False, "error": {"message": "the request is not JSON"}})
    return written(answered(data))


def written(answer: object) -> str:
    """Data as JSON text."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
