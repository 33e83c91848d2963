"""The docstrings of a generated module: formula, gradient, shapes, conventions, measured error."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from derive.arrays.certificate.certificate import Certificate
from derive.core.kinds import MATRICES as DECLARED
from derive.notation.printing.plain import plain

WIDTH = 96
_DOMAINS = {"real": "real", "count": "0, 1, 2, …", "binary": "0 or 1",
            "probability": "in (0, 1); the ends give the limits where there are any"}
CONVENTIONS = (
    "Value: the formula as it stands above. No constant is dropped and none is added, no factor "
    "1/2 or 2 besides what the formula has; each parameter has the scale that its name says.",
    "Hessian: the exact second derivatives with respect to the variable, neither their diagonal "
    "alone, nor the Fisher information, nor a bound.",
    "reduction: none (one value for each example), sum, or mean over the examples that count. "
    "The derivatives are those of the sum, or of the mean.",
    "weight: multiplies the example's value and derivatives; a mean divides by the number of "
    "examples that count, not by the sum of the weights.",
    "mask, ignore_label: examples that do not count have the value 0 and the gradient 0 and are "
    "not in the mean's denominator; over no examples the mean is 0.",
    "At a kink and at a tie the derivative is that of the case which the formula names; the sign "
    "of 0 is 0, of several largest elements the first one counts.",
    "NaN gives NaN. Infinite arguments give limits where these exist. No warnings are raised.",
)


def docstrings(formula: Any, plans: Iterable[str], accuracy: str,
               certificates: Mapping[str, Certificate], linear: bool = False) -> dict[str, str]:
    """The docstring of the module, of one in plain floats alone, and of each of its functions."""
    measured = {name: error_text(c) for name, c in certificates.items()}
    plain_ones = {name: bare_text(c) for name, c in certificates.items()}
    texts = {"module": module_docstring(formula, accuracy, measured, linear),
             "plain": module_docstring(formula, "plain", plain_ones, linear)}
    for plan in plans:
        texts[plan] = _function(formula, plan)
    return texts


MATRICES = (
    "Matrices: what has to be inverted is factored in float64, float32 arguments too. Errors are "
    "relative to the largest element of a result, and to the condition number; examples of which "
    "it is beyond 2**26 are computed again in numbers of about 100 bits.",
    "A matrix that is not symmetric, positive definite, triangular or invertible where it must be "
    "raises ValueError with its name and the example; NaN and infinities in one that is declared "
    "so do, too.",
)


def module_docstring(formula: Any, accuracy: str, measured: Mapping[str, str],
                     linear: bool = False) -> str:
    """Everything about the kernel that a user needs to know."""
    derivation = formula.derivation
    at = plain(derivation.quantity.args[1])
    lines = [f"{formula.title}: value and derivatives, derived and generated.", "",
             f"value     {plain(formula.loss)}",
             f"gradient  d/d{at}: {plain(derivation.result)}"]
    if "hessian" in measured or "hvp" in measured:
        lines.append(f"Hessian   {plain(formula.second.result)}")
    lines += ["", "Arguments"]
    lines += [f"    {_describe(a)}" for a in formula.arguments]
    lines += ["", *_wrapped("Leading batch axes (...) broadcast. float32 arrays stay float32, "
                            "anything else is computed in float64; labels are integers of any "
                            "width.")]
    conditions = [plain(c) for c in formula.posed.specification.conditions]
    conditions += [plain(o) for o in derivation.obligations]
    if conditions:
        lines += ["", *_wrapped("Holds where " + ", ".join(dict.fromkeys(conditions)) + ".")]
    lines += ["", "Conventions"]
    declared = any(a.kind.domain in DECLARED for a in formula.arguments)
    for convention in (*CONVENTIONS, *(MATRICES if linear or declared else ())):
        lines += [f"    {line}" if n else f"  - {line}"
                  for n, line in enumerate(textwrap.wrap(convention, WIDTH - 4))]
    lines += ["", *_tier(accuracy)]
    for name, text in measured.items():
        lines += textwrap.wrap(f"    {name:<9} {text}", WIDTH, subsequent_indent=" " * 14)
    if derivation.source:
        lines += ["", *_wrapped(f"Source: {derivation.source}.")]
    return "\n".join(lines).replace("\\", "\\\\")


def _tier(accuracy: str) -> list[str]:
    if accuracy == "plain":
        text = "Accuracy: plain floats throughout, measured against numbers of about 100 bits."
    elif accuracy == "faithful":
        text = ("Accuracy: faithful. float64 results are computed in numbers of about 100 bits "
                "with an unbounded exponent and rounded once, float32 results in float64.")
    else:
        text = ("Accuracy: fast. Plain floats; examples at which these would overflow, vanish or "
                "lose their digits are computed again in numbers of about 100 bits.")
    return _wrapped(text)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)


def _describe(argument: Any) -> str:
    shape = ", ".join(["...", *map(str, argument.kind.shape)])
    kind = argument.kind
    what = f"integers in [0, {kind.over})" if argument.integral else \
        _DOMAINS.get(kind.domain, str(kind.domain))
    name = argument.safe if argument.safe == argument.name else \
        f"{argument.safe} ({argument.name})"
    return f"{name:<8} ({shape})  {what}"


def _function(formula: Any, plan: str) -> str:
    at = plain(formula.derivation.quantity.args[1])
    texts = {
        "value": "The loss of each example, or its sum or mean.",
        "grad": f"The gradient with respect to {at}.",
        "value_and_grad": f"The loss and its gradient with respect to {at}.",
        "hessian": f"The exact second derivatives with respect to {at}.",
        "hvp": f"The Hessian with respect to {at} times a vector, shaped like the variable.",
    }
    return texts[plan] + "\n\nOptions and errors: see the module.\n"


def bare_text(certificate: Certificate) -> str:
    """What sampling has shown of a result where nothing is computed again."""
    worst = ", ".join(f"{value:.3g} ULP in {name}" for name, value in certificate.bare.items())
    text = f"at most {worst or '0.5 ULP'} at typical inputs"
    if certificate.lost:
        share = certificate.lost / certificate.points
        text += f"; beyond 1024 ULP at {max(share, 0.0005):.1%} of {certificate.points} inputs"
    return text


def error_text(certificate: Certificate) -> str:
    """What sampling has shown of a result."""
    worst = ", ".join(f"{value:.3g} ULP in {name}" for name, value in certificate.worst.items())
    share = certificate.again.get("typical", 0)
    if certificate.linear:
        worst = f"{worst or '0.5 ULP'} times the condition number"
    text = f"at most {worst or '0.5 ULP'} at {certificate.points} sampled inputs"
    if certificate.again and max(certificate.again.values()) > 0:
        text += f"; {share:.1%} of typical examples are computed again"
    if certificate.near:
        text += "; an element that nearly vanishes by cancellation may lose 20 bits"
    if certificate.missed:
        text += f"; {certificate.missed} of them beyond {2**20 if certificate.linear else 1024} ULP"
    return text

