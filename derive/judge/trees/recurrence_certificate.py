"""The numeric certificate of a recurrent model: every adjoint against the unrolled original."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from sympy import Expr, Integer

from derive.core import heads
from derive.core.atoms import Index, Quantity, Tensor
from derive.core.indexing import exact, leaves, root
from derive.core.walk import substitute, transform
from derive.derivation import Derivation
from derive.errors import EvaluationError, VerificationError
from derive.judge.claims.derivation_claims import end_to_end
from derive.judge.closeness import agree_at, relative_gap
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import least_sizes
from derive.judge.trees.line_certificate import (
    DIGITS,
    GUARD,
    Verification,
    distinct_lines,
)
from derive.judge.trees.line_certificate import verify as verify_formula
from derive.judge.trees.model_sequence import Unrolled, drawn
from derive.notation.printing.plain import plain
from derive.notation.reading.model_equations import Model, at_step
from derive.reporting import report

STEPS = (1, 2, 3, 7)
_TRIES = 200
_LARGEST = 30  # its exponential swallows no digits of a difference
_LONG = 3  # steps
_MOST = 3  # elements of one array that are compared at one step


@exact
def verify(derivation: Derivation, digits: int = DIGITS, seed: int = 1) -> Verification:
    """Evaluates every line at every step of random sequences of 1, 2, 3 and 7 steps.

    ∂L/∂v[t, i] is the numeric derivative of the loss of the unrolled model as v[t, i] is moved
    where it stands; a line about it must give that number, with those of the other names put
    in. Local derivatives are compared with numeric ones of their equation. Raises
    VerificationError at the first line that differs, or when no valid point is found.
    """
    assert derivation.recurrence is not None
    model = derivation.recurrence.model
    derivations = (*derivation.all_parts(), derivation)
    own = [d for d in derivations if d.recurrence is not None]
    worst, lines, points = mpf(0), sum(len(distinct_lines(d)) for d in own), 0
    for other in derivations:
        if other.recurrence is None:
            check = verify_formula(other, digits, seed)
            worst, lines = max(worst, mpf(check.worst)), lines + check.lines
    sizes: dict[Any, set[int]] = {}
    grounded = [[ground(line, part) for line in distinct_lines(part)] for part in own]
    draw = random.Random(seed)
    for steps in _lengths(model):
        report("checking sequences", points + 1, len(STEPS))
        sequence, error = _judged(own, grounded, model, steps, draw, digits)
        worst = max(worst, error)
        points += 1
        for dim, size in sequence.point.sizes.items():
            sizes.setdefault(dim, set()).add(size)
    visited_sizes = tuple((str(d), tuple(sorted(s))) for d, s in sorted(sizes.items(), key=str))
    ends, unjudged = end_to_end(derivation, seed)
    return Verification(points, lines, visited_sizes, digits, float(worst), seed,
                        of=" of the unrolled model, every step", ends=ends, unjudged=unjudged)


def _judged(own: Sequence[Derivation], grounded: Sequence[Sequence[Expr]], model: Model,
            steps: int, draw: random.Random, digits: int) -> tuple[Unrolled, Any]:
    """A sequence at which all lines have been compared, and the worst relative error.

    Another one is drawn where a slope has faded to less than differences tell.
    """
    for _ in range(_TRIES):
        sequence = _valid(model, steps, draw, digits)
        try:
            return sequence, max((_compared(part, nodes, sequence, draw, digits)
                                  for part, nodes in zip(own, grounded, strict=True)),
                                 default=mpf(0))
        except _FadedError:
            continue
    raise VerificationError(f"at every sequence of {steps} steps that was drawn a slope fades to "
                            "less than differences tell; use --no-verify")


class _FadedError(Exception):
    """A slope is so small, and all others of its line, that a difference says nothing of it."""
def _lengths(model: Model) -> tuple[int, ...]:
    """Numbers of steps at which a model has a value: one that reads h[3] has four at least."""
    least = least_sizes((*(e.body for e in model.equations), model.loss)).get(model.steps, 1)
    return tuple(n for n in STEPS if n >= least) or (least, least + 2)


def _valid(model: Model, steps: int, draw: random.Random, digits: int) -> Unrolled:
    """A random sequence at which the model has a value."""
    for _ in range(_TRIES):
        sequence = drawn(model, steps, draw, digits)
        try:
            sequence.run()
            if sequence.largest < _LARGEST and all(
                    evaluate(c, sequence.point, 15) for c in model.conditions):
                return sequence
        except EvaluationError:
            continue
    raise VerificationError(f"no sequence of {steps} steps was found at which the model has a "
                            "value and its conditions hold; use --no-verify")


def ground(line: Expr, derivation: Derivation) -> Any:
    """A line with adjoints as names for numbers, and formal local derivatives as formulas."""
    known = derivation.recurrence
    assert known is not None
    model = known.model

    def change(part: Expr) -> Any | None:
        if isinstance(part, heads.Partial):
            body, at = part.args
            if body == known.loss:
                return adjoint(at)
            if body == known.direct:
                return heads.Partial(model.loss, at)
            if known.gathered:
                return heads.Partial(_written_out(body, model), at)
        return None

    return transform(line, change)


def adjoint(at: Expr) -> Any:
    """The name under which the number ∂L/∂v is held."""
    if isinstance(at, heads.Element):
        return heads.Element(adjoint_name(at.tensor), *at.indices)
    return adjoint_name(at)


def adjoint_name(symbol: Expr) -> Any:
    """The name for the array of ∂L/∂v, or for the number where v is one."""
    made: Any = Tensor if isinstance(symbol, Tensor) else Quantity
    return made(f"\u2202{symbol.name}", symbol.kind)


def _written_out(there: Expr, model: Model) -> Any:
    """The right side of the equation at a place, h[t + 1, k]; of the initial value at h[-1, k]."""
    symbol = root(there)
    equation = model.equation(symbol)
    if equation is None:
        raise VerificationError(f"{plain(there)} has no equation")
    if not isinstance(there, heads.Element):
        return equation.body
    if not model.timed(symbol):
        return at_step(equation, None, None, there.indices)
    place, *others = there.indices
    time = model.time_of(symbol)
    start = model.initial.get(symbol)
    if start is not None and place in (Integer(-1), symbol.kind.shape[0]):
        return substitute(start.body, dict(zip(start.indices, others, strict=True)))
    return at_step(equation, time, place, tuple(others))


def _compared(derivation: Derivation, nodes: Sequence[Expr], sequence: Unrolled,
              draw: random.Random, digits: int) -> Any:
    """The worst relative error of the lines of one derivation, at every step.

    What vanishes at a step is compared with the largest value of that line at any.
    """
    quantity = derivation.quantity
    assert derivation.recurrence is not None
    about_loss = quantity.args[0] == derivation.recurrence.loss
    lines = distinct_lines(derivation)
    comparisons = []
    _need(nodes, sequence)
    for place in _places(derivation, sequence, draw, about_loss):
        point = sequence.at(place)
        at = quantity.args[1]
        subscripts = tuple(int(evaluate(i, point, digits)) for i in at.indices) \
            if isinstance(at, heads.Element) else ()
        truth = sequence.slope(root(at), subscripts) if about_loss else \
            _value(nodes[0], lines[0], point, place, digits)
        for line, node in zip(lines, nodes, strict=True):
            # Near 1 a state keeps few digits of 1 - h**2, and the truth has more.
            value = _value(node, line, point, place, 2 * digits if about_loss else digits)
            if not about_loss and relative_gap(truth, value) > mpf(10) ** (GUARD - digits) and \
                    agree_at(nodes[0], node, point, digits, 0):
                value = truth  # the difference was rounding
            comparisons.append((place, line, truth, value))
    return _worst(comparisons, sequence, digits, _magnitude(sequence))


def _magnitude(sequence: Unrolled) -> Any:
    """The largest adjoint that is known."""
    values = [abs(v) for name in sequence.known for v in (
        sequence.point.tensors[name].values() if name in sequence.point.tensors
        else (sequence.point.scalars[name],))]
    return max(values, default=mpf(0))


def _worst(comparisons: Sequence[tuple[Any, ...]], sequence: Unrolled, digits: int,
           largest: Any) -> Any:
    """The worst relative error. Raises VerificationError at a line that differs.

    What vanishes at every step, such as the slope of a softmax of one number, is compared with
    the `largest` adjoint.
    """
    worst, tolerance = mpf(0), mpf(10) ** (GUARD - digits)
    scale = max((abs(truth) for _, _, truth, _ in comparisons), default=0)
    scale = largest if scale < tolerance * largest else scale
    for place, line, truth, value in comparisons:
        gap = abs(value - truth)
        error = relative_gap(truth, value)
        if error > tolerance:
            error = gap / max(scale, gap)
        worst = max(worst, error)
        if error > tolerance and max(scale, abs(value)) < mpf(10) ** -digits:
            raise _FadedError
        if error > tolerance:
            raise VerificationError(
                f"a line disagrees with the unrolled model: {plain(line)}\n  at "
                f"{_place_text(place, sequence)} the original is {mp.nstr(truth, 15)}, relative "
                f"error {mp.nstr(error, 3)}")
    return worst


def _need(nodes: Sequence[Expr], sequence: Unrolled) -> None:
    """Has the adjoints computed that the lines mention."""
    mentioned = {leaf for node in nodes for leaf in leaves(node)}
    for symbol in sequence.symbols:
        name = adjoint_name(symbol)
        if name in mentioned and name not in sequence.known:
            sequence.adjoints(symbol, name)


def _places(derivation: Derivation, sequence: Unrolled, draw: random.Random, about_loss: bool,
            ) -> Iterator[dict[Any, int]]:
    """Values for the free indices: every step, and of the other indices all or a few.

    A local derivative is the same formula at every step: of a long sequence three are taken.
    """
    time = sequence.model.time
    others = [i for i in derivation.indices if i != time]
    steps: Sequence[int | None] = range(sequence.steps) if time in derivation.indices else (None,)
    entries = list(product(*(range(sequence.point.size(i.dim)) for i in others)))
    most = _MOST if about_loss or sequence.steps < _LONG else 1
    if not about_loss and len(steps) >= _LONG:
        steps = (0, draw.randrange(1, sequence.steps - 1), sequence.steps - 1)
    for t in steps:
        chosen = entries if len(entries) <= most else draw.sample(entries, most)
        for values in chosen:
            place = dict(zip(others, values, strict=True))
            yield place if t is None else {time: t, **place}


def _value(node: Expr, line: Expr, point: Point, place: dict[Any, int], digits: int) -> Any:
    try:
        return evaluate(node, point, digits)
    except EvaluationError as error:
        raise VerificationError(f"a line has no value where the original has one: {plain(line)}\n"
                                f"  at {place}: {error}") from None


def _place_text(place: dict[Index, int], sequence: Unrolled) -> str:
    sizes = [f"{d} = {n}" for d, n in sequence.point.sizes.items()]
    return ", ".join([*sizes, *(f"{i.name} = {n}" for i, n in place.items())])
