"""A mixture at data: the steps of expectation-maximisation, repeated from several starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from derive.calculus.likelihood.densities.statistical_model import Sample, sample_of
from derive.calculus.likelihood.estimates.mixture_components import Mixture
from derive.calculus.likelihood.search.observed_data import (
    Row,
    check_support,
    point_of,
    read_data,
    read_value,
)
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import root
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.limits import decided, tick
from derive.proof import number

if TYPE_CHECKING:  # derivations need no NumPy
    from numpy.typing import NDArray

    Array = NDArray[Any]

STARTS, SHORT, LONG = 12, 40, 20_000  # starts; rounds from each, and from the best of them
_BEST = 3
_STILL = 1e-11  # a relative change of the parameters that counts as none
_SEED = 20
_SHRUNK = ("open", "no maximum inside: from every start a positive parameter goes to 0, as where a "
                   "component shrinks onto single observations and the likelihood has no bound")


def at_data(derivation: Derivation, mixture: Mixture, data: str | Sequence[Any] | None,
            values: Mapping[str, Any] | None) -> Derivation:
    """The derivation with the estimates at observations, as remarks.

    `values` are those of names that are not estimated, and the number of components. Raises
    DeriveError for what is no list of numbers or lies outside the support.
    """
    if data is None:
        if values:
            raise DeriveError(f"the value of {', '.join(values)} is for observations; give them "
                              "with --data")
        return derivation
    sample = sample_of(mixture.model)
    rows = read_data(data, sample)
    check_support(rows, sample, point_of(rows, sample))
    if len(rows) < 2:
        raise DeriveError("a mixture needs more than one observation: with one, nothing tells its "
                          "components apart")
    count, fixed = _fixed(mixture, sample, values or {}, len(rows))
    remarks = (*derivation.remarks, ("data", f"{len(rows)} observations"))
    steps = (derivation, *derivation.others)
    missing = _missing(mixture, sample, fixed)
    if missing:
        return replace(derivation, remarks=(*remarks, ("open", (
            f"the data do not tell {', '.join(missing)}, which the E-step needs"))))
    if any(step.goal == "equation" for step in steps):
        return replace(derivation, remarks=(*remarks, ("open", (
            "not computed: the equation of the M-step would be solved by numbers in every round"))))
    run = _Rounds(mixture, derivation, _columns(rows, sample), fixed, count)
    words, estimates = run.best()
    return replace(derivation, remarks=(*remarks, *words), estimates=estimates)


def _fixed(mixture: Mixture, sample: Sample, values: Mapping[str, Any], observations: int,
           ) -> tuple[int, dict[str, Any]]:
    """The number of components, and the values of names that are not estimated."""
    indices = mixture.indices
    if not indices:
        count = 2
    elif indices[0].dim.fixed:
        count = int(indices[0].dim)
    else:
        name = indices[0].dim.name
        if name not in values:
            raise DeriveError(f"the number of components {name} is not given; give it with --value "
                              f"{name}=2")
        count = int(read_value(name, values[name], "count"))
        if not 1 <= count <= observations:
            raise DeriveError(f"{name} = {count} cannot be: there are {observations} observations, "
                              "and at least one component")
    fixed = {}
    for name, value in values.items():
        leaf = sample.scope.names.get(name)
        if isinstance(leaf, Variable) and leaf not in mixture.model.parameters:
            fixed[name] = float(read_value(name, value, leaf.kind.domain))
        elif not indices or name != indices[0].dim.name:
            raise DeriveError(f"{name!r} is no name with a fixed value here")
    return count, fixed


def _missing(mixture: Mixture, sample: Sample, fixed: Mapping[str, Any]) -> list[str]:
    """Names without a value that are no parameters."""
    model = mixture.model
    known = {*model.parameters, *model.observed, *mixture.complete.observed}
    return sorted(name for name, leaf in model.scope.names.items()
                  if leaf not in known and name not in fixed)


def _columns(rows: list[Row], sample: Sample) -> dict[str, Array]:
    """The observations as arrays by name."""
    import numpy as np

    table = np.array([[float(v) for v in row] for row in rows])
    columns, start = {}, 0
    for y in sample.model.observed:
        axes = y.kind.shape
        width = table.shape[1] - len(sample.model.observed) + 1 if axes else 1
        part = table[:, start:start + width]
        start += width
        values = part if axes else part[:, 0]
        columns[y.name] = values.astype(int) if y.kind.domain == "label" else values
    return columns


@dataclass
class _Rounds:
    """The rounds of both steps at some observations."""

    mixture: Mixture
    derivation: Derivation
    columns: dict[str, Array]
    fixed: dict[str, Any]
    count: int
    fallen: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        logarithm, e_step = self.derivation.parts[:2]
        self.level, self.responsibility = _function(logarithm), _function(e_step)
        self.steps = {root(d.quantity).name: _function(d)
                      for d in (self.derivation, *self.derivation.others)}
        self.given = {**self.columns, **self.fixed}

    def best(self) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, Any], ...]]:
        """Words on the highest maximum of all starts, and the estimates there."""
        runs = [run for run in map(partial(self.climb, rounds=SHORT), self.starts()) if run]
        if not runs:
            return (_SHRUNK,), ()
        highest = sorted(runs, key=lambda run: -run[0])[:_BEST]
        ends = [end for end in (self.climb(run[2], LONG, run[3]) for run in highest) if end]
        if not ends:
            return (_SHRUNK,), ()
        level, parameters, _, rounds = max(ends, key=lambda end: end[0])
        values = self.ordered(parameters)
        words = [("estimate", f"{name} = {number(value)}") for name, value in values]
        if self.coincide(parameters):
            words.append(("boundary", "components coincide: the data are as likely with fewer of "
                                      "them, and do not determine the weights"))
        lost = STARTS - len(runs)
        words.append(("likelihood", (
            f"{level:.8g} is its logarithm, the highest of {STARTS} starts, after {rounds} rounds"
            f"{'' if self.fallen else ', none of which lowered it'}")))
        if lost:
            words.append(("boundary", (
                f"from {lost} of the starts a positive parameter went to 0, where the likelihood "
                "may have no bound; the estimates are a maximum inside")))
        return tuple(words), values

    def climb(self, responsibilities: Array, rounds: int, done: int = 0,
              ) -> tuple[float, dict[str, Array], Array, int] | None:
        """Both steps in turn, until nothing changes or so many times; None without a value."""
        import numpy as np

        before: dict[str, Array] = {}
        last = -np.inf
        for _ in range(rounds):
            done += 1
            tick("repeating the steps of expectation-maximisation")
            decided(f"a log-likelihood of {last:.6g} was reached")
            with np.errstate(all="ignore"):
                inside = {**self.given, self.place: responsibilities}
                now = {name: step(inside) for name, step in self.steps.items()}
                if not self.inside(now):
                    return None
                at = {**self.given, **now}
                level = float(np.sum(self.level(at)))
                responsibilities = self.responsibility(at)
            if not (np.isfinite(level) and np.isfinite(responsibilities).all()):
                return None
            self.fallen |= level < last - 1e-9 * (1 + abs(last))
            last = level
            if before and all(np.all(abs(now[n] - before[n]) <= _STILL * (1e-6 + abs(now[n])))
                              for n in now):
                break
            before = now
        return last, now, responsibilities, done

    def coincide(self, parameters: Mapping[str, Array]) -> bool:
        """Whether two components have the same parameters but for their weights."""
        import numpy as np

        tables = [v.reshape(self.count, -1) for n, v in parameters.items()
                  if n != self.mixture.weights.name and len(np.shape(v)) and len(v) == self.count]
        if not tables or not self.mixture.indices:
            return False
        rows = np.concatenate(tables, axis=1)
        return any(np.allclose(rows[i], rows[j], rtol=1e-6, atol=1e-12)
                   for i in range(self.count) for j in range(i))

    @property
    def place(self) -> str:
        """The name of the responsibilities."""
        return str(root(self.mixture.place).name)

    def inside(self, values: Mapping[str, Array]) -> bool:
        """Whether no positive parameter is as good as 0."""
        import numpy as np

        scale = max(float(np.std(column)) for column in self.columns.values()) or 1.0
        kinds = {p.name: p.kind.domain for p in self.mixture.model.parameters}
        return all(np.all(np.isfinite(value)) and (
            kinds[name] != "positive" or np.all(value > 1e-7 * scale))
                   for name, value in values.items())

    def starts(self) -> list[Array]:
        """Responsibilities to set out from: by nearness to some observations, and at random."""
        import numpy as np

        draw = np.random.default_rng(_SEED)
        first = next(iter(self.columns.values()))
        table = first.reshape(len(first), -1).astype(float)
        table = (table - table.mean(0)) / (table.std(0) + 1e-300)
        made = []
        for turn in range(STARTS):
            centres = table[_apart(table, self.count, draw)]
            gaps = ((table[:, None] - centres[None]) ** 2).sum(2)
            near = np.exp(-(gaps - gaps.min(1, keepdims=True)) * self.count ** 2 / 2) + 1e-3
            if turn % 3 == 2:
                near = draw.standard_exponential((len(table), self.count))
            near = near / near.sum(1, keepdims=True)
            made.append(near if self.mixture.indices else near[:, 0])
        return made

    def ordered(self, parameters: Mapping[str, Array]) -> tuple[tuple[str, Any], ...]:
        """The estimates by name, the components in the order of their first parameter."""
        import numpy as np

        families = {root(d.quantity).name: isinstance(d.quantity, heads.Element)
                    for d in (self.derivation, *self.derivation.others)}
        weights = self.mixture.weights.name
        leading = next((p for p in parameters if families[p] and p != weights), weights)
        order = np.argsort(parameters[leading].reshape(len(parameters[leading]), -1)[:, 0]) \
            if families[leading] else None
        values = []
        for name, value in parameters.items():
            many = families[name] and self.mixture.indices and len(value) == self.count
            table = value[order] if many and order is not None else value
            values += [(f"{name}[{', '.join(map(str, at))}]" if at else name, table[at])
                       for at in np.ndindex(table.shape)]
        return tuple((name, float(value)) for name, value in values)


def _apart(table: Array, count: int, draw: Any) -> list[int]:
    """Places of observations that are apart: each drawn the likelier the farther it is."""
    import numpy as np

    places = [int(draw.integers(len(table)))]
    while len(places) < count:
        gaps = ((table[:, None] - table[places][None]) ** 2).sum(2).min(1)
        shares = gaps / gaps.sum() if gaps.sum() > 0 else np.full(len(table), 1 / len(table))
        places.append(int(draw.choice(len(table), p=shares)))
    return places


def _function(derivation: Derivation) -> Callable[[Mapping[str, Any]], Array]:
    """The result of a derivation as a function of values by name."""
    import numpy as np

    function = replace(derivation, others=(), checks=(), sequel=None).lambdify()
    return lambda values: np.asarray(function(*(values[n] for n in function.arguments)))
