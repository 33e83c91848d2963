"""A loss as the text of a module for JAX."""

from __future__ import annotations

from derive.arrays.targets.functional import jax_templates as templates
from derive.arrays.targets.functional.jax_dialect import DIALECT
from derive.arrays.targets.functional.native_module import NativeModule, Part

IMPORTS = {
    "math": "import math", "Sequence": "from collections.abc import Sequence",
    "partial": "from functools import partial", "Any": "from typing import Any",
    "jax": "import jax", "jnp": "import jax.numpy as jnp", "Array": "from jax import Array",
    "SymbolicZero": "from jax.custom_derivatives import SymbolicZero",
    "linalg": "from jax.scipy import linalg", "special": "from jax.scipy import special"}


class JaxModule(NativeModule):
    """Writes a module for JAX."""

    dialect, import_lines = DIALECT, IMPORTS
    functions = ("jax_functions.py", "jax_matrix_functions.py", "jax_special_functions.py")

    def sections(self) -> list[str]:
        """The functions of the formula with their rules of derivatives, what a caller uses."""
        terms = self.made.terms
        custom = "@jax.custom_jvp\n"
        words = self.words()

        def own(part: Part) -> str:
            return "\n".join(self.function(part))

        plain = [own(Part("formula_gradient", ("gradient",), terms["gradient"]))]
        gradient = custom + own(Part("loss_gradient", ("gradient",), terms["gradient"]))
        return [
            custom + own(Part("loss_value", ("value",), terms["value"])), gradient,
            *(plain if self.mixed else ()),
            *(own(Part(f"formula_gradient_{self.names[name]}", (name,), terms[name]))
              for name in self.mixed),
            own(Part("formula_hvp", ("hvp",), "The Hessian times a vector.", vector=True)),
            *(text.format(**words).strip("\n") for text in (
                templates.VALUE_RULE, templates.GRADIENT_RULE, templates.LOSS,
                templates.NUMBERS))]

    def words(self) -> dict[str, str]:
        """What the templates are filled with."""
        zeros = ", ".join(["0"] * self.rank)
        return {
            **self.usual_words(), "refusals": self._refusals(), "moved": self._moved(),
            "pushed": self._pushed(), "first": f"[..., {zeros}]" if self.rank else ""}

    def _refusals(self) -> str:
        """What is refused: derivatives by arguments by which there are none."""
        return "".join(
            f"\n    refused({self.names[a.name]!r}, {self.made.refused[a.name]!r}, changes[{n}])"
            for n, a in enumerate(self.arguments) if a.name in self.made.refused)

    def _moved(self) -> str:
        """The derivatives of the value by other arguments."""
        return "".join(
            f"\n    if moved(changes[{place}]):\n        change += inner("
            f"formula_gradient_{self.names[name]}({self.listed}), changes[{place}], "
            f"{self.axes(name)})"
            for place, name in self.mixed_places())

    def _pushed(self) -> str:
        """The derivatives of the gradient by other arguments, by JAX."""
        return "".join(
            f"\n    if moved(changes[{place}]):"
            f"\n        change += jax.jvp(lambda {self.names[name]}: "
            f"formula_gradient({self.listed}),"
            f"\n                           ({self.names[name]},), (changes[{place}],))[1]"
            for place, name in self.mixed_places())
