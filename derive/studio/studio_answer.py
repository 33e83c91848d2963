"""The engine of the studio: a request in, an answer out, both plain data.

The same code answers a local server and a page that runs Python by itself: nothing here needs
NumPy, a file or a network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from derive.derivation import Derivation
from derive.errors import ArgumentError, DeriveError, NoNoise, NotAGradient
from derive.limits import patience
from derive.proof import Refusal
from derive.provided import provided
from derive.rendering.asked_command import asked_call, asked_command
from derive.rendering.no_cost_facts import claim
from derive.rendering.page.article import article, results_in_latex, results_in_notation
from derive.rendering.page.refutation_article import refusal_article
from derive.rendering.value_and_gradient_code import plain_code
from derive.studio.faults import fault
from derive.studio.formula_preview import preview
from derive.studio.kernel_answer import kernel_answer
from derive.studio.practice_answer import begun, went_on
from derive.studio.request_command import arguments, request_command
from derive.studio.studio_request import Request

Data = dict[str, Any]


def answered(data: object) -> Data:
    """The answer to JSON data: `ok`, then `title`, `html`, `copies`; or an `error` in words.

    `data["preview"]` true asks for the reading of the formula alone, `data["practice"]` is a
    request to a practice (see `derive.teaching.practice.practice_requests`), beside which other
    keys are ignored. Nothing is raised for bad input, for a formula that is refused, or for work
    that has no end within its bound.
    """
    if isinstance(data, Mapping) and isinstance(data.get("practice"), Mapping):
        return went_on(data["practice"])
    reading = isinstance(data, Mapping) and data.get("preview") is True
    if isinstance(data, Mapping) and reading:
        data = {key: value for key, value in dict(data).items() if key != "preview"}
    try:
        request = Request.of_data(data)
    except DeriveError as error:
        return {"ok": False, "error": {"message": str(error)}}
    with patience(request.patience):
        return preview(request) if reading else answer(request)


def answer(request: Request) -> Data:
    """The answer to a request; see `answered`."""
    if not request.formula.strip() and not request.options.get("exercise"):
        return _refused(ArgumentError(
            f"type a {request.question.target.lower()} first, such as "
            f"{request.question.placeholder.splitlines()[-1]}"), request)
    write = _WRITERS.get(request.question.function, _derived)
    try:
        return {"ok": True, "ask": request.ask, **write(request)}
    except NotAGradient as refusal:
        if isinstance(refusal.proof, Refusal):
            return {"ok": True, "ask": request.ask, **_no_cost(refusal.proof, request)}
        return _refused(refusal, request)
    except NoNoise as refusal:
        data = _refused(refusal, request)
        if refusal.derivation is not None:
            data |= {"html": article(refusal.derivation, request.detail, plotted=True)}
        return data
    except DeriveError as error:
        return _refused(error, request)
    except ModuleNotFoundError as missing:  # the page that runs Python by itself has no NumPy
        if (missing.name or "").partition(".")[0] != "numpy":
            raise
        return {**_refused(DeriveError(
            "this needs NumPy, which this page does not have; 'derive studio' answers it, or the "
            "command below"), request), "copies": {"command": request_command(request)}}


def _refused(error: DeriveError, request: Request) -> Data:
    return {"ok": False, "ask": request.ask, "error": fault(error, request)}


def _derived(request: Request) -> Data:
    """What a function of the library derives, verified, as an article."""
    function: Callable[..., Derivation] = provided(request.question.function)
    derivation = function(_typed(request), **arguments(request)).verify()
    return {"title": derivation.title, "html": article(derivation, request.detail, plotted=True),
            "copies": _copies(derivation)}


def _typed(request: Request) -> str:
    """What was typed, as a formula, a model or a name: it never names a file of this machine.

    Raises ArgumentError for a model that is neither written out nor of the catalogue.
    """
    text = request.formula
    if request.question.kind != "model":
        return text
    if "=" in text:
        return f"{text}\n"
    if _NAME.fullmatch(text.strip()) is None:
        raise ArgumentError("type the equations of a model, a line each, or a name of the "
                            "catalogue")
    return text.strip()


_NAME = re.compile(r"[\w-]+")


def _copies(derivation: Derivation) -> Data:
    """The result in the languages in which it is taken away."""
    asked, own = derivation.asked, bool(derivation.rules)
    return {"latex": results_in_latex(derivation), "notation": results_in_notation(derivation),
            "numpy": plain_code(derivation),
            **({} if asked is None else {"command": asked_command(asked, own),
                                         "python": asked_call(asked, own)})}


def _no_cost(proof: Refusal, request: Request) -> Data:
    asked = proof.asked
    return {"title": claim(proof), "html": refusal_article(proof, request.detail), "copies":
            {} if asked is None else {"command": asked_command(asked), "python": asked_call(asked)}}


def _checked(request: Request) -> Data:
    """A derivation of the user's, judged line by line."""
    from derive.teaching.marking.check_page import Sheet

    check = provided("check")(request.formula, seconds=request.patience)
    return {"title": check.sheet.task.text, "html": Sheet(check).article(),
            "correct": check.correct, "complete": check.complete,
            "first_wrong_line": check.first_wrong_line, "copies": {}}


_WRITERS: Mapping[str, Callable[[Request], Data]] = {
    "check": _checked, "kernel": kernel_answer, "practice": begun}
