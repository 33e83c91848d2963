"""What decisions about predictions share: tests at random places, and results as lines of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Expr, Integer

from derive.calculus.recurrence.model_structure import Leaf
from derive.calculus.recurrence.step_loss import StepLoss
from derive.calculus.recurrence.step_trials import Trial, close
from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.walk import substitute
from derive.judge.precision import Number
from derive.notation.printing.plain import plain
from derive.notation.reading.declaration_lines import PREDICTION
from derive.notation.reading.specification import Definition, fresh_indices
from derive.tables.prediction_kinds import PredictedOutput


class Deciding:
    """Decides between kinds of predictions by the values of a loss at random places."""

    def __init__(self, loss: StepLoss, tried: Sequence[Trial], names: Sequence[Leaf],
                 stated: bool) -> None:
        self.loss, self.tried, self.names, self.stated = loss, tried, names, stated

    def decided(self) -> PredictedOutput | None:
        """What is predicted; None where that is open."""
        raise NotImplementedError

    def all(self, test: Callable[[Trial], bool]) -> bool:
        """Whether something holds at every trial."""
        return all(map(test, self.tried))

    def each(self, name: Leaf, test: Callable[[Trial, Leaf], bool]) -> bool:
        """Whether something holds of a name at every trial."""
        return all(test(t, name) for t in self.tried)

    def place(self, name: Leaf) -> Expr:
        """A name at the step."""
        if not isinstance(name, Tensor):
            return name
        return heads.Element(name, self.loss.model.time)

    def named(self, kind: str, name: Leaf, likelihood: bool = False) -> PredictedOutput:
        """A prediction by a name, or by a line where it has none that was typed."""
        part = next((p for p in self.loss.parts if p.symbol == name), None)
        if part is not None and name.name != PREDICTION:
            return self.written(kind, part.indices, part.body, likelihood)
        if name.name != PREDICTION and name not in self.loss.shown():
            return PredictedOutput(kind, PREDICTION, f"{PREDICTION} = {name}", likelihood)
        return PredictedOutput(kind, name.name, "", likelihood)

    def formula(self, kind: str, body: Callable[[Expr], Expr], likelihood: bool = False,
                ) -> PredictedOutput:
        """A prediction by a formula of the class, or of the flag."""
        over, model = self.loss.target.kind.over, self.loss.model
        own = () if over is None else self.fresh((over,))
        steps = (model.time,) if self.loss.at_step else ()
        return self.written(kind, (*steps, *own), body(own[0] if own else Integer(1)), likelihood)

    def fresh(self, dims: tuple[Expr, ...]) -> tuple[Index, ...]:
        """Letters that stand for nothing in the model."""
        model = self.loss.model
        return fresh_indices(dims, (*model.scope.names, *model.scope.dims, model.time.name),
                             "kjimnpqrsuv")

    def written(self, kind: str, indices: tuple[Expr, ...], body: Expr, likelihood: bool,
                ) -> PredictedOutput:
        """A prediction by a line of the model's text."""
        steps = indices[:1] if indices[:1] == (self.loss.model.time,) else ()
        letters = self.fresh(tuple(i.dim for i in indices[len(steps):]))
        there = dict(zip(indices[len(steps):], letters, strict=True))
        line = Definition(self.loss.target, (*steps, *letters), substitute(body, there))
        at = f"[{', '.join(str(i.name) for i in line.indices)}]" if line.indices else ""
        text = f"{PREDICTION}{at} = {plain(line.body)}"
        return PredictedOutput(kind, PREDICTION, text, likelihood)


def vector(trial: Trial, name: Leaf) -> list[Number]:
    """The entries of a name at a step."""
    return list(trial.entries(name).values())


def number_of(trial: Trial, name: Leaf) -> Number:
    """The value of a name that is one number at a step."""
    return trial.entries(name)[()]


def same(first: Sequence[Number], second: Sequence[Number]) -> bool:
    """Whether numbers are the same, one by one."""
    return len(first) == len(second) and all(map(close, first, second))
