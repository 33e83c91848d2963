"""The fit of a regression as rows of a table, and as plain data."""

from __future__ import annotations

from typing import Any

HEADS = ("", "estimate", "std. error", "z", "95 % interval")
_MOST = 40  # rows of a table
_DIGITS = 6


def fitted_rows(fit: Any) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The heads of the columns, and a row for each parameter."""
    rows = []
    for place, name in enumerate(fit.names[:_MOST]):
        low, high = fit.intervals[place]
        numbers = (fit.values[place], fit.standard_errors[place], fit.z_values[place])
        interval = "" if low != low else f"{_number(low)} … {_number(high)}"
        rows.append((name, *map(_number, numbers), interval))
    if len(fit.names) > _MOST:
        rows.append((f"… and {len(fit.names) - _MOST} more", "", "", "", ""))
    return HEADS, tuple(rows)


def _number(value: float) -> str:
    """A number with six digits; nothing for one that is not known."""
    return "" if value != value else f"{value:.{_DIGITS}g}"


def fitted_data(fit: Any) -> dict[str, Any]:
    """The fit as plain dictionaries."""
    return {
        "names": list(fit.names), "estimates": list(map(repr, fit.values)),
        "standard_errors": [repr(float(v)) for v in fit.standard_errors],
        "covariance": [list(map(repr, row)) for row in fit.covariances],
        "observations": fit.observations, "log_likelihood": repr(fit.log_likelihood),
        "aic": repr(fit.aic), "bic": repr(fit.bic), "information": fit.information,
        "method": fit.method,
        "log_posterior": None if fit.log_posterior is None else repr(fit.log_posterior)}
