"""How libraries of arrays write the operations of a program, each in one expression."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import EulerGamma, Integer, Rational, pi

from derive.arrays.operations import Op
from derive.arrays.targets.numpy.numpy_operations import number_text
from derive.errors import KernelError
from derive.functions.function_records import standard_functions

# The levels of Python's operators: what binds tighter has the higher one.
TEST, EITHER, BOTH, SUM, PRODUCT, SIGN, POWER, ATOM = range(8)
INFIX: dict[Op, tuple[str, int]] = {
    Op.ADD: ("+", SUM), Op.SUBTRACT: ("-", SUM), Op.DIFFERENCE: ("-", SUM),
    Op.BELOW_MAX: ("-", SUM), Op.MULTIPLY: ("*", PRODUCT), Op.LIMIT_MULTIPLY: ("*", PRODUCT),
    Op.DIVIDE: ("/", PRODUCT),
    Op.POWER: ("**", POWER), Op.LESS: ("<", TEST), Op.LESS_EQUAL: ("<=", TEST),
    Op.EQUAL: ("==", TEST), Op.NOT_EQUAL: ("!=", TEST), Op.AND: ("&", BOTH), Op.OR: ("|", EITHER)}
_ARRAYS = {Op.SUM: "np.sum", Op.PRODUCT: "np.prod", Op.MAX: "np.max", Op.MIN: "np.min",
           Op.ARGMAX: "np.argmax", Op.MEDIAN: "np.median"}


@dataclass(frozen=True)
class Dialect:
    """A library: its name in messages, its prefix, and the calls that are not named as NumPy's.

    `key` is the key of functions in `rules/functions.toml` whose text is another than NumPy's;
    `renamed` maps NumPy's calls to the library's own.
    """

    library: str
    prefix: str
    key: str
    renamed: Mapping[str, str]

    def words(self, text: str) -> str:
        """A text with NumPy's names as the library's own."""
        for name, own in self.renamed.items():
            text = text.replace(name, own)
        return re.sub(r"\bnp\.", f"{self.prefix}.", text)

    def module(self, alone: bool) -> str:
        """Where functions stand; those of one number alone in Python's own module."""
        return "math" if alone and self.prefix != "np" else self.prefix

    def function(self, name: str, alone: bool = False) -> str:
        """The call of a function, or a template. Raises KernelError where the library has none."""
        record = standard_functions()[name]
        text = getattr(record, self.key)
        if not text and (record.numpy.startswith("np.") or "{" in record.numpy):
            text = self.words(record.numpy)
        if not text:
            raise KernelError(f"{self.library} has no {name}, which this loss needs; "
                              "`derive kernel` writes a module for NumPy that has")
        alone = alone and "{" not in str(text)
        return str(text).replace(f"{self.prefix}.", f"{self.module(alone)}.")

    def reduction(self, op: Op) -> str:
        """The call that reduces an axis."""
        return self.words(_ARRAYS[op])

    def number(self, value: Any) -> tuple[str, int]:
        """An exact number, with the level of its text."""
        if value == pi:
            return self.words("np.pi") if self.prefix == "np" else "math.pi", ATOM
        if value == EulerGamma:
            return "np.euler_gamma" if self.prefix == "np" else number_text(value), ATOM
        if isinstance(value, Integer) and abs(int(value)) < 2**53:
            return str(value), ATOM if value >= 0 else SIGN
        if isinstance(value, Rational) and value.q not in (1, 2, 4, 8) and value.q < 1000:
            return f"{value.p} / {value.q}", PRODUCT
        text = number_text(value)
        return self.words(text), SIGN if text.startswith("-") else ATOM


SCIPY = Dialect("SciPy", "np", "scipy", {})
KERAS = Dialect("Keras", "ops", "keras", {
    "np.inf": "float(\"inf\")", "np.nan": "float(\"nan\")"})
