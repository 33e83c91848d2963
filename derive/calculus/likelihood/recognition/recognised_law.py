"""A typed density that is one of the table, up to its parametrisation: shown as a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sympy import Add, Expr, Mul, Pow

from derive.calculus.cost.equality import same
from derive.calculus.formulas import free_name
from derive.calculus.likelihood.densities.statistical_model import Model, read_model
from derive.calculus.likelihood.recognition.density_jets import ends_of, parameter_points
from derive.calculus.likelihood.recognition.fitted_formulas import fitted
from derive.calculus.likelihood.recognition.law_proposals import Proposal, begins_at_zero, proposals
from derive.calculus.likelihood.statements.stated_entries import RowEntry
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core.atoms import Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import free_names
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import DeriveError, EvaluationError, NotationError
from derive.functions.decisions import assuming
from derive.judge.precision import Number
from derive.judge.trees.evaluate import Point
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse_value
from derive.rulebook.loading import Rulebook
from derive.rulebook.tactics import Parameters, Setting
from derive.tables.distribution_table import distribution_for

_MOST_TRIED = 3


@dataclass(frozen=True)
class RecognisedLaw:
    """An entry of the table that a density is: its parameters in terms of those that were typed.

    `variable` is what has the law, the observation or a shift of it; `proven` whether rules show
    that the densities are equal, not numbers alone.
    """

    name: str
    values: tuple[tuple[str, Expr], ...]
    variable: Expr
    proven: bool

    @property
    def parameters(self) -> Parameters:
        """What the step of it takes."""
        return {"law": self.name, "values": dict(self.values), "variable": self.variable,
                "proven": self.proven}

    @property
    def in_words(self) -> str:
        """The parameters, in words."""
        return setting_in_words(dict(self.values))


def setting_in_words(values: Mapping[str, Expr]) -> str:
    """Parameters with their values: `k = a and r = 1/b`."""
    *others, last = [f"{pretty(Variable(n, Kind('real')))} = {pretty(v)}"
                     for n, v in values.items()]
    return f"{', '.join(others)} and {last}" if others else last


def recognised(model: Model, rulebook: Rulebook) -> RecognisedLaw | None:
    """The entry of the table that a user's own density is; None for none.

    It is proposed by numbers, formulas of its parameters are fitted, and rules are asked to show
    that the two densities are equal.
    """
    y = model.observed[0]
    if model.entry is not None or model.joint or len(model.observed) != 1 or isinstance(y, Tensor):
        return None
    leaves = sorted((n for n in free_names(model.density) | _names_of_ends(model)
                     if n != y), key=lambda n: str(n.name))
    if not all(isinstance(n, Variable) for n in leaves):
        return None
    for number, proposal in enumerate(proposals(model)):
        if number == _MOST_TRIED:
            break
        values = _values(proposal, leaves)
        if values is not None:
            return _law(model, proposal, values, rulebook)
    return None


def stated_law(model: Model) -> RecognisedLaw | None:
    """The law that a statement names, its parameters as the arguments; None without a statement."""
    entry = model.entry
    if not isinstance(entry, RowEntry) or isinstance(model.observed[0], Tensor):
        return None
    try:
        values = [(name, parse_value(text, model.scope)) for name, text in entry.arguments]
    except NotationError:  # a parameter went through a link
        return None
    if not all(isinstance(v, Expr) for _, v in values):
        return None
    return RecognisedLaw(entry.name, tuple(values), model.observed[0], True)


def _names_of_ends(model: Model) -> set[Expr]:
    ends = ends_of(model)
    return set().union(*(free_names(e) for e in (ends.low, ends.high) if e is not None))


class _Sample:
    """Values of the entry's parameters at points of the typed ones, as many as asked for."""

    def __init__(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self.points: Iterator[Point] = parameter_points(proposal.subject.model, 5)
        self.rows: list[tuple[Point, Mapping[str, Number]]] = []

    def of(self, name: str, count: int) -> list[tuple[Point, Number]]:
        """The values of one parameter."""
        while len(self.rows) < count:
            point = next(self.points, None)
            if point is None:
                break
            try:
                self.rows.append((point, self.proposal.numbers(point)))
            except EvaluationError:
                continue
        return [(point, row[name]) for point, row in self.rows[:count]]


def _values(proposal: Proposal, leaves: list[Variable]) -> tuple[tuple[str, Expr], ...] | None:
    """Formulas of the entry's parameters; None where one of them is no short formula."""
    sample, values = _Sample(proposal), {}
    for name in proposal.reading.parameters:
        formula = fitted(lambda count, n=name: sample.of(n, count), leaves)  # type: ignore[misc]
        if formula is None:
            return None
        values[name] = formula
    own = proposal.reading.model.scope.names
    return tuple((n, values[n]) for n in own if n in values)


def _law(model: Model, proposal: Proposal, values: tuple[tuple[str, Expr], ...],
         rulebook: Rulebook) -> RecognisedLaw:
    name, variable = proposal.reading.signature.name, _variable(model, proposal)
    law = RecognisedLaw(name, values, variable, True)
    theirs = density_of_law(law.parameters, model.observed[0])
    with assuming(model.positive):
        try:
            ours, known = (Work(apply("log", d), rulebook).run("likelihood").line
                           for d in (model.density, theirs))
            proven = same(ours, known, rulebook)
        except DeriveError:
            proven = False
    return RecognisedLaw(name, values, variable, proven)


def _variable(model: Model, proposal: Proposal) -> Expr:
    """What has the law: the observation, counted from the start of its support."""
    y, ends = model.observed[0], ends_of(model)
    if not begins_at_zero(proposal.reading.model) or ends.low is None:
        return y
    shifted = y if ends.low == 0 else Add(y, Mul(-1, ends.low))
    if ends.high is None or ends_of(proposal.reading.model).high is None:
        return shifted
    width = Add(ends.high, Mul(-1, ends.low))
    return shifted if width == 1 else Mul(shifted, Pow(width, -1))


def density_of_law(parameters: Parameters, y: Expr) -> Expr:
    """The density of an entry at values of its parameters, of a shift or multiple of y."""
    entry, variable = read_model(parameters["law"]), parameters["variable"]
    there = {entry.scope.names[n]: v for n, v in parameters["values"].items()}
    density = substitute(entry.density, {**there, entry.observed[0]: variable})
    scale = [f for f in Mul.make_args(variable) if y not in f.free_symbols and f != 1]
    return Mul(density, *scale)


def _recognise(line: Expr, setting: Setting) -> Expr:
    return density_of_law(setting.parameters, setting["observed"])


def _recognising(setting: Setting) -> Words:
    entry = distribution_for(setting["law"])
    words, variable = setting_in_words(setting["values"]), setting["variable"]
    subject = "This" if variable == setting["observed"] else f"The density of {pretty(variable)}"
    shown = "" if setting["proven"] else \
        "; that the densities are equal is seen by numbers, not by rules"
    return Words(f"{subject} is that of the entry {entry.name} of the table, {entry.title}, with "
                 f"{words}{shown}.", f"{entry.name}: {words}", entry.source)


RECOGNISE = stated("recognised-law", _recognise, _recognising)


def with_law(derivation: Derivation, model: Model, law: RecognisedLaw | None, rulebook: Rulebook,
             ) -> Derivation:
    """A derivation that begins with what the density is, where it is recognised."""
    if law is None:
        return derivation
    shown = law_shown(model, law, rulebook)
    return replace(derivation, parts=(*((shown,) if shown.steps else ()), *derivation.parts),
                   remarks=(law_remark(law, model.observed[0]), *derivation.remarks))


def law_shown(model: Model, law: RecognisedLaw, rulebook: Rulebook) -> Derivation:
    """The density as that of the entry, a line; no step where it stands there already."""
    name = Variable(free_name({*model.scope.names, *model.scope.dims}, "p", "f", "q", "pdf"),
                    Kind("positive"))
    work = Work(model.density, rulebook)
    work.use(RECOGNISE, {**law.parameters, "observed": model.observed[0]}, "law")
    return work.derivation(
        "Law", "law", name, model.given, assumptions=model.positive, domain=model.domain,
        note="The density is one of the table, in other parameters:")


def law_remark(law: RecognisedLaw, y: Expr) -> tuple[str, str]:
    """The law by name, as a remark."""
    entry = distribution_for(law.name)
    subject = "" if law.variable == y else f"{pretty(law.variable)} has the "
    return ("law", f"{subject}{entry.title} ({entry.name}) with {law.in_words}")
