"""The last line of a derivative, shorter to read, if not better to differentiate or to compute."""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr

from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.derivation import Derivation
from derive.rulebook.faces import sign_inwards
from derive.rulebook.loading import Rulebook

STAGE = "short"

SIGN_INWARDS = stated("sign-inwards", lambda line, setting: sign_inwards(line), Words(
    "A minus sign before a bracket changes the signs inside.", "sign into the bracket",
    "Distributive law"))


def shorten(work: Work) -> Work:
    """The line as short as a person would write it."""
    work.run(STAGE)
    work.use(SIGN_INWARDS, {}, STAGE)
    return work


def shortened(derivation: Derivation, rulebook: Rulebook) -> Derivation:
    """A derivation with its result as short as a person would write it."""
    return replace(derivation, steps=tuple(shorten(Work.onward(derivation, rulebook)).steps))


def unshortened(derivation: Derivation) -> Expr:
    """The result before it was made short: what is differentiated further, or computed."""
    before = derivation.start
    for step in derivation.steps:
        if step.stage == STAGE:
            return before
        before = step.line
    return before
