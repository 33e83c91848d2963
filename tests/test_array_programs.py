"""Array programs: the verifier refuses planted errors, each target writes every operation."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sympy import Integer, Rational

from derive.arrays.operations import Family, Op
from derive.arrays.program import Node, Operand, Program
from derive.arrays.recurrent.step_writers import StepWriters
from derive.arrays.recurrent.view_values import ViewValues
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.targets.numpy import wide_emission
from derive.arrays.targets.numpy.numpy_operations import CALLS
from derive.arrays.targets.numpy.operation_writers import WRITERS
from derive.arrays.verifier import verify
from derive.errors import KernelError
from tests.judged import plan, text_of

O = Node(Op.INPUT, (), ("K",), "f", ("o",))  # noqa: E741
Y = Node(Op.INPUT, (), (), "i", ("y",))
W = Node(Op.INPUT, (), ("K", "D"), "f", ("w",))
S = Node(Op.INPUT, (), ("K", "K"), "f", ("s",))
M = Node(Op.INPUT, (), ("D", "K", "K"), "f", ("m",))
VECTOR, LABEL, MATRIX = Operand(0, (0,)), Operand(1), Operand(2, (0, 1))
SQUARE, ALL = Operand(3, (0, 1)), Operand(0, (None,))
HALF, TWO = Operand(Rational(1, 2), (), True), Operand(Integer(2), (), True)


def program(node: Node) -> Program:
    return Program([O, Y, W, S, M, node])


RIGHT = {
    "add": Node(Op.ADD, (VECTOR, HALF), ("K",)),
    "function": Node(Op.FUNCTION, (VECTOR,), ("K",), "f", ("exp",)),
    "less": Node(Op.LESS, (VECTOR, HALF), ("K",), "b"),
    "sum": Node(Op.SUM, (VECTOR,), (), "f", (0,)),
    "sum without a place": Node(Op.SUM, (VECTOR, LABEL), (), "f", (0,)),
    "argmax": Node(Op.ARGMAX, (VECTOR,), (), "i", (0,)),
    "pick": Node(Op.PICK, (VECTOR, LABEL), (), "f", (0, False, (None,))),
    "pick a row": Node(Op.PICK, (MATRIX, Operand(1, (None,))), ("D",), "f", (0, False, (None, 0))),
    "put": Node(Op.PUT, (VECTOR, LABEL, HALF), ("K",), "f", (0,)),
    "spread": Node(Op.SPREAD, (Operand(0, (None, 0)),), ("D", "K")),
    "diagonal": Node(Op.DIAGONAL, (SQUARE,), ("K",), "f", (0, 1)),
    "put diagonal": Node(Op.PUT_DIAGONAL, (SQUARE, VECTOR), ("K", "K"), "f", (0, 1)),
    "contract": Node(Op.CONTRACT, (VECTOR, MATRIX), ("D",), "f", ("a", "ab", "b")),
    "dots": Node(Op.DOTS, (Operand(2, (None,)), ALL), ("D",), "f", ((0,),)),
    "outer": Node(Op.OUTER, (Operand(0, (0, None)), Operand(0, (None, 0))), ("K", "K"), "f",
                  ((0,),), False),
    "scatter": Node(Op.SCATTER, (LABEL, HALF), ("K",), "f", (0,), False),
    "solve": Node(Op.SOLVE, (SQUARE, VECTOR), ("K",), "f", ("general", 0, "s")),
    "solve transposed": Node(Op.SOLVE, (Operand(3, (1, 0)), Operand(3, (0, 1))), ("K", "K"), "f",
                             ("factor", 0, "s")),
    "solve many": Node(Op.SOLVE, (SQUARE, MATRIX), ("K", "D"), "f", ("lower", 0, "s")),
    "solve each": Node(Op.SOLVE, (Operand(4, (0, 1, 2)), Operand(2, (1, 0))), ("D", "K"), "f",
                       ("general", 1, "m")),
    "inverse": Node(Op.INVERSE, (SQUARE,), ("K", "K"), "f", ("general", 0, "s")),
    "cholesky": Node(Op.CHOLESKY, (SQUARE,), ("K", "K"), "f", (0, "s")),
    "determinant": Node(Op.DETERMINANT, (SQUARE,), (), "f", (0, "s")),
    "log determinants": Node(Op.LOG_DETERMINANT, (Operand(4, (0, 1, 2)),), ("D",), "f", (1, "m")),
    "below max": Node(Op.BELOW_MAX, (VECTOR, VECTOR), ("K",), "f", (0,)),
}
WRONG = {
    "one operand too few": (replace(RIGHT["add"], operands=(VECTOR,)), "1 operands"),
    "one operand too many": (replace(RIGHT["sum"], operands=(VECTOR, LABEL, LABEL)), "3 operands"),
    "a node that is not there": (replace(RIGHT["add"], operands=(VECTOR, Operand(7))), "earlier"),
    "itself": (replace(RIGHT["add"], operands=(VECTOR, Operand(5, (0,)))), "earlier"),
    "a sum that is a condition": (replace(RIGHT["sum"], kind="b"), "kind 'b'"),
    "a condition that is a float": (replace(RIGHT["less"], kind="f"), "kind 'f'"),
    "logic of numbers": (Node(Op.AND, (VECTOR, VECTOR), ("K",), "b"), "kinds f, f"),
    "a case by a number": (Node(Op.WHERE, (VECTOR, HALF, TWO), ("K",)), "kinds f, f, i"),
    "an integer from floats": (Node(Op.ADD, (VECTOR, TWO), ("K",), "i"), "from integers"),
    "another length": (replace(RIGHT["add"], dims=("D",)), "length K"),
    "an axis too many": (replace(RIGHT["add"], dims=("K", "D")), "lies along"),
    "one number with axes": (replace(RIGHT["add"], kind="s"), "no axes"),
    "an axis that it lacks": (replace(RIGHT["sum"], detail=(1,)), "none of the operand's"),
    "a sum that keeps its axis": (replace(RIGHT["sum"], dims=("K",)), "without one"),
    "no axis": (replace(RIGHT["sum"], detail=()), "0 details"),
    "a label that is a float": (replace(RIGHT["pick"], operands=(VECTOR, HALF)), "label"),
    "elements of another kind": (replace(RIGHT["pick"], kind="i"), "kind of their array"),
    "a row as long as a column": (replace(RIGHT["pick a row"], dims=("K",)), "another length"),
    "an amount with the axis": (replace(RIGHT["put"], operands=(VECTOR, LABEL, VECTOR)), "axes"),
    "a diagonal of no square": (replace(RIGHT["diagonal"], operands=(MATRIX,)), "one length"),
    "a diagonal of one axis": (replace(RIGHT["put diagonal"], detail=(0, 0)), "one length"),
    "letters that do not fit": (replace(RIGHT["contract"], detail=("b", "ab", "a")), "letters"),
    "two axes summed": (Node(Op.CONTRACT, (MATRIX, MATRIX), (), "f", ("ab", "ab", "")), "one axis"),
    "the other axis": (replace(RIGHT["dots"], detail=((1,),)), "does not fit"),
    "a parameter alone": (replace(RIGHT["dots"], detail=((0,), (0,))), "pair"),
    "an outer product turned": (replace(RIGHT["outer"], dims=("K", "D")), "an operand"),
    "a matrix of no square": (replace(RIGHT["inverse"], operands=(MATRIX,)), "not square"),
    "a vector for a matrix": (replace(RIGHT["cholesky"], operands=(VECTOR,)), "not square"),
    "a number for a matrix": (replace(RIGHT["cholesky"], operands=(HALF,)), "no matrix"),
    "a solution of another length": (
        replace(RIGHT["solve"], operands=(SQUARE, Operand(2, (0, 1))), dims=("D", "D")),
        r"not \('K', 'D'\)"),
    "a right side of another length": (
        replace(RIGHT["solve many"], operands=(SQUARE, Operand(2, (1, 0)))), "length"),
    "a determinant with axes": (replace(RIGHT["determinant"], dims=("K",)), "are not"),
    "determinants of one matrix": (replace(RIGHT["log determinants"], dims=()), "not"),
    "a matrix for each place of another axis": (
        replace(RIGHT["log determinants"], detail=(2, "m")), "not square"),
    "a form that there is not": (
        replace(RIGHT["solve"], detail=("round", 0, "s")), "form 'round'"),
    "a matrix without words": (replace(RIGHT["cholesky"], detail=(0, "")), "which matrix"),
    "an axis of nothing": (replace(RIGHT["below max"], detail=(3,)), "none of the result's"),
    "not of the examples": (replace(RIGHT["add"], batched=False), "examples"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_programs_pass(name: str) -> None:
    verify(program(RIGHT[name]))


@pytest.mark.parametrize("name", WRONG)
def test_planted_errors_are_refused(name: str) -> None:
    node, message = WRONG[name]
    with pytest.raises(KernelError, match=message) as raised:
        verify(program(node))
    assert f"node 5 of the array program, {node.op.label}" in str(raised.value)


def mutations(node: Node) -> Iterator[Node]:
    """Nodes that differ from a right one in one respect, and cannot be right as well."""
    yield replace(node, operands=(*node.operands, *[HALF] * 9))
    yield replace(node, kind="?")
    if node.operands:
        yield replace(node, operands=())
    if node.sources:
        yield replace(node, dims=("elsewhere", *node.dims))
        yield replace(node, operands=tuple(
            o if o.number else replace(o, source=10**6) for o in node.operands))
    if node.dims and any(not o.number and o.axes and o.axes[0] is not None
                         for o in node.operands):
        yield replace(node, dims=("elsewhere", *node.dims[1:]))


@pytest.mark.parametrize("name", ["softmax-nll", "focal", "hinge", "multi-margin", "lstm", "gru"])
def test_every_node_of_a_real_program_is_pinned_down(name: str) -> None:
    if name in ("lstm", "gru"):
        nodes = plan(text_of(name, labels=True)).graph.program.nodes
    else:
        nodes = Formula(name, [], None).design(("value", "hessian"), "fast").program.nodes
    verify(Program(nodes))
    for number, node in enumerate(nodes):
        if node.op.family is Family.SOURCE:
            continue
        for wrong in mutations(node):
            with pytest.raises(KernelError, match=f"node {number} of"):
                verify(Program([*nodes[:number], wrong]))


def test_every_operation_is_written() -> None:
    of_programs = {op for op in Op if op is not Op.DOTS and not op.total}
    assert set(WRITERS) == of_programs
    writers = StepWriters(ViewValues(plan(text_of("rnn")).views)).table
    assert set(writers) == of_programs | {Op.DOTS}
    by_call = {op for op in of_programs if op.family in (
        Family.ELEMENTWISE, Family.COMPARISON, Family.LOGIC, Family.REDUCTION)}
    own = {Op.FUNCTION, Op.SCALE, Op.BELOW_MAX}
    assert set(CALLS) == by_call - own
    assert set(wide_emission.CALLS) | {Op.WHERE, Op.MEDIAN, Op.AND, Op.OR, Op.NOT} == \
        set(CALLS) | {Op.BELOW_MAX}


def test_the_page_of_operations_is_up_to_date() -> None:
    path = Path(__file__).resolve().parent.parent / "docs" / "operations.py"
    module = runpy.run_path(str(path))
    assert module["PAGE"].read_text(encoding="utf-8") == module["page"](), f"run python {path}"
