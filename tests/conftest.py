"""Shared helpers: scopes with declared names, derivations of the catalogue made once."""

from __future__ import annotations

from functools import cache

import pytest

import derive
from derive.notation.reading.scope import Scope

DECLARATIONS = ("o, s, t: real[K]", "y, c: label(K)", "p: simplex(K)", "W: real[H, D]",
                "x: real[D]", "z, u: real", "a, sigma: positive", "q: probability", "b: binary",
                "n: count", "i, j: index(K)")


def declared(*lines: str) -> Scope:
    scope = Scope()
    for line in lines or DECLARATIONS:
        scope.declare(line)
    return scope


@pytest.fixture
def scope() -> Scope:
    return declared()


@cache
def gradient_of(name: str) -> derive.Derivation:
    return derive.grad(name)


@cache
def hessian_of(name: str) -> derive.Derivation:
    return derive.hessian(name)
