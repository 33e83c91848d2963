"""Every loss of the catalogue: derived, replayed, verified, and equal to independent formulas."""

from __future__ import annotations

import pytest
from mpmath import mp, mpf

from derive.core import heads
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.indexing import free_names
from derive.derivation import Derivation
from derive.errors import DataFileError, UnknownNameError
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.printing.plain import plain
from derive.tables.loss_table import check_names, entry_for, losses, read_losses
from tests.conftest import gradient_of, hessian_of, quick_rows
from tests.reference import reference, value

NAMES = [e.name for e in losses()]


def test_the_three_of_the_project_stand_first() -> None:
    assert [n for n in NAMES if n in ("softmax-nll", "bernoulli-ce", "gaussian-mse")] == [
        "softmax-nll", "bernoulli-ce", "gaussian-mse"]
    assert NAMES[0] == "softmax-nll"
    assert NAMES.index("gaussian-mse") <= 3


def test_sections_a_to_h_are_complete_but_for_what_the_notation_lacks() -> None:
    left_out = {
        66,   # beta-NLL: a field with a held weight, the gradient of no cost
        100,  # multivariate normal by the Cholesky factor of the precision: triangular arrays
        116,  # Skellam: a Bessel function whose order is the datum
        117,  # Conway-Maxwell-Poisson: an infinite sum
        125,  # Cox with Efron's correction for ties
    }
    wanted = set(range(1, 152)) - left_out
    assert {e.catalogue for e in losses()} == wanted


def test_names_and_aliases_are_unique() -> None:
    check_names(losses())


def test_an_entry_has_a_title_and_a_source() -> None:
    assert not [entry.name for entry in losses() if not (
        entry.title and entry.source and entry.aliases is not None)]
    assert not [entry.name for entry in losses() if entry_for(entry.name) is not entry]


LINES = [*((name, "gradient") for name in NAMES), *((name, "hessian") for name in NAMES)]


@pytest.mark.parametrize(("name", "order"), quick_rows(LINES, 2))
def test_every_line_is_replayed_and_verified(name: str, order: str) -> None:
    found = gradient_of(name) if order == "gradient" else hessian_of(name)
    assert found.replay() == found.result
    check = found.verify().verification
    assert check.worst < 1e-40
    assert check.points > 0
    # With one class the probability is 1, which an obligation such as 1 - p > 0 rules out.
    expected = {2, 3, 7} if any("1 - softmax" in plain(o) for o in found.obligations) else {
        1, 2, 3, 7}
    if name in ("softmax-focal-soft", "softmax-polyloss-soft"):
        expected -= {7}  # their sums in sums are the judge's work after three
    for dim, sizes in check.sizes:
        assert expected <= set(sizes), dim
    for end in check.ends:
        for dim, sizes in end.sizes:  # as many as the work that is allowed visits
            assert expected - {7} <= set(sizes), dim


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("order", ["gradient", "hessian"])
def test_a_result_is_in_finished_form(name: str, order: str) -> None:
    found = gradient_of(name) if order == "gradient" else hessian_of(name)
    assert "Piecewise" not in plain(found.result)
    for node in _nodes(found.result):
        assert not isinstance(node, heads.Partial)
        if isinstance(node, heads.Sum):
            bound, body, _ = node.family.args
            assert not any(isinstance(part, heads.Delta) and bound in part.args
                           for part in _nodes(body))


def _nodes(node):
    yield node
    for argument in node.args:
        yield from _nodes(argument)


LEAST_ELSEWHERE = {"smooth-pinball", "log-link-squared-error", "cosine-distance"}


@pytest.mark.parametrize("name", [e.name for e in losses() if e.section == "regression"
                                  and e.name not in LEAST_ELSEWHERE])
def test_a_regression_loss_is_0_where_prediction_and_target_agree(name: str) -> None:
    start = gradient_of(name).start
    numbers = {leaf: mpf("0.7" if leaf.name in ("z", "y") else "0.4") for leaf in free_names(start)}
    assert abs(evaluate(start.args[0], Point(scalars=numbers), 30)) < mpf(10) ** -25


@pytest.mark.parametrize("name", list(reference()))
def test_gradient_and_hessian_equal_independent_formulas(name: str) -> None:
    told = reference()[name]
    with mp.workdps(40):
        for point in told["points"]:
            for at, formula in told["first"].items():
                _compare(gradient_of(name), [at], formula, told, point)
            for pair, formula in told["second"].items():
                _compare(hessian_of(name), pair.split(","), formula, told, point)


def _compare(found: Derivation, components: list[str], formula: str, told, point) -> None:
    truth = value(formula, point)
    subscripts = [int(c.partition("[")[2][:-1]) for c in components if "[" in c]
    names = free_names(found.result) | free_names(found.start)
    here = _point(names, told, point)
    indices = dict(zip(found.indices, subscripts, strict=True))
    got = evaluate(found.result, Point(here.sizes, {**here.scalars, **indices}, here.tensors), 40)
    scale = max(abs(truth), abs(got), mpf(10) ** -10)
    assert abs(got - truth) / scale < mpf(10) ** -30, (components, formula)


def _point(names, told, point) -> Point:
    sizes, scalars, tensors = {}, {}, {}
    by_name = {leaf.name: leaf for leaf in names}
    for leaf in names:
        if isinstance(leaf, Dim):
            sizes[leaf] = told["sizes"].get(leaf.name) or next(iter(told["sizes"].values()))
    for theirs, ours in told["bind"].items():
        name, _, subscript = ours.partition("[")
        leaf = by_name.get(name)
        if isinstance(leaf, Variable):
            scalars[leaf] = mpf(point[theirs])
        elif isinstance(leaf, Tensor):
            tensors.setdefault(leaf, {})[(int(subscript[:-1]),)] = mpf(point[theirs])
    for name, label in told.get("labels", {}).items():
        if name in by_name:
            scalars[by_name[name]] = label
    return Point(sizes, scalars, tensors)


def test_an_alias_finds_its_entry_and_a_slip_is_helped() -> None:
    assert entry_for("categorical-cross-entropy").name == "softmax-nll"
    with pytest.raises(UnknownNameError, match="softmax-nll"):
        entry_for("sofmax-nll")


@pytest.mark.parametrize(("content", "word"), [
    ("[a]\ntitle='T'\n", "key 'given' is missing"), ("[a\n", "TOML"),
    ("[a]\ntitle='T'\ngiven=['z: real']\nloss='z'\nwrt='z'\nsource='S'\nlos='z'\n", "'los'"),
    ("[a]\ntitle='T'\ngiven='z: real'\nloss='z'\nwrt='z'\nsource='S'\n", "'given'"),
])
def test_a_broken_loss_file_is_named(tmp_path, content: str, word: str) -> None:
    file = tmp_path / "90-mine.toml"
    file.write_text(content)
    with pytest.raises(DataFileError) as caught:
        read_losses(file)
    assert word in str(caught.value)
    assert "90-mine.toml" in str(caught.value)
