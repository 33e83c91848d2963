"""Requests and answers as JSON text, for both engines alike."""

from __future__ import annotations

import json

from derive.studio.studio_answer import answered

_LONGEST = 300  # signs of an error that derive did not raise itself


def answer_text(text: str | bytes) -> str:
    """The answer to a request, both JSON; the same request has the same answer, sign by sign.

    Nothing is raised: work that breaks off is answered in words, too.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return refused("the request is not JSON")
    try:
        return written(answered(data))
    except (RecursionError, MemoryError):
        return refused("the formula is too large or too deep for this engine")
    except Exception as error:  # the asker waits for an answer, whatever happens
        return refused(f"the work broke off ({type(error).__name__}: "
                       f"{' '.join(str(error).split())[:_LONGEST]}); please report this formula")


def refused(words: str) -> str:
    """The answer that is an error in these words."""
    return written({"ok": False, "error": {"message": words}})


def written(answer: object) -> str:
    """Data as JSON text; half of a pair of surrogates, which no encoding has, becomes a ?."""
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace").decode("utf-8")
