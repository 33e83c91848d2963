"""What a derivation rests on that was compared by numbers and is proved by no rule of the house.

A sampler sees what it looks at. Where a result rests on that alone, its record says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import Expr, Integer, Number

from derive.core import heads
from derive.core.atoms import BoundIndex, Dim, FunctionName, Index
from derive.core.comparisons import COMPARED
from derive.core.indexing import leaves, parts
from derive.derivation import Derivation
from derive.judge.claims.derivation_claims import own_functions
from derive.judge.trees.point_demands import LARGEST_SIZE

_CHECKED = "Checked at points"  # the source of a step that was decided by numbers
_CHOICES = (*COMPARED, heads.Delta, heads.Apply)
_SIZES = (Dim, Index, BoundIndex)


def numeric_grounds(derivation: Derivation) -> tuple[str, ...]:
    """What was compared by numbers alone, in words; empty where nothing was."""
    sections = (*derivation.all_parts(), derivation)
    applied = {step.rule for part in sections for step in part.steps}
    grounds = [f"the rule {rule.name}" for rule in derivation.rules if rule in applied]
    grounds += [f"what is stated of the function {f.name}" for f in own_functions(derivation)
                if f.derivative or f.antiderivative or f.rises]
    grounds += [rule.margin for rule in applied if rule.source == _CHECKED]
    lines = [n for part in sections for n in (part.start, *(s.line for s in part.steps))]
    grounds += [f"sizes near {n:,}, which were not looked at" for n in sorted(set(_far(lines)))]
    return tuple(dict.fromkeys(grounds))


def _far(lines: Iterable[Expr]) -> Iterator[int]:
    """The whole numbers beyond all sizes with which a size or an index is compared."""
    for part in parts(*lines):
        if isinstance(part, _CHOICES):
            here = list(leaves(part))
            within = [leaf for leaf in here if not isinstance(leaf, (Number, FunctionName))]
            if within and all(isinstance(leaf, _SIZES) for leaf in within):
                yield from (abs(int(leaf)) for leaf in here
                            if isinstance(leaf, Integer) and abs(leaf) > LARGEST_SIZE)
