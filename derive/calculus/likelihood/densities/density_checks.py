"""Whether a user's own density is one: it has a value, is not negative, and integrates to 1."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from sympy import Expr, Integer

from derive.calculus.formulas import hold
from derive.calculus.likelihood.densities.joint_totals import joint_total
from derive.calculus.likelihood.densities.statistical_model import Model, read_model
from derive.calculus.likelihood.statements.conditional_entries import (
    NOTHING_BESIDE,
    Beside,
    stated_entry,
)
from derive.calculus.problem import with_unknown
from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.indexing import free_names
from derive.derivation import Derivation
from derive.errors import DeriveError, EvaluationError, TooManyDimensionsError
from derive.judge.precision import mp, mpf
from derive.judge.rules.user_functions import Functions
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import described, holds_everywhere
from derive.judge.trees.line_points import Drawing, dimensions, fill_tensor, random_point
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given
from derive.rulebook.loading import Rulebook, Rules

_DIGITS = 20
_POINTS = 2
_TRIES = 60
_FAILURES = 6
_SIZES = (1, 2, 3)   # of the dimensions of a vector
_VECTOR_DIGITS = 15  # of totals of which each factor is an integral over a number
_COARSE_DIGITS = 8   # of those over several numbers at once


def checked_model(target: str, given: Given, wrt: str | Iterable[str] | None,
                  observed: str | None, functions: Functions | None, rules: Rules,
                  beside: Beside = NOTHING_BESIDE) -> tuple[Model, Rulebook]:
    """What a direction of likelihood sets out from: a model whose density is one, and the rules.

    `beside` are a link, priors and weights of a statement. Raises DeriveError as `read_model`,
    `stated_entry` and `check_density`.
    """
    entry = stated_entry(target, given, beside, functions)
    model = read_model(target, given, wrt, observed, functions) if entry is None else \
        read_model(entry, (), wrt, observed, functions)
    model = replace(model, unchecked=check_density(model))
    return model, with_unknown(rules, model.scope)


def with_caution(model: Model, derivation: Derivation) -> Derivation:
    """The derivation with what was not checked of its density as a remark."""
    if not model.unchecked:
        return derivation
    return replace(derivation, remarks=(*derivation.remarks, ("not checked", model.unchecked)))


def check_density(model: Model) -> str:
    """What of a user's density was not checked, in words; empty where all was.

    Raises DeriveError for one that is no density, with its total at a point. The entries of the
    table are checked by the tests. A density of a vector is looked at in several sizes.
    """
    if model.entry is not None:
        return ""
    check = _Check(model, random.Random(1))
    vector = isinstance(model.observed[0], Tensor)
    sizes = _SIZES if vector and dimensions(check.names) else (None,)
    for size in sizes:
        check.at(size, 1 if len(sizes) > 1 else _POINTS)
    if not check.tried:
        raise DeriveError("no values of the parameters were found at which the conditions hold")
    return check.unchecked


def _check_joint(model: Model, point: Point) -> None:
    """Raises DeriveError for a density of several numbers whose total is seen not to be 1."""
    total = joint_total(model, point)
    if total is not None and abs(total[0] - 1) > total[1]:
        names = ", ".join(y.name for y in model.observed)
        raise DeriveError(f"this is no density: over all {names} its total is {total[0]:.6g}, not "
                          f"1, at {_parameters_in_words(model, point)}; divide it by that, or "
                          "change the types")


@dataclass
class _Check:
    """The total of a density at points of several sizes."""

    model: Model
    draw: random.Random
    normalised: list[str] = field(default_factory=list)    # sizes at which the total is 1
    open: list[str] = field(default_factory=list)   # those at which it was not computed
    tried: bool = False

    @property
    def names(self) -> set[Expr]:
        """All names of the density and its conditions."""
        nodes = (self.model.density, *self.model.conditions)
        return set().union(*(free_names(n) for n in nodes))

    @property
    def unchecked(self) -> str:
        """At which sizes the total was not computed."""
        if not self.open:
            return ""
        y = self.model.observed[0]
        done = f"; it is 1 at {', '.join(self.normalised)}" if self.normalised else ""
        return (f"whether the density has the total 1 over all {y.name} was not checked at "
                f"{', '.join(dict.fromkeys(self.open))}: no quadrature was exact enough{done}")

    def at(self, size: int | None, points: int) -> None:
        """Looks at some points of a size. Raises DeriveError where the total is not 1."""
        failed: list[str] = []
        checked = 0
        for turn in range(_TRIES):
            point = parameters_at(self.model, self.draw, turn, size)
            if point is None:
                continue
            self.tried = True
            _check_values(self.model, point, self.draw, turn)
            if len(self.model.observed) > 1:
                _check_joint(self.model, point)
                return
            sizes = _sizes_in_words(point)
            try:
                self.compare(point, sizes)
            except TooManyDimensionsError:
                self.open.append(sizes or "any point")
            except EvaluationError as error:  # too steep a law: other parameters may be better
                failed.append(f"{error}; at {_parameters_in_words(self.model, point)}")
                if len(failed) < _FAILURES:
                    continue
                if isinstance(self.model.observed[0], Tensor):
                    self.open.append(sizes or "any point")
                    return
                raise DeriveError(
                    f"the density {pretty(self.model.density)} has no integral over "
                    f"{self.model.observed[0].name} that could be computed: {failed[0]}") from None
            checked += 1
            if checked == points:
                return

    def compare(self, point: Point, sizes: str) -> None:
        """Raises DeriveError where the total is not 1, EvaluationError where it is not known."""
        y = self.model.observed[0]
        total, tolerance = _total(y, point)
        if abs(total - 1) <= tolerance:
            self.normalised += [sizes] * (bool(sizes) and sizes not in self.normalised)
            return
        alone = f" (it is 1 at {', '.join(self.normalised)}, and has to be at every size)" \
            if self.normalised else ""
        raise DeriveError(
            f"this is no density: over all {y.name} of type {y.kind} it "
            f"{'integrates' if y.kind.differentiable else 'sums'} to {mp.nstr(total, 6)}, "
            f"not to 1, at {_parameters_in_words(self.model, point)}{alone}; divide it by that, or "
            "change the type")


def _total(y: Expr, point: Point) -> tuple[Any, Any]:
    """The total over an observation, and how far it may be from 1.

    Entries that hang together are integrated to fewer digits. Raises EvaluationError.
    """
    expected = heads.Expect(Integer(1), y)
    if not isinstance(y, Tensor):
        return evaluate(expected, point, _DIGITS), mpf(10) ** -10
    try:
        return evaluate(expected, point, _VECTOR_DIGITS), mpf(10) ** -10
    except TooManyDimensionsError:
        entries = prod(point.size(d) for d in y.kind.shape)
        return evaluate(expected, point, _COARSE_DIGITS), mpf(10) ** (-6 if entries < 3 else -3)


def _sizes_in_words(point: Point) -> str:
    return " and ".join(f"{d} = {n}" for d, n in point.sizes.items())


def parameters_at(model: Model, draw: random.Random, turn: int, size: int | None = None,
                  ) -> Point | None:
    """Random values of all names, with the law of the observation; None where conditions fail.

    Dimensions have that size, each a little another; those of all names are drawn once.
    """
    names: set[Expr] = set().union(*(free_names(n) for n in (model.density, *model.conditions)))
    point = random_point(names, turn, "", draw) if size is None else \
        random_point(names, 0, "", draw, sizes=(size, size % len(_SIZES) + 1))
    point = replace(point, laws={model.observed[0]: model.law})
    free = (c for c in model.conditions if c not in model.support)
    return point if hold(free, point) else None


def _check_values(model: Model, point: Point, draw: random.Random, turn: int) -> None:
    """Raises DeriveError where the density has no value, or a negative one, within its support."""
    y = model.observed[0]
    for _ in range(6):
        here = point.having(y, value_of(y, point, draw))
        if not all(holds_everywhere(c, here) for c in model.support):
            continue
        try:
            value = evaluate(model.density, here, 15)
        except EvaluationError:
            raise DeriveError(
                f"the support contradicts the type {y.kind} of {y.name}: the density has no "
                f"value at {described(here)}; declare the values that {y.name} can have") from None
        if value < 0:
            raise DeriveError(f"this is no density: it is negative, {mp.nstr(value, 6)}, at "
                              f"{described(here)}{_of_assumed(model)}")


def value_of(name: Expr, point: Point, draw: random.Random) -> Any:
    """A random value of a name, of the sizes of a point."""
    drawing = Drawing(draw)
    if isinstance(name, Tensor):
        return fill_tensor(name, point, drawing)
    over = name.kind.over
    return drawing.number(name.kind, point.size(over) if over is not None else 0)


def _of_assumed(model: Model) -> str:
    """That types were assumed, where they were: others may be meant."""
    assumed = model.typed.assumed if model.typed is not None else ()
    return f"; assumed was {', '.join(assumed)}: say the types with --given" if assumed else ""


def _parameters_in_words(model: Model, point: Point) -> str:
    """The parameters of a point, in words."""
    kept = {k: v for k, v in point.scalars.items() if k not in model.observed}
    tensors = {k: v for k, v in point.tensors.items() if k not in model.observed}
    return described(Point(point.sizes, kept, tensors)) or "any parameters"
