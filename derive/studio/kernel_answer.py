"""The code of a loss: a certified module where NumPy is there, else plain code and the command."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from derive.outgoing_text import escape
from derive.provided import provided
from derive.rendering.page.article import chapter
from derive.rendering.page.code_tabs import code_tabs
from derive.rendering.value_and_gradient_code import plain_code
from derive.studio.request_command import request_command
from derive.studio.studio_questions import LANGUAGES
from derive.studio.studio_request import Request

_WITHOUT = ("A kernel is certified against 50-digit numbers while it is written, which needs "
            "NumPy; this page runs without it. The command writes the module, and the functions "
            "below are the same formulas in plain NumPy, neither certified nor stabilised.")


def kernel_answer(request: Request) -> dict[str, Any]:
    """The module of a loss in a language, or how it is had where NumPy is not there.

    Raises DeriveError for what is no loss or has no kernel.
    """
    options = dict(request.options)
    language = options.pop("language", "numpy")
    command = request_command(request)
    if find_spec("numpy") is None:
        derivation = provided("grad")(request.formula, given=list(request.given),
                                 wrt=options.get("wrt"))
        tabs = [("Command line", command), ("Plain NumPy", plain_code(derivation))]
        title = f"Code of {request.formula.strip()}"
        return {"title": title, "html": _page(title, tabs, _WITHOUT),
                "copies": {"command": command}, "needs": "numpy"}
    from derive.argument_kinds import names_in
    from derive.arrays.kernels import FIRST, kernel_to_write

    made = kernel_to_write(
        request.formula, list(request.given), options.get("wrt"), options.get("accuracy", "fast"),
        names_in(FIRST), "both", language, "auto", None)
    tabs = [(LANGUAGES[language], made.source), ("Command line", command)]
    return {"title": made.title, "html": _page(made.title, tabs, ""),
            "copies": {"command": command, language: made.source}}


def _page(title: str, tabs: list[tuple[str, str]], note: str) -> str:
    words = f'<p class="note">{escape(note)}</p>' if note else ""
    return (f"<article><header><h1>{escape(title)}</h1></header>{words}"
            f"{chapter('Code', code_tabs(tabs, 'line', 3), 2)}</article>")
