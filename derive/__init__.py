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
    from derive.arrays import kernel as kernel
    from derive.calculus.cost.potential import cost as cost
    from derive.calculus.cost.potential import matching_loss as matching_loss
    from derive.calculus.gradient.gradient import grad as grad
    from derive.calculus.gradient.gradient import hessian as hessian
    from derive.calculus.gradient.gradient import jacobian as jacobian
    from derive.calculus.likelihood.assumed_noise import noise as noise
    from derive.calculus.likelihood.density_to_loss import nll as nll
    from derive.calculus.likelihood.fisher_information import fisher as fisher
    from derive.calculus.likelihood.maximum_likelihood import mle as mle
    from derive.calculus.likelihood.score_function import score as score
    from derive.calculus.recurrence.back_propagation import bptt as bptt
    from derive.derivation import Derivation as Derivation
    from derive.errors import DeriveError as DeriveError
    from derive.errors import NoNoise as NoNoise
    from derive.errors import NotAGradient as NotAGradient
    from derive.errors import PatienceError as PatienceError
    from derive.limits import patience as patience
    from derive.rulebook.loading import standard_rulebook as rules
    from derive.tables.activation_table import activations as activations
    from derive.tables.distribution_table import distributions as distributions
    from derive.tables.loss_table import losses as losses
    from derive.teaching.demonstration import demonstrate as demonstrate
    from derive.teaching.sheet_check import check as check
    from derive.training.api import train as train

# Loaded when first used: `import derive` itself needs neither SymPy nor NumPy.
_HOMES = {
    "grad": "derive.calculus.gradient.gradient",
    "jacobian": "derive.calculus.gradient.gradient",
    "hessian": "derive.calculus.gradient.gradient",
    "losses": "derive.tables.loss_table",
    "cost": "derive.calculus.cost.potential",
    "matching_loss": "derive.calculus.cost.potential",
    "nll": "derive.calculus.likelihood.density_to_loss",
    "score": "derive.calculus.likelihood.score_function",
    "mle": "derive.calculus.likelihood.maximum_likelihood",
    "fisher": "derive.calculus.likelihood.fisher_information",
    "noise": "derive.calculus.likelihood.assumed_noise",
    "NoNoise": "derive.errors",
    "distributions": "derive.tables.distribution_table",
    "activations": "derive.tables.activation_table",
    "NotAGradient": "derive.errors",
    "Derivation": "derive.derivation",
    "DeriveError": "derive.errors",
    "bptt": "derive.calculus.recurrence.back_propagation",
    "check": "derive.teaching.sheet_check",
    "demonstrate": "derive.teaching.demonstration",
    "kernel": "derive.arrays",
    "train": "derive.training.api",
    "patience": "derive.limits",
    "PatienceError": "derive.errors",
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
