"""A request as a command: what is typed where the page cannot answer."""

from __future__ import annotations

import shlex

from derive.studio.studio_request import Request

_OPTIONS = {"language": "target"}  # those that the command line calls otherwise


def request_command(request: Request) -> str:
    """The command that answers a request."""
    words = ["derive", request.question.function, request.formula]
    for line in request.given:
        words += ["--given", line]
    for name, text in request.options.items():
        words += [f"--{_OPTIONS.get(name, name)}", text.strip()]
    return shlex.join(words)
