"""Names that modules of exported models use themselves, and how their lines are laid out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from derive.arrays.targets.functional.functional_text import folded
from derive.outgoing_text import in_docstring

RESERVED = frozenset({
    "Any", "Array", "Arrays", "B", "CLASSES", "LOSS", "Model", "NDArray", "Parameters", "SLOPES",
    "SYMBOLS", "Steps", "T", "Tensor", "Tensors", "before", "by_label", "check", "counting",
    "ctx", "dtype", "given", "gradients", "initialise", "jax", "jnp", "key", "lax", "loss",
    "loss_and_gradients", "losses", "made", "math", "network", "nn", "np", "outer_sum", "outputs",
    "p", "parameters", "pattern", "predict", "predicted", "rng", "row", "rows", "saved", "self",
    "self_test", "shifted", "sigmoid", "slope", "steps", "steps_backward", "steps_forward", "t",
    "torch"})
WORD = re.compile(r"\b[^\W\d]\w*\b")
INDENT = {"torch": "        ", "jax": "    ", "numpy": "    "}


GRADIENTS = ("The gradient by each parameter: h_slope is ∂L/∂h, h_carry what a step gives to that "
              "of its neighbour.")


def words_in(lines: Iterable[str]) -> set[str]:
    """The names in some code."""
    return set(WORD.findall("\n".join(lines)))


def documented(says: str) -> list[str]:
    """The lines of a docstring of a function."""
    wrapped = textwrap.wrap(in_docstring(says), 88)
    if len(wrapped) == 1:
        return [f'    """{wrapped[0]}"""']
    return [f'    """{wrapped[0]}', *(f"    {line}" for line in wrapped[1:]), '    """']


def indented(line: str, indent: str = "    ") -> list[str]:
    """A line of code in lines that are not too long, remarks above them."""
    if line.lstrip().startswith(("#", '"""')) or not line.strip():
        return [(indent + line).rstrip()]
    if any(line.count(a) != line.count(b) for a, b in ("()", "[]", "{}")):
        return [indent + line]  # a part of a statement that is laid out already
    own = line[:len(line) - len(line.lstrip())]
    return [indent + own + part for part in folded(line.lstrip(), 95 - len(own))]


def listed(names: Iterable[str]) -> str:
    """Names between commas, as a tuple has them."""
    names = list(names)
    return ", ".join(names) + ("," if len(names) == 1 else "")
