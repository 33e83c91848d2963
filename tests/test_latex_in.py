"""LaTeX of textbooks: what it is read as, and what is refused and where; nothing is guessed."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.calculus.problem import problem
from derive.core.atoms import Index
from derive.errors import NotationError
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.latex_in import (
    infer_declarations,
    read_latex,
    read_latex_declaration,
    read_latex_lines,
    read_latex_problem,
)
from derive.notation.printing.latex import latex
from derive.notation.printing.plain import plain
from derive.notation.reading.parser import parse, parse_value
from derive.notation.reading.scope import Scope
from derive.tables.loss_table import losses
from tests.conftest import gradient_of
from tests.latex_formulas import DECLARATIONS, HOSTILE, INFERRED, PARTS, READ, REFUSED, SHARED

K, N, D, T = 3, 4, 2, 5


def declared(lines: str = SHARED, free: bool = False) -> Scope:
    scope = Scope(free_indices=free)
    for line in lines.split(";"):
        scope.declare(line.strip())
    return scope


@pytest.mark.parametrize(("tex", "wanted"), READ, ids=[tex for tex, _ in READ])
def test_formulas_are_read(tex: str, wanted: str) -> None:
    read = read_latex(tex, declared(), first=None)
    assert plain(parse(read, declared())) == plain(parse(wanted, declared())), read


@pytest.mark.parametrize(("tex", "column", "says"), REFUSED, ids=[tex for tex, *_ in REFUSED])
def test_what_is_not_certain_is_refused_at_its_place(tex: str, column: int, says: str) -> None:
    with pytest.raises(NotationError) as caught:
        read_latex(tex, declared())
    assert says in caught.value.message, caught.value.message
    assert caught.value.column == column, str(caught.value)


# Meanings written by hand, of lists of numbers with indices from 0


def lse(v: list[float]) -> float:
    return math.log(sum(math.exp(a) for a in v))


def softmax(v: list[float]) -> list[float]:
    return [math.exp(a - lse(v)) for a in v]


MEANINGS: list[tuple[str, Callable[[Any], float]]] = [
    (r"-\log\frac{e^{o_y}}{\sum_k e^{o_k}}", lambda v: lse(v.o) - v.o[v.y]),
    (r"\log\sum_{k=1}^{K} e^{o_k} - o_y", lambda v: lse(v.o) - v.o[v.y]),
    (r"-\sum_k p_k\log\mathrm{softmax}(\mathbf o)_k",
     lambda v: -sum(t * math.log(p) for t, p in zip(v.p, softmax(v.o), strict=True))),
    (r"\sum_{k\ne y}\max(0, 1+o_k-o_y)",
     lambda v: sum(max(0, 1 + a - v.o[v.y]) for k, a in enumerate(v.o) if k != v.y)),
    (r"-b\ln q-(1-b)\ln(1-q)",
     lambda v: -v.b * math.log(v.q) - (1 - v.b) * math.log(1 - v.q)),
    (r"\frac{1}{N}\sum_{n=1}^{N}(\mathbf w^\top\mathbf x_n - r_n)^2",
     lambda v: sum((sum(a * b for a, b in zip(v.w, row, strict=True)) - c) ** 2
                   for row, c in zip(v.x, v.r, strict=True)) / N),
    (r"\sum_{k=1}^{K} k\, o_k", lambda v: sum((k + 1) * a for k, a in enumerate(v.o))),
    (r"\sum_{k=0}^{K-1} k\, o_k", lambda v: sum(k * a for k, a in enumerate(v.o))),
    (r"\sum_{k=2}^{K} (o_k-o_{k-1})^2",
     lambda v: sum((v.o[k] - v.o[k - 1]) ** 2 for k in range(1, K))),
    (r"\sum_{k=1}^K o_k\sum_{j=1}^{k} p_j",
     lambda v: sum(v.o[k] * sum(v.p[: k + 1]) for k in range(K))),
    (r"\sum_{k=1}^K o_k + o_1", lambda v: sum(v.o) + v.o[0]),
    (r"\sum_{k=1}^K o_k + o_K", lambda v: sum(v.o) + v.o[-1]),
    (r"\sum_{k=0}^{K-1} o_k + o_1", lambda v: sum(v.o) + v.o[1]),
    (r"-z^2", lambda v: -(v.z ** 2)), (r"2^{-z}", lambda v: 2 ** -v.z),
    (r"-\frac{z}{a}\cdot\frac{a}{2}u", lambda v: -v.z * v.u / 2),
    (r"\frac{(z-u)^2}{2\sigma^2}+\frac12\log(2\pi\sigma^2)",
     lambda v: (v.z - v.u) ** 2 / (2 * v.sigma**2) + math.log(2 * math.pi * v.sigma**2) / 2),
    (r"\prod_k e^{o_k p_k}", lambda v: math.exp(sum(map(float.__mul__, v.o, v.p)))),
    (r"\max_k o_k - o_y", lambda v: max(v.o) - v.o[v.y]),
    (r"\begin{cases}\frac12 z^2 & |z|\le a \\ a(|z|-\frac a2) & |z|>a\end{cases}",
     lambda v: v.z**2 / 2 if abs(v.z) <= v.a else v.a * (abs(v.z) - v.a / 2)),
    (r"\lVert\mathbf o-\mathbf p\rVert^2",
     lambda v: sum((a - b) ** 2 for a, b in zip(v.o, v.p, strict=True))),
    (r"\lVert o\rVert_1", lambda v: sum(map(abs, v.o))),
    (r"\mathbf o^\top\mathbf p", lambda v: sum(map(float.__mul__, v.o, v.p))),
    (r"\sigma(z)(1-\sigma(z))".replace("\\sigma", "\\mathrm{sigmoid}"),
     lambda v: 1 / (1 + math.exp(-v.z)) / (1 + math.exp(v.z))),
    (r"\sin^2 z+\cos^2 z", lambda v: 1.0), (r"\log_2 a", lambda v: math.log2(v.a)),
    (r"\log m!", lambda v: math.lgamma(v.m + 1)), (r"\binom{m}{2}", lambda v: math.comb(v.m, 2)),
    (r"\sum_t -\log\hat{y}^{(t)}_{c^{(t)}}",
     lambda v: -sum(math.log(row[c]) for row, c in zip(v.y_hat, v.c, strict=True))),
    (r"\sum_k\mathbf 1_{k=y}\,o_k^2", lambda v: v.o[v.y] ** 2),
    (r"\sum_{k,j} o_k p_j", lambda v: sum(v.o) * sum(v.p)),
    (r"\frac{\partial}{\partial z}\left[z^3\right]", lambda v: 3 * v.z**2),
]


class Values:
    """Random values for the shared declarations."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        self.scope, self.sizes = declared(), {"K": K, "N": N, "D": D, "T": T}
        scalars: dict[Any, Any] = {}
        tensors: dict[Any, Any] = {}
        for name, leaf in self.scope.names.items():
            if isinstance(leaf, Index):
                scalars[leaf] = draw.randrange(self.sizes[str(leaf.dim)])
                continue
            kind = leaf.kind
            if kind.shape:
                table = self.table(draw, kind, [self.sizes[str(d)] for d in kind.shape])
                tensors[leaf] = dict(_entries(table))
                setattr(self, name, table)
                continue
            scalars[leaf] = self.one(draw, kind)
            setattr(self, name, scalars[leaf])
        self.point = Point({dim: self.sizes[n] for n, dim in self.scope.dims.items()},
                           scalars, tensors)

    def one(self, draw: random.Random, kind: Any) -> float:
        if kind.domain in ("label", "index"):
            return draw.randrange(self.sizes[str(kind.over)])
        return {"binary": draw.randrange(2), "count": draw.randrange(2, 6),
                "real": draw.uniform(-2, 2)}.get(kind.domain, draw.uniform(0.1, 0.9))

    def table(self, draw: random.Random, kind: Any, sizes: list[int]) -> Any:
        if not sizes:
            return self.one(draw, kind)
        return [self.table(draw, kind, sizes[1:]) for _ in range(sizes[0])]


def _entries(table: Any, at: tuple[int, ...] = ()) -> Any:
    if not isinstance(table, list):
        yield at, table
        return
    for place, row in enumerate(table):
        yield from _entries(row, (*at, place))


@pytest.mark.parametrize(("tex", "meaning"), MEANINGS, ids=[tex for tex, _ in MEANINGS])
def test_readings_have_the_meaning_of_the_formula(tex: str, meaning: Any) -> None:
    for seed in range(3):
        values = Values(seed)
        read = read_latex(tex, values.scope)
        assert float(evaluate(parse(read, values.scope), values.point, 20)) == \
            pytest.approx(meaning(values), rel=1e-9, abs=1e-12), read


@pytest.mark.parametrize("name", [entry.name for entry in losses()])
def test_printed_latex_reads_back(name: str) -> None:
    specification = problem(name).specification
    found = gradient_of(name)
    scope = specification.scope.copy()
    scope.names.update({index.name: index for index in found.indices})
    for node in (specification.loss, *(d.result for d in (found, *found.others))):
        read = read_latex(latex(node, found.reserved), scope, first=0)
        assert plain(parse(read, scope)) == plain(node)


def test_obligations_and_conditions_print_and_read_back() -> None:
    scope = declared()
    for text in ("z < u and u != a", "0 < q", "z <= a or not z == u"):
        node = parse(f"1 if {text} else 0", scope)
        assert parse(read_latex(latex(node), scope, first=0), scope) == node


def test_definitions_above_the_formula() -> None:
    display = (r"\begin{align} p_k &= \frac{e^{o_k}}{\sum_j e^{o_j}} \tag{1} \\"
               r" L &= -\log p_y \label{loss} \end{align}")
    assert read_latex(display, declared("o: real[K]; y: label(K)")).split("\n") == [
        "p[k] = exp(o[k]) / sum(exp(o[j]) for j in K)", "L = -log(p[y])"]


def test_a_chain_of_equations_is_read_line_by_line() -> None:
    display = (r"\frac{\partial L}{\partial o_i} &= \frac{e^{o_i}}{\sum_k e^{o_k}} - \delta_{iy}"
               r" && \text{the rule} \\ &= \mathrm{softmax}(o)_i" "\n" r"\\ &\quad - \mathbf"
               r" 1_{i=y} \\ &= \hat y_i - \mathbf{1}[i = y].")
    lines = read_latex_lines(display, declared("o, y_hat: real[K]; y: label(K)", free=True))
    assert [line.text for line in lines] == [
        "exp(o[i]) / sum(exp(o[k]) for k in K) - delta(i, y)", "softmax(o)[i] - delta(i, y)",
        "y_hat[i] - delta(i, y)"]
    assert lines[0].left == ""
    assert lines[0].left_latex == r"\frac{\partial L}{\partial o_i}"
    assert display[lines[2].column - 1 :].startswith(r"\hat y_i")


def test_indices_are_counted_from_0_or_1() -> None:
    scope = declared()
    assert read_latex("o_1", scope, first=1) == "o[0]"
    assert read_latex("o_1", scope, first=0) == "o[1]"
    assert read_latex("o_0", scope) == "o[0]"
    assert read_latex("h^{(t-1)}_i".replace("_i", ""), declared("h: real[T]; t: index(T)")) == \
        "h[t - 1]"


def test_symbols_may_be_given_a_meaning() -> None:
    read = read_latex(r"-\log\hat{y}_y", declared("p: simplex(K); y: label(K)"),
                      meanings={"y_hat": "p"})
    assert read == "-log(p[y])"


@pytest.mark.parametrize(("tex", "line"), DECLARATIONS)
def test_declarations_are_read(tex: str, line: str) -> None:
    assert read_latex_declaration(tex) == line
    Scope().declare(line)


@pytest.mark.parametrize(("tex", "column"), [
    (r"y \in [0,1]", 6), (r"y \in \mathbb N", 6), (r"x+1 \in \mathbb{R}", 1), ("y: label", 1),
    (r"\foo \in \mathbb R", 1), (r"a, 2 \in \mathbb R", 3), (r"\in \mathbb{R}", 1)])
def test_declarations_are_refused_at_their_place(tex: str, column: int) -> None:
    with pytest.raises(NotationError) as caught:
        read_latex_declaration(tex)
    assert caught.value.column == column, str(caught.value)


@pytest.mark.parametrize(("tex", "lines"), INFERRED)
def test_declarations_that_are_certain_are_inferred(tex: str, lines: list[str]) -> None:
    assert list(infer_declarations(tex)) == lines
    read = read_latex_problem(tex)
    assert read.inferred
    problem(read.formula, read.given, lines[0].partition(":")[0].partition(",")[0])


@pytest.mark.parametrize(("tex", "column"), [
    (r"\mathbf W\mathbf x", 1), ("f(x)+1", 1), ("x_1+x_i", 3),
    (r"\frac{\partial L}{\partial z}", 1), (r"\sum_t\log y_{c_t}", 15), (r"\sum_k k o_k", 8),
    (r"p_{\text{model}}", 1), (r"\sum_{i\ne j} w_{ij}", 12), (r"v'u", 1)])
def test_declarations_that_are_not_certain_are_asked_for(tex: str, column: int) -> None:
    with pytest.raises(NotationError) as caught:
        infer_declarations(tex)
    assert "declare" in caught.value.message
    assert caught.value.column == column, str(caught.value)


def test_a_problem_takes_declarations_in_both_languages() -> None:
    read = read_latex_problem(r"-\log p_y", [r"p \in \Delta^{K-1}", "y: label(K)"])
    assert (read.formula, read.given) == ("-log(p[y])", ("p: simplex(K)", "y: label(K)"))
    assert str(read) == "-log(p[y])\ngiven p: simplex(K); y: label(K)"


@pytest.mark.parametrize("tex", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_refused_in_bounded_time(tex: str) -> None:
    start = time.perf_counter()
    message = refusal(lambda: read_latex(tex, declared()))
    assert message or len(tex) < 2000
    assert len(message) < 2500
    assert time.perf_counter() - start < 20


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.one_of(st.lists(st.sampled_from(PARTS), max_size=12).map("".join),
                 st.lists(st.sampled_from(PARTS), max_size=12).map(" ".join),
                 st.text(max_size=20)))
def test_any_text_is_read_or_refused(tex: str) -> None:
    def reads_back() -> None:
        read = read_latex(tex, declared(free=True)).split("\n")[-1]
        if " = " not in read:
            parse_value(read, declared(free=True))

    for call in (reads_back, lambda: infer_declarations(tex), lambda: read_latex_declaration(tex),
                 lambda: read_latex_lines(tex, declared(), first=1)):
        assert refusal(call) is not None


def refusal(call: Callable[[], Any]) -> str:
    """The message of a refusal; nothing where there was none. Other errors fail the test."""
    try:
        call()
    except NotationError as error:
        return str(error)
    return ""
