"""Words over whole arrays in the judge's reading: `A.T`, `trace(A)`, `outer(a, b)`, `eye(N)`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from derive.errors import KindError, NotationError
from derive.judge.reading.array_operations import ARRAY, NUMBER, Call, Code, kept, matmul
from derive.judge.reading.formula_compiler import Compiler
from derive.judge.reading.index_reductions import index_range
from derive.judge.reading.lazy_arrays import Array, Dim, Place, Run
from derive.judge.reading.matrix_reading import solved, square

Entry = Callable[[Run, Place], Any]
WordReading = Callable[[Compiler, list[Code]], Code | None]


def on_attribute(compiler: Compiler, node: ast.Attribute) -> Code:
    """`A.T`."""
    if node.attr != "T":
        raise NotationError(f"{ast.unparse(node)!r} is not read; after a dot only T is")
    return _transpose(compiler, [compiler.code(node.value)])


def made_of_dimensions(compiler: Compiler, name: str, nodes: list[ast.expr]) -> Code:
    """`eye(N)`, `ones(N, D)`, `zeros(N)`."""
    if len(nodes) == 1 and isinstance(nodes[0], ast.Tuple):
        nodes = nodes[0].elts
    shape = tuple(index_range(compiler.names, node) for node in nodes)
    if not shape or (name == "eye" and len(shape) != 1):
        raise KindError(f"{name} does not take {len(shape)} dimensions")
    if name == "eye":
        return _array((), shape * 2, lambda run, values, place: int(place[0] == place[1]))
    constant = int(name == "ones")
    return _array((), shape, lambda run, values, place: constant)


def _rank(code: Code) -> int:
    return len(code.shape) if code.kind == ARRAY else 0


def _array(parts: tuple[Code, ...], shape: tuple[Dim, ...],
           entry: Callable[[Run, list[Any], Place], Any]) -> Code:
    """The code of an array whose entries are computed from the values of its parts."""
    free = frozenset[int]().union(*(p.free for p in parts))
    calls: list[Call] = [p.call for p in parts]

    def made(run: Run) -> Array:
        values = [c(run) for c in calls]
        return Array(run.point.shape(shape), lambda place: entry(run, values, place))

    return Code(ARRAY, kept(made, free), free, shape)


def _total(of: Code) -> Code:
    """The sum of all entries."""
    def call(run: Run) -> Any:
        value = of.call(run)
        run.count(len(places := list(value.places())))
        return sum(value.at(place) for place in places)

    return Code(NUMBER, kept(call, of.free), of.free)


def _transpose(compiler: Compiler, codes: list[Code]) -> Code:
    (a,) = codes
    if _rank(a) not in (1, 2):
        raise KindError(".T transposes a matrix")
    return _array((a,), a.shape[::-1], lambda run, values, place: values[0].at(place[::-1]))


def _diagonal_of(a: Code) -> Code:
    return _array((square(a),), a.shape[:1], lambda run, values, place: values[0].at(place * 2))


def _trace(compiler: Compiler, codes: list[Code]) -> Code:
    return _total(_diagonal_of(codes[0]))


def _diag(compiler: Compiler, codes: list[Code]) -> Code:
    (a,) = codes
    if _rank(a) != 1:
        return _diagonal_of(a)
    return _array((a,), a.shape * 2, lambda run, values, place:
                  values[0].at(place[:1]) if place[0] == place[1] else 0)


def _outer(compiler: Compiler, codes: list[Code]) -> Code:
    if [_rank(c) for c in codes] != [1, 1]:
        raise KindError("outer takes two vectors")
    a, b = codes
    return _array((a, b), a.shape + b.shape, lambda run, values, place:
                  values[0].at(place[:1]) * values[1].at(place[1:]))


def _inner(compiler: Compiler, codes: list[Code]) -> Code:
    if [_rank(c) for c in codes] != [1, 1]:
        raise KindError("inner takes two vectors")
    return matmul(*codes)


def _products(compiler: Compiler, codes: list[Code]) -> Code:
    """The sum of the products of entries."""
    a, b = codes
    if not _rank(a) or a.shape != b.shape:
        raise KindError("two arrays of one shape were expected")
    return _total(_array((a, b), a.shape, lambda run, values, place:
                         values[0].at(place) * values[1].at(place)))


def _dot(compiler: Compiler, codes: list[Code]) -> Code | None:
    a, b = codes
    if _rank(a) == _rank(b) == 1:
        return None
    if 0 in (_rank(a), _rank(b)) or max(_rank(a), _rank(b)) > 2:
        raise KindError("dot takes vectors or matrices")
    if _rank(a) == 2 and a.shape == b.shape:
        if a.shape[0] == a.shape[1]:
            raise KindError("dot of square matrices has two readings")
        return _products(compiler, codes)
    return matmul(a, b)


def _norm(compiler: Compiler, codes: list[Code]) -> Code | None:
    """The root of the sum of the squares of all entries."""
    (a,) = codes
    if _rank(a) < 2:
        return None
    squares, root = _products(compiler, [a, a]), compiler.numbers.function
    return Code(NUMBER, kept(lambda run: root(run, "sqrt", squares.call(run)), a.free), a.free)


def _by_elements(compiler: Compiler, codes: list[Code]) -> Code:
    """`array(f(k) for k in K)`, whose argument is an array already."""
    (of,) = codes
    if not _rank(of):
        raise KindError("array takes a comprehension")
    return of


def _onehot(compiler: Compiler, codes: list[Code]) -> Code:
    """1 in the place of a label and 0 elsewhere; for an array of labels, so for each."""
    (label,) = codes
    if label.over is None:
        raise KindError("onehot takes a label")

    def entry(run: Run, values: list[Any], place: Place) -> int:
        of = values[0]
        return int((of.at(place[:-1]) if isinstance(of, Array) else of) == place[-1])

    return _array((label,), (*label.shape, label.over), entry)


def _solve(compiler: Compiler, codes: list[Code]) -> Code:
    return solved(compiler.numbers, *codes)


ARRAY_WORDS: dict[str, tuple[int, WordReading]] = {
    "transpose": (1, _transpose), "trace": (1, _trace), "diag": (1, _diag), "outer": (2, _outer),
    "inner": (2, _inner), "vdot": (2, _products), "dot": (2, _dot), "norm": (1, _norm),
    "onehot": (1, _onehot), "array": (1, _by_elements),
    "solve": (2, _solve),
}
OF_DIMENSIONS = frozenset({"eye", "ones", "zeros"})


def array_word(compiler: Compiler, name: str, codes: list[Code]) -> Code | None:
    """A word applied to its arguments; None where the entry of the function says what it is."""
    if name not in ARRAY_WORDS or name in compiler.names.own:
        return None
    count, reading = ARRAY_WORDS[name]
    if len(codes) != count:
        raise KindError(f"{name} takes {count} arguments")
    return reading(compiler, codes)
