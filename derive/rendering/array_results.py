"""Results with whole vectors and matrices: ∂L/∂W and what it is, for every form of print."""

from __future__ import annotations

from derive.core import heads
from derive.core.indexing import root
from derive.derivation import Derivation
from derive.notation.printing.matrices import partial_of, second_partial_of
from derive.notation.printing.printer import Printer


def matrix_results(derivation: Derivation, style: str) -> list[tuple[str, str]]:
    """What was derived and what it is, for every result that is written with whole arrays."""
    if derivation.time is not None:
        from derive.rendering.model_results import (  # other pages start without it
            matrix_results as results_of_model,
        )

        return results_of_model(derivation, style)
    forms = [(result, result.matrix(style)) for result in (derivation, *derivation.others)]
    return [(quantity_name(result, style), form) for result, form in forms if form is not None]


def quantity_name(derivation: Derivation, style: str) -> str:
    """∂L/∂W for the quantity of a derivation, its arrays taken as a whole."""
    if not isinstance(derivation.quantity, heads.Partial):
        return _name(derivation, derivation.quantity, style)
    body, at = derivation.quantity.args
    if isinstance(body, heads.Partial):
        return second_partial_of(style, _name(derivation, body.args[0], style),
                                 _name(derivation, body.args[1], style),
                                 _name(derivation, at, style))
    return partial_of(style, _name(derivation, body, style), _name(derivation, at, style))


def _name(derivation: Derivation, place: object, style: str) -> str:
    """A name, without subscripts that run over its array."""
    from derive.notation.matrix_forms.array_styles import STYLES

    printer = Printer(STYLES[style].target, derivation.reserved)
    if isinstance(place, heads.Element) and set(place.indices) <= set(derivation.indices):
        place = root(place)
    return printer.show(place)[0]
