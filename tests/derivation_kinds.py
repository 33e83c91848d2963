"""A derivation of every kind, made once each, and every form in which it is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from typing import Any

import derive
from derive.derivation import Derivation
from derive.errors import NoNoise, NotAGradient
from derive.proof import Refusal

Subject = Derivation | Refusal
SOFTMAX = {"given": ["o: real[K]", "t: simplex(K)"], "wrt": "o"}


def _refused(ask: Callable[[], object]) -> Any:
    try:
        ask()
    except NotAGradient as error:
        return error.proof.verify()
    except NoNoise as error:
        return error.derivation
    raise AssertionError("nothing was refused")


MADE: dict[str, Callable[[], Subject]] = {
    "gradient": lambda: derive.grad("softmax-nll").verify(),
    "conditions": lambda: derive.grad("log(u)*sqrt(v)", given=["u, v: real"], wrt="u").verify(),
    "jacobian": lambda: derive.jacobian("softmax(o)[j]", given=["o: real[K]"], wrt="o").verify(),
    "hessian": lambda: derive.hessian("softmax-nll").verify(),
    "cost": lambda: derive.cost("softmax(o)[i] - t[i]", given=SOFTMAX["given"],
                                wrt="o[i]").verify(),
    "matching loss": lambda: derive.matching_loss("sigmoid").verify(),
    "no cost": lambda: _refused(lambda: derive.cost("z[i]*sum(z)", given="z: real[K]",
                                                    wrt="z[i]")),
    "nll": lambda: derive.nll("bernoulli").verify(),
    "score": lambda: derive.score("normal").verify(),
    "mle": lambda: derive.mle("normal", data="1,2,4").verify(),
    "fisher": lambda: derive.fisher("normal").verify(digits=18),
    "noise": lambda: derive.noise("gaussian-mse").verify(),
    "no noise": lambda: _refused(lambda: derive.noise("hinge")),
    "recurrent": lambda: derive.bptt("rnn").verify(),
    "several variables": lambda: derive.grad(
        "-log(sigmoid(dot(w, x) + b))", given=["w, x: real[D]", "b: real"], wrt="w, b").verify(),
    "through": lambda: derive.grad("softmax-nll", through="p").verify(),
    "route": lambda: derive.grad("softmax-nll", route="matching").verify(),
    "kept names": lambda: derive.grad("p = softmax(o)\n-sum(t[k]*log(p[k]) for k in K)",
                                      **SOFTMAX).verify(),
    "latex": lambda: derive.grad(r"-\log \sigma(z)", given="z: real", wrt="z").verify(),
    "assumed": lambda: derive.grad("(y - w @ x)**2", wrt="w").verify(),
}


@cache
def made(kind: str) -> Subject:
    """The derivation of a kind."""
    return MADE[kind]()


FORMS: dict[str, Callable[[Subject], str]] = {
    "text": lambda d: d.show("text"),
    "latex": lambda d: d.show("latex"),
    "markdown": lambda d: d.show("markdown"),
    "page": lambda d: d.show("html"),
    "notebook": lambda d: "\n".join(
        "".join(cell["source"]) for cell in json.loads(d.show("notebook"))["cells"]),
    "json": lambda d: "\n".join(_texts(json.loads(d.show("json")))),
    "in Jupyter": lambda d: d._repr_html_(),
    "in Jupyter, as LaTeX": lambda d: d._repr_latex_(),
    "in Jupyter, as Markdown": lambda d: d._repr_markdown_(),
}
MARKUP = ("page", "in Jupyter")


def _texts(data: Any) -> Iterator[str]:
    """Every text in data, the keys of its own making left out."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name != "data":  # the trees, which no reader sees
                yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)
    else:
        yield str(data)


def packed(form: str, text: str) -> str:
    """What a reader sees of a form, without white space, in which texts can be looked for."""
    if form in MARKUP:
        text = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL)
        text = unescape(re.sub(r"<[^>]*>", "", text)).replace("\\\n", "")  # a shell joins lines
    text = text.replace(r"\quad", "").replace("\\\\", "").replace("&", "").replace("%", "")
    return re.sub(r"\s", "", text)


@cache
def shown_as(kind: str, form: str) -> str:
    """What a reader sees of a derivation of a kind in a form, without white space."""
    return packed(form, FORMS[form](made(kind)))
