"""A loss of a linear predictor: the functions that its files for SciPy and scikit-learn share."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

from sympy import Expr

from derive.adapters.data_columns import check, condition_checks
from derive.adapters.estimators.code_blocks import Block, class_name, paragraph
from derive.adapters.margin_losses import MarginLoss, fixed_values
from derive.adapters.request import Request
from derive.arrays.targets.functional.short_code import ShortCode, returned
from derive.arrays.targets.functional.short_dialects import SCIPY
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import free_names
from derive.errors import KernelError
from derive.lazy import cached_property
from derive.notation.printing.plain import plain

FIT_WEIGHTS = "fit needs rows, and for each a weight of at least 0, not all 0"


class LinearLoss:
    """A loss of z = X @ w + b, or of K of them. Raises KernelError where it is none."""

    def __init__(self, request: Request) -> None:
        self.request, self.loss = request, MarginLoss(request)
        margin = self.loss.margin
        if margin.kind.domain != "real":
            raise KernelError(
                f"{margin.name} is {margin.kind}, and X @ w takes any value; name a loss with a "
                f"link, such as one in the logarithm or logit of {margin.name} (`derive losses`)")
        if request.hessian:
            raise KernelError(f"--hessian is a question of trees; {request.library.title} gets "
                              "the exact second derivative")
        self.label = self.loss.label
        self.called = {leaf.name: _safe(leaf.name) for leaf in self.loss.formula.leaves}
        self.margin = self.called[margin.name]
        self.code = ShortCode(self.loss.formula, SCIPY, self.called, fixed=self.loss.constants)

    @property
    def several(self) -> bool:
        """Whether each row has K margins."""
        return self.loss.outputs is not None

    @property
    def data(self) -> list[str]:
        """The arguments of the loss besides its margins."""
        return [f"{self.called[leaf.name]}: {self.type_of(leaf)}"
                for leaf in (self.label, *self.loss.columns)]

    @property
    def conditions(self) -> list[Expr]:
        """The conditions of the loss on what a row holds alone."""
        rows = {leaf for leaf in self.loss.observed if isinstance(leaf, Variable)}
        named = ((c, {n for n in free_names(c) if isinstance(n, (Variable, Tensor))})
                 for c in self.loss.formula.posed.specification.conditions)
        return [c for c, names in named if names and names <= rows]

    @property
    def checks(self) -> list[str]:
        """Statements that refuse data which the loss cannot take."""
        return [line for leaf in self.loss.observed for line in check(
            leaf, self.called[leaf.name])] + \
            condition_checks(self.conditions)

    @property
    def reading(self) -> list[str]:
        """Statements that read the data of a fit, and refuse what the loss cannot take."""
        rows = [leaf for leaf in self.loss.observed if not leaf.kind.shape]
        lines = ["X = np.asarray(X, float)", "if X.ndim != 2 or not np.isfinite(X).all():",
                 "    raise ValueError(\"X must be a matrix of finite numbers\")",
                 "weight = np.ones(len(X)) if weight is None else np.asarray(weight, float)",
                 "if weight.shape != (len(X),) or not np.all(weight >= 0) or not weight.any():",
                 f"    raise ValueError(\"{FIT_WEIGHTS}\")",
                 *(f"{name} = np.asarray({name}, float)" for name in self.names)]
        for name in (self.called[leaf.name] for leaf in rows):
            lines += [f"if {name}.shape != (len(X),):",
                      f"    raise ValueError(f\"{name} must be one number for each row of X; its "
                      f"shape is {{{name}.shape}}\")"]
        classes = [f"{name} = {name}.astype(np.intp)" for name, leaf in
                   zip(self.names, (self.label, *self.loss.columns), strict=True)
                   if leaf.kind.domain == "label"]
        return [*lines, *self.checks, *classes]

    @property
    def names(self) -> list[str]:
        """The names of the data."""
        return [self.called[leaf.name] for leaf in (self.label, *self.loss.columns)]

    def type_of(self, leaf: Expr) -> str:
        """The type of an argument in the file."""
        return "Labels" if leaf.kind.domain == "label" else "Array"

    @property
    def labelled(self) -> bool:
        """Whether the label is one of K classes."""
        return self.label.kind.domain == "label"

    @cached_property
    def functions(self) -> list[Block]:
        """The loss with its slope, and its second derivative."""
        margin = f"{self.margin}: Array"
        both = Block("loss_and_slope", [margin, *self.data], "tuple[Array, Array]",
                     f"The loss of each row, and its derivative by {self.margin}.",
                     returned(self.code.body({"loss": "value", "slope": "gradient"}, _OWN)),
                     True)
        vector = self.loss.formula.vector.name
        if self.several:
            second = Block("curvature_times", [margin, f"{vector}: Array", *self.data], "Array",
                           f"The second derivative by {self.margin}, times {vector}.",
                           returned(self.code.body({"product": "hvp"}, _OWN)), True)
        else:
            second = Block("curvature", [margin, *self.data], "Array",
                           f"The second derivative by {self.margin} of each row's loss.",
                           returned(self.code.body({"second": "hessian"}, _OWN)), True)
        return [both, second]

    @cached_property
    def predicted(self) -> Block | None:
        """What the margin means, as a function of it; None where it is the prediction itself."""
        meant = self.loss.prediction
        element = isinstance(meant.formula, heads.Element)
        if self.loss.margin in (meant.formula, meant.formula.tensor if element else None):
            return None
        body = self.code.body_of(meant.formula, meant.indices, "mean", _OWN)
        return Block("predicted", [f"{self.margin}: Array"], "Array",
                     f"What {self.margin} means: {meant.says}.", returned(body), True)

    @cached_property
    def constants(self) -> list[str]:
        """Vectors of the loss that have values."""
        return [f"{self.called[name]} = np.array([{', '.join(str(float(n)) for n in numbers)}])"
                for name, numbers in fixed_values(self.loss).items()]

    @property
    def name(self) -> str:
        """The name of a class for the loss."""
        entry = self.loss.entry
        return class_name(entry.name) if entry else "Derived"

    def heading(self, purpose: str, more: Sequence[str] = ()) -> str:
        """The docstring of the file: formulas, conventions, and who wrote it."""
        loss, derivation = self.loss, self.loss.derivation
        at = ", ".join(i.name for i in derivation.indices)
        slope = f"{self.margin}[{at}]" if at else self.margin
        formulas = [f"    loss      {plain(loss.loss)}",
                    f"    slope     d/d{slope}: {plain(derivation.result)}"]
        source = [f"Source: {loss.entry.source.rstrip('.')}."] if loss.entry else []
        return "\n\n".join([
            f"{loss.title}: {purpose}.", "\n".join(formulas), *map(paragraph, more),
            *map(paragraph, source), self.request.provenance])


def _safe(name: str) -> str:
    """A name that the file does not use itself."""
    return f"{name}_" if name in _OWN or keyword.iskeyword(name) else name


_WORDS = """w v X K W weight alpha loss slope share coef bias grad along fit hessp margins by_margin
none second predicted predict curvature curvature_times fun_and_grad loss_and_slope optimize special
np Any Array Labels method tol intercept args self upstream values gradient ops keras math y_true
y_pred name dtype reduction given known"""
_OWN = frozenset(re.findall(r"\w+", _WORDS))


def fixed_size(loss: LinearLoss) -> int | None:
    """The number of margins, where the loss says it."""
    margin = loss.loss.margin
    size = margin.kind.shape[0] if isinstance(margin, Tensor) else None
    return getattr(size, "fixed", None) or (size if isinstance(size, int) else None)
