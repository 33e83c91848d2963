"""From a loss to the noise that it assumes: exp(-loss) over its integral, if that is a density."""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Expr, Mul, Pow

from derive.argument_kinds import Names, Target
from derive.calculus.asked_variables import only_variable
from derive.calculus.asking import on_record
from derive.calculus.formulas import free_name
from derive.calculus.likelihood.densities.narrowed_types import narrowed
from derive.calculus.likelihood.densities.statistical_model import Parameter
from derive.calculus.likelihood.noise.assumed_distribution import Assumed, ObservedLoss, assumed
from derive.calculus.likelihood.noise.noise_totals import Residual, total_of, weight_of
from derive.calculus.likelihood.noise.totals_at_points import TotalAt, differ, totals_at_points
from derive.calculus.problem import problem, real_names, unfolded, variable, with_unknown
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import depends, free_names, occurs, root
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import DeriveError, NoNoise
from derive.functions.decisions import assuming
from derive.functions.function_records import FunctionTable
from derive.judge.precision import mp
from derive.judge.rules.user_functions import Functions, function_table
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given, lines_of
from derive.notation.reading.specification import specify
from derive.public_arguments import public
from derive.rulebook.loading import Rulebook, Rules, standard_rulebook
from derive.tables.loss_table import find_entry

_Z = Variable("Z", Kind("positive"))
_NAMES = ("y", "t", "x")
_LOCATION = "location"
_NOTE_Z = ("If the loss is minus the logarithm of a density of {y}, but for a constant, then the "
           "density is exp(−loss) over its total Z, and Z may not depend on {prediction}.")


@public()
@on_record
def noise(target: Target, *, given: Given = (), wrt: Names = None, observed: str | None = None,
          rules: Rules = None, functions: Functions | None = None) -> Derivation:
    """The density exp(-loss)/Z that a loss assumes of its target.

    `target` is a loss of the catalogue, or a formula with `given`; `wrt` the prediction;
    `observed` the target's name (y, else t); `rules` and `functions` are the user's, as for
    `grad`. Raises NoNoise where there is no such density: Z is
    infinite, or depends on the prediction; the message says with which base measure there is one.
    The result is Z, the density among the `others`.

    >>> derive.noise("abs(y - z)").others[0].notation
    'exp(-abs(y - z)) / 2'
    """
    table, wrt = function_table(functions), only_variable(wrt, "assumed noise")
    given = narrowed(lines_of(given))
    posed = problem(target, given, wrt or _prediction(target, given, observed, table),
                    functions=table)
    rulebook = with_unknown(rules, posed.scope)
    body = unfolded(posed.specification.loss, posed.specification.definitions)
    prediction = root(variable(posed.wrt, posed.scope)[0])
    if not depends(body, prediction):
        raise DeriveError(f"the loss does not depend on {prediction.name}, so that it is no loss "
                          "of that prediction; name another with --wrt")
    conditions = posed.specification.conditions
    y = _target((body, *conditions), prediction, observed)
    loss = ObservedLoss(posed, body, prediction, y)
    tests = tuple(c for c in conditions if occurs(y, c))
    conditions = tuple(c for c in conditions if c not in tests)
    with assuming(conditions):
        total = total_of(body, y, tests, rulebook)
    main = total.work.derivation(
        f"{posed.title or 'Loss'}: the noise that it assumes", "noise", _Z,
        posed.specification.declared, assumptions=conditions, source=posed.source,
        note=_NOTE_Z.format(y=pretty(y), prediction=pretty(prediction)))
    law = _of_residual(loss, total.residual, rulebook) or assumed(loss, rulebook)
    totals = []
    if main.result.has(heads.Total) or depends(main.result, prediction):
        totals = totals_at_points(main, prediction, y)
        _refuse(main, loss, law, totals)
    typed = posed.typed and replace(posed.typed, options=(("observed", y.name),))
    return replace(_with_density(main, loss, law, totals, tests), typed=typed)


def _of_residual(loss: ObservedLoss, residual: Residual | None, rulebook: Rulebook,
                 ) -> Assumed | None:
    """The distribution with what is subtracted from the target as its location."""
    if residual is None or isinstance(residual.place, Variable) or \
            not depends(residual.place, loss.prediction):
        return None
    location = Variable(_LOCATION, Kind("real"))
    there = {residual.variable: Mul(residual.sign, Add(loss.target, Mul(-1, location)))}
    weight = substitute(residual.weight, there)
    if not isinstance(weight, heads.Apply) or weight.name != "exp":
        return None
    moved = replace(loss, body=Mul(-1, weight.args[1]), prediction=location)
    law = assumed(moved, rulebook)
    return law and replace(law, name=law.name.replace(_LOCATION, pretty(residual.place)))


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


def _target(formulas: tuple[Expr, ...], prediction: Parameter, observed: str | None) -> Parameter:
    """What the density is of. Raises DeriveError where that is not clear."""
    known = {n.name: n for formula in formulas for n in free_names(formula)
             if isinstance(n, (Variable, Tensor))}
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


def _refuse(main: Derivation, loss: ObservedLoss, law: Assumed | None,
            totals: list[list[TotalAt]]) -> None:
    """Raises NoNoise where Z is infinite or depends on the prediction."""
    name, y = loss.posed.title or plain(loss.body), loss.target
    remedy = f" What is missing is a base measure, {law.base}; with it: {law.name}." \
        if law is not None and law.base else ""
    adds = f"exp(−loss) {'integrates' if y.kind.differentiable else 'sums'} over {y.name}"
    for choice in totals:
        if all(t.value is None for t in choice):
            raise NoNoise(f"{name} assumes no noise: {adds} to infinity, so no constant makes a "
                          f"density of it ({choice[0].why}).{remedy}", main)
        pair = differ(choice)
        if pair is not None:
            shown = choice[:3] if differ(choice[:3]) else pair
            words = ", to ".join(t.words for t in shown)
            if len({t.words.partition(" at ")[0] for t in shown}) == 1:
                words = ", to ".join(f"{mp.nstr(t.value, 15)} at {t.place}" for t in shown)
            raise NoNoise(f"{name} is no negative log-likelihood: {adds} to {words}; one density "
                          f"cannot have a total that depends on the prediction.{remedy}", main)


def _open(main: Derivation, loss: ObservedLoss, totals: list[list[TotalAt]]) -> str:
    """That Z is known by numbers alone, and what it is."""
    first = [choice[0] for choice in totals]
    digits = min(t.digits for t in first)
    values = " and ".join(dict.fromkeys(
        mp.nstr(t.value, 15 if digits > 15 else digits - 3) for t in first if t.value is not None))
    count = sum(len(choice) for choice in totals)
    free = not depends(main.result, loss.prediction)
    way = "by quadrature" if loss.target.kind.differentiable else "by summation"
    at = ", at two choices of the other names" if len(first) > 1 else ""
    certain = f"it does not depend on {pretty(loss.prediction)}, by the substitution" if free else \
        (f"that it does not depend on {pretty(loss.prediction)} was seen at {count} predictions "
         "alone, and is not proved")
    return f"no rule has a closed form for Z; {way}{at} Z ≈ {values}; {certain}"


def _with_density(main: Derivation, loss: ObservedLoss, law: Assumed | None,
                  totals: list[list[TotalAt]], tests: tuple[Expr, ...]) -> Derivation:
    """The density as a further result, and its name where it is known."""
    z = main.result
    remarks: list[tuple[str, str]] = []
    if totals:
        remarks.append(("open", _open(main, loss, totals)))
    if law is not None and not law.base and not tests:
        remarks.append(("noise", law.name))
    weight = Work(weight_of(loss.body), standard_rulebook())
    weight.stage("inverses")
    density = Mul(weight.line, Pow(z, -1))
    letter = free_name({n.name for n in free_names(loss.body)}, "p", "f", "density")
    shown = replace(main, title="Density", quantity=Variable(letter, Kind("positive")),
                    start=density, steps=(), original=density, parts=(), note="The density is",
                    assumptions=(*main.assumptions, *tests))
    return replace(main, others=(shown,), remarks=tuple(remarks))
