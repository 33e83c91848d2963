"""What stands for the second derivative in an objective: four policies, and which fits a loss.

`exact-diagonal` is the derived second derivative (of K predictions, the diagonal of the matrix).
`fisher` is its expected value under the law whose negative log-likelihood the loss is. `bound` is
at least as large as the second derivative. `floored` is the second derivative, but never below a
positive number; where it is 0 everywhere, the constant 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sympy import Expr, Integer, Mul, Pow, Rational

from derive.adapters.margin_losses import MarginLoss
from derive.adapters.second_derivatives import SecondDerivative
from derive.adapters.short_formulas import ShortFormulas
from derive.calculus.likelihood.information.fisher_information import fisher
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import exact, free_names
from derive.core.walk import substitute
from derive.errors import ChoiceError, DeriveError
from derive.functions.decisions import assuming, decide, settled
from derive.functions.intervals import interval

POLICIES = ("exact-diagonal", "fisher", "bound", "floored")
FLOOR = Rational(1, 20)  # of a second derivative that is negative or 0 somewhere
_ZERO = Integer(0)


@dataclass(frozen=True)
class Curvature:
    """What stands for the second derivative: a formula with its indices, and why it serves.

    `floor` is the least value that the code lets it have (also where its plain form overflows), 0
    for none; `says` is what it is, and why it is positive, or that this was not shown.
    """

    policy: str
    formula: Expr
    indices: tuple[Index, ...]
    says: str
    floor: Expr = _ZERO


class NoPolicy(Exception):
    """Why a policy cannot be had for a loss."""


class Policies(SecondDerivative):
    """The policies for one loss, each derived when it is asked for."""

    def __init__(self, loss: MarginLoss, short: ShortFormulas) -> None:
        super().__init__(loss, short)
        self._tried: dict[str, Curvature | str] = {}

    def get(self, policy: str) -> Curvature | str:
        """A policy, or the reason why there is none."""
        if policy not in self._tried:
            try:
                self._tried[policy] = _POLICIES[policy](self)
            except NoPolicy as reason:
                self._tried[policy] = str(reason)
        return self._tried[policy]

    def chosen(self, asked: str | None) -> Curvature:
        """The policy that was asked for, or that which fits. Raises ChoiceError."""
        if asked is None:
            return next(c for c in map(self.get, self._order()) if isinstance(c, Curvature))
        if asked not in POLICIES:
            raise ChoiceError(f"--hessian {asked}: there is {', '.join(POLICIES)}")
        curvature = self.get(asked)
        if isinstance(curvature, Curvature):
            return curvature
        others = [p for p in POLICIES if isinstance(self.get(p), Curvature)]
        raise ChoiceError(f"--hessian {asked}: {curvature}; there is {', '.join(others)}")

    def _order(self) -> Iterator[str]:
        """The policies, that which fits best first."""
        if self.zero:
            yield "floored"
            return
        if self.coupled:
            yield "bound"
        elif self.nonnegative and not self.vanishing:
            yield "exact-diagonal"
        elif self.nonnegative or self.of_residual:
            yield "bound"
        if not self.coupled:
            yield "fisher"
            if self.nonnegative:
                yield "bound"
        yield "floored"

    # The policies

    def exact_diagonal(self) -> Curvature:
        """The second derivative itself."""
        if self.zero:
            raise NoPolicy("the second derivative is 0 wherever it exists, so that no tree would "
                           "ever split")
        says = "never negative, as its form shows" if self.nonnegative else \
            "not shown to be positive everywhere; where it is not, trees do not split"
        what = "the diagonal of the matrix of second derivatives" if self.coupled else \
            "the second derivative"
        return Curvature("exact-diagonal", *self.short_formulas.result("diagonal"),
                         f"{what}, {says}")

    def fisher(self) -> Curvature:
        """The expected second derivative."""
        try:
            formula, indices = self._information()
        except NoPolicy as reason:
            expected = self._at_the_mean()
            if expected is None:
                raise reason from None
            return Curvature("fisher", expected, (), "the expected second derivative where the "
                             "expected slope is 0, which is never negative, as its form shows")
        return Curvature("fisher", formula, indices,
                         "the Fisher information, the expected second derivative of this "
                         "negative log-likelihood, which is never negative")

    def _information(self) -> tuple[Expr, tuple[Index, ...]]:
        loss = self.loss
        if loss.columns or loss.constants:
            raise NoPolicy("the law of a row with further columns or weights is not known")
        try:
            derived = fisher(loss.density, given=list(loss.given), wrt=loss.margin.name,
                             observed=loss.label.name, functions=loss.request.functions)
        except DeriveError as error:
            raise NoPolicy(f"no Fisher information: {error.first_line}") from None
        names = {n for n in free_names(derived.result) if isinstance(n, (Variable, Tensor))}
        if derived.result.atoms(heads.Expect) or names - {loss.margin}:
            raise NoPolicy("the expected second derivative has no closed form that is known here")
        if isinstance(loss.label, Variable) and loss.label.kind.domain == "binary":
            gradient, indices = self.short_formulas.result("gradient")
            if not indices:  # two values of a score that averages to 0
                slopes = [settled(substitute(gradient, {loss.label: Integer(n)})) for n in (0, 1)]
                return self.finished(Mul(-1, *slopes)), ()
        formula = loss.formula.declared(derived.result)
        if len(derived.indices) == 2:
            row, column = derived.indices
            return settled(substitute(formula, {column: row})), (row,)
        return formula, ()

    def _at_the_mean(self) -> Expr | None:
        """The second derivative at labels whose mean makes the slope 0, for a slope linear in them.

        None where the slope is not, or where the result is not known to be positive.
        """
        label = self.loss.label
        if not isinstance(label, Variable) or self.loss.outputs is not None or self.loss.columns:
            return None
        at = [[settled(substitute(self.short_formulas.result(r)[0], {label: Integer(n)}))
               for n in (0, 1)] for r in ("gradient", "diagonal")]
        for result, (zero, unit) in zip(("gradient", "diagonal"), at, strict=True):
            straight = zero + label*(unit - zero) - self.short_formulas.result(result)[0]
            if label.kind.domain != "binary" and self.finished(straight) != 0:
                return None
        (slope, other), (curved, curved_other) = at
        mean, values = self.finished(slope/(slope - other)), label.kind.interval
        middle = interval(mean)
        if not (values.low <= middle.low and middle.high <= values.high):
            return None  # labels have no such mean
        expected = self.finished(curved - (curved_other - curved)*slope/(other - slope))
        forms = (expected, exact(self.short_formulas.short)(expected))
        return expected if any(decide(heads.Less(_ZERO, f)) is True for f in forms) else None

    def bound(self) -> Curvature:
        """An upper bound."""
        if self.zero:
            raise NoPolicy("the second derivative is 0 wherever it exists; 0 bounds it, and no "
                           "tree would split")
        if self.coupled:
            return self._bound_of_scores()
        if not 0 < self.greatest < float("inf"):
            raise NoPolicy("the second derivative has no upper bound that could be shown")
        high = Rational(str(self.greatest))
        return Curvature("bound", high, self.diagonal[1],
                         f"{high}, which the second derivative never exceeds")

    def _bound_of_scores(self) -> Curvature:
        with assuming(self.loss.formula.posed.specification.conditions):
            apart = self.off_diagonal is not None and \
                decide(heads.LessEqual(self.off_diagonal, _ZERO)) is True
        if not (self.nonnegative and apart and self.up_to_a_constant):
            raise NoPolicy("no diagonal was shown to bound the matrix of second derivatives")
        formula, indices = self.short_formulas.result("diagonal")
        text = self.loss.request.library.factor or "2"
        size = self.loss.outputs
        factor = Integer(2) if text == "2" else Mul(size, Pow(size - 1, -1))
        says = f"{text} times the diagonal of the matrix of second derivatives, as in the " \
            "library's own objective"
        says += "; twice the diagonal bounds the matrix, whose rows sum to 0" if text == "2" else \
            "; it is the curvature of scores that sum to 0 (twice the diagonal bounds the matrix)"
        return Curvature("bound", Mul(factor, formula), indices, says)

    def floored(self) -> Curvature:
        """Never less than a positive number."""
        formula, indices = self.short_formulas.result("diagonal")
        if self.zero and not self.gentle:
            slope, _ = self.short_formulas.result("gradient")
            return Curvature("floored", apply("abs", slope), indices, "the size of the slope, but "
                             "at least FLOOR: the second derivative is 0 wherever it exists, and "
                             "no tree would split", FLOOR)
        if self.zero:
            return Curvature("floored", Integer(1), indices, "the constant 1: the second "
                             "derivative is 0 wherever it exists, and no tree would split")
        return Curvature("floored", formula, indices, f"the second derivative, but at least "
                         f"FLOOR: {'it may be 0' if self.nonnegative else 'it may be negative'} "
                         "where there is something to learn", FLOOR)


_POLICIES: dict[str, Callable[[Policies], Curvature]] = {
    "exact-diagonal": Policies.exact_diagonal, "fisher": Policies.fisher,
    "bound": Policies.bound, "floored": Policies.floored}
