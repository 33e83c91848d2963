"""The entries of the information matrix of a model: second derivatives, and their expected values.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations_with_replacement

from sympy import Expr, Integer, Mul

from derive.calculus.cost.equality import same
from derive.calculus.formulas import free_name
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.likelihood.densities.score_function import log_likelihood, slope_of, untidied
from derive.calculus.likelihood.densities.statistical_model import ELL, Model, Parameter
from derive.calculus.likelihood.information.expected_values import (
    Expectation,
    constant,
    expectation_of,
)
from derive.calculus.likelihood.information.score_identities import ScoreIdentities
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.factors import turned
from derive.core.indexing import free_names
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import EvaluationError
from derive.functions.decisions import assuming, settled
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.line_points import Drawing, random_point
from derive.judge.trees.tree_point import Law
from derive.notation.printing.pretty import pretty
from derive.reporting import report
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Setting

Pair = tuple[Parameter, Parameter]
Places = tuple[Expr, Expr]  # the parameters of a pair, an array at indices
_LOOKS = 6
_SMALL = 1e-9
_LONG = 60  # of an expected value, for which moments are the last way that is tried


@dataclass(frozen=True)
class Further:
    """What is tried on an entry that is left open, and the laws of the variables it brings."""

    attempt: Callable[[Work, Places], Work]
    laws: tuple[Law, ...] = ()


@dataclass(frozen=True)
class Entries:
    """The entries of an information matrix, and the second derivatives of which they are made."""

    entries: tuple[Derivation, ...]
    curvatures: tuple[Derivation, ...]


def information_entries(model: Model, rulebook: Rulebook, further: Iterable[Further] = (),
                        before: Iterable[Derivation] = ()) -> Entries:
    """An entry for each pair of parameters; `before` are parts that stand before all others."""
    logarithm = log_likelihood(model, rulebook)
    slopes = {p: slope_of(model, logarithm, p, rulebook) for p in model.parameters}
    curvature = _curvatures(model, slopes, rulebook)
    expectation = _with_identities(expectation_of(model, rulebook), slopes, curvature)
    shown: set[Derivation] = set()
    entries: list[Derivation] = []
    pairs = tuple(combinations_with_replacement(model.parameters, 2))
    for number, pair in enumerate(pairs, 1):
        report("deriving entries", number, len(pairs))
        curved = curvature(*pair)
        seen = len(expectation.used)
        entry = _entry(expectation, slopes, curved, pair, further)
        identities = [i.derivation for m in expectation.used[seen:] for i in m.identities]
        parts = (curved, *(d for d in dict.fromkeys(identities) if d not in shown))
        shown.update(parts)
        entries.append(replace(entry, parts=parts, note="Its expected value, with the sign "
                               "turned:") if entries else
                       replace(entry, parts=(*before, logarithm, *slopes.values(), *parts)))
    return Entries(tuple(entries), tuple(curvature(*pair) for pair in pairs))


def _curvatures(model: Model, slopes: Mapping[Parameter, Derivation], rulebook: Rulebook,
                ) -> Callable[[Parameter, Parameter], Derivation]:
    """The second derivatives by pairs, each derived once."""
    return cache(lambda first, second: _curvature(model, slopes, (first, second), rulebook))


def _with_identities(expectation: Expectation, slopes: Mapping[Parameter, Derivation],
                     curvature: Callable[[Parameter, Parameter], Derivation]) -> Expectation:
    """With moments from expected scores of 0, where parameters and observation are scalars."""
    model = expectation.model
    if any(isinstance(leaf, Tensor) for leaf in (*model.observed, *slopes)):
        return expectation
    return replace(expectation, identities=ScoreIdentities(
        model, tuple(slopes.items()), lambda a, b: curvature(a, b).result,
        expectation.flat, expectation.rulebook,
        not any(_jumps(s.result) for s in slopes.values())))


def _jumps(score: Expr) -> bool:
    """Whether a score jumps, so that second derivatives miss a part of the information."""
    return any(a.name == "sign" for a in score.atoms(heads.Apply)) or \
        any(isinstance(c.args[0], (heads.Less, heads.LessEqual)) for c in score.atoms(heads.Cond))


def _curvature(model: Model, slopes: Mapping[Parameter, Derivation], pair: Pair,
               rulebook: Rulebook) -> Derivation:
    """The second derivative of the log-likelihood of one observation.

    For scores that jump it is minus their product: second derivatives miss a part there.
    """
    slope, second = (slopes[p] for p in pair)
    if _jumps(slope.result) or _jumps(second.result):
        _, own = model.at(pair[1], [i.name for i in slope.indices])
        there = dict(zip(second.indices, own, strict=True))
        other, name = (substitute(n, there) for n in (second.result, second.quantity))
        names = f"{pretty(slope.quantity)} and {pretty(name)}"
        return Work(Mul(-1, slope.result, other), rulebook).derivation(
            "Product of scores", "score", Mul(-1, slope.quantity, name), model.given,
            indices=(*slope.indices, *own), assumptions=model.positive,
            note=f"The score jumps, so second derivatives miss a part; minus the product of "
                 f"{names}:")
    at, indices = model.at(pair[1], [i.name for i in slope.indices])
    with assuming(model.positive):
        curved = derivative(model.problem(slope.result, ELL), untidied(slope), slope.quantity, at,
                            (*slope.indices, *indices), rulebook, "Second derivative", "terms")
        if not constant(curved.result, model):
            curved = _without_observation(curved, model, rulebook)
    x = slope.quantity.args[1]
    twice = ", twice" if x == at else f" and {pretty(at)}"
    return replace(curved, goal="hessian", assumptions=model.positive,
                   note=f"The second derivative by {pretty(x)}{twice}:")


def _without_observation(curved: Derivation, model: Model, rulebook: Rulebook) -> Derivation:
    """The second derivative without the observation, where it is the same for every value of it."""
    y = model.observed[0]
    if isinstance(y, Tensor) or y.kind.domain in ("label", "probability"):
        return curved
    work = Work.onward(curved, rulebook, len(curved.steps))
    if not work.use(CANCELS, {"observed": y}, "finish"):
        return curved
    work.run("finish")
    return replace(curved, steps=tuple(work.steps))


def _cancelled(line: Expr, setting: Setting) -> Expr:
    """The line at one value of the observation, where it is the same at every other."""
    y = setting["observed"]
    value = settled(substitute(line, {y: Integer(1 if y.kind.interval.positive else 0)}))
    other = Integer(1) if y.kind.domain == "binary" else Variable("\u00b7other", y.kind)
    if _differs(line, y) or not same(value if other == 1 else line,
                                     settled(substitute(line, {y: other})), setting.rulebook):
        return line
    return value


def _cancelling(setting: Setting) -> Words:
    y = pretty(setting["observed"])
    return Words(f"The line is the same for every value of {y}.", f"the same for every {y}",
                 "Arithmetic")


CANCELS = stated("the-observation-cancels", _cancelled, _cancelling)


def _differs(node: Expr, y: Expr) -> bool:
    """A quick look by numbers: whether a formula has different values for different y."""
    draw = random.Random(2)
    names = free_names(node) | {y}
    values = []
    for turn in range(_LOOKS):
        point = random_point(names, turn, "0", random.Random(9))
        point = point.with_scalar(y, Drawing(draw).number(y.kind))
        try:
            values.append(evaluate(node, point, 15))
        except EvaluationError:
            continue
    return any(abs(v - values[0]) > _SMALL * max(abs(v), 1) for v in values[1:])


def _entry(expectation: Expectation, slopes: Mapping[Parameter, Derivation], curved: Derivation,
           pair: Pair, further: Iterable[Further]) -> Derivation:
    """One entry: E of minus the second derivative, against E of the product of the scores."""
    model = expectation.model
    y = model.observed[0]
    first, second = (slopes[p] for p in pair)
    start = heads.Expect(turned(curved.result), y)
    there = dict(zip(second.indices, curved.indices[len(first.indices):], strict=True))
    places = first.quantity.args[1], substitute(second.quantity.args[1], there)
    work, laws = _worked_out(expectation, start, places, further)
    return work.derivation(
        "Fisher information", "fisher", _name(model, pair, curved.indices), model.given,
        start=start, original=heads.Expect(Mul(first.result, substitute(second.result, there)), y),
        indices=curved.indices, assumptions=model.positive, laws=laws,
        source=model.source,
        note="Its expected value, with the sign turned, is the information; the check compares it "
             "with the expected product of the scores:")


def _worked_out(expectation: Expectation, start: Expr, places: Places, further: Iterable[Further],
                ) -> tuple[Work, tuple[Law, ...]]:
    """The expected value by moments, or by the first further way that leaves nothing open.

    What is long is not taken apart where another way leads on.
    """
    first = Work(start, expectation.rulebook)
    long = measure(start) > _LONG
    work = first if long else expectation.run(first)
    if not work.line.has(heads.Expect):
        return work, expectation.laws
    for way in further:
        with assuming(expectation.model.positive):
            other = way.attempt(first.copy(), places)
        if not other.line.has(heads.Expect):
            return other, (*expectation.laws, *way.laws)
    return expectation.run(first) if long else work, expectation.laws


def _name(model: Model, pair: Pair, indices: tuple[Index, ...]) -> Expr:
    """I_mu_sigma, at the indices of arrays."""
    letter = free_name({*model.scope.names, *model.scope.dims}, "I", "J", "Info")
    name = "_".join((letter, *dict.fromkeys(p.name for p in pair)))
    if not indices:
        return Variable(name, Kind("real"))
    return heads.Element(Tensor(name, Kind("real", tuple(i.dim for i in indices))), *indices)
