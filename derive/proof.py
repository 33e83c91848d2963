"""Proofs as data: that a result holds, and that a field is the gradient of no cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derive.core.displayed import Displayed
from derive.core.stored import Stored
from derive.deferred_dataclass import dataclass
from derive.derivation import Derivation
from derive.judge.precision import Float, mp, mpf, own
from derive.premises import Asked
from derive.provided import provided

_MOST_BELOW = 200  # a number is shown as a fraction up to this denominator


@dataclass(frozen=True)
class Proved(Stored):
    """That a proof assistant accepted the theorems of a derivation.

    `theorems` and `lemmas` are names, those of the lemmas in the library `rules/proofs`; `axioms`
    are what the proofs rest on, `checker` is the assistant. `reach` is where the last theorem
    holds: that of a refusal is about its point. `lines` say how each line is proved: by the lemmas
    of its rules, or by arithmetic.
    """

    theorems: tuple[str, ...]
    lemmas: tuple[str, ...]
    axioms: tuple[str, ...]
    checker: str
    reach: str = "for every size"
    lines: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The record in a sentence."""
        names = self.theorems[:len(self.theorems) - len(self.lines)]
        count = len(self.lines)
        lines = f" and {count} line{'s' * (count > 1)}" if count else ""
        return (f"{self.checker} accepts {', '.join(names)}{lines}, {self.reach}; "
                f"lemmas: {', '.join(self.lemmas)}")


@dataclass(frozen=True)
class Path(Stored):
    """A path along the axes: its corners, and the work of the field along it."""

    corners: tuple[tuple[Any, ...], ...]
    work: Any


@dataclass(frozen=True)
class Witness(Stored):
    """A point, and two places (counted from 0) whose mixed derivatives differ there."""

    values: Mapping[str, Any]
    first: tuple[int, ...]
    second: tuple[int, ...]
    numbers: tuple[Any, Any]


@dataclass(frozen=True)
class Refusal(Displayed):
    """Why a field g(z) has no potential.

    `jacobian` and `difference` are the derivations of ∂g_m/∂z_j and of its difference from
    ∂g_j/∂z_m. `witness` is a point at which that is not zero; it is None for a field that jumps,
    where only the `paths` tell. The two paths have the same ends and different work. `values`
    hold sizes and given names at the point from which the paths start. `assumed` are those of the
    given lines that the use of names told, `asked` is the question. Of two fields by two variables
    the second ones have names of their own: the witness is a place in each. `proof` is the record
    of a proof assistant, None where the witness rests on numbers alone.
    """

    field: Any
    given: tuple[str, ...]
    variable: str
    field_name: str
    jacobian: Derivation
    difference: Derivation
    witness: Witness | None
    paths: tuple[Path, Path] | None
    values: Mapping[str, Any]
    assumed: tuple[str, ...] = ()
    asked: Asked | None = None
    second_field: Any = None
    second_variable: str = ""
    second_name: str = ""
    proof: Proved | None = None

    @property
    def stated(self) -> tuple[str, ...]:
        """The given lines that were typed."""
        return tuple(line for line in self.given if line not in self.assumed)

    def verify(self) -> Refusal:
        """The same proof, the lines of both derivations checked. Raises VerificationError."""
        return replace(self, difference=self.difference.verify())

    def prove(self, seconds: float = 60) -> Refusal:
        """The same with the record that its witness is proved; see `derive.proofs.proving`."""
        refusal: Refusal = provided("prove")(self, seconds)
        return refusal


def number(value: Float | int) -> str:
    """A number as a short fraction where it is one, else with 6 digits."""
    value = own(value)
    if abs(value) < mpf(10) ** -12:
        return "0"
    near = Fraction(str(mp.nstr(mpf(value), 25))).limit_denominator(_MOST_BELOW)
    if abs(mpf(near.numerator) / near.denominator - value) < mpf(10) ** -20:
        return str(near)
    return str(mp.nstr(mpf(value), 6))


def place(at: tuple[int, ...]) -> str:
    """Subscripts, counted from 0 as in the notation."""
    return ",".join(map(str, at))


def named_slope(proof: Refusal, first: bool,
             written: Callable[[tuple[int, ...]], str] = lambda at: f"_{place(at)}") -> str:
    """One of the two derivatives of a witness, ∂g₀/∂z₁ or ∂g₁/∂z₀; places as they are `written`."""
    witness = proof.witness
    assert witness is not None
    names = (proof.field_name, proof.second_name or proof.field_name)
    variables = (proof.variable, proof.second_variable or proof.variable)
    at = [written(a) if a else "" for a in (witness.first, witness.second)]
    above, below = (0, 1) if first else (1, 0)
    return f"∂{names[above]}{at[above]}/∂{variables[below]}{at[below]}"


def listed(values: tuple[Any, ...] | Float) -> str:
    """A vector or a number, in short fractions."""
    if isinstance(values, tuple):
        return f"({', '.join(listed(v) for v in values)})"
    return number(values)
