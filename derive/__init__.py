"""A symbolic-math derivation engine for loss functions.

>>> import derive
>>> derive.grad("-log(softmax(o)[y])", given=["o: real[K]", "y: label(K)"], wrt="o").notation
'softmax(o)[i] - delta(i, y)'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from derive.provided import provide
from derive.provided import provided as _provided
from derive.version import __version__

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
    "activations": "derive.tables.activation_table:activations",
    "bptt": "derive.calculus.recurrence.back_propagation:bptt",
    "check": "derive.teaching.sheet_check:check",
    "cost": "derive.calculus.cost.potential:cost",
    "demonstrate": "derive.teaching.demonstration:demonstrate",
    "Derivation": "derive.derivation:Derivation",
    "DeriveError": "derive.errors:DeriveError",
    "distributions": "derive.tables.distribution_table:distributions",
    "fisher": "derive.calculus.likelihood.fisher_information:fisher",
    "grad": "derive.calculus.gradient.gradient:grad",
    "hessian": "derive.calculus.gradient.gradient:hessian",
    "jacobian": "derive.calculus.gradient.gradient:jacobian",
    "kernel": "derive.arrays:kernel",
    "losses": "derive.tables.loss_table:losses",
    "matching_loss": "derive.calculus.cost.potential:matching_loss",
    "mle": "derive.calculus.likelihood.maximum_likelihood:mle",
    "nll": "derive.calculus.likelihood.density_to_loss:nll",
    "noise": "derive.calculus.likelihood.assumed_noise:noise",
    "NoNoise": "derive.errors:NoNoise",
    "NotAGradient": "derive.errors:NotAGradient",
    "patience": "derive.limits:patience",
    "PatienceError": "derive.errors:PatienceError",
    "rules": "derive.rulebook.loading:standard_rulebook",
    "score": "derive.calculus.likelihood.score_function:score",
    "train": "derive.training.api:train",
}
provide(_HOMES)
# Methods of records that rooms above theirs carry out, and a function for demonstrations.
provide({
    "family": "derive.calculus.cost.family:family",
    "replay": "derive.calculus.replay:replay",
    "verify": "derive.judge.trees.line_certificate:verify",
    "verify_recurrence": "derive.judge.trees.recurrence_certificate:verify",
    "render": "derive.rendering.forms:render",
    "render_fragment": "derive.rendering.jupyter_fragment:fragment",
    "error_fragment": "derive.rendering.jupyter_fragment:error_fragment",
    "render_latex": "derive.rendering.tex:display_latex",
    "to_sympy": "derive.functions.plain_sympy:to_sympy",
    "to_json": "derive.rendering.derivation_json:to_json",
    "from_json": "derive.rendering.derivation_json:from_json",
    "check_data": "derive.teaching.check_json:data",
    "check_fragment": "derive.teaching.check_page:fragment",
    "render_check": "derive.teaching.teaching_forms:render_check",
    "dumped": "derive.storing.writing:dumped",
    "restored": "derive.storing.reading:restored",
    "entries_html": "derive.rendering.entry_tables:entries_html",
})

__all__ = ["Derivation", "DeriveError", "NoNoise", "NotAGradient", "PatienceError", "__version__",
           "activations", "bptt", "check", "cost", "demonstrate", "distributions", "fisher", "grad",
           "hessian", "jacobian", "kernel", "losses", "matching_loss", "mle", "nll", "noise",
           "patience", "rules", "score", "train"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'derive' has no attribute {name!r}")
    return _provided(name)


def __dir__() -> list[str]:
    return sorted(__all__)
