"""Text to expressions, and expressions to text."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from derive.provided import provided


class _Room(ModuleType):
    """A room that shares its name with the command and the function that list its words."""

    def __call__(self, *words: str) -> Any:
        """The words of the notation: `derive.notation`, whether this room is loaded or not."""
        return provided("notation")(*words)


sys.modules[__name__].__class__ = _Room
