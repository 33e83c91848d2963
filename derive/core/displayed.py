"""What makes a derivation, and a proof, show itself: in a shell, in a notebook, as a text."""

from __future__ import annotations

from typing import Any

from derive.core.exact import exact
from derive.core.stored import Stored
from derive.provided import provided


class Displayed(Stored):
    """A record that the forms of print show, which stand in a room above its own."""

    @exact
    def show(self, form: str = "text", **options: Any) -> str:
        """As text, latex, markdown, json, html or notebook; see `derive.rendering.forms`."""
        return str(provided("render")(self, form, **options))

    def __str__(self) -> str:
        return self.show("text")

    def _repr_markdown_(self) -> str:
        return self.show("markdown")

    @exact
    def _repr_html_(self) -> str:
        return str(provided("render_fragment")(self))

    @exact
    def _repr_latex_(self) -> str:
        return str(provided("render_latex")(self))
