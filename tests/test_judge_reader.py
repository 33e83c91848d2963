"""The judge reads the notation by itself: its values are those of mathematics and of the trees."""

from __future__ import annotations

import ast
import random
import threading
from pathlib import Path
from typing import Any

import pytest
from mpmath import mp

import derive
from derive.calculus.problem import problem, unfolded
from derive.core.atoms import Index
from derive.errors import EvaluationError, NotationError
from derive.judge.reading.formula_reader import read, with_conditions
from derive.judge.reading.lazy_arrays import Point, Run, new_context
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.line_points import valid_points

JUDGE = Path(derive.__file__).parent / "judge"
READERS = (*sorted(f"reading.{p.stem}" for p in (JUDGE / "reading").glob("[a-z]*.py")),
           "quadrature", "integral_tails", "slow_sums", "vector_totals",
           "factor_grids", "precision", "claims.text_claims", "claims.claim_records",
           "claims.text_points", "claims.array_form_claims", "claims.direction_claims",
           "claims.estimate_claims", "claims.observation_totals")
ALLOWED = ("derive.deferred_dataclass", "derive.errors", "derive.resources", "derive.limits",
           "derive.turns",
           *(f"derive.judge.{name}" for name in READERS))
A = {"a": {(0,): 2, (1,): 3}, "W": {(0, 0): 1, (0, 1): 5, (1, 0): 7, (1, 1): 9}}
GIVEN = ["a: real[T]", "W: real[T, T]", "z: real", "y: label(T)", "n: count"]


def value(text: str, digits: int = 40, given: list[str] = GIVEN, **values: Any) -> Any:
    ctx = new_context(digits)

    def exact(v: Any) -> Any:
        return {k: exact(x) for k, x in v.items()} if isinstance(v, dict) else \
            v if isinstance(v, int) else ctx.mpf(v)

    held = {name: exact(v) for name, v in {**A, "z": "0.5", "y": 1, "n": 0, **values}.items()}
    return read(text, given).value(Point({"T": 2}, held), ctx)


@pytest.mark.parametrize("name", READERS)
def test_the_judge_shares_no_code_with_what_it_judges(name: str) -> None:
    tree = ast.parse((JUDGE.joinpath(*name.split(".")).with_suffix(".py")).read_text())
    found = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    found |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    own = {m for m in found if m.split(".")[0] in ("derive", "sympy")}
    assert own <= set(ALLOWED)
    assert not any(isinstance(n, ast.Name) and n.id in ("eval", "exec") for n in ast.walk(tree))


@pytest.mark.parametrize(("text", "known"), [
    ("1/3", "1/3"), ("0.1 + 0.2", "3/10"), ("2**-2", "1/4"), ("0**0", "1"),
    ("T", "2"), ("a[T - 1]", "3"), ("a[y]", "3"), ("sum(a)", "5"), ("mean(W)", "11/2"),
    ("sum(a[t] for t in T if t != y)", "2"), ("sum(a[t] for t in T if t > 5)", "0"),
    ("prod(a[t] for t in T if t > 5)", "1"), ("prod(a)", "6"),
    ("sum(W[t, s] for t in T for s in T if t < s)", "5"),
    ("max(a[t] - W[s, t] for t in T for s in T if s > t)", "-5"),
    ("argmax(W[1, t] for t in T)", "1"), ("delta(y, 1) + delta(0, y)", "1"),
    ("dot(a, a)", "13"), ("norm(a)**2", "13"), ("(W @ a)[0]", "17"), ("dot(a, W @ a)", "157"),
    ("(a @ W)[1]", "37"), ("sum(W @ W)", "272"), ("relu(-a)[0] + relu(a)[0]", "2"),
    ("1 if z < 1 and not z == 2 else 1/0", "1"), ("(a if z > 1 else -a)[1]", "-3"),
    ("1 if 0 < z < 1 else 2", "1"), ("sum(1/(a[t] - 2) for t in T if a[t] != 2)", "1"),
    ("1 if unique_maximum(a[t] for t in T) else 0", "1"), ("median(a)", "5/2"),
    ("h[j] = (j + 1)*a[j]\nc[i] = sum(h[j] for j in T if j <= i)\nsum(c)", "10"),
    ("m = mean(a)\nsum((a - m)**2)", "1/2"), ("b = a + 1\nb[y] * 2", "8"),
    ("sum(sum(a[s]*W[t, s] for s in T) for t in T)", "58"), ("sign(-z)", "-1"),
    ("sum(t for t in 4)", "6"), ("threshold(a)", "2"), ("min(a[0], a[1]) - max(a[0], 9)", "-7"),
    ("d(z**3, z)", "3/4"), ("d(sum(a**2), a[1])", "6"), ("min(a)", "2"),
    ("sum(d(sum(a[t]*W[t, s] for t in T), a[s]) for s in T)", "10"),
    ("n**0", "1"), ("True and 1", None)])
def test_values(text: str, known: str | None) -> None:
    if known is None:
        with pytest.raises(NotationError):
            value(text)
        return
    above, _, below = known.partition("/")
    with mp.workdps(60):
        assert abs(mp.mpf(str(value(text))) - mp.mpf(above) / int(below or 1)) < 1e-35


@pytest.mark.parametrize(("text", "known"), [
    ("exp(z)", mp.exp), ("log(z)", mp.ln), ("sigmoid(z)", lambda z: 1 / (1 + mp.exp(-z))),
    ("softplus(z)", lambda z: mp.ln(1 + mp.exp(z))), ("sqrt(z)", mp.sqrt), ("erf(z)", mp.erf),
    ("Phi(z)", mp.ncdf), ("logPhi(z)", lambda z: mp.ln(mp.ncdf(z))), ("loggamma(z)", mp.loggamma),
    ("digamma(z)", mp.digamma), ("trigamma(z)", lambda z: mp.psi(1, z)), ("li(z)", mp.li),
    ("logbeta(z, 2)", lambda z: mp.ln(mp.beta(z, 2))),
    ("polylog(2, z)", lambda z: mp.polylog(2, z)),
    ("besseli0(z)", lambda z: mp.besseli(0, z)), ("acot(-z)", lambda z: mp.pi + mp.acot(-z)),
    ("pi*z + euler_gamma", lambda z: mp.pi * z + mp.euler), ("E1(z)", mp.e1),
    ("softmax(z*a)[0]", lambda z: 1 / (1 + mp.exp(z))),
    ("logsumexp(z*a)", lambda z: mp.ln(mp.exp(2 * z) + mp.exp(3 * z))), ("probit(z)", lambda z: 0)])
def test_functions(text: str, known: Any) -> None:
    with mp.workdps(60):
        assert abs(mp.mpf(str(value(text, 50))) - known(mp.mpf("0.5"))) < 1e-44


@pytest.mark.parametrize("text", [
    "log(z - 1)", "log(z - 1/2)", "1/(z - 1/2)", "(z - 1)**(1/2)", "a[n + 2]", "a[n - 1]",
    "max(a[t] for t in T if t > 5)", "mean(a[t] for t in T if t > 5)", "loggamma(-z)",
    "0**(n - 1)", "exp(10**30)", "erfinv(2*z)", "atanh(3*z)", "digamma(-z)", "sqrt(z - 1)**2",
    "log(z - 1) - log(z - 1)", "0*log(z - 1)", "softmax(log(z - a))[0]"])
def test_no_value(text: str) -> None:
    with pytest.raises(EvaluationError):
        value(text)


@pytest.mark.parametrize("text", [
    "__import__('os')", "z.real", "lambda: 1", "[1, 2]", "q", "f(z)", "a[0, 1]", "softmax(z)",
    "z = ", "sum(a[t] for t in Q)",
    "a < 1", "'x'", "exp(z, z)", "z ^", "1 +", "exp(u=z)", "a[0:1]"])
def test_foreign_text_is_refused(text: str) -> None:
    with pytest.raises((NotationError, EvaluationError)):
        value(text)


def test_conditions_hold_for_every_open_letter() -> None:
    ctx = new_context(30)
    reading = with_conditions(read("0", GIVEN), ["a[k] > 0", "not k != y or W[k, k] < a[k]"])
    point = Point({"T": 2}, {**A, "z": 1, "y": 1, "n": 0})
    assert reading.holds(Run(ctx, point))
    assert not reading.holds(Run(ctx, point.having("y", 0)))
    assert not reading.holds(Run(ctx, point.having("a", {(0,): 2, (1,): -3})))


def _judged(points: Any, ctx: Any) -> Point:
    def exact(v: Any) -> Any:
        return {k: exact(x) for k, x in v.items()} if isinstance(v, dict) else \
            v if isinstance(v, int) else ctx.mpf(v)

    held = {**points.scalars, **points.tensors}
    return Point({d.name: n for d, n in points.sizes.items()},
                 {leaf.name: exact(v) for leaf, v in held.items()})


@pytest.mark.parametrize("name", [e.name for e in derive.losses()])
def test_the_reader_agrees_with_the_trees_on_the_catalogue(name: str) -> None:
    entry, found = derive.tables.loss_table.entry_for(name), derive.grad(name)
    posed = problem(name)
    loss = unfolded(posed.specification.loss, posed.specification.definitions)
    indices = {i.name: str(i.dim) for i in found.indices}
    typed = read("\n".join((*entry.define, entry.loss)), entry.given)
    result = read(found.notation, found.given, indices)
    conditions = (*found.assumptions, *found.obligations)
    ctx, compared = new_context(50), 0
    for _, point in valid_points((loss, found.result), conditions, (), 5, 40):
        run = Run(ctx, _judged(point, ctx))
        for leaf, place in point.scalars.items():
            if isinstance(leaf, Index):
                run.env[result.letters[leaf.name].slot] = place
        for node, reading in ((loss, typed), (found.result, result)):
            truth = evaluate(node, point, 40)
            assert abs(reading.run(run) - truth) <= 1e-30 * max(abs(truth), 1)
        compared += 1
        if compared == 3:
            return
    assert compared


def test_the_process_keeps_its_precision() -> None:
    before = mp.prec
    value("exp(z)", 300)
    assert mp.prec == before


def test_threads_change_nothing() -> None:
    texts = ["exp(z)*pi", "sum(exp(a)) + euler_gamma", "loggamma(z)", "log(z)*erf(z)"]
    alone = {(t, d): str(value(t, d)) for t in texts for d in (30, 90, 200)}
    wrong: list[Any] = []

    def work(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(40):
            text, digits = draw.choice(texts), draw.choice((30, 90, 200))
            found = str(value(text, digits))
            if found != alone[text, digits]:
                wrong.append((text, digits))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
