"""The short code of a loss and its derivatives, from the same stable forms as its kernel.

Where a kernel guards, this does not: it is plain floats of one library, for a file that a person
reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sympy import Expr, Integer

from derive.arrays.lowering.product_lowering import SCALE
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.stable.stable_forms import stable
from derive.arrays.targets.inline.dialects import Dialect
from derive.arrays.targets.inline.short_lowering import ShortLowering
from derive.arrays.targets.inline.short_statements import Statements
from derive.arrays.targets.inline.statement_writers import WRITERS
from derive.calculus.strategy import Work
from derive.core.atoms import Index
from derive.core.indexing import exact
from derive.core.walk import substitute
from derive.lazy import cached_property


class ShortCode:
    """Writes a loss's value, gradient, Hessian and Hessian product for a library.

    `names` maps arguments to what they are called in the code (their own names otherwise), `fixed`
    are those that do not vary by example.
    """

    def __init__(self, formula: Formula, dialect: Dialect, names: Mapping[str, str] | None = None,
                 fixed: Iterable[str] = ()) -> None:
        self.formula, self.dialect, self.fixed = formula, dialect, tuple(fixed)
        self.names = {leaf.name: leaf.name for leaf in (*formula.leaves, formula.vector)} | \
            dict(names or {})

    @cached_property
    def lowering(self) -> ShortLowering:
        """One program for all results, so that equal parts are computed once."""
        return ShortLowering(self.dialect, self.arrays, self.formula.dims, self.fixed)

    @property
    def arrays(self) -> dict[Any, Any]:
        """The arguments, each with its name and kind."""
        return {leaf: (leaf.name, leaf.kind)
                for leaf in (*self.formula.leaves, self.formula.vector)}

    @exact
    def node(self, result: str) -> int:
        """The node of a result: value, gradient, hessian or hvp."""
        form, indices = self.formula.form(result, self.arrays)
        form = substitute(form, {SCALE: Integer(1)})
        return self.lowering.result(
            Work(form, self.formula.rulebook).run("refold").line, indices)

    def lines(self, results: Mapping[str, str], taken: Sequence[str] = ()) -> list[str]:
        """Statements that give names to results, `{"loss": "value", "slope": "gradient"}`.

        Names in `taken` are left alone.
        """
        nodes = {name: self.node(result) for name, result in results.items()}
        return Statements(self.lowering.program, self.dialect, self.names, WRITERS,
                          taken).write(nodes)

    @exact
    def lines_of(self, formula: Expr, indices: tuple[Index, ...], name: str,
                 taken: Sequence[str] = ()) -> list[str]:
        """Statements that give a name to another formula of the same arguments."""
        form = stable(formula, self.formula.rulebook)
        form = Work(form, self.formula.rulebook).run("refold").line
        node = self.lowering.result(form, indices)
        return Statements(self.lowering.program, self.dialect, self.names, WRITERS,
                          taken).write({name: node})
