"""What a whole model predicts, decided by what its loss is for other targets.

A loss of classes whose exp(-l) add up to 1 is -log of their probabilities, however it is spelled;
what moves with the target and leaves the loss as it is, is where the target is expected.
"""

from __future__ import annotations

from dataclasses import replace

from derive.calculus.recurrence.class_predictions import OfClasses, OfFlags
from derive.calculus.recurrence.number_predictions import OfAmounts, OfNumbers
from derive.calculus.recurrence.prediction_trials import Deciding
from derive.calculus.recurrence.step_loss import StepLoss, step_loss
from derive.calculus.recurrence.step_trials import trials
from derive.core.exact import exact
from derive.errors import EvaluationError
from derive.judge.precision import mp
from derive.notation.reading.model_equations import Model
from derive.tables.prediction_kinds import PredictedOutput

_FEWEST = 4  # trials that agree
_BY_DOMAIN: dict[str, type[Deciding]] = {"label": OfClasses, "binary": OfFlags, "real": OfNumbers}


@exact
def prediction_of(model: Model) -> PredictedOutput | None:
    """What a model predicts; None where neither a line nor its loss determines it."""
    model = _in_time_of_target(model)
    known = (_of_loss(model, step_loss(model, joined)) for joined in (False, True))
    return next((output for output in known if output is not None), None)


def _in_time_of_target(model: Model) -> Model:
    """The model with the axis of time that its target has as the first one."""
    target = model.scope.names.get(model.learning.role("target"))
    time = None if target is None else model.time_of(target)
    if time is None or time == model.time:
        return model
    return replace(model, time=time, further=tuple(t for t in model.times if t != time))


def _of_loss(model: Model, loss: StepLoss | None) -> PredictedOutput | None:
    """What a model with such a loss of a step predicts."""
    stated = model.predict
    if loss is None:
        return None
    if stated is not None and stated not in model.equations:
        loss = replace(loss, parts=(*loss.parts, stated))
    tried = trials(loss)
    if len(tried) < _FEWEST:
        return None
    names = loss.candidates() if stated is None else [stated.symbol]
    decide = _BY_DOMAIN.get(loss.target.kind.domain, OfAmounts)
    try:
        with mp.workdps(50):
            return decide(loss, tried, names, stated is not None).decided()
    except EvaluationError:
        return None
