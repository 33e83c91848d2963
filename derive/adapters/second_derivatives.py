"""What is known of the second derivative of a loss: its sign, its bounds, where it is 0."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product

from sympy import Expr, Integer

from derive.adapters.margin_losses import MarginLoss
from derive.adapters.short_formulas import ShortFormulas
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Variable
from derive.core.indexing import exact, free_names
from derive.core.kinds import Bound
from derive.core.walk import dangling, substitute, transform
from derive.functions.decisions import assuming, decide, settled
from derive.functions.intervals import interval
from derive.functions.plain_sympy import to_sympy
from derive.lazy import cached_property

MOST_CASES = 4  # distinctions by which a second derivative is taken case by case
_ZERO = Integer(0)


class SecondDerivative:
    """The second derivative of a loss by its prediction, as far as kinds and rules tell."""

    def __init__(self, loss: MarginLoss, short: ShortFormulas) -> None:
        self.loss, self.short_formulas = loss, short

    @cached_property
    def diagonal(self) -> tuple[Expr, tuple[Index, ...]]:
        """The second derivative, as a short form."""
        formula, indices = self.short_formulas.result("diagonal")
        return self.finished(formula), indices

    def finished(self, formula: Expr) -> Expr:
        """A formula, folded."""
        return exact(lambda: Work(formula, self.loss.formula.rulebook).run("finish").line)()

    @cached_property
    def spellings(self) -> tuple[Expr, ...]:
        """The second derivative in several forms; a sign that one hides another may show."""
        formula = self.short_formulas.result("diagonal")[0]
        forms = [self.diagonal[0], formula]
        forms += [exact(self.short_formulas.short)(form) for form in forms]
        return tuple(dict.fromkeys(forms))

    def _holds(self, condition: Callable[[Expr], Expr]) -> bool:
        with assuming(self.loss.formula.posed.specification.conditions):
            return any(decide(condition(form)) is True for form in self.spellings)

    @cached_property
    def zero(self) -> bool:
        """Whether the second derivative is 0 wherever it exists."""
        return any(form == 0 for form in self.spellings)

    @cached_property
    def nonnegative(self) -> bool:
        """Whether the kinds say that it is never negative."""
        return self._holds(lambda form: heads.LessEqual(_ZERO, form))

    @cached_property
    def constant(self) -> bool:
        """Whether it is the same for every prediction and label."""
        return not free_names(self.diagonal[0]) & {self.loss.margin, self.loss.label}

    @cached_property
    def of_residual(self) -> bool:
        """Whether the loss depends on the difference of prediction and label alone, both real.

        Then its second derivative may be as good as 0 where the slope is not: far out.
        """
        margin, label = self.loss.margin, self.loss.label
        if not (isinstance(margin, Variable) and isinstance(label, Variable)
                and label.kind.domain == "real"):
            return False
        shift = Variable("\u00b7shift", margin.kind)
        moved = substitute(self.loss.loss, {margin: margin + shift, label: label + shift})
        return bool(self.finished(settled(moved)) == self.finished(self.loss.loss))

    @cached_property
    def vanishing(self) -> bool:
        """Whether it may be 0, or as good as that, where the slope is not."""
        if self.constant or self.least > 0:
            return False
        return self.of_residual or any(
            form.atoms(heads.Cond) and self._zero_in_a_case(form) for form in self.spellings[:1])

    @cached_property
    def least(self) -> Bound:
        """What the second derivative is never below, as far as intervals tell."""
        return max(self._hull(form)[0] for form in self.spellings)

    @cached_property
    def greatest(self) -> Bound:
        """What it is never above."""
        return min(self._hull(form)[1] for form in self.spellings)

    @cached_property
    def gentle(self) -> bool:
        """Whether the slope is never beyond -1 and 1."""
        slope = self.short_formulas.result("gradient")[0]
        hulls = [self._hull(form) for form in (slope, self.finished(slope))]
        return max(h[0] for h in hulls) >= -1 and min(h[1] for h in hulls) <= 1

    def _hull(self, form: Expr) -> tuple[Bound, Bound]:
        """The interval of a formula, case by case where there are a few."""
        tests = sorted({c.args[0] for c in form.atoms(heads.Cond) if not dangling(c.args[0])},
                       key=str)
        if not 0 < len(tests) <= MOST_CASES:
            return interval(form).low, interval(form).high
        cases = [transform(form, partial(_branch, chosen=dict(zip(tests, values, strict=True))))
                 for values in product((1, 2), repeat=len(tests))]
        ends = [interval(_number(self.finished(settled(case)))) for case in cases]
        return min(e.low for e in ends), max(e.high for e in ends)

    def _zero_in_a_case(self, form: Expr) -> bool:
        """Whether a case of it is 0, where the slope is not 0 as well."""
        slope = self.finished(self.short_formulas.result("gradient")[0])
        zeros = any(0 in c.args[1:] for c in form.atoms(heads.Cond))
        return (zeros and not any(0 in c.args[1:] for c in slope.atoms(heads.Cond))) \
            or (zeros and len(form.atoms(heads.Cond)) < len(slope.atoms(heads.Cond)))

    @cached_property
    def off_diagonal(self) -> Expr | None:
        """The other entries of the matrix; None for one prediction."""
        if self.loss.outputs is None:
            return None
        formula, (row, column) = self.loss.formula.formula("hessian")
        apart = {d: _ZERO for d in formula.atoms(heads.Delta) if set(d.args) == {row, column}}
        return self.finished(settled(_replaced(formula, apart)))

    @cached_property
    def coupled(self) -> bool:
        """Whether the slope by a prediction depends on the others."""
        return self.off_diagonal is not None and self.off_diagonal != 0

    @cached_property
    def up_to_a_constant(self) -> bool:
        """Whether predictions matter only up to a constant: their slopes sum to 0."""
        gradient, (index,) = self.short_formulas.result("gradient")
        total: Expr = self.finished(heads.Sum.over(gradient, index))
        return bool(total == _ZERO)


def _number(form: Expr) -> Expr:
    """A formula without names as the number that it is, if that is rational."""
    if free_names(form):
        return form
    value = to_sympy(form)
    return value if value.is_Rational else form


def _branch(node: Expr, chosen: dict[Expr, int]) -> Expr | None:
    """The branch of a case distinction that was chosen, those inside it chosen too."""
    if isinstance(node, heads.Cond) and node.args[0] in chosen:
        return transform(node.args[chosen[node.args[0]]], partial(_branch, chosen=chosen))
    return None


def _replaced(formula: Expr, parts: dict[Expr, Expr]) -> Expr:
    """A formula with other parts in place of some."""
    return transform(formula, parts.get)
