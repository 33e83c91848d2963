"""The test of an objective's file."""

from __future__ import annotations

from derive.adapters.objective_core import Core


def objective_test(core: Core) -> str:
    """The text of the test; it imports the file as `{module}`."""
    return ""
