"""What a derivation sets out from: the question as it was typed, and what its names stand for."""

from __future__ import annotations

from typing import Any

from sympy.core.basic import Basic

from derive.core.atoms import Quantity
from derive.core.stored import Stored
from derive.deferred_dataclass import dataclass
from derive.functions.function_records import Function
from derive.notation.reading.model_equations import Model


@dataclass(frozen=True)
class Formal(Stored):
    """What formal derivatives of named quantities stand for.

    `losses` hold for each intermediate the loss in terms of it: ∂L/∂p, with L the `name`, is the
    derivative of that formula. `direct` names the loss with the intermediates held fixed, which is
    `direct_loss`.
    """

    name: Basic | None = None
    losses: tuple[tuple[Basic, Basic], ...] = ()
    direct: Basic | None = None
    direct_loss: Basic | None = None

    def loss_in(self, symbol: Basic) -> Basic:
        """The loss in terms of an intermediate. Raises KeyError for another name."""
        return dict(self.losses)[symbol]


@dataclass(frozen=True)
class Recurrence(Stored):
    """The recurrent model of a derivation, and the names of its loss.

    `direct` names the loss as its own line says, the names of equations held fixed. In a
    derivation that is `gathered` from others, derivatives of equations are names too.
    """

    model: Model
    loss: Quantity
    direct: Quantity
    gathered: bool = False


@dataclass(frozen=True)
class Asked:
    """The question as it was typed: the function of the library, its target, its options.

    `symbols` are name, name in SymPy, symbol or array, and assumptions of each symbol.
    """

    function: str
    target: str
    given: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    functions: tuple[Function, ...] = ()  # those of the user
    symbols: tuple[Any, ...] = ()  # of SymPy, where the target was an expression of it


@dataclass(frozen=True)
class Typed(Stored):
    """What the user typed, as text: the formula, the given lines, the variables, the options.

    Of an entry of a catalogue it is the entry's text. `assumed` are those of the given lines that
    the use of names told and nobody typed.
    """

    target: str
    given: tuple[str, ...] = ()
    wrt: str = ""
    options: tuple[tuple[str, str], ...] = ()
    assumed: tuple[str, ...] = ()
