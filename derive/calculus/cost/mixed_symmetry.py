"""Fields of two variables: is ∂g/∂v the transpose of ∂h/∂u, and where is it not?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from sympy import Expr

from derive.calculus.cost.equality import agree, same
from derive.calculus.cost.field import Field
from derive.calculus.cost.no_cost_proof import (
    CLEAR,
    STEPS,
    Place,
    field_work,
    plain_points,
    value_at,
    values_at,
    within,
)
from derive.calculus.cost.symmetry import ZERO_BY_CASES
from derive.calculus.formulas import defined, hold
from derive.calculus.gradient.chain_rule import INSERT, inserted
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index
from derive.core.factors import difference
from derive.core.indexing import free_names
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import NotAGradient
from derive.judge.precision import Float, handed_over, mpf
from derive.judge.trees.evaluate import Point
from derive.notation.printing.plain import plain
from derive.notation.reading.scope import leaf_of
from derive.notation.reading.specification import Definition, fresh_indices
from derive.premises import Formal
from derive.proof import Path, Refusal, Witness, named_slope, number
from derive.rulebook.loading import Rulebook

_SURE = mpf(10) ** -4  # works that differ by less are not shown as different


@dataclass(frozen=True)
class MixedBlock:
    """∂g/∂v and ∂h/∂u at one pair of places, and whether they are equal.

    `symmetric` is as in `symmetry.Symmetry`.
    """

    first: Field
    second: Field
    names: tuple[str, str]
    slopes: tuple[Derivation, Derivation]
    difference: Derivation
    symmetric: bool | None

    @property
    def places(self) -> tuple[tuple[Index, ...], tuple[Index, ...]]:
        """The indices of the first variable, and of the second."""
        count = len(self.first.indices)
        both = self.difference.indices
        return both[:count], both[count:]


def mixed_block(first: Field, second: Field, names: tuple[str, str], rulebook: Rulebook,
                ) -> MixedBlock:
    """Derives both mixed derivatives of two fields and compares them."""
    taken = (*(i.name for i in first.indices), *first.posed.scope.names,
             *second.posed.scope.names)
    others = fresh_indices([i.dim for i in second.indices], taken, "jinlpqrs")
    there = dict(zip(second.indices, others, strict=True))
    second_at, second_body = (substitute(e, there) for e in (second.at, second.body))
    both = (*first.indices, *others)
    places = (first.indices, others)
    definitions, named = zip(*(_named(n, at, body) for n, at, body in zip(
        names, places, (first.body, second_body), strict=True)), strict=True)
    slopes = tuple(
        replace(derivative(field.posed, body, name, by, both, rulebook, "A mixed derivative"),
                definitions=(definition,), formal=Formal(), note=note)
        for field, body, name, by, definition, note in (
            (first, first.body, named[0], second_at, definitions[0],
             "The fields of a cost have mixed derivatives that are equal. The first:"),
            (second, second_body, named[1], first.at, definitions[1], "The second:")))
    work = Work(difference(*(heads.Partial(name, by) for name, by in zip(
        named, (second_at, first.at), strict=True))), rulebook)
    for slope in slopes:
        work.use(INSERT, inserted(slope), "chain")
    work.run("symmetry")
    results = (slopes[0].result, slopes[1].result)
    if work.line != 0 and same(*results, rulebook):
        work.use(ZERO_BY_CASES, {}, "symmetry")
    gap = work.derivation(
        "Symmetry of the mixed derivatives", "symmetry", work.start, first.posed.specification.
        declared, indices=both, assumptions=slopes[0].assumptions, parts=slopes,
        definitions=definitions, formal=Formal())
    symmetric: bool | None = gap.result == 0
    if not symmetric and agree(*results, gap.assumptions, gap.obligations):
        symmetric = None
    return MixedBlock(first, second, names, (slopes[0], slopes[1]), gap, symmetric)


def _named(name: str, indices: Sequence[Index], body: Expr,
           ) -> tuple[Definition, Expr]:
    """A name for a field, and its component."""
    leaf = leaf_of(name, Kind("real", tuple(i.dim for i in indices)))
    return defined(leaf, indices, body), heads.at(leaf, indices)


# The witness


def refuse_mixed(block: MixedBlock) -> None:
    """Raises NotAGradient with the simplest witness; returns where none is found."""
    shown = next(_witnesses(block), None)
    if shown is None:
        return
    point, witness = shown
    fields = (block.first, block.second)
    paths = _two_paths(fields, point, (witness.first, witness.second))
    variables = tuple(f.tensor.name for f in fields)
    proof = Refusal(
        field=block.first.typed, given=block.first.posed.specification.declared,
        variable=variables[0], field_name=block.names[0], jacobian=block.slopes[0],
        difference=block.difference,
        witness=replace(witness, values=handed_over(witness.values),
                        numbers=handed_over(witness.numbers)),
        paths=None if paths is None else (_handed(paths[0]), _handed(paths[1])),
        values=handed_over(dict(witness.values)),
        assumed=block.first.text.assumed if block.first.text else (),
        second_field=block.second.typed, second_variable=variables[1],
        second_name=block.names[1])
    left, right = map(number, witness.numbers)
    raise NotAGradient(
        f"{plain(block.first.typed)}; {plain(block.second.typed)} is the gradient of no cost of "
        f"{' and '.join(variables)}: the mixed derivatives differ, {named_slope(proof, True)} = "
        f"{left} but {named_slope(proof, False)} = {right}", proof)


def _handed(path: Path) -> Path:
    return Path(handed_over(path.corners), handed_over(path.work))


def _witnesses(block: MixedBlock) -> Iterator[tuple[Point, Witness]]:
    """Points and places at which the two mixed derivatives differ, plain points first."""
    first, second = block.slopes
    conditions = (*first.assumptions, *first.obligations, *second.obligations)
    nodes = (first.result, second.result, block.first.body, block.second.body)
    names = set().union(*map(free_names, (*nodes, *conditions))) | {block.second.tensor}
    own, other = block.places
    for point in plain_points(names - set(block.difference.indices)
                              - set(block.first.indices) - set(block.second.indices),
                              block.first.tensor, nodes):
        for here, there in product(*(product(*(range(point.size(i.dim)) for i in indices))
                                     for indices in (own, other))):
            at = dict(zip((*own, *other), (*here, *there), strict=True))
            if not hold(conditions, point.holding(at)):
                continue
            left, right = (value_at(s.result, point, at) for s in block.slopes)
            if left is not None and right is not None and \
                    abs(left - right) > CLEAR * max(1, abs(left)):
                yield point, Witness(values_at(block.first, point), here, there, (left, right))


def _two_paths(fields: tuple[Field, Field], point: Point, places: tuple[Place, Place],
               ) -> tuple[Path, Path] | None:
    """The two ways around a rectangle in the plane of two components, one of each variable."""
    for step, sign in product(STEPS, (1, -1)):
        length = mpf(step * sign)
        first, second = (_path([(fields[n], places[n]) for n in order], fields, point, length)
                         for order in ((0, 1), (1, 0)))
        if first is not None and second is not None and abs(first.work - second.work) > _SURE:
            return first, second
    return None


def _path(sides: list[tuple[Field, Place]], fields: tuple[Field, Field], point: Point,
          length: Float) -> Path | None:
    """A way along an edge of each variable, the work of its field summed up."""
    corners, total = [_corner(fields, point)], mpf(0)
    for field, at in sides:
        work = field_work(field, point, at, length, total)
        point = point.moved(field.tensor, at, length)
        if work is None or not within(field, point, at):
            return None
        total = work
        corners.append(_corner(fields, point))
    return Path(tuple(corners), total)


def _corner(fields: tuple[Field, Field], point: Point) -> tuple[object, ...]:
    """Both variables at a point."""
    return tuple(values_at(f, point)[f.tensor.name] for f in fields)
