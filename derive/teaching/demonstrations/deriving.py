"""The derivations of a demonstration, produced by the engine when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from derive.derivation import Derivation
from derive.errors import (
    DataFileError,
    DeriveError,
    NoNoise,
    NotAGradient,
    PatienceError,
    VerificationError,
)
from derive.proof import Refusal
from derive.provided import provided

_FUNCTIONS = ("grad", "hessian", "jacobian", "cost", "matching_loss", "family", "nll", "mle",
              "score", "fisher", "noise", "bptt")
_ARGUMENTS = ("given", "wrt", "through", "route", "link", "data", "output")


def derived(call: Mapping[str, Any]) -> Derivation:
    """The derivation of a block: `derive` names the function, `target` and others its arguments.

    Raises DeriveError as the function does, DataFileError for a function that there is not.
    """
    name = call["derive"]
    if name not in _FUNCTIONS:
        raise DataFileError(f"there is no derivation {name!r}; there are: {', '.join(_FUNCTIONS)}")
    options = {key: tuple(call[key]) if isinstance(call[key], list) else call[key]
               for key in _ARGUMENTS if call.get(key)}
    outcome = _derived(name, call.get("target"), tuple(options.items()))
    if isinstance(outcome, DeriveError):
        raise outcome
    return outcome


@lru_cache(16)
def _derived(name: str, target: str | None, options: tuple[tuple[str, Any], ...],
             ) -> Derivation | DeriveError:
    """The derivation, or why there is none; a demonstration asks for the same one repeatedly."""
    try:
        derivation: Derivation = provided(name)(*([target] if target else []), **dict(options))
        return derivation
    except PatienceError:
        raise
    except DeriveError as error:
        return error


def settled(call: Mapping[str, Any]) -> Derivation | Refusal | str:
    """A derivation that is verified; or the refusal that the block says it comes to.

    A refusal is the proof that a field has no cost, or a sentence. Raises VerificationError where
    what comes out is not what the block says.
    """
    target = call.get("target") or call["derive"]
    try:
        derivation = derived(call)
    except (NotAGradient, NoNoise) as refusal:
        if not call.get("refused"):
            raise
        if isinstance(refusal, NotAGradient) and refusal.proof is not None:
            proof: Refusal = refusal.proof
            return proof.verify()
        return str(refusal)
    if call.get("refused"):
        raise VerificationError(f"{target}: a refusal is stated, but there is a result")
    if "ends" in call and derivation.notation != call["ends"]:
        raise VerificationError(f"{target}: {call['ends']} is stated as the result, but it is "
                                f"{derivation.notation}")
    verified = derivation.verify()
    return replace(verified, title=call["title"]) if "title" in call else verified
