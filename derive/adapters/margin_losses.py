"""What every adapter asks of a loss: its prediction, its label, its parameters, its link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr

from derive.adapters.request import Request
from derive.adapters.setting_values import with_values
from derive.arrays.stable.kernel_formulas import Formula
from derive.calculus.problem import unfolded, variable
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.indexing import free_names, root
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import KernelError
from derive.functions.decisions import settled
from derive.lazy import cached_property
from derive.notation.reading.parser import parse_value
from derive.tables.distribution_table import Distribution, Link, distributions, link_for

Leaf = Variable | Tensor
LABELS = ("y", "t")  # what a label is called where nobody says so


@dataclass(frozen=True)
class Prediction:
    """What a margin means: a formula of it, in words, and the link that says so, if one does."""

    formula: Expr
    says: str
    link: Link | None = None


class MarginLoss:
    """A loss of one prediction (or of K of them) and what a row of the data holds.

    `margin` is what the model predicts, before any link; `observed` is what a row holds, the
    label first. Parameters have values, which stand in the formula; vectors among them are
    `constants`, which a file holds by name. Raises KernelError where the loss is not such a one.
    """

    def __init__(self, request: Request) -> None:
        self.request, self.entry = request, request.entry
        self.target, self.given, self.constants = with_values(request)
        wrt = request.wrt or (self.entry.wrt if self.entry else None)
        self.formula = Formula(self.target, list(self.given), wrt, request.functions)
        self.observed = self._observed()

    @property
    def title(self) -> str:
        """The title of the entry, or the formula, with the values of its parameters."""
        title = self.entry.title if self.entry else self.formula.title
        values = ", ".join(f"{n} = {v}" for n, v in self.request.values.items())
        return f"{title}, {values}" if values else title

    @property
    def values(self) -> Mapping[str, str]:
        """The parameters that have a value."""
        return self.request.values

    @cached_property
    def margin(self) -> Leaf:
        """What the model predicts."""
        posed = self.formula.posed
        place, _ = variable(posed.wrt, posed.scope)
        if not isinstance(place, Variable) and posed.wrt.strip() != root(place).name:
            raise KernelError(f"{posed.wrt} is a part of an array; a model predicts all of "
                              f"{root(place).name}: --wrt {root(place).name}")
        leaf: Leaf = root(place)
        if len(leaf.kind.shape) > 1:
            raise KernelError(f"{leaf.name} is {leaf.kind}; a row of a data set has a number or a "
                              "vector to predict, no matrix")
        return leaf

    @property
    def outputs(self) -> Any:
        """The dimension of a vector of predictions, K; None for one number."""
        return self.margin.kind.shape[0] if self.margin.kind.shape else None

    @property
    def derivation(self) -> Derivation:
        """The derivation of the gradient."""
        return self.formula.derivation

    @property
    def label(self) -> Leaf:
        """What is predicted for."""
        return self.observed[0]

    @property
    def columns(self) -> tuple[Leaf, ...]:
        """What else a row holds beside its label."""
        return self.observed[1:]

    @property
    def loss(self) -> Expr:
        """The loss, with the values of its parameters."""
        return self.formula.loss

    def _observed(self) -> tuple[Leaf, ...]:
        rest = [leaf for leaf in self.formula.leaves
                if leaf != self.margin and leaf.name not in self.constants]
        named = self.request.observed or (self.entry.observed if self.entry else ())
        return _in_order(rest, named, self.formula.title)

    @cached_property
    def distribution(self) -> tuple[Distribution, str] | None:
        """The distribution whose negative log-likelihood the loss is, with its link."""
        if self.entry is None or self.margin.name != self.entry.wrt:
            return None
        return next(((d, link) for d in distributions() for link, name in d.losses
                     if name == self.entry.name), None)

    @cached_property
    def prediction(self) -> Prediction:
        """What the margin means: by the entry, the distribution's link, or a definition."""
        text, link = self.entry.predict if self.entry else "", None
        if not text and self.distribution is not None:
            law, name = self.distribution
            link = link_for(name)
            text = "" if link.unchanged else link.inverse
            says = f"the {link.title} link of {law.title[:1].lower()}{law.title[1:]}"
        if text:
            return Prediction(self._of_margin(text), says if link else text, link)
        for definition in self.formula.posed.specification.definitions:
            body = settled(unfolded(definition.body,
                                    self.formula.posed.specification.definitions))
            if not definition.indices and free_names(body) & {self.margin} and \
                    _names(body) == {self.margin}:
                return Prediction(body, f"{definition.name} of the loss")
        return Prediction(self.margin, "the prediction itself")

    def _of_margin(self, text: str) -> Expr:
        """A formula in z, such as sigmoid(z), of the margin."""
        from re import sub

        return parse_value(sub(r"\bz\b", self.margin.name, text), self.formula.posed.scope)


def _names(node: Expr) -> set[Expr]:
    return {n for n in free_names(node) if isinstance(n, (Variable, Tensor))}


def _in_order(rest: list[Leaf], named: tuple[str, ...], title: str) -> tuple[Leaf, ...]:
    """What a row holds, the label first. Raises KernelError where that cannot be said."""
    by_name = {leaf.name: leaf for leaf in rest}
    if not named:
        named = next(((n,) for n in LABELS if n in by_name), tuple(by_name)[:1])
    unknown = [n for n in named if n not in by_name]
    if unknown:
        raise KernelError(f"{unknown[0]!r} is nothing that a row of the data can hold here; there "
                          f"is {', '.join(by_name) or 'nothing but the prediction'}")
    if not named:
        raise KernelError(f"{title}: the loss has no label; there is nothing to learn from a row")
    left = [n for n in by_name if n not in named]
    if left:
        first = left[0]
        raise KernelError(
            f"{', '.join(left)} {'has' if len(left) == 1 else 'have'} no value: set it, --set "
            f"{first}=…, or say that each row of the data holds it: --label "
            f"{','.join((*named, first))}")
    return tuple(by_name[n] for n in named)


def fixed_values(loss: MarginLoss) -> dict[str, tuple[Fraction, ...]]:
    """The vectors that a file holds by name; their length is that of the predictions."""
    for name, numbers in loss.constants.items():
        dim = loss.outputs
        known = dim.fixed if isinstance(dim, Dim) else None
        if known is not None and known != len(numbers):
            raise KernelError(f"{name} has {len(numbers)} values for {known} predictions")
    return loss.constants


def put_in(node: Expr, leaf: Leaf, value: Expr) -> Expr:
    """A formula with a value in place of a name."""
    return substitute(node, {leaf: value})
