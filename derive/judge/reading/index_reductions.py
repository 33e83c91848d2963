"""Reductions over an index in the judge's reading: sums, products, maxima, deltas."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

from derive.errors import KindError, NotationError
from derive.judge.reading.array_operations import (
    ARRAY,
    CONDITION,
    NUMBER,
    Code,
    Letter,
    Names,
    kept,
)
from derive.judge.reading.comprehensions import Family, Terms, reduction
from derive.judge.reading.formula_compiler import Compiler
from derive.judge.reading.lazy_arrays import Array, Dim, Place, Run

BY_ENTRIES = ("sum", "prod", "mean", "max", "min", "var", "std")  # of vectors


def argument(compiler: Compiler, node: ast.expr) -> Code:
    """An argument; a comprehension is a whole array."""
    return _numbers(_family(compiler, node), node).array() \
        if isinstance(node, ast.GeneratorExp) else \
        compiler.code(node)


def _family(compiler: Compiler, node: ast.GeneratorExp, conditions: bool = False) -> Family:
    """The code of a comprehension, of numbers, vectors or conditions."""
    inner, binders, free = compiler, [], frozenset[int]()
    slots = set()
    for generator in node.generators:
        if not isinstance(generator.target, ast.Name):
            raise NotationError("a single index name was expected after 'for'")
        dim = index_range(compiler.names, generator.iter)
        letter = Letter(dim)
        slots.add(letter.slot)
        inner = inner.within(inner.names.inner({generator.target.id: letter}))
        tests = [inner.condition(t) for t in generator.ifs]
        free = free.union(*(t.free for t in tests))
        binders.append((letter, dim, tuple(t.call for t in tests)))
    body = inner.condition(node.elt) if conditions else inner.code(node.elt)
    for name, letter in inner.names.letters.items():  # letters that the body made known
        if name not in compiler.names.letters and letter.slot not in slots:
            compiler.names.letters[name] = letter
    return Family(tuple(binders), body, (free | body.free) - slots)


def _numbers(comprehension: Family, node: ast.GeneratorExp) -> Family:
    """A comprehension of numbers. Raises KindError for another."""
    if comprehension.body.kind not in (NUMBER, CONDITION):
        raise KindError(f"a number was expected, not the {comprehension.body.kind} "
                        f"{ast.unparse(node.elt)}")
    return comprehension


def _by_entries(comprehension: Family, reduce: Callable[[Run, Terms], Any]) -> Code:
    """A reduction of vectors: each entry that of the entries there."""
    free, vectors = comprehension.free, comprehension.body

    def array(run: Run) -> Array:
        outer = {slot: run.env[slot] for slot in free}

        def entry(place: Place) -> Any:
            before = dict(run.env)
            run.env.update(outer)
            try:
                return reduce(run, replace(comprehension, body=replace(
                    vectors, call=lambda here: vectors.call(here).at(place))).terms(run))
            finally:
                run.env.clear()
                run.env.update(before)

        return Array(run.point.shape(vectors.shape), entry)

    return Code(ARRAY, kept(array, free), free, vectors.shape)


def index_range(names: Names, node: ast.expr) -> Dim:
    """What a bound index runs over."""
    if isinstance(node, ast.Name) and node.id in names.dims:
        return names.dims[node.id]
    if isinstance(node, ast.Constant) and type(node.value) is int and node.value >= 1:
        return names.dims.get(str(node.value), node.value)
    raise NotationError(f"an index runs over a dimension, not {ast.unparse(node)}")


def reduction_code(compiler: Compiler, name: str, node: ast.expr) -> Code:
    """A sum, product, mean, maximum, … over a comprehension or all of an array."""
    reduce = reduction(name, compiler.numbers)
    kind = CONDITION if name in ("unique_maximum", "all") else NUMBER
    if isinstance(node, ast.GeneratorExp):
        comprehension = _family(compiler, node, conditions=name == "all")
        if comprehension.body.kind == ARRAY and name in BY_ENTRIES:
            return _by_entries(comprehension, reduce)
        comprehension = _numbers(comprehension, node)
        over = comprehension.binders[-1][1] if name in ("argmax", "argmin") else None
        free = comprehension.free
        return Code(kind, kept(lambda run: reduce(run, comprehension.terms(run)), free), free,
                    over=over)
    array = compiler.code(node)
    if array.kind != ARRAY:
        raise KindError(f"{name} takes a whole array, or 'f(k) for k in K'")

    def call(run: Run) -> Any:
        value = array.call(run)
        run.count(prod(value.shape))
        return reduce(run, [(place[-1], value.at(place)) for place in value.places()])

    over = array.shape[-1] if name in ("argmax", "argmin") else None
    return Code(kind, kept(call, array.free), array.free, over=over)


def delta_code(compiler: Compiler, node: ast.Call) -> Code:
    """A Kronecker delta; an unknown letter in it has the range of the other index."""
    first, second = node.args
    for letter, index in ((first, second), (second, first)):
        if isinstance(letter, ast.Name) and compiler.names.inferred and \
                not _known(compiler.names, letter.id) and not (
                    isinstance(index, ast.Name) and not _known(compiler.names, index.id)):
            over = compiler.number(index).over
            if over is not None:
                compiler.names.letters[letter.id] = Letter(over)
    left, right = compiler.number(first), compiler.number(second)
    compiler.range_alike(first, second)
    return Code(NUMBER, lambda run: int(left.call(run) == right.call(run)),
                left.free | right.free)


def _known(names: Names, name: str) -> bool:
    """Whether a name stands for something."""
    return any(name in known for known in (names.letters, names.codes, names.types,
                                           names.dims))
