"""From a loss to the noise that it assumes: exp(-loss) over its integral, if that is a density."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from sympy import Add, Mul, Pow

from derive.calculus.asking import Given, on_record
from derive.calculus.likelihood.assumed_distribution import Assumed, assumed
from derive.calculus.problem import Problem, problem, unfolded, variable, with_unknown
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import depends, free_names, occurs, root
from derive.core.kinds import Kind
from derive.core.walk import fresh_index, substitute
from derive.derivation import Derivation
from derive.errors import DeriveError, DivergentError, EvaluationError, NoNoise
from derive.functions.decisions import assuming
from derive.functions.function_records import FunctionTable
from derive.judge.precision import mp, mpf
from derive.judge.rules.user_functions import Functions, function_table
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import holds_everywhere
from derive.judge.trees.line_points import random_point
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import specify
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting, Tactic
from derive.tables.loss_table import find_entry

_Z = Variable("Z", Kind("positive"))
_NAMES = ("y", "t", "x")
_DIGITS = 20
_PREDICTIONS = (0, 1, 2)
_NOTE_Z = ("If the loss is minus the logarithm of a density of {y}, but for a constant, then the "
           "density is exp(−loss) over its total Z, and Z may not depend on {prediction}.")


@on_record
def noise(target: str, *, given: Given = (), wrt: str | None = None, observed: str | None = None,
          rules: Rulebook | None = None, functions: Functions | None = None) -> Derivation:
    """The density exp(-loss)/Z that a loss assumes of its target.

    `target` is a loss of the catalogue, or a formula with `given`; `wrt` the prediction;
    `observed` the target's name (y, else t). Raises NoNoise where there is no such density: Z is
    infinite, or depends on the prediction; the message says with which base measure there is one.
    """
    table = function_table(functions)
    posed = problem(target, given, wrt or _prediction(target, given, observed, table),
                    functions=table)
    rulebook = with_unknown(rules, posed.scope)
    loss = unfolded(posed.specification.loss, posed.specification.definitions)
    prediction = root(variable(posed.wrt, posed.scope)[0])
    y = _target(posed, loss, prediction, observed)
    conditions = posed.specification.conditions
    if any(occurs(y, c) for c in conditions):
        raise DeriveError(f"a condition on the target {y.name} is not read here; say with its type "
                          "which values it can have")
    with assuming(conditions):
        work = _total(loss, y, rulebook)
    main = Derivation(
        title=f"{posed.title or 'Loss'}: the noise that it assumes", goal="noise",
        given=posed.specification.declared, quantity=_Z, start=heads.Total(_weight(loss), y),
        steps=tuple(work.steps), original=heads.Total(_weight(loss), y), assumptions=conditions,
        source=posed.source, note=_NOTE_Z.format(y=pretty(y), prediction=pretty(prediction)))
    found = assumed(posed, loss, prediction, y, rulebook)
    _refuse(main, posed, loss, prediction, y, found)
    asked = posed.typed and replace(posed.typed, options=(("observed", y.name),))
    return replace(_with_density(main, loss, prediction, found), typed=asked)


def _prediction(target: str, given: Given, observed: str | None,
                functions: FunctionTable | None) -> str | None:
    """The only name beside the target that a typed loss may be a loss of; None for an entry."""
    lines = [given] if isinstance(given, str) else list(given)
    if find_entry(target, bool(lines)) is not None:
        return None
    scope = specify(target, lines, functions=functions).scope
    known = [n for n, leaf in scope.names.items() if isinstance(leaf, (Variable, Tensor))]
    own = observed or next((n for n in _NAMES if n in known), None)
    left = [n for n in known if n != own and scope.names[n].kind.differentiable]
    if not left or own is None:
        raise DeriveError("a loss is one of a prediction and a target; declare both, as in "
                          '--given "m: real" --given "y: real"')
    if len(left) > 1:
        raise DeriveError(f"say which name is the prediction, with --wrt: {', '.join(left)}")
    return left[0]


def _weight(loss: Any) -> Any:
    return apply("exp", Mul(-1, loss))


def _target(posed: Problem, loss: Any, prediction: Any, observed: str | None) -> Any:
    """What the density is of. Raises DeriveError where that is not clear."""
    known = {n.name: n for n in free_names(loss) if isinstance(n, (Variable, Tensor))}
    if observed is not None:
        if observed not in known:
            raise DeriveError(f"the loss does not contain {observed!r}; it contains "
                              f"{', '.join(sorted(known))}")
        return known[observed]
    for name in _NAMES:
        if name in known and known[name] != prediction:
            return known[name]
    others = ", ".join(n for n in sorted(known) if n != prediction.name)
    raise DeriveError(f"say which name is the observed target, with --observed: {others}" if others
                      else f"the loss contains no target beside the prediction {prediction.name}")


def _total(loss: Any, y: Any, rulebook: Rulebook) -> Work:
    """Z by rules: values summed where there are few, else the table of integrals."""
    work = Work(heads.Total(_weight(loss), y), rulebook)
    if isinstance(y, Tensor):
        return work
    if y.kind.domain == "label":
        work.use(OVER_CLASSES, {}, "finish")
        return work.run("standardised")
    best = _by_table(work, rulebook)
    if not best.line.has(heads.Total) or y.kind.domain != "real":
        return best
    places = sorted((n for n in free_names(loss) if isinstance(n, Variable) and n != y),
                    key=lambda n: str(n.name))
    for place in places:
        forms = [s for s in (_shifted(work, y, place, sign, rulebook) for sign in (1, -1)) if s]
        forms.sort(key=lambda s: measure(s.line))
        for shifted in forms:
            found = _by_table(shifted, rulebook)
            if not found.line.has(heads.Total):
                return found
        if forms:
            return forms[0]
    return best


def _by_table(work: Work, rulebook: Rulebook) -> Work:
    """The integrals of the table, in the form as it stands and in tidier ones."""
    first = Work(work.line, rulebook, list(work.steps), work.round)
    for strategy in (None, "standardised", "dispersed"):
        trial = Work(first.line, rulebook, list(first.steps), first.round)
        if strategy is not None:
            trial.run(strategy)
        trial.run("normalise")
        if not trial.line.has(heads.Total):
            return trial.run("standardised").run("dress")
    return first


def _shifted(work: Work, y: Any, place: Any, sign: int, rulebook: Rulebook) -> Work | None:
    """The total over the residual r = y - m (or m - y), where the loss depends on it alone."""
    body = work.line.args[0]
    if place.kind.domain != "real":
        return None
    taken = {n.name for n in free_names(body)}
    letter = next(c for c in ("r", "u", "v", "e1") if c not in taken)
    r = Variable(letter, Kind("real"))
    trial = Work(work.line, rulebook, list(work.steps), work.round)
    shift = {"variable": y, "by": place, "residual": r, "sign": sign}
    return trial if trial.use(SHIFT, shift, "total") else None


def _shift(line: Any, setting: Setting) -> Any:
    """The total over the residual, where what is under it depends on that alone."""
    y, place, r, sign = (setting[n] for n in ("variable", "by", "residual", "sign"))
    if not isinstance(line, heads.Total) or line.args[1] != y or occurs(r, line) or \
            sign not in (1, -1) or {v.kind for v in (y, place, r)} != {Kind("real")}:
        return line
    there = substitute(line.args[0], {y: Add(place, Mul(sign, r))})
    moved = Work(there, setting.rulebook).run("finish").line
    return line if depends(moved, place) else heads.Total(moved, r)


def _says_shift(setting: Setting) -> Rule:
    y, place, r, sign = (setting[n] for n in ("variable", "by", "residual", "sign"))
    return Rule(name="shift", from_="e", to="e", source="Substitution", tactic="shift",
                says=f"A shift by {pretty(place)} changes no integral over the whole line: the "
                     f"total does not depend on {pretty(place)}.",
                margin=f"{pretty(y)} = {pretty(Add(place, Mul(sign, r)))}")


def _over_classes(line: Any, setting: Setting) -> Any:
    """The total over a label as a sum."""
    if not isinstance(line, heads.Total) or line.args[1].kind.domain != "label":
        return line
    body, y = line.args
    index = fresh_index(y.kind.over, line)
    return heads.Sum.over(substitute(body, {y: index}), index)


def _says_over_classes(setting: Setting) -> Rule:
    return Rule(name="sum-over-the-classes", from_="e", to="e", tactic="sum-over-the-classes",
                says="The total over a label is the sum over all classes.",
                margin="sum over the classes", source="Definition of the total")


SHIFT = Tactic("shift", _shift, _says_shift)
OVER_CLASSES = Tactic("sum-over-the-classes", _over_classes, _says_over_classes)


def _refuse(main: Derivation, posed: Problem, loss: Any, prediction: Any, y: Any,
            found: Assumed | None) -> None:
    """Raises NoNoise where Z is infinite or depends on the prediction."""
    name = posed.title or plain(loss)
    closed = main.result
    if not closed.has(heads.Total) and not depends(closed, prediction):
        return
    totals = _numeric(main, prediction)
    remedy = ""
    if found is not None and found.base:
        remedy = f" What is missing is a base measure, {found.base}; with it: {found.name}."
    kind = "sums" if not y.kind.differentiable else "integrates"
    bad = [(at, why) for at, value, why in totals if value is None]
    if bad and len(bad) == len(totals):
        raise NoNoise(f"{name} assumes no noise: exp(−loss) {kind} over {y.name} to infinity, so "
                      f"no constant makes a density of it ({bad[0][1]}).{remedy}", main)
    told = [f"{mp.nstr(value, 4)} at {pretty(prediction)} = {at}" if value is not None else
            f"infinity at {pretty(prediction)} = {at}" for at, value, _ in totals]
    values = [v for _, v, _ in totals if v is not None]
    if bad or max(values) - min(values) > mpf(10) ** -12 * max(values):
        raise NoNoise(f"{name} is no negative log-likelihood: exp(−loss) {kind} over {y.name} to "
                      f"{', to '.join(told)}; one density cannot have a total that depends on the "
                      f"prediction.{remedy}", main)


def _numeric(main: Derivation, prediction: Any) -> list[tuple[Any, Any, str]]:
    """Z at some predictions, the other names fixed: (prediction, value or None, why)."""
    draw = random.Random(7)
    names = free_names(main.original)
    found: list[tuple[Any, Any, str]] = []
    for turn in range(40):
        point = random_point(names, turn % 4, "0", draw)
        if not all(_holds(c, point) for c in main.assumptions):
            continue
        for at in _places(prediction):
            there = _moved(point, prediction, at)
            if not all(_holds(c, there) for c in main.assumptions):
                continue
            try:
                found.append((at, evaluate(main.original, there, _DIGITS), ""))
            except DivergentError as error:
                found.append((at, None, str(error)))
            except EvaluationError as error:
                raise DeriveError(f"no rule has a closed form for Z, and it was not computed: "
                                  f"{error}") from None
        if found:
            return found
    raise DeriveError("no values of the names were found at which the conditions hold")


def _holds(condition: Any, point: Point) -> bool:
    try:
        return holds_everywhere(condition, point)
    except EvaluationError:
        return False


def _places(prediction: Any) -> tuple[Any, ...]:
    domain = prediction.kind.domain
    if domain in ("probability", "simplex"):
        return (mpf(1) / 4, mpf(1) / 2)
    return _PREDICTIONS[1:] if prediction.kind.interval.low >= 0 else _PREDICTIONS


def _moved(point: Point, prediction: Any, at: Any) -> Point:
    if isinstance(prediction, Tensor):
        values = dict(point.tensors[prediction])
        first = next(iter(values))
        values[first] = mpf(at)
        return point.with_tensor(prediction, values)
    return point.with_scalar(prediction, mpf(at))


def _with_density(main: Derivation, loss: Any, prediction: Any, found: Assumed | None,
                  ) -> Derivation:
    """The density as a further result, and its name where it is known."""
    z = main.result
    remarks: list[tuple[str, str]] = []
    if z.has(heads.Total):
        told = {mp.nstr(v, 6) for _, v, _ in _numeric(main, prediction) if v is not None}
        remarks.append(("open", "no rule has a closed form for Z; by quadrature, at one choice of "
                                f"the other names, it is {' and '.join(sorted(told))}"))
    if found is not None and not found.base:
        remarks.append(("noise", found.name))
    density = Mul(_weight(loss), Pow(z, -1))
    taken = {n.name for n in free_names(loss)}
    letter = next(c for c in ("p", "f", "density") if c not in taken)
    shown = replace(main, title="Density", quantity=Variable(letter, Kind("positive")),
                    start=density, steps=(), original=density, parts=(), note="The density is")
    return replace(main, others=(shown,), remarks=tuple(remarks))

