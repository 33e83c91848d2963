"""A loss as the text of a module for JAX."""

from __future__ import annotations

from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.targets.functional import jax_templates as templates
from derive.arrays.targets.functional.jax_dialect import DIALECT
from derive.arrays.targets.functional.native_forms import NativeProgram
from derive.arrays.targets.functional.native_module import NativeModule, Part, signature

IMPORTS = {
    "math": "import math", "Sequence": "from collections.abc import Sequence",
    "partial": "from functools import partial", "Any": "from typing import Any",
    "jax": "import jax", "jnp": "import jax.numpy as jnp", "Array": "from jax import Array",
    "SymbolicZero": "from jax.custom_derivatives import SymbolicZero",
    "linalg": "from jax.scipy import linalg", "special": "from jax.scipy import special"}


class JaxModule(NativeModule):
    """Writes a module for JAX."""

    import_lines = IMPORTS

    def __init__(self, formula: Formula, made: NativeProgram) -> None:
        super().__init__(formula, made, DIALECT, "jax_functions.py")

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
        named = [f"{n}: Any" for n in self.names.values()]
        options = ["*", "weight: Any = None", "mask: Any = None",
                   "ignore_index: int | None = None"]
        rank = self.rank
        ones = ", ".join(["1"] * rank)
        return {
            "arguments": self.listed, "unpacked": self.unpacked, "vector": self.vector,
            "place": str(self.place), "rank": str(rank), "variable": self.variable.name,
            "refusals": self._refusals(), "moved": self._moved(), "pushed": self._pushed(),
            "loss": "\n".join(signature("def loss(", [
                *named, *options, 'reduction: str = "mean"'], ") -> Array:")),
            **{f"def_{name}": "\n".join(signature(f"def {name}(", [
                *named, *extra, *options, 'reduction: str = "none"'], f") -> {result}:"))
                for name, extra, result in (
                    ("value", [], "Array"), ("grad", [], "Array"),
                    ("value_and_grad", [], "tuple[Array, Array]"),
                    ("hvp", [f"{self.vector}: Any"], "Array"))},
            "scale": f"along(scale, {rank})" if rank else "scale",
            "counts": f"kept.reshape(*kept.shape, {ones})" if rank else "kept",
            "first": f"[..., {', '.join(['0'] * rank)}]" if rank else "",
            "declared_vector": f"({self.vector!r}, {self.axes_of(self.variable.kind.shape)!r}, "
                               "False, \"\")",
        }

    def _refusals(self) -> str:
        """What is refused: derivatives by arguments by which there are none."""
        return "".join(
            f"\n    refused({self.names[a.name]!r}, {self.made.refused[a.name]!r}, tangents[{n}])"
            for n, a in enumerate(self.arguments) if a.name in self.made.refused)

    def _moved(self) -> str:
        """The derivatives of the value by other arguments."""
        return "".join(
            f"\n    if moved(tangents[{place}]):\n        tangent += inner("
            f"formula_gradient_{self.names[name]}({self.listed}), tangents[{place}], "
            f"{self.axes(name)})"
            for place, name in self.mixed_places())

    def _pushed(self) -> str:
        """The derivatives of the gradient by other arguments, by JAX."""
        return "".join(
            f"\n    if moved(tangents[{place}]):"
            f"\n        tangent += jax.jvp(lambda {self.names[name]}: "
            f"formula_gradient({self.listed}),"
            f"\n                           ({self.names[name]},), (tangents[{place}],))[1]"
            for place, name in self.mixed_places())
