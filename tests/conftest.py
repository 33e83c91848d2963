"""Shared helpers: scopes with declared names, derivations of the catalogue made once."""

from __future__ import annotations

import gc
import os
from collections.abc import Container, Iterable
from functools import cache, partial
from typing import Any

import pytest

import derive
from derive.arrays import Kernel
from derive.notation.reading.scope import Scope
from derive.teaching.demonstrations.demonstration import Shown, run
from derive.teaching.demonstrations.demonstration_files import demo_for
from tests.undistributed_products import guard_products

guard_products()
# The caches of a long run are many objects: each search for garbage among them costs, and there
# is little.
gc.set_threshold(1_000_000, 5, 5)
os.environ.setdefault("DERIVE_TARGET", "numpy")  # compiled kernels have tests of their own

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


def quick_share(entries: Iterable[Any], each: int, always: Container[Any] = (),
                never: Container[Any] = ()) -> list[Any]:
    """Every so many-th entry for the quick run; all of them are there on demand (`-m slow`)."""
    return [pytest.param(entry, id=str(getattr(entry, "name", entry)),
                         marks=() if (number % each == 0 or entry in always) and entry not in never
                         else pytest.mark.slow) for number, entry in enumerate(entries)]


def quick_rows(rows: Iterable[tuple[Any, ...]], each: int) -> list[Any]:
    """Rows of several arguments: every so many-th for the quick run, all of them on demand."""
    return [pytest.param(*row, marks=() if number % each == 0 else pytest.mark.slow)
            for number, row in enumerate(rows)]


@cache
def derivation(direction: str, target: str, **options: Any) -> derive.Derivation:
    """A derivation that is made once: `derivation("bptt", "rnn", masked=True)`."""
    return getattr(derive, direction)(target, **options)


@cache
def verified(direction: str, target: str, **options: Any) -> derive.Derivation:
    """The same derivation, judged once."""
    return derivation(direction, target, **options).verify()


def made_kernel(loss: str, *, given: str | Iterable[str] = (),
                **options: Any) -> Kernel:
    """`derive.kernel` with these options; made and certified once."""
    lines = (given,) if isinstance(given, str) else tuple(given)
    return _made_kernel(loss, lines, **{"accuracy": "fast"} | options)


@cache
def _made_kernel(loss: str, given: tuple[str, ...], **options: Any) -> Kernel:
    return derive.kernel(loss, given=given, **options)


@cache
def shown(demonstration: str) -> Shown:
    """A demonstration that is run once."""
    return run(demo_for(demonstration))


gradient_of = partial(derivation, "grad")
hessian_of = partial(derivation, "hessian")
