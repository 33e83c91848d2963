"""The partial derivative of a formula, pushed inwards by rules until none is left."""

from __future__ import annotations

from sympy import Expr

from derive.calculus.problem import Problem, typed_requirements
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Quantity, Tensor, Variable
from derive.core.indexing import occurs, root, unreal
from derive.core.kinds import VECTORS, Kind
from derive.core.walk import places, substitute
from derive.derivation import Derivation
from derive.errors import NotDifferentiableError
from derive.notation.printing.plain import plain
from derive.rulebook.loading import Rulebook


def derivative(posed: Problem, body: Expr, name: Expr, at: Expr, indices: tuple[Index, ...],
               rulebook: Rulebook, title: str, strategy: str = "gradient", inner: bool = False,
               ) -> Derivation:
    """The derivation of ∂body/∂at; an `inner` one leaves what the typed formula asks to others.

    Raises NotDifferentiableError where no rule applies.
    """
    work = Work(heads.Partial(body, at), rulebook).run(strategy)
    check_differentiated(work.line, rulebook)
    specification = posed.specification
    return work.derivation(
        title, "gradient", heads.Partial(name, at), specification.declared, indices=indices,
        assumptions=specification.conditions, definitions=specification.definitions,
        source=posed.source,
        domain=() if inner else typed_requirements(specification, at))


def last_forms(gradient: Derivation) -> list[Expr]:
    """The result, and the line before it was tidied: the shorter is not always the better to
    differentiate, as with (1 - y)/(1 - p) - y/p.
    """
    if not gradient.steps or not gradient.steps[-1].rule.tactic:
        return [gradient.result]
    untidied = [s.line for s in gradient.steps if s.round < gradient.steps[-1].round]
    return [gradient.result, untidied[-1] if untidied else gradient.start]


def unconstrained(at: Expr, loss: Expr) -> tuple[Expr, Expr]:
    """The variable and the loss with a point of the simplex taken as any nonnegative vector.

    A gradient may use that the entries sum to 1, or that a matrix is symmetric; its derivative
    may not.
    """
    tensor = root(at)
    free_domain = _WITHOUT_CONSTRAINT.get(tensor.kind.domain)
    if free_domain is None:
        return at, loss
    free = Tensor(tensor.name, Kind(free_domain, tensor.kind.shape))
    return substitute(at, {tensor: free}), substitute(loss, {tensor: free})


_WITHOUT_CONSTRAINT = {**dict.fromkeys(VECTORS, "nonnegative"),
                       **dict.fromkeys(("symmetric", "spd"), "real")}
_CONVENTIONS = {
    "symmetric": "those of {0} are taken as independent of each other, at a symmetric {0}",
    "spd": "those of {0} are taken as independent of each other, at a symmetric {0}",
    "lower": "those of {0} above its diagonal are 0 and do not vary",
    "diagonal": "those of {0} beside its diagonal are 0 and do not vary"}


def convention(at: Expr) -> tuple[tuple[str, str], ...]:
    """What a derivative by a matrix of a type takes its entries for, as a remark."""
    says = _CONVENTIONS.get(root(at).kind.domain)
    return () if says is None else (("entries", says.format(root(at))),)


def loss_name(posed: Problem) -> Variable:
    """The name that stands for the loss, L unless the specification says another."""
    return Variable(posed.specification.name, Kind("real"))


def check_differentiated(line: Expr, rulebook: Rulebook) -> None:
    """Raises NotDifferentiableError if a derivative is left that no rule takes further."""
    if unreal(line):
        raise NotDifferentiableError("the derivative is infinite or undefined everywhere")
    left = first_partial(line)
    if left is not None:
        body, at = left.args
        for rule in rulebook:
            failing = rule.failing_condition(left)
            if failing is not None:
                raise NotDifferentiableError(f"{plain(body)} has no derivative with respect to "
                                             f"{plain(at)}: {plain(failing)} never holds")
        raise NotDifferentiableError(
            f"no rule differentiates {plain(body)} with respect to {plain(at)}; "
            "give the function a derivative in rules/functions.toml, or a rule with --rules")


def first_partial(line: Expr) -> Expr | None:
    """A derivative that is left in a line, but those of names."""
    return next((part for part, _ in places(line) if isinstance(part, heads.Partial)
                 and not isinstance(part.args[0], Quantity)), None)


def unused_names(posed: Problem) -> tuple[tuple[str, str], ...]:
    """A remark on definitions that were typed and that nothing names; a slip, as often as not."""
    specification = posed.specification
    formulas = (specification.loss, *(d.body for d in specification.definitions))
    unused = [d.name for d in specification.definitions
              if not any(occurs(d.symbol, formula) for formula in formulas)]
    if posed.title or not unused:
        return ()
    return (("not used", f"{', '.join(unused)}: defined, and named by no formula"),)


def headline(posed: Problem, what: str) -> str:
    """The title of a derivation."""
    if posed.title:
        return f"{posed.title}: {what}"
    kind, space, through = what.partition(" ")
    return f"{kind[0].upper()}{kind[1:]} of {posed.specification.name}{space}{through}"
