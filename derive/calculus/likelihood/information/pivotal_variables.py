"""Variables in terms of which a typed density has a law that is free of what moves it."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Add, Expr, Integer, Mul, Pow

from derive.calculus.cost.equality import agree
from derive.calculus.formulas import free_name
from derive.calculus.likelihood.densities.standard_pivot import pivot_of
from derive.calculus.likelihood.densities.statistical_model import Model, log_density, read_model
from derive.calculus.likelihood.recognition.density_jets import corner_of, ends_of
from derive.calculus.likelihood.recognition.recognised_law import RecognisedLaw
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import depends
from derive.core.kinds import Kind
from derive.core.walk import mapped, substitute
from derive.errors import DeriveError
from derive.functions.decisions import assuming
from derive.judge.trees.tree_point import Law
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.loading import Rulebook
from derive.tables.distribution_table import standard_laws


@dataclass(frozen=True)
class PivotalVariable:
    """The observation as `value` in terms of a variable, and the law of that.

    `standard` names the law in the table, with `values` for names in it; it is "" for a law that
    is the density itself, shifted.
    """

    leaf: Variable
    value: Expr
    law: Law
    standard: str = ""
    values: tuple[tuple[Expr, Expr], ...] = ()


def pivotal_variables(model: Model, law: RecognisedLaw | None, rulebook: Rulebook,
                      ) -> list[PivotalVariable]:
    """What may be tried, the simplest first."""
    y = model.observed[0]
    if model.entry is not None or isinstance(y, Tensor) or not y.kind.differentiable:
        return []
    with assuming(model.positive):
        candidates = (_shifted(model), None if law is None else _of_law(model, law),
                      _memoryless(model, rulebook))
    return [c for c in candidates if c is not None]


def _leaf(model: Model, kind: Kind, *names: str) -> Variable:
    return Variable(free_name({*model.scope.names, *model.scope.dims}, *names), kind)


def _shifted(model: Model) -> PivotalVariable | None:
    """The distance from an end that moves, where the interval has a fixed length."""
    y, ends = model.observed[0], ends_of(model)
    if ends.low is None or ends.high is None or ends.low.is_number:
        return None
    length = multiplied_out(Add(ends.high, Mul(-1, ends.low)))
    if not length.is_Rational or length <= 0:
        return None
    unit = length == 1
    leaf = _leaf(model, Kind("probability" if unit else "positive"), "x", "u", "t")
    value = Add(ends.low, leaf)
    density = opened(substitute(model.density, {y: value}))
    if any(depends(density, p) for p in model.parameters if depends(ends.low, p)):
        return None
    conditions = () if unit else (heads.Less(leaf, length),)
    return PivotalVariable(leaf, value, Law(leaf, density, conditions))


def opened(node: Expr) -> Expr:
    """Every sum in a formula multiplied out, so that what cancels is gone."""
    if not node.args or isinstance(node, heads.Lam):
        return node
    node = mapped(node, opened)
    return multiplied_out(node) if isinstance(node, Add) else node


def _of_law(model: Model, law: RecognisedLaw) -> PivotalVariable | None:
    """The pivot of a recognised entry, where the table has one."""
    entry, y = read_model(law.name), model.observed[0]
    pivot, corner = pivot_of(entry), corner_of(law.variable, y)
    if pivot is None or corner is None or entry.entry is None:
        return None
    there = {entry.scope.names[n]: v for n, v in law.values}
    leaf = _leaf(model, pivot.leaf.kind, pivot.leaf.name, "w", "t", "u")
    there[pivot.leaf] = leaf
    start, slope = corner
    value = Add(start, Mul(substitute(pivot.value, there), Pow(slope, -1)))
    return PivotalVariable(leaf, value, Law(leaf, substitute(pivot.law.density, there)),
                           entry.entry.law, tuple(there.items()))


def _memoryless(model: Model, rulebook: Rulebook) -> PivotalVariable | None:
    """A variable T(y) with density exp(-T) |T'|, which is exponential; y in terms of it."""
    y = model.observed[0]
    try:
        line = multiplied_out(log_density(model, rulebook).line)
    except DeriveError:
        return None
    law = next(law for law in standard_laws().values() if law.of_quantiles)
    leaf = _leaf(model, Kind("positive"), law.variable[0], "t", "u")
    for candidate in _candidates(line, y):
        value = inverse(candidate, y, leaf)
        if value is None:
            continue
        try:
            slope = Work(heads.Partial(candidate, y), rulebook).run("gradient").line
        except DeriveError:
            continue
        square = Mul(Pow(slope, 2), apply("exp", Mul(-2, candidate)))
        if agree(Pow(model.density, 2), square, model.positive):
            return PivotalVariable(leaf, value, Law(leaf, apply("exp", Mul(-1, leaf))), law.name)
    return None


def _candidates(line: Expr, y: Expr) -> list[Expr]:
    """The terms of a log-density that may be minus the variable: themselves, or by their power."""
    made = []
    for term in Add.make_args(line):
        if not depends(term, y):
            continue
        made.append(Mul(-1, term))
        logs = [f for f in Mul.make_args(term) if isinstance(f, heads.Apply) and f.name == "log"]
        if len(logs) == 1:
            power = Mul(*(f for f in Mul.make_args(term) if f is not logs[0]))
            if not depends(power, y):
                made.append(Mul(Add(Mul(-1, power), Integer(-1)), logs[0]))
    exponent = [t for t in Add.make_args(line) if depends(t, y) and not t.has(heads.Apply)]
    if len(exponent) > 1:
        made.append(Mul(-1, Add(*exponent)))
    return made


def inverse(node: Expr, y: Expr, value: Expr) -> Expr | None:
    """The y at which a formula has a value, undone from the outside; None where y stands twice."""
    while node != y:
        corner = corner_of(node, y)
        if corner is not None:
            start, slope = corner
            return Add(start, Mul(value, Pow(slope, -1)))
        inside = [a for a in node.args if isinstance(a, Expr) and depends(a, y)]
        undone = _undone(node, inside[0], value) if len(inside) == 1 else None
        if undone is None:
            return None
        node, value = inside[0], undone
    return value


def _undone(node: Expr, inner: Expr, value: Expr) -> Expr | None:
    """The value of the inner formula where that around it has a value."""
    rest = [a for a in node.args if a is not inner]
    if isinstance(node, Add):
        return Add(value, Mul(-1, Add(*rest)))
    if isinstance(node, Mul):
        return Mul(value, *(Pow(r, -1) for r in rest))
    if isinstance(node, Pow) and node.args[0] is inner:
        return Pow(value, Pow(node.args[1], -1))
    if isinstance(node, heads.Apply) and node.name in ("exp", "log"):
        return apply("log" if node.name == "exp" else "exp", value)
    return None
