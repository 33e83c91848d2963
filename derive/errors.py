"""The one exception family: every message names the place and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from derive.provided import provided
from derive.short_reprs import MOST, clipped


class DeriveError(Exception):
    """Any failure that a user can cause or mend; the command line prints it and exits 1.

    Two are equal that say the same of the same: what was pickled comes back equal.
    """

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, DeriveError) and \
            (self.args, self.__dict__) == (other.args, other.__dict__)

    def __hash__(self) -> int:
        return hash((type(self), self.args))

    def __reduce__(self) -> tuple[Any, ...]:
        """By what it holds, whatever its class is made of."""
        return type(self).__new__, (type(self), *self.args), self.__dict__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({clipped(str(self), MOST)!r})"

    @property
    def first_line(self) -> str:
        """What it says, without the picture of the place."""
        return str(self).partition("\n")[0]


class ArgumentError(DeriveError, TypeError):
    """A function of the library was given what it does not take; the message names the argument."""


class ChoiceError(DeriveError, ValueError):
    """A word that is none of those that an argument takes, or a choice that is left open.

    The message lists the words. Where they are few, `choices` are they, for an `option`, and
    `asked` is what is to be chosen.
    """

    def __init__(self, message: str, option: str = "", choices: Iterable[str] = (),
                 asked: str = "") -> None:
        super().__init__(message)
        self.option, self.choices, self.asked = option, tuple(choices), asked


class PatienceError(DeriveError):
    """Work that did not end within the bound on it; `bound` is that bound (see `derive.limits`)."""

    def __init__(self, message: str, bound: Any = None) -> None:
        super().__init__(message)
        self.bound = bound


class NotationError(DeriveError):
    """Text that is not in the notation.

    `text` is the line at fault, `column` counts from 1, `length` is the width of the caret.
    """

    def __init__(self, message: str, text: str = "", column: int = 0, length: int = 1) -> None:
        super().__init__(message)
        self.message, self.text, self.column, self.length = message, text, column, length

    def __str__(self) -> str:
        if not self.text or self.column < 1:
            return self.message
        line, caret = _window(self.text, self.column, self.length)
        return f"column {self.column}: {self.message}\n  {line}\n  {caret}"


class KindError(NotationError):
    """An expression of the wrong kind: shape, number of subscripts, index out of its dimension."""


class ModelError(NotationError):
    """Equations of a recurrent model that do not fit together; the line is named."""


class UnknownNameError(DeriveError):
    """A catalogue entry, rule or option that does not exist; the message suggests near ones."""


class DataFileError(DeriveError):
    """A TOML file that cannot be read: file, entry and key are named."""


class EvaluationError(DeriveError):
    """An expression has no value at the given point: outside a domain, or a kink."""


class TooLargeError(EvaluationError):
    """A function's value is beyond the bound that was set for a trustworthy comparison."""


class TooSmallError(EvaluationError):
    """Two values so small beside what they were computed from that nothing tells them apart."""


class DivergentError(EvaluationError):
    """An integral or a sum that is infinite: its terms do not fall off."""


class TooManyDimensionsError(EvaluationError):
    """An integral over more dimensions than the quadrature takes."""


class NotDifferentiableError(DeriveError):
    """No rule differentiates the expression with respect to the variable."""


class NoIntegralError(DeriveError):
    """No rule integrates a formula, or none was found within the bound on work."""


class NotAGradient(DeriveError):
    """A field that is the gradient of no cost; `proof` holds why.

    `proof` is a `derive.proof.Refusal`: the two mixed partial derivatives, a point at
    which they differ, and two paths with different work.
    """

    def __init__(self, message: str, proof: Any = None) -> None:
        super().__init__(message)
        self.proof = proof

    def _repr_html_(self) -> str:
        return str(provided("error_fragment")(self))


class NoNoise(DeriveError):
    """A loss that is no negative log-likelihood; `derivation` holds what was derived of it."""

    def __init__(self, message: str, derivation: Any = None) -> None:
        super().__init__(message)
        self.derivation = derivation

    def _repr_html_(self) -> str:
        return str(provided("error_fragment")(self))


class VerificationError(DeriveError):
    """A rule or a line of a derivation disagrees with its numeric evaluation."""


class ReplayError(DeriveError):
    """A stored step does not follow from its rule and bindings."""


class StoredError(DeriveError):
    """A stored derivation that cannot be read: not one, cut off, foreign, or edited by hand."""


class KernelError(DeriveError):
    """A formula that cannot be turned into array code."""


class TrainingError(DeriveError):
    """A training run that cannot start or go on: what failed, at which step, and the remedy."""


class NoComplexStep(TrainingError, ValueError):
    """A gradient that cannot be compared with the complex step: a slope on its way is not known."""


class CheckpointError(DeriveError):
    """A checkpoint that cannot be written, read, or does not belong to this run."""


class DataError(DeriveError):
    """Data of a user or a task that cannot be used.

    `source` is the file or task, `row` counts from 1 (0: none) in units of `unit`, `column` is a
    name or a number; the message shows those that are given.
    """

    def __init__(self, message: str, source: str = "", row: int = 0, column: str | int = "",
                 unit: str = "line") -> None:
        super().__init__(message)
        self.message, self.source, self.row = message, source, row
        self.column, self.unit = str(column), unit

    def __str__(self) -> str:
        where = [self.source, f"{self.unit} {self.row}" if self.row else "",
                 f"column {self.column}" if self.column else ""]
        place = ", ".join(part for part in where if part)
        return f"{place}: {self.message}" if place else self.message


def _window(text: str, column: int, length: int, width: int = 72) -> tuple[str, str]:
    """The part of a long line around the fault, and a caret line beneath it."""
    start = max(0, min(column - 1 - width // 2, len(text) - width))
    line = text[start : start + width].replace("\t", " ").replace("\n", " ")
    line = "".join(c if c.isprintable() else "?" for c in line)
    offset = column - 1 - start
    return line, " " * offset + "^" * max(1, min(length, width - offset))
