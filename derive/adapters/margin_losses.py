"""What every adapter asks of a loss: its prediction, its label, its parameters, its link."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr

from derive.adapters.request import Request
from derive.adapters.setting_values import with_values, without_names
from derive.arrays.stable.kernel_formulas import Formula
from derive.calculus.problem import unfolded, variable
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.indexing import free_names, root
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import KernelError
from derive.functions.decisions import settled
from derive.lazy import cached_property
from derive.notation.reading.specification import define, text_lines
from derive.tables.distribution_table import Distribution, Link, distributions, link_for, links

Leaf = Variable | Tensor
LABELS = ("y", "t")  # what a label is called where nobody says so


@dataclass(frozen=True)
class Prediction:
    """What a margin means: a formula of it (of an element, with its index), in words, and the
    link that says so, if one does.
    """

    formula: Expr
    indices: tuple[Index, ...]
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
        self.link: Link | None = None
        wrt = request.wrt or (self.entry.wrt if self.entry else None)
        self.formula = Formula(self.target, list(self.given), wrt, request.functions)
        self._refuse()
        self.observed = self._observed()
        if self.margin.kind.domain != "real":
            self._through_a_link()

    def _refuse(self) -> None:
        """Raises KernelError for a loss that is no sum over rows with a prediction each."""
        entry = self.entry
        if entry is not None and entry.compares:
            raise KernelError(f"{entry.name}: {' and '.join(entry.compares)} are predictions for "
                              "different inputs; an objective sees one prediction of each row")
        if entry is not None and entry.across:
            raise KernelError(f"{entry.name}: the {entry.across} predictions are those of "
                              "different rows, a list or an image or a risk set; an objective by "
                              "groups of rows is not written yet")

    def _through_a_link(self) -> None:
        """Puts a prediction that is no real number through a link: a model puts out any number."""
        name, kind = self.margin.name, self.margin.kind
        link = next((k for k in links() if not k.unchanged and kind.domain in (
            (at := k.of.partition(":")[2].strip().partition("(")[0]),
            "nonnegative" if at == "positive" else at)), None)
        if link is None or kind.shape:
            raise KernelError(f"{name} is {kind}, but a model predicts any real number, and no "
                              f"link is known that makes it {kind}")
        scope = self.formula.posed.scope
        output = next(n for n in ("z", "eta", "z_") if n not in scope.names)
        inverse = re.sub(r"\bz\b", output, link.inverse)
        given = [line for text in self.given for line in without_names(text, {name: inverse})]
        self.given, self.link, self.linked = (f"{output}: real", *given), link, name
        self.target = f"{name} = {inverse}\n{self.target}"
        observed, self.formula = self.observed, Formula(
            self.target, list(self.given), output, self.request.functions)
        self.__dict__.pop("margin")
        names = {leaf.name: leaf for leaf in self.formula.leaves}
        self.observed = tuple(names[leaf.name] for leaf in observed)

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
    def density(self) -> str:
        """The density whose negative log-likelihood the loss would be."""
        *lines, last = text_lines(self.target)
        return "\n".join((*lines, f"exp(-({last}))"))

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
        return _in_order(rest, named, self.title)

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
        text, says, link = self.entry.predict if self.entry else "", "", self.link
        if link is not None:
            inverse = re.sub(r"\bz\b", self.margin.name, link.inverse)
            return self._defined(inverse, f"{self.linked} = {inverse}, by the {link.title} link",
                                 link)
        if not text and self.distribution is not None:
            law, name = self.distribution
            link = link_for(name)
            text = link.inverse
            says = f", the {link.title} link of the {law.title}"
        if text:
            text = re.sub(r"\bz\b", self.margin.name, text)
            return self._defined(text, f"{text}{says}", link)
        specification = self.formula.posed.specification
        for definition in specification.definitions:
            body = settled(unfolded(definition.body, specification.definitions))
            if _names(body) == {self.margin}:
                return Prediction(body, definition.indices, f"{definition.name} of the loss")
        return self._defined(self.margin.name, "the prediction itself")

    def _defined(self, text: str, says: str, link: Link | None = None) -> Prediction:
        """A prediction by its text."""
        scope = self.formula.posed.scope.copy()
        name = next(n for n in ("prediction", "prediction_of_it") if n not in scope.names)
        read = define(f"{name} = {text}", scope)
        return Prediction(read.body, read.indices, says, link)


# What the code of files uses itself.
_OWN = """np special Any ArrayLike NDArray Floats FLOOR checked loss derivatives base_score predict
    weighted mean_loss objective metric objective_with w g h n weight wrong grid some costs best low
    high slope start step value preds predt dtrain self train_data y_true y_pred sample_weight
    approxes approx targets target weights"""
TAKEN = frozenset((*_OWN.split(), *dir(builtins), *keyword.kwlist))


def safe_name(name: str) -> str:
    """A name that the code of a file does not use itself."""
    own = re.fullmatch(r"s\d+", name) is not None or name in TAKEN
    return f"{name}_" if own else name


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
