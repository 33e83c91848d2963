"""What is said of a kernel: what it computes, what it takes, how exact it is."""

from __future__ import annotations

from collections.abc import Iterator

from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.targets.numpy.kernel_docstrings import error_text
from derive.notation.printing.plain import plain

_TIERS = {"fast": "plain floats, and wide numbers for the examples that guards flag",
          "faithful": "wide numbers throughout"}
_FUNCTIONS = "value, grad, value_and_grad, hessian, hvp"


def kernel_facts(formula: Formula, accuracy: str) -> Iterator[tuple[str, str, bool]]:
    """Label, text, and whether it is code; errors as far as they were measured."""
    derivation = formula.derivation
    yield "value", plain(formula.loss, derivation.reserved), True
    yield "gradient", derivation.notation, True
    for argument in formula.arguments:
        yield f"argument {argument.name}", str(argument.kind), True
    yield "functions", _FUNCTIONS, True
    yield "accuracy", f"{accuracy}: {_TIERS[accuracy]}", False
    for name, certificate in formula.certificates.items():
        yield f"errors of {name}", error_text(certificate), False
