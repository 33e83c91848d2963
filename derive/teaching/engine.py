"""What the engine makes of a task, and of a line of the learner's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from derive.calculus.cost.potential import cost_of
from derive.calculus.gradient.chain_rule import RESTATED, WRITE_OUT_ALL, grad_through
from derive.calculus.gradient.partial_derivative import last_forms
from derive.calculus.integral.integral_search import Integrator
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import exact, unreal
from derive.core.walk import places
from derive.derivation import Derivation, Line, Step
from derive.errors import DeriveError, NoIntegralError, NotAGradient
from derive.functions.decisions import assuming
from derive.lazy import cached_property
from derive.notation.reading.specification import Definition
from derive.rulebook import rewriting
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.rule import Match
from derive.rulebook.tactics import Setting
from derive.teaching.task import Task

COST_SECONDS = 5.0  # for the search of a cost
STAGES = ("prepare", "differentiate", "sift", "fold", "tidy", "inverses", "logarithms", "symmetry")


@dataclass(frozen=True)
class Path:
    """The engine's way from a line: the steps, and where it ends."""

    start: Any
    steps: tuple[Step, ...]

    @property
    def end(self) -> Any:
        """The last line."""
        return self.steps[-1].line if self.steps else self.start

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines after the first, one a round."""
        shown: list[Line] = []
        for step in self.steps:
            if shown and shown[-1].steps[-1].round == step.round:
                shown[-1] = Line(step.line, (*shown[-1].steps, step))
            else:
                shown.append(Line(step.line, (step,)))
        return tuple(shown)


@dataclass(frozen=True)
class Route:
    """A way from the task: each line as the judge sees it, and as it is shown."""

    start: Any
    lines: tuple[tuple[Any, Line], ...]

    def part(self, before: Any, after: Any) -> tuple[Line, ...] | None:
        """The lines after one line up to another; None where they do not lie on the way so."""
        every = [self.start, *(seen for seen, _ in self.lines)]
        if before not in every or after not in every[every.index(before) + 1:]:
            return None
        first = every.index(before)
        last = every.index(after, first + 1)
        return tuple(line for _, line in self.lines[first:last])


class Engine:
    """The engine at work on one task; what was found is kept."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._paths: dict[tuple[Any, str], Path | None] = {}

    # The task itself

    @cached_property
    def derivation(self) -> Derivation | None:
        """The engine's derivation of the result; None where it finds none."""
        try:
            if self.task.field is not None:
                return cost_of(self.task.field, self.task.rulebook, seconds=COST_SECONDS)
            path = self._own_path()
        except NotAGradient as refusal:
            self.refusal = refusal
            return None
        except DeriveError:
            return None
        return None if path is None else self.task.derivation(path.steps)

    refusal: NotAGradient | None = None

    @property
    def no_cost(self) -> NotAGradient | None:
        """The proof that the field of the task has no cost, where it has none."""
        return self.refusal if self.derivation is None else None

    @cached_property
    def result(self) -> Any | None:
        """The engine's result, or None where it finds none."""
        found = self.derivation
        return None if found is None else found.result

    @cached_property
    def path(self) -> Path | None:
        """The engine's way from the task to its result."""
        if self.task.field is None:
            return self._own_path()
        found = self.derivation
        if found is None:
            return None
        part = next((p for p in found.parts if p.start == self.task.start), None)
        steps = part.steps if part is not None else ()
        last = steps[-1].round if steps else 0
        more = [replace(s, round=s.round + last) for s in found.steps]
        if not more and found.result != (steps[-1].line if steps else None):
            more = [_put_together(part.result if part else self.task.start, found.result, last + 1)]
        return Path(self.task.start, (*steps, *more))

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The ways from the task: the engine's own, and through named intermediates."""
        own = [] if self.path is None else [
            Route(self.path.start, tuple((x.expression, x) for x in self.path.lines))]
        names = [d.name for d in self.task.ground.definitions]
        if self.task.kind != "gradient" or self.task.ground.kept:
            return tuple(own)
        choices = dict.fromkeys([(n,) for n in names] + ([tuple(names)] if names else []))
        return (*own, *(r for c in choices if (r := self._route_through(c)) is not None))

    @exact
    def _route_through(self, names: tuple[str, ...]) -> Route | None:
        """The chain rule through some intermediates, or None where it does not apply."""
        ground = self.task.ground
        try:
            found = grad_through(self.task.posed, names, self.task.rulebook)
            first = _restated(
                self.task.start, found.start, name="chain rule", margin="chain rule",
                says="The derivative through an intermediate: the sum of the products of the two "
                     "derivatives.", source="DLMF 1.4.10")
            every = (Line(found.start, (first,)), *found.lines())
            return Route(self.task.start, tuple((ground(x.expression), x) for x in every))
        except DeriveError:
            return None

    @cached_property
    def passed(self) -> frozenset[Any]:
        """The lines of the engine's own way to the result: each follows from the task by rules."""
        path = self.path
        return frozenset() if path is None else frozenset(s.line for s in path.steps)

    @exact
    def _own_path(self) -> Path | None:
        if self.task.kind == "hessian":
            with assuming(self.task.conditions):
                return self._twice()
        ways = [self.way(self.task.start, "gradient")]
        if self.task.kind == "simplify":
            ways.append(self.way(self.task.start, "finish"))
        found = [w for w in ways if w is not None]
        return min(found, key=lambda w: measure(w.end)) if found else None

    def _twice(self) -> Path:
        """The gradient brought to its result, then differentiated."""
        task, book = self.task, self.task.rulebook
        inner, second = task.start.args
        first = Work(inner, book).run("gradient")
        shown = task.derivation(tuple(first.steps), inner)
        works = []
        for form in last_forms(shown):
            work = Work(heads.Partial(form, second), book)
            work.run("again")
            works.append((form, work))
        form, best = min(works, key=lambda w: (w[1].line.has(heads.Partial), measure(w[1].line)))
        steps = []
        for step in first.steps:
            steps.append(replace(step, line=heads.Partial(step.line, second)))
            if step.line == form:
                break
        last = steps[-1].round if steps else 0
        return Path(task.start, (*steps, *(replace(s, round=s.round + last) for s in best.steps)))

    # Any line

    @exact
    def way(self, line: Any, strategy: str = "gradient") -> Path | None:
        """The engine's way from a line by a strategy; None where it comes to no end."""
        key = (line, strategy)
        if key not in self._paths:
            self._paths[key] = self._way(line, strategy)
        return self._paths[key]

    def _way(self, line: Any, strategy: str) -> Path | None:
        work = Work(line, self.task.rulebook)
        try:
            with assuming(self.task.conditions):
                if line.has(heads.Antiderivative):
                    Integrator(self.task.rulebook, COST_SECONDS).integrate(work)
                else:
                    work.run(strategy)
                    self._write_out(work)
        except (DeriveError, NoIntegralError, ArithmeticError, ValueError):
            return None
        return None if unreal(work.line) else Path(line, tuple(work.steps))

    def _write_out(self, work: Work) -> None:
        """Intermediates that were kept for a derivative by them are written out."""
        ground = self.task.ground
        if not ground.definitions or ground.kept or work.line.has(heads.Partial):
            return
        formula = () if ground.formula is None else (  # the cost that is looked for has none
            Definition(ground.name, (), ground.formula),)
        work.use(WRITE_OUT_ALL, {"definitions": (*ground.definitions, *formula)}, "unfold")
        work.run("finish")

    def normal(self, line: Any) -> Any | None:
        """The form to which the engine brings a line, or None."""
        path = self.way(line)
        return None if path is None else path.end

    def ways(self, line: Any) -> Iterator[Path]:
        """The engine's ways from a line: with logarithms taken apart first, and without."""
        for strategy in ("gradient", "again"):
            path = self.way(line, strategy)
            if path is not None:
                yield path

    @exact
    def single_steps(self, line: Any) -> Iterator[tuple[Match, Any]]:
        """Every rule at every place of a line, with the line that it makes."""
        seen: set[Any] = set()
        parts = list(places(line))
        for stage in STAGES:
            rules = self.task.rulebook.stage(stage)
            for node, binders in parts:
                for rule in rewriting.candidates(rules, node):
                    match = rule.matches(node, binders)
                    if match is None or match.after == match.before:
                        continue
                    new = rewriting.replace(line, match.before, match.after)
                    if new not in seen and new != line:
                        seen.add(new)
                        yield match, new


def _put_together(before: Any, after: Any, round_: int) -> Step:
    """The step from the integral of one component to the cost."""
    step = _restated(before, after, name="all components", margin="all components together",
                     says="What depends on one component alone is summed over all of them; the "
                          "derivative by every component is the field.", source="Definition")
    return replace(step, stage="finish", round=round_)


def _restated(before: Any, after: Any, **words: str) -> Step:
    """A step that a page tells, of a derivation that stands elsewhere."""
    parameters = {"after": after, **words}
    rule = RESTATED.rule(Setting(parameters, Rulebook()))
    return Step(rule, before, after, {"e": before}, parameters, (), after)
