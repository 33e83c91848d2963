"""From a loss to the noise that it assumes: exp(-loss) over its integral, if that is a density."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import NamedTuple

from sympy import Add, Expr, Mul, Pow

from derive.argument_kinds import Names, Target
from derive.calculus.asked_variables import only_variable
from derive.calculus.asking import on_record
from derive.calculus.formulas import free_name, hold
from derive.calculus.likelihood.assumed_distribution import Assumed, ObservedLoss, assumed
from derive.calculus.likelihood.statistical_model import Parameter
from derive.calculus.problem import problem, real_names, unfolded, variable, with_unknown
from derive.calculus.stated_steps import Words, stated
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
from derive.judge.precision import Float, mp, mpf
from derive.judge.rules.user_functions import Functions, function_table
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.line_points import random_point
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given, lines_of
from derive.notation.reading.specification import specify
from derive.public_arguments import public
from derive.rulebook.loading import Rulebook, Rules, standard_rulebook
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Setting
from derive.tables.loss_table import find_entry

_Z = Variable("Z", Kind("positive"))
_NAMES = ("y", "t", "x")
_DIGITS = 20
_PREDICTIONS = (0, 1, 2)
_NOTE_Z = ("If the loss is minus the logarithm of a density of {y}, but for a constant, then the "
           "density is exp(−loss) over its total Z, and Z may not depend on {prediction}.")


@public()
@on_record
def noise(target: Target, *, given: Given = (), wrt: Names = None, observed: str | None = None,
          rules: Rules = None, functions: Functions | None = None) -> Derivation:
    """The density exp(-loss)/Z that a loss assumes of its target.

    `target` is a loss of the catalogue, or a formula with `given`; `wrt` the prediction;
    `observed` the target's name (y, else t). Raises NoNoise where there is no such density: Z is
    infinite, or depends on the prediction; the message says with which base measure there is one.
    The result is Z, the density among the `others`.

    >>> derive.noise("abs(y - z)").others[0].notation
    'exp(-abs(y - z)) / 2'
    """
    table, wrt = function_table(functions), only_variable(wrt, "assumed noise")
    posed = problem(target, given, wrt or _prediction(target, given, observed, table),
                    functions=table)
    rulebook = with_unknown(rules, posed.scope)
    body = unfolded(posed.specification.loss, posed.specification.definitions)
    prediction = root(variable(posed.wrt, posed.scope)[0])
    y = _target(body, prediction, observed)
    loss = ObservedLoss(posed, body, prediction, y)
    conditions = posed.specification.conditions
    if any(occurs(y, c) for c in conditions):
        raise DeriveError(f"a condition on the target {y.name} is not read here; say with its type "
                          "which values it can have")
    with assuming(conditions):
        work = _total(body, y, rulebook)
    main = work.derivation(
        f"{posed.title or 'Loss'}: the noise that it assumes", "noise", _Z,
        posed.specification.declared, assumptions=conditions, source=posed.source,
        note=_NOTE_Z.format(y=pretty(y), prediction=pretty(prediction)))
    law = assumed(loss, rulebook)
    _refuse(main, loss, law)
    typed = posed.typed and replace(posed.typed, options=(("observed", y.name),))
    return replace(_with_density(main, loss, law), typed=typed)


def _prediction(target: str, given: Given, observed: str | None,
                functions: FunctionTable | None) -> str | None:
    """The only name beside the target that a typed loss may be a loss of; None for an entry."""
    lines = lines_of(given)
    if find_entry(target, bool(lines)) is not None:
        return None
    scope = specify(target, lines, functions=functions).scope
    known = [n for n, leaf in scope.names.items() if isinstance(leaf, (Variable, Tensor))]
    own = observed or next((n for n in _NAMES if n in known), None)
    left = real_names(scope, (own or "",))
    if not left or own is None:
        raise DeriveError("a loss is one of a prediction and a target; declare both, as in "
                          '--given "m: real" --given "y: real"')
    if len(left) > 1:
        raise DeriveError(f"say which name is the prediction, with --wrt: {', '.join(left)}")
    return left[0]


def _weight(loss: Expr) -> Expr:
    return apply("exp", Mul(-1, loss))


def _target(loss: Expr, prediction: Parameter, observed: str | None) -> Parameter:
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


def _total(loss: Expr, y: Parameter, rulebook: Rulebook) -> Work:
    """Z by rules: values summed where there are few, else the table of integrals."""
    work = Work(heads.Total(_weight(loss), y), rulebook)
    if isinstance(y, Tensor):
        return work
    if y.kind.domain == "label":
        work.use(OVER_CLASSES, {}, "finish")
        return work.run("standardised")
    best = _by_table(work)
    if not best.line.has(heads.Total) or y.kind.domain != "real":
        return best
    for place in sorted((n for n in free_names(loss) if isinstance(n, Variable) and n != y),
                        key=lambda n: str(n.name)):
        forms = [s for s in (_shifted(work, y, place, sign) for sign in (1, -1)) if s]
        if forms:
            forms.sort(key=lambda s: measure(s.line))
            results = map(_by_table, forms)
            return next((w for w in results if not w.line.has(heads.Total)), forms[0])
    return best


def _by_table(work: Work) -> Work:
    """The integrals of the table, in the form as it stands and in tidier ones."""
    for strategies in (("normalise",), ("standardised", "normalise"), ("dispersed", "normalise")):
        trial = work.copy()
        for strategy in strategies:
            trial.run(strategy)
        if not trial.line.has(heads.Total):
            return trial.run("standardised").run("dress")
    return work


def _shifted(work: Work, y: Variable, place: Variable, sign: int) -> Work | None:
    """The total over the residual r = y - m (or m - y), where the loss depends on it alone."""
    if place.kind.domain != "real":
        return None
    taken = {n.name for n in free_names(work.line.args[0])}
    r = Variable(free_name(taken, "r", "u", "v", "e1"), Kind("real"))
    trial = work.copy()
    shift = {"variable": y, "by": place, "residual": r, "sign": sign}
    return trial if trial.use(SHIFT, shift, "total") else None


def _shift(line: Expr, setting: Setting) -> Expr:
    """The total over the residual, where what is under it depends on that alone."""
    y, place, r, sign = (setting[n] for n in ("variable", "by", "residual", "sign"))
    if not isinstance(line, heads.Total) or line.args[1] != y or occurs(r, line) or \
            sign not in (1, -1) or {v.kind for v in (y, place, r)} != {Kind("real")}:
        return line
    there = substitute(line.args[0], {y: Add(place, Mul(sign, r))})
    moved = Work(there, setting.rulebook).run("finish").line
    return line if depends(moved, place) else heads.Total(moved, r)


def _shift_in_words(setting: Setting) -> Words:
    y, place, r, sign = (setting[n] for n in ("variable", "by", "residual", "sign"))
    return Words(f"A shift by {pretty(place)} changes no integral over the whole line: the total "
                 f"does not depend on {pretty(place)}.",
                 f"{pretty(y)} = {pretty(Add(place, Mul(sign, r)))}", "Substitution")


def _over_classes(line: Expr, setting: Setting) -> Expr:
    """The total over a label as a sum."""
    if not isinstance(line, heads.Total) or line.args[1].kind.domain != "label":
        return line
    body, y = line.args
    index = fresh_index(y.kind.over, line)
    return heads.Sum.over(substitute(body, {y: index}), index)


SHIFT = stated("shift", _shift, _shift_in_words)
OVER_CLASSES = stated("sum-over-the-classes", _over_classes, Words(
    "The total over a label is the sum over all classes.", "sum over the classes",
    "Definition of the total"))


def _refuse(main: Derivation, loss: ObservedLoss, law: Assumed | None) -> None:
    """Raises NoNoise where Z is infinite or depends on the prediction."""
    name, prediction, y = loss.posed.title or plain(loss.body), loss.prediction, loss.target
    if not main.result.has(heads.Total) and not depends(main.result, prediction):
        return
    totals = _numeric(main, prediction)
    remedy = f" What is missing is a base measure, {law.base}; with it: {law.name}." \
        if law is not None and law.base else ""
    adds = f"exp(−loss) {'integrates' if y.kind.differentiable else 'sums'} over {y.name}"
    values = [t.value for t in totals if t.value is not None]
    if not values:
        raise NoNoise(f"{name} assumes no noise: {adds} to infinity, so no constant makes a "
                      f"density of it ({totals[0].why}).{remedy}", main)
    if len(values) < len(totals) or max(values) - min(values) > mpf(10) ** -12 * max(values):
        words = ", to ".join(t.in_words(prediction) for t in totals)
        raise NoNoise(f"{name} is no negative log-likelihood: {adds} to {words}; one density "
                      f"cannot have a total that depends on the prediction.{remedy}", main)


class NumericTotal(NamedTuple):
    """Z at a prediction; None, and why, where it is infinite."""

    prediction: Float
    value: Float | None
    why: str = ""

    def in_words(self, name: Expr) -> str:
        """The total, and at which value of the prediction it is that."""
        total = "infinity" if self.value is None else mp.nstr(self.value, 4)
        return f"{total} at {pretty(name)} = {self.prediction}"


def _numeric(main: Derivation, prediction: Parameter) -> list[NumericTotal]:
    """Z at some predictions, the other names fixed."""
    draw = random.Random(7)
    names = free_names(main.original)
    for turn in range(40):
        point = random_point(names, turn % 4, "0", draw)
        if not hold(main.assumptions, point):
            continue
        moved = [(at, _moved(point, prediction, at)) for at in _places(prediction)]
        totals = [_numeric_total(main, at, there) for at, there in moved
                  if hold(main.assumptions, there)]
        if totals:
            return totals
    raise DeriveError("no values of the names were found at which the conditions hold")


def _numeric_total(main: Derivation, at: Float, point: Point) -> NumericTotal:
    try:
        return NumericTotal(at, evaluate(main.original, point, _DIGITS))
    except DivergentError as error:
        return NumericTotal(at, None, str(error))
    except EvaluationError as error:
        raise DeriveError(f"no rule has a closed form for Z, and it was not computed: "
                          f"{error}") from None


def _places(prediction: Parameter) -> tuple[Float, ...]:
    domain = prediction.kind.domain
    if domain in ("probability", "simplex"):
        return (mpf(1) / 4, mpf(1) / 2)
    return _PREDICTIONS[1:] if prediction.kind.interval.low >= 0 else _PREDICTIONS


def _moved(point: Point, prediction: Parameter, at: Float) -> Point:
    if isinstance(prediction, Tensor):
        values = dict(point.tensors[prediction])
        first = next(iter(values))
        values[first] = mpf(at)
        return point.with_tensor(prediction, values)
    return point.with_scalar(prediction, mpf(at))


def _with_density(main: Derivation, loss: ObservedLoss, law: Assumed | None) -> Derivation:
    """The density as a further result, and its name where it is known."""
    z = main.result
    remarks: list[tuple[str, str]] = []
    if z.has(heads.Total):
        totals = _numeric(main, loss.prediction)
        values = sorted({mp.nstr(t.value, 6) for t in totals if t.value is not None})
        remarks.append(("open", "no rule has a closed form for Z; by quadrature, at one choice of "
                                f"the other names, it is {' and '.join(values)}"))
    if law is not None and not law.base:
        remarks.append(("noise", law.name))
    weight = Work(_weight(loss.body), standard_rulebook())
    weight.stage("inverses")
    density = Mul(weight.line, Pow(z, -1))
    letter = free_name({n.name for n in free_names(loss.body)}, "p", "f", "density")
    shown = replace(main, title="Density", quantity=Variable(letter, Kind("positive")),
                    start=density, steps=(), original=density, parts=(), note="The density is")
    return replace(main, others=(shown,), remarks=tuple(remarks))
