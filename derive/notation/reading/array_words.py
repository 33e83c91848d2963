"""Words over whole arrays, written out when they are read: `A.T`, `trace(A)`, `outer(a, b)`, …"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sympy import Expr, Integer

from derive.core import heads
from derive.core.indexing import index_dimension
from derive.core.walk import fresh_index
from derive.errors import KindError
from derive.functions.function_records import function_named
from derive.notation.reading import array_values
from derive.notation.reading.array_values import counted
from derive.notation.reading.matrix_values import apply_to_matrix, square
from derive.notation.reading.reader_place import Place
from derive.notation.reading.scope import Array, Value
from derive.notation.reading.shape_wording import in_brackets, misfit, shape_of, shapes_of
from derive.notation.reading.values import what_is

_OF_ENTRIES = frozenset("*∗⊙")
Reading = Callable[[Place, ast.Call, list[Value]], Value | None]


class Word(NamedTuple):
    """How many arguments a word takes, and what it reads them into.

    None where the arguments are not for the word, and the function of its name takes them.
    """

    arguments: int
    read: Reading


def word_value(at: Place, node: ast.Call, name: str, values: list[Value]) -> Value | None:
    """What a word makes of its arguments; None where a function of that name is to take them."""
    word, function = WORDS[name], at.scope.functions.get(name)
    if function is not None and function.own:
        return None
    if len(values) != word.arguments:
        takes = counted(word.arguments, "argument")
        raise at.error(node, f"{name} takes {takes}, not {len(values)}", KindError)
    return word.read(at, node, values)


def over_dimensions(at: Place, node: ast.Call, name: str) -> Value:
    """`eye(N)`, `ones(N, D)`: arrays that their dimensions alone make."""
    slots = node.args[0].elts if len(node.args) == 1 and isinstance(node.args[0], ast.Tuple) \
        else node.args
    if not slots or (name == "eye" and len(slots) > 1):
        raise at.error(node, f"{name} takes a dimension: {name}(N)" if name == "eye" else
                       f"{name} takes dimensions: {name}(N), {name}(N, D)")
    shape = tuple(at.range(slot) for slot in slots)
    return OVER_DIMENSIONS[name](shape)


def attribute_value(at: Place, node: ast.Attribute) -> Value:
    """`A.T`, the only attribute that there is."""
    if node.attr != "T":
        raise at.error(node, f"{ast.unparse(node)} is no part of the notation; after a dot only "
                       "T is read, as in A.T")
    return transposed(at, node, node.value, at.quantity(node.value))


def transposed(at: Place, node: ast.AST, argument: ast.expr, value: Value) -> Value:
    """`A.T`; of a vector, the vector."""
    if not isinstance(value, Array):
        raise at.error(node, f"{ast.unparse(argument)} is a number; .T transposes a matrix",
                       KindError)
    if len(value.shape) > 2:
        raise at.error(node, f".T transposes a matrix; {shape_of(at.scope, argument, value)}",
                       KindError)
    return Array(value.shape[::-1], lambda place: value.at(place[::-1]))


def check_readings(at: Place, node: ast.BinOp, left: Value, right: Value,
                   sign: Callable[[], str]) -> None:
    """Refuses what is a matrix to some and something else to others: `a @ b.T`, `A**-1`, `A²`.

    `sign` gives what was typed between the sides; ** is that of NumPy, of entries.
    """
    if not isinstance(left, Array):
        return
    shapes = [v.shape if isinstance(v, Array) else () for v in (left, right)]
    if isinstance(node.op, ast.Mult) and all(shapes) and _OF_ENTRIES.isdisjoint(sign()):
        raise _unsigned_product(at, node)
    if isinstance(node.op, ast.Pow) and len(shapes[0]) == 2 and shapes[0][0] == shapes[0][1]:
        _check_power(at, node, right, sign())
    if isinstance(node.op, ast.MatMult) and isinstance(node.right, ast.Attribute) and \
            [len(shape) for shape in shapes] == [1, 1]:
        a, b = ast.unparse(node.left).removesuffix(".T"), ast.unparse(node.right.value)
        raise at.error(node, f"{ast.unparse(node)} has two readings for vectors: write "
                       f"outer({a}, {b}) for the matrix, dot({a}, {b}) for the number", KindError)


def check_bars(at: Place, node: ast.Call, values: Sequence[Value]) -> None:
    """Refuses |A| of a square matrix, which is its determinant to some."""
    shape = values[0].shape if len(values) == 1 and isinstance(values[0], Array) else ()
    if len(shape) == 2 and shape[0] == shape[1]:
        a = ast.unparse(node.args[0])
        raise at.error(node, f"|{a}| has two readings: write det({a}) for the determinant, "
                       f"abs({a}) for the absolute values of the entries", KindError)


def _check_power(at: Place, node: ast.BinOp, right: Value, sign: str) -> None:
    """Refuses the powers of a square matrix that may be those of its entries."""
    text, a = ast.unparse(node), ast.unparse(node.left)
    if right == -1:
        raise at.error(node, f"{text} has two readings: write inv({a}) for the inverse, "
                       f"{in_brackets(ast.Constant(1), ast.Div(), node.left)} for "
                       "the reciprocals of the entries", KindError)
    if "**" not in sign and not isinstance(right, Array):
        power = in_brackets(node.left, ast.Pow(), node.right)
        product = in_brackets(node.left, ast.MatMult(), node.left)
        raise at.error(node, f"{power.replace('**', '^')} has two readings: write {power} for the "
                       f"powers of the entries, {product} for a product of matrices", KindError)


def _unsigned_product(at: Place, node: ast.BinOp) -> Exception:
    """The refusal of `w·x` and `Xᵀ X` of whole arrays, where `*` is the product of entries."""
    product, entries = (in_brackets(node.left, op, node.right)
                        for op in (ast.MatMult(), ast.Mult()))
    return at.error(node, f"a product of whole arrays has two readings: write {product} for that "
                    f"of matrices and vectors, {entries} for that of the entries", KindError)


def _transpose(at: Place, node: ast.Call, values: list[Value]) -> Value:
    return transposed(at, node, node.args[0], values[0])


def _vectors(at: Place, node: ast.Call, values: list[Value], word: str) -> list[Array]:
    for argument, value in zip(node.args, values, strict=True):
        if not isinstance(value, Array) or len(value.shape) != 1:
            raise at.error(node, f"{word} takes vectors; {shape_of(at.scope, argument, value)}",
                           KindError)
    return values


def _trace(at: Place, node: ast.Call, values: list[Value]) -> Value:
    made = square(at, node, node.args[0], values[0], "trace")
    return array_values.reduce(heads.Sum, Array(made.shape[:1],
                                                lambda place: made.at((*place, *place))))


def _diagonal(at: Place, node: ast.Call, values: list[Value]) -> Value:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    (value,) = values
    if isinstance(value, Array) and len(value.shape) == 1:
        multiply = operation(at, ast.Mult)
        return Array(value.shape * 2, lambda place: multiply(
            heads.Delta(*place), value.at(place[:1])))
    made = square(at, node, node.args[0], value, "diag")
    return Array(made.shape[:1], lambda place: made.at((*place, *place)))


def _outer(at: Place, node: ast.Call, values: list[Value]) -> Value:
    a, b = _vectors(at, node, values, "outer")
    multiply = operation(at, ast.Mult)
    return Array(a.shape + b.shape, lambda place: multiply(a.at(place[:1]), b.at(place[1:])))


def _kron(at: Place, node: ast.Call, values: list[Value]) -> Value:
    a, b = node.args
    (n,), (m,) = (v.shape for v in _vectors(at, node, values, "kron"))
    raise at.error(node, f"kron({ast.unparse(a)}, {ast.unparse(b)}) has an axis of {n}*{m} "
                   f"entries, and an axis here is one dimension; outer({ast.unparse(a)}, "
                   f"{ast.unparse(b)}) has the same entries as a matrix", KindError)


def _product(at: Place, node: ast.Call, values: list[Value]) -> Value:
    """`left @ right`."""
    left, right = values
    return array_values.matmul(left, right, misfit(at, node, node.args, values),
                               operation(at, ast.Mult))


def _inner(at: Place, node: ast.Call, values: list[Value]) -> Value:
    """The inner product of vectors."""
    _vectors(at, node, values, "inner")
    return _product(at, node, values)


def _frobenius_product(at: Place, node: ast.Call, values: list[Value]) -> Value:
    """The sum of the products of entries."""
    shapes = [v.shape for v in values if isinstance(v, Array)]
    if len(shapes) != 2 or shapes[0] != shapes[1]:
        raise at.error(node, "vdot takes two arrays of one shape; "
                       f"{shapes_of(at.scope, node.args, values)}", KindError)
    product = array_values.elementwise(operation(at, ast.Mult), tuple(values), at.failing(node))
    return array_values.reduce(heads.Sum, product)


def _dot(at: Place, node: ast.Call, values: list[Value]) -> Value | None:
    """The product of vectors, and of matrices where only one reading fits their shapes."""
    if not all(isinstance(v, Array) for v in values) or \
            [len(v.shape) for v in values] == [1, 1]:
        return None
    a, b = (ast.unparse(argument) for argument in node.args)
    left, right = (v.shape for v in values)
    if max(len(left), len(right)) > 2:
        raise at.error(node, "dot takes vectors or matrices; "
                       f"{shapes_of(at.scope, node.args, values)}", KindError)
    if left == right and left[0] == left[1]:
        product, entries = (in_brackets(node.args[0], op, node.args[1])
                            for op in (ast.MatMult(), ast.Mult()))
        raise at.error(node, f"dot({a}, {b}) has two readings for matrices: write {product} for "
                       f"their product, sum({entries}) for the sum over all entries", KindError)
    if left == right:
        return _frobenius_product(at, node, values)
    return _product(at, node, values)


def _norm(at: Place, node: ast.Call, values: list[Value]) -> Value | None:
    """The Frobenius norm of a matrix."""
    (value,) = values
    if not isinstance(value, Array) or len(value.shape) < 2:
        return None
    total = array_values.reduce(heads.Sum, array_values.elementwise(
        lambda a: operation(at, ast.Pow)(a, Integer(2)), (value,), at.failing(node)))
    root = function_named("sqrt")
    return array_values.apply_elementwise(root, [total], at.scope, at.definition,
                                          at.failing(node))


def _array(at: Place, node: ast.Call, values: list[Value]) -> Value:
    """`array(f(k) for k in K)`: an array by its elements."""
    (value,) = values
    if not isinstance(value, Array):
        raise at.error(node, "array takes the elements: array(f(k) for k in K)", KindError)
    return value


def _onehot(at: Place, node: ast.Call, values: list[Value]) -> Value:
    """The indicator of a label over its classes; of an array of labels, one for each of them."""
    (value,) = values
    lead = value.shape if isinstance(value, Array) else ()
    places: tuple[Expr, ...] = ()
    for dim in lead:
        places = (*places, fresh_index(dim, *places))
    over = index_dimension(value.at(places) if isinstance(value, Array) else value)
    if over is None:
        raise at.error(node, f"onehot takes a label; {ast.unparse(node.args[0])} is "
                       f"{what_is(value)}", KindError)
    return Array((*lead, over), lambda place: heads.Delta(
        place[-1], value.at(place[:-1]) if isinstance(value, Array) else value))


def operation(at: Place, sign: type[ast.AST]) -> Callable[[Expr, Expr], Expr]:
    """What a sign of arithmetic makes of two numbers, as typed where formulas are read so."""
    operation = at.built(sign)
    if operation is None:
        raise ValueError(sign)
    return operation


def _solve(at: Place, node: ast.Call, values: list[Value]) -> Value:
    """The x with A @ x = b, as inv(A) @ b."""
    inverse = at.scope.functions["inv"]
    left = apply_to_matrix(at, node, inverse, values[0])
    if not isinstance(values[1], Array) or len(values[1].shape) > 2:
        raise at.error(node, "solve takes a square matrix and a vector or matrix; "
                       f"{shapes_of(at.scope, node.args, values)}", KindError)
    return _product(at, node, [left, values[1]])


WORDS: dict[str, Word] = {
    "transpose": Word(1, _transpose), "trace": Word(1, _trace), "diag": Word(1, _diagonal),
    "outer": Word(2, _outer), "kron": Word(2, _kron), "inner": Word(2, _inner),
    "vdot": Word(2, _frobenius_product), "dot": Word(2, _dot), "norm": Word(1, _norm),
    "onehot": Word(1, _onehot), "array": Word(1, _array),
    "solve": Word(2, _solve),
}
OVER_DIMENSIONS: dict[str, Callable[[tuple[Expr, ...]], Array]] = {
    "eye": lambda shape: Array(shape * 2, lambda place: heads.Delta(*place)),
    "ones": lambda shape: Array(shape, lambda place: Integer(1)),
    "zeros": lambda shape: Array(shape, lambda place: Integer(0)),
}
