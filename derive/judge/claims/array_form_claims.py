"""The result in whole vectors and matrices, judged entry by entry beside the typed text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.errors import NotationError, VerificationError
from derive.judge.claims.claim_records import WORK, Pair, Side
from derive.judge.reading.central_differences import NOISE
from derive.judge.reading.formula_reader import Reading, read
from derive.judge.reading.lazy_arrays import Meter, Run

_MOST_WORK = 1000  # so many times the usual work: more is no form to be read


@dataclass(frozen=True)
class ArrayForm:
    """A text of arrays that has been read, and where its subscripts stand in a run.

    Its work is counted apart: what is visited is decided by the formula of elements.
    """

    reading: Reading
    slots: tuple[int, ...]
    meter: Meter = field(default_factory=lambda: Meter(WORK * _MOST_WORK))

    def value(self, run: Run) -> Any:
        """The entry at the values of the free indices."""
        outer, run.meter = run.meter, self.meter
        try:
            return self.reading.run(run, tuple(run.env[slot] for slot in self.slots))
        finally:
            run.meter = outer

    def pair(self, truth: Side) -> Pair:
        """The claim that the entry is right."""
        return Pair(truth, self.value, name="the result in matrices", counted=False)


def array_form(definitions: str, text: str, given: Sequence[str], elements: Reading,
               letters: Sequence[str], own: Mapping[str, dict[str, Any]]) -> ArrayForm:
    """Reads a text of arrays whose axes are the free indices of the formula of `elements`.

    Raises VerificationError for a text that is none: it was printed, so it has to be readable.
    """
    indices = [elements.letters[name] for name in letters]
    try:
        reading = read(f"{definitions}\n{text}", given, own=own)
    except NotationError as error:
        raise VerificationError(
            f"the result in matrices, {text}, is not read by the judge: {error}") from None
    axes = tuple(index.over for index in indices)
    if reading.shape != axes:
        raise VerificationError(f"the result in matrices, {text}, has the axes "
                                f"{reading.shape}, and the result {axes}")
    return ArrayForm(reading, tuple(index.slot for index in indices))


def remembered(truth: Side) -> Side:
    """A truth that two forms of a value are compared with, computed once for each precision."""
    values: dict[int, tuple[Any, Any]] = {}

    def known(run: Run) -> Any:
        if run.ctx.prec not in values:
            values[run.ctx.prec] = truth(run), run.memo.get(NOISE, 0)
        value, noise = values[run.ctx.prec]
        run.memo[NOISE] = max(run.memo.get(NOISE, 0), noise)
        return value

    return known
