"""What a search by numbers came to, as estimates and remarks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from derive.calculus.likelihood.search.likelihood_surface import Surface
from derive.calculus.likelihood.search.maximum_search import Outcome
from derive.calculus.likelihood.search.observed_data import ON_BOUND, shown
from derive.judge.precision import Float, mp, mpf

Remarks = list[tuple[str, str]]
_SHORT = 6
_NOTHING = 1e-9  # a smaller number is shown as 0


def at_maximum(surface: Surface, outcome: Outcome, row: Sequence[Float],
               ) -> tuple[dict[str, Float], Remarks]:
    """Values by name, and remarks, for a maximum."""
    values = {place.name: value for place, value in zip(surface.places, row, strict=True)}
    remarks = []
    for n, (name, value) in enumerate(values.items()):
        bound = ON_BOUND if outcome.faces.get(n) in (0, 1) else ", by numbers"
        several = f", the highest of {outcome.peaks} local maxima" \
            if outcome.peaks > 1 and n == 0 else ""
        remarks.append(("estimate", f"{name} = {shown(value)}{bound}{several}"))
    if outcome.second is not None:
        remarks.append(("maximum", f"the likelihood is as high at {_row(surface, outcome.second)}"))
    return values, remarks


def at_edge(outcome: Outcome, closed: Mapping[str, Float]) -> tuple[dict[str, Float], Remarks]:
    """Closed estimates at an end of the range that is their limit: the edge, told as that."""
    ends = {place.name for place, _ in outcome.edges}
    remarks = [("estimate", f"{name} = {shown(value)}" +
                (", on the edge of its range" if name in ends else ""))
               for name, value in closed.items()]
    return dict(closed), remarks


def is_edge(outcome: Outcome, closed: Mapping[str, Float]) -> bool:
    """Whether the supremum is where closed estimates lie, at ends of ranges."""
    return outcome.kind == "supremum" and bool(outcome.edges) and all(
        place.name in closed and math.isfinite(end) and closed[place.name] == end
        for place, end in outcome.edges)


def without_maximum(surface: Surface, outcome: Outcome) -> Remarks:
    """Why there is no estimate."""
    if outcome.kind == "none":
        names = " and ".join(p.name for p in surface.places)
        return [("open", f"no value of {names} is seen that allows all observations")]
    if outcome.kind == "lost":
        return [("open", "not decided: plain floats lose the likelihood where it is high; it may "
                         "have no bound")]
    if outcome.kind == "ridge":
        return _of_ridge(surface, outcome)
    ends = " and ".join(f"{place.name} goes to {_end(end)}" for place, end in outcome.edges)
    if outcome.kind == "unbounded":
        remarks = [("boundary", f"the likelihood grows without bound as {ends}: there is no "
                                "maximum")]
    else:
        cannot = "" if any(math.isinf(e) for _, e in outcome.edges) else ", which it cannot be"
        remarks = [("boundary", f"the likelihood grows as {ends}{cannot}: there is no maximum; "
                                f"its logarithm stays below {_short(outcome.level)}")]
    if outcome.local is not None:
        level = float(surface.levels(outcome.local[None])[0])
        remarks.append(("open", f"a local maximum, {_short(level)}, is at "
                                f"{_row(surface, outcome.local)}"))
    return remarks


def still_growing(surface: Surface, outcome: Outcome) -> Remarks:
    """That the likelihood grows where plain floats end the search."""
    return [("open", f"not decided: the likelihood still grows at "
                     f"{_row(surface, outcome.row)}, where plain floats lose it; it may have no "
                     "bound")]


def _of_ridge(surface: Surface, outcome: Outcome) -> Remarks:
    names = [p.name for p in surface.places]
    if len(names) > 1 or outcome.second is None:
        more = "" if outcome.second is None else f" as at {_row(surface, outcome.second)}"
        joined = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        return [("open", f"these data do not determine {joined}: the likelihood is as high at "
                         f"{_row(surface, outcome.row)}{more}, and between")]
    low, high = sorted((float(outcome.row[0]), float(outcome.second[0])))
    return [("open", f"every {names[0]} from {_short(low)} to {_short(high)} has the same, the "
                     "highest likelihood")]


def _row(surface: Surface, row: Iterable[Any]) -> str:
    return ", ".join(f"{p.name} = {_short(v)}" for p, v in zip(surface.places, row, strict=True))


def _short(value: Any) -> str:
    return "0" if abs(value) < _NOTHING else str(mp.nstr(mpf(float(value)), _SHORT))


def _end(value: float) -> str:
    return ("−" if value < 0 else "") + "infinity" if math.isinf(value) else shown(mpf(value))
