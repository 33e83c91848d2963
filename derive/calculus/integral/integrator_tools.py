"""The tools of integration for a step that is tried in a search, or replayed without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.calculus.integral.search_steps import Searching
from derive.rulebook.tactics import Setting

if TYPE_CHECKING:
    from derive.calculus.integral.integral_search import Integrator


def tools(setting: Setting) -> Integrator:
    """The search that tries a step, or tools of its own for one that is replayed."""
    if isinstance(setting, Searching):
        return setting.search  # type: ignore[no-any-return]
    from derive.calculus.integral.integral_search import Integrator

    return Integrator(setting.rulebook)
