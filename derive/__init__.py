"""A symbolic-math derivation engine for loss functions.

>>> import derive
>>> derive.grad("softmax-nll").notation
'softmax(o)[i] - delta(i, y)'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from derive.activation_table import activations as activations
    from derive.calculus.gradient import grad as grad
    from derive.calculus.gradient import hessian as hessian
    from derive.calculus.gradient import jacobian as jacobian
    from derive.calculus.likelihood.fisher import fisher as fisher
    from derive.calculus.likelihood.mle import mle as mle
    from derive.calculus.likelihood.nll import nll as nll
    from derive.calculus.likelihood.noise import noise as noise
    from derive.calculus.likelihood.score import score as score
    from derive.calculus.potential import cost as cost
    from derive.calculus.potential import matching_loss as matching_loss
    from derive.calculus.recurrence.bptt import bptt as bptt
    from derive.catalogue import losses as losses
    from derive.derivation import Derivation as Derivation
    from derive.distribution_table import distributions as distributions
    from derive.errors import DeriveError as DeriveError
    from derive.errors import NoNoise as NoNoise
    from derive.errors import NotAGradient as NotAGradient
    from derive.errors import PatienceError as PatienceError
    from derive.kernels import kernel as kernel
    from derive.limits import patience as patience
    from derive.rulebook.loading import standard_rulebook as rules
    from derive.teaching.check import check as check
    from derive.teaching.demonstration import demonstrate as demonstrate
    from derive.training.api import train as train

# Loaded when first used: `import derive` itself needs neither SymPy nor NumPy.
_HOMES = {
    "grad": "derive.calculus.gradient", "jacobian": "derive.calculus.gradient",
    "hessian": "derive.calculus.gradient", "losses": "derive.catalogue",
    "cost": "derive.calculus.potential", "matching_loss": "derive.calculus.potential",
    "nll": "derive.calculus.likelihood.nll", "score": "derive.calculus.likelihood.score",
    "mle": "derive.calculus.likelihood.mle", "fisher": "derive.calculus.likelihood.fisher",
    "noise": "derive.calculus.likelihood.noise", "NoNoise": "derive.errors",
    "distributions": "derive.distribution_table",
    "activations": "derive.activation_table", "NotAGradient": "derive.errors",
    "Derivation": "derive.derivation", "DeriveError": "derive.errors",
    "bptt": "derive.calculus.recurrence.bptt",
    "check": "derive.teaching.check", "demonstrate": "derive.teaching.demonstration",
    "kernel": "derive.kernels", "train": "derive.training.api",
    "patience": "derive.limits", "PatienceError": "derive.errors",
    "rules": "derive.rulebook.loading:standard_rulebook",
}

__all__ = ["Derivation", "DeriveError", "NoNoise", "NotAGradient", "PatienceError", "__version__",
           "activations", "bptt", "check", "cost", "demonstrate", "distributions", "fisher", "grad",
           "hessian", "jacobian", "kernel", "losses", "matching_loss", "mle", "nll", "noise",
           "patience", "rules", "score", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'derive' has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(module), attribute or name)


def __dir__() -> list[str]:
    return sorted(__all__)
