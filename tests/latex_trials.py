"""Trials of the reader of LaTeX at random formulas and at slips of the pen, each with its outcome.

The truth of a formula is the value of the tree it was written from; that of a slip is its value by
a grammar of its own (`latex_by_value.py`), or that of the formula before the slip.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from derive.errors import DeriveError
from derive.judge.reading.formula_reader import read
from derive.judge.reading.lazy_arrays import Point, new_context
from derive.notation.latex_in import read_latex_problem
from tests.latex_by_value import UnknownLatex, latex_value
from tests.latex_random import GIVEN, Speller, Values, mutated, random_tree, random_values, value

CONTEXT = new_context(20)
POINTS = 3
LARGEST = 1e12  # beyond it floating-point numbers are no truth
FAILURES = (ArithmeticError, ValueError)


def point_of(values: Values) -> Point:
    """The point of the judge with some values."""
    entries: dict[str, Any] = {n: CONTEXT.mpf(values[n])
                               for n in ("x", "y", "z", "a", "sigma", "lam")}
    for name in "uvw":
        entries[name] = {(n,): CONTEXT.mpf(a) for n, a in enumerate(values[name])}
    entries["W"] = {(i, j): CONTEXT.mpf(a) for i, row in enumerate(values["W"])
                    for j, a in enumerate(row)}
    return Point({"K": values["K"], "N": values["N"]}, {**entries, "t": values["t"]})


def judged(formula: str, given: tuple[str, ...], values: Values) -> float | None:
    """The value of a text of the notation; None where it has none."""
    try:
        return float(read(formula, given).value(point_of(values), CONTEXT))
    except DeriveError:
        return None


def true_value(truth: Callable[[Values], Any], values: Values) -> float | None:
    """The value by a truth; None where it has none."""
    try:
        number = truth(values)
    except OverflowError:
        return math.inf
    except FAILURES:
        return None
    return None if isinstance(number, complex) else float(number)


def agrees(formula: str, given: tuple[str, ...], truth: Callable[[Values], Any], seed: str,
           ) -> bool:
    """Whether a reading has the values of a truth at random points."""
    rng = random.Random(seed)
    for _ in range(POINTS):
        values = random_values(rng)
        wanted = true_value(truth, values)
        if wanted is not None and abs(wanted) > LARGEST:
            continue
        number = judged(formula, given, values)
        if (number is None) != (wanted is None):
            return False
        if number is not None and wanted is not None and \
                abs(number - wanted) > 1e-9*(1 + abs(wanted)):
            return False
    return True


def formula_trial(seed: int) -> tuple[str, str]:
    """The outcome of reading a random formula: right, wrong or refused; and its LaTeX."""
    rng = random.Random(seed)
    tree = random_tree(rng, rng.randrange(2, 5))
    latex = Speller(rng).formula(tree)
    try:
        reading = read_latex_problem(latex, GIVEN)
    except DeriveError as error:
        return "refused", f"{latex}\n{error}"
    right = reading.given == GIVEN and agrees(
        reading.formula, reading.given, lambda v: value(tree, v), f"{seed}")
    return "right" if right else "wrong", f"{latex}\n{reading}"


def slip_trial(seed: int) -> tuple[str, str]:
    """The outcome of reading a formula with a slip of the pen, and its LaTeX.

    It is refused, or new names are declared and named in the answer, or it means what a grammar of
    its own says, or what it meant before; else it is wrong, or unknown where that grammar knows
    nothing of it.
    """
    rng = random.Random(f"slip {seed}")
    tree = random_tree(rng, rng.randrange(2, 5))
    speller = Speller(rng)
    latex = mutated(rng, speller.text(tree) if rng.random() < 0.8 else speller.formula(tree))
    try:
        truth: Callable[[Values], Any] | None = latex_value(latex)
    except UnknownLatex:
        truth = None
    try:
        reading = read_latex_problem(latex, GIVEN)
    except DeriveError:
        return "refused", latex
    shown = f"{latex}\n{reading}"
    if reading.given != GIVEN:
        return "declared and named", shown
    if truth is not None:
        right = agrees(reading.formula, GIVEN, truth, f"{seed}")
        return ("as the grammar" if right else "wrong"), shown
    before = agrees(reading.formula, GIVEN, lambda v: value(tree, v), f"{seed}")
    return ("as before the slip" if before else "unknown"), shown
