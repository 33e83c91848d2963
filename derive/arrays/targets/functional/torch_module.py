"""A loss as the text of a module for PyTorch."""

from __future__ import annotations

from derive.arrays.targets.functional import torch_templates as templates
from derive.arrays.targets.functional.functional_text import signature
from derive.arrays.targets.functional.native_module import NativeModule, Part
from derive.arrays.targets.functional.torch_dialect import DIALECT

IMPORTS = {
    "math": "import math", "Sequence": "from collections.abc import Sequence",
    "Any": "from typing import Any", "torch": "import torch",
    "Tensor": "from torch import Tensor", "nn": "from torch import nn"}


class TorchModule(NativeModule):
    """Writes a module for PyTorch."""

    key, dialect, import_lines = "torch", DIALECT, IMPORTS
    functions = ("torch_functions.py", "torch_special_functions.py")

    def sections(self) -> list[str]:
        """The functions of the formula, those of autograd, and what a caller uses."""
        own = ["\n".join(self.function(part)) for part in self.parts_of_formula()]
        words = self.words()
        return [*own, *(text.format(**words).strip("\n") for text in (
            templates.LOSS, templates.VALUE, templates.GRADIENT, templates.FORWARD_MODE,
            templates.TRANSFORMED, templates.DIFFERENTIABLE, templates.NUMBERS,
            templates.NETWORK))]

    def parts_of_formula(self) -> list[Part]:
        """The functions of the formula."""
        terms = self.made.terms
        both = ("value", "factor", "row") if self.factored else ("value", "gradient")
        says = "The value and the gradient" + (
            ", as a factor of each example and a row." if self.factored else ".")
        listed = [Part("formula_value", ("value",), terms["value"]),
                  Part("formula_value_and_gradient", both, says, over=True)]
        if self.mixed:
            listed.append(Part("formula_gradient", ("gradient",), terms["gradient"]))
        listed += [Part(f"formula_gradient_{self.names[name]}", (name,), terms[name])
                   for name in self.mixed]
        return [*listed, Part("formula_hvp", ("hvp",), "The Hessian times a vector.", vector=True)]

    def words(self) -> dict[str, str]:
        """What the templates are filled with."""
        variable, factored = self.variable.name, self.factored
        names = self.names.values()
        forward = ["self", *(f"{n}: Any" for n in names), "*", "weight: Any = None",
                   "mask: Any = None"]
        return {
            **self.usual_words(), "next": str(self.place + 1),
            "arguments_typed": ", ".join(f"{n}: Tensor" for n in names),
            "nones": str(len(self.arguments)), "more": str(len(self.arguments) + 1),
            "pair": "factor, row" if factored else "gradient",
            "kept": "factor, row = kept" if factored else "gradient, = kept",
            "product": f"row * {self.wide('factor', variable)}" if factored else "gradient",
            "quick": f"row * {self.wide('(factor * cotangent)', variable)}" if factored
            else f"gradient * {self.wide('cotangent', variable)}",
            "wide": self.wide("cotangent", variable),
            "extra": "None, None" if factored else "None",
            "others": self._others(), "mixed": self._mixed(), "pushed": self._pushed(),
            "moved": self._moved(), "first": ".select(-1, 0)" * self.rank,
            "forward": "\n".join(signature("    def forward(", forward, ") -> Tensor:")),
        }

    def wide(self, text: str, name: str) -> str:
        """A number of each example beside the elements of an argument."""
        rank = self.axes(name)
        if rank > 1:
            return f"{text}[..., {', '.join(['None'] * rank)}]"
        return text + ".unsqueeze(-1)" * rank

    def _others(self) -> str:
        """The gradients by other arguments."""
        lines = []
        for place, name in self.mixed_places():
            lines += [f"        if ctx.needs_input_grad[{place + 1}]:",
                      f"            slopes[{place + 1}] = {self.wide('cotangent', name)} * "
                      f"formula_gradient_{self.names[name]}({self.listed})"]
        return "".join(f"\n{line}" for line in lines)

    def _mixed(self) -> str:
        """The products of the mixed second derivatives with a vector."""
        rest = [self.names[n] for n in self.mixed]
        if not rest:
            return ""
        places = [place for place, _ in self.mixed_places()]
        slopes = ", ".join(f"slopes[{n}]" for n in places) + ("," if len(places) == 1 else "")
        names = ", ".join(rest)
        return (f"\n        if any(ctx.needs_input_grad[n] for n in {tuple(places)}):"
                f"\n            _, pulled = torch.func.vjp("
                f"\n                lambda {names}: formula_gradient({self.listed}), {names})"
                f"\n            {slopes} = pulled({self.vector})")

    def _pushed(self) -> str:
        """The products of the mixed second derivatives with changes."""
        lines = []
        for place, name in self.mixed_places():
            own = self.names[name]
            lines += [f"        if changes[{place}] is not None:",
                      "            _, pushed = torch.func.jvp(",
                      f"                lambda {own}: formula_gradient({self.listed}), "
                      f"({own},), (changes[{place}],))",
                      "            change = change + pushed"]
        return "".join(f"\n{line}" for line in lines)

    def _moved(self) -> str:
        """The derivative of the value along changes."""
        lines = []
        slopes = [(self.place, self.variable.name, "differentiable_gradient"),
                  *((place, name, f"formula_gradient_{self.names[name]}")
                    for place, name in self.mixed_places())]
        for place, name, slope in slopes:
            axes = tuple(range(-self.axes(name), 0))
            product = f"{slope}({self.listed}) * changes[{place + 1}]"
            total = f"({product}).sum({axes})" if axes else product
            lines += [f"        if changes[{place + 1}] is not None:",
                      f"            change = change + {total}"]
        return "".join(f"\n{line}" for line in lines)
