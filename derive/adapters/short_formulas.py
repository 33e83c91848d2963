"""The results of a loss as functions of short code: its forms, lowered and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Expr

from derive.adapters.margin_losses import TAKEN, MarginLoss, safe_name
from derive.arrays.lowering.index_lowering import Leaf
from derive.arrays.stable.stable_forms import stable as unfolded_form
from derive.arrays.stable.stable_forms import written_forms
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.functional_emission import FunctionBody
from derive.arrays.targets.functional.native_forms import native, native_book
from derive.arrays.targets.functional.short_code import ShortLowering, short_body
from derive.arrays.targets.functional.short_dialects import SCIPY
from derive.arrays.verifier import verify
from derive.core.atoms import Index
from derive.core.indexing import exact, size
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.functions.decisions import settled

MOST_TRIED = 60  # nodes of a formula whose forms are tried; of a longer one the first is taken


class ShortFormulas:
    """The functions of a loss as lines of code."""

    def __init__(self, loss: MarginLoss) -> None:
        self.loss, self.formula = loss, loss.formula

    @exact
    def best(self, name: str, formula: Expr, indices: tuple[Index, ...]) -> Expr:
        """The stable form of a result that fails least where it is tried."""
        rulebook, arrays = self.formula.rulebook, self._arrays()
        forms: dict[Expr, Expr] = {}
        for spelling in written_forms(formula, rulebook):
            forms.setdefault(unfolded_form(spelling, rulebook), spelling)
        first = next(iter(forms))
        tried = len(forms) > 1 and size(first) <= MOST_TRIED
        best = min(forms, key=lambda f: self.formula.merit(name, f, indices, arrays)) \
            if tried else first
        return self.short(forms[best])

    def short(self, formula: Expr) -> Expr:
        """A formula in stable form, functions of SciPy kept."""
        return native(formula, native_book(self.formula.rulebook))

    def result(self, name: str) -> tuple[Expr, tuple[Index, ...]]:
        """Value, gradient, or the diagonal of the Hessian, as derived."""
        if name != "diagonal":
            return self.formula.formula(name)
        formula, indices = self.formula.formula("hessian")
        if not indices:
            return formula, ()
        row, column = indices
        return settled(substitute(formula, {column: row})), (row,)

    def _arrays(self, there: Sequence[Leaf] = ()) -> dict[Leaf, tuple[str, Kind]]:
        leaves = (*there, *self.formula.leaves, self.formula.vector)
        return {leaf: (leaf.name, leaf.kind) for leaf in leaves}

    @exact
    def code(self, results: Mapping[str, tuple[Expr, tuple[Index, ...]]], there: Sequence[Leaf],
             dialect: Dialect = SCIPY) -> FunctionBody:
        """Statements for some results in a function that has some of the loss's names.

        Those that are neither a prediction nor in a row are numbers beside them.
        """
        lowering = self._lowering(there)
        nodes = {name: lowering.result(form, indices) for name, (form, indices) in results.items()}
        return self._written(lowering, nodes, there, dialect)

    @exact
    def condition(self, condition: Expr) -> FunctionBody:
        """Statements for a condition on a row."""
        there = (self.loss.margin, *self.loss.observed)
        lowering = self._lowering(there)
        value = lowering.value(self.short(condition))
        return self._written(lowering, {"condition": int(value.source)}, there, SCIPY)

    def _lowering(self, there: Sequence[Leaf]) -> ShortLowering:
        row = (self.loss.margin, *self.loss.observed)
        fixed = (*self.loss.constants, *(leaf.name for leaf in there if leaf not in row))
        return ShortLowering(SCIPY, self._arrays(there), self.formula.dims, fixed)

    def _written(self, lowering: ShortLowering, nodes: Mapping[str, int], there: Sequence[Leaf],
                 dialect: Dialect) -> FunctionBody:
        verify(lowering.program)
        row = (self.loss.margin, *self.loss.observed)
        names = {leaf.name: safe_name(leaf.name) if leaf in row else leaf.name for leaf in there}
        names |= {name: safe_name(name) for name in self.loss.constants}
        return short_body(lowering, nodes, names, TAKEN, named=False, dialect=dialect)
