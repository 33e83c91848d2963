"""Counts and other amounts: they stay as they are in every kind of file, and are measured so."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import DataError, DeriveError
from derive.training.tasks.constant_baseline import lowest

SMALL: dict[str, Any] = {"steps": 3, "hidden": 4, "bptt": 8, "batch": 4}
RNG = np.random.default_rng(4)
COUNTS = RNG.poisson(3, (24, 10))
OWN = """x: real[T, D]
h: real[T, H]
v: real[H]
W: real[H, H]
U: real[H, D]
y: count[T]
w: nonnegative[T]
h[t] = tanh(W @ h[t-1] + U @ x[t])
z[t] = dot(v, h[t])
l[t] = exp(z[t]) - y[t]*z[t] + loggamma(y[t] + 1)
L = sum(w*l)
"""


def written(folder: Path, kind: str, counts: np.ndarray, of_next: bool = False) -> Path:
    """A file of counts in sequences (of a CSV: one stream), beside an input or alone."""
    path = folder / f"counts.{kind}"
    if kind == "csv":
        path.write_text("x,n\n" + "".join(f"{i % 5},{n}\n" for i, n in enumerate(counts.flat)))
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(
            {"x": row.tolist()} if of_next else
            {"x": [[0.5 * n] for n in range(len(row))], "y": row.tolist()}) + "\n"
            for row in counts))
    else:
        arrays = {"x": counts.reshape(-1)} if of_next else {
            "x": RNG.normal(size=(counts.size, 2)), "y": counts.reshape(-1)}
        np.savez(path, **arrays, lengths=np.full(len(counts), counts.shape[1]))
    return path


def options(kind: str) -> dict[str, Any]:
    return {"predict": "n", "columns": "x", **SMALL} if kind == "csv" else SMALL


@pytest.mark.parametrize(("kind", "chosen"), [
    ("csv", {"head": "poisson-nll"}), ("jsonl", {"head": "poisson-nll"}),
    ("npz", {"head": "negative-binomial"}), ("jsonl", {"model": OWN}), ("npz", {"model": OWN})])
def test_counts_stay_counts(tmp_path: Path, kind: str, chosen: dict[str, str]) -> None:
    run = derive.train(data=str(written(tmp_path, kind, COUNTS)), **options(kind), **chosen)
    data = run.run.data
    assert (data.classes, data.scales, data.scale) == (None, (), (0.0, 1.0))
    assert set(data.train.targets) <= set(range(30))
    assert run.metric == ("loss", run.loss)
    assert math.isfinite(run.loss)


@pytest.mark.parametrize("kind", ["jsonl", "npz"])
def test_the_next_count_is_a_count(tmp_path: Path, kind: str) -> None:
    data = derive.train(data=str(written(tmp_path, kind, COUNTS, True)), head="poisson-nll",
                        **SMALL).run.data
    assert data.inputs == 1
    assert set(data.train.targets) <= set(range(30))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "npz"])
@pytest.mark.parametrize(("wrong", "head", "due"), [
    (-2, "poisson-nll", "counts, 0, 1, 2"), (0, "gamma", "numbers above 0"),
    (-1, "exponential-rate", "numbers of at least 0")])
def test_a_wrong_amount_is_refused_at_its_place(tmp_path: Path, kind: str, wrong: int, head: str,
                                                due: str) -> None:
    counts = COUNTS + 1
    counts[2, 3] = wrong
    place = {"csv": "line 25, column n", "jsonl": "line 3, column y", "npz": "row 24, column y"}
    with pytest.raises(DataError, match=f"{place[kind]}: {wrong} is none of the {due}"):
        derive.train(data=str(written(tmp_path, kind, counts)), head=head, **options(kind))


@pytest.mark.parametrize("head", ["exponential-rate", "gamma", "weibull",
                                  "log-normal-nll(log_sigma=0)"])
def test_waiting_times_beside_the_best_constant(tmp_path: Path, head: str) -> None:
    path = tmp_path / "times.csv"
    path.write_text("v\n" + "".join(f"{v!r}\n" for v in RNG.gamma(2, 3, 333).tolist()))
    run = derive.train(data=str(path), head=head, **SMALL)
    assert run.run.data.scales == ()
    (name, value), = run.baselines()
    assert name == "constant"
    assert math.isfinite(value)
    assert math.isfinite(run.loss)


def test_the_constant_of_a_count_is_its_mean(tmp_path: Path) -> None:
    run = derive.train(data=str(written(tmp_path, "csv", COUNTS)), head="poisson-nll",
                       **options("csv"))
    data = run.run.data
    mean, due = data.train.targets.mean(), data.held_out.targets
    loss = np.mean([mean - y*math.log(mean) + math.lgamma(y + 1) for y in due])
    assert run.baselines() == [("constant", pytest.approx(loss, rel=1e-6))]


def test_the_search_for_a_constant_ends_at_the_lowest_place() -> None:
    place = lowest(lambda p: (p[0] - 3)**2 + 10*(p[1] + p[0])**2, np.array([0.0, 0.0]))
    np.testing.assert_allclose(place, [3, -3], atol=1e-3)


# --- numbers as they are written ---------------------------------------------------------------

def series(folder: Path, cell: str) -> Path:
    path = folder / "mine.csv"
    rows = (cell.replace("7", str(n % 10), 1) for n in range(60))
    path.write_text("day;price;volume\n" + "".join(f"mon;{c};{n % 7}\n" for n, c in
                                                   enumerate(rows)))
    return path


@pytest.mark.parametrize(("cell", "signs", "first"), [
    ("7,25", {"decimal": ","}, 0.25), ("1.7.5,5", None, None),
    ("7.234,5", {"decimal": ",", "thousands": "."}, 234.5),
    ("7,234.5", {"thousands": ","}, 234.5), ("7 234", {"thousands": " "}, 234),
    ("7'234.5", {"thousands": "'"}, 234.5), ("-7.000.000", {"decimal": ",", "thousands": "."}, 0)])
def test_numbers_are_read_with_the_signs_that_are_named(
        tmp_path: Path, cell: str, signs: dict[str, str] | None, first: float | None) -> None:
    path = str(series(tmp_path, cell))
    with pytest.raises(DataError, match="is no number") as refusal:
        derive.train(data=path, predict="price", columns="price", **SMALL)
    if signs is None:
        assert "it is one by" not in str(refusal.value)
        return
    assert all(f"--{name} " in str(refusal.value) for name in signs if name != "decimal"
               or "thousands" not in signs or "," in cell)
    run = derive.train(data=path, predict="price", columns="price", **signs, **SMALL)
    mean, deviation = run.run.data.scale
    assert run.run.data.train.inputs[0, 0] * deviation + mean == pytest.approx(first, abs=1e-6)


def test_what_is_left_out_is_told_with_the_option_that_reads_it(tmp_path: Path) -> None:
    run = derive.train(data=str(series(tmp_path, "7.234,5")), **SMALL)
    assert run.run.notices == [
        "volume is read and predicted; left out, as text, are day, price",
        "price, with cells such as '0.234,5', is read as numbers by --decimal , --thousands ."]


def test_signs_that_cannot_be_are_refused(tmp_path: Path) -> None:
    path = str(series(tmp_path, "7,5"))
    for signs in ({"decimal": ";"}, {"thousands": "x"}, {"decimal": ",", "thousands": ","}):
        with pytest.raises(DataError, match=r"--(decimal|thousands)"):
            derive.train(data=path, **signs, **SMALL)


@pytest.mark.parametrize("head", ["negative-binomial", "gamma", "weibull", "exponential-rate"])
def test_gradients_of_heads_of_amounts_by_the_complex_step(tmp_path: Path, head: str) -> None:
    rows = derive.check_gradients(data=str(written(tmp_path, "csv", COUNTS + 1)), predict="n",
                                  columns="x", head=head)
    assert max(row.error for row in rows) < 1e-10


# --- JSON, names of columns --------------------------------------------------------------------

def trained_on(folder: Path, content: Any, **more: Any) -> Any:
    path = folder / "data.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return derive.train(data=str(path), **more, **SMALL)


@pytest.mark.parametrize("content", [
    [0.5 * (n % 5) for n in range(60)], [n % 5 for n in range(60)],
    {"x": [n % 5 for n in range(60)]},
    {"x": [n % 5 for n in range(60)], "y": [n % 2 + 0.5 for n in range(60)]},
    [{"x": [n % 5 for n in range(9 + m)], "y": m % 3 + 0.5} for m in range(12)],
    [{"x": "abcab"[m % 3:] * 3} for m in range(12)]])
def test_json_files_hold_sequences_or_arrays(tmp_path: Path, content: Any) -> None:
    run = trained_on(tmp_path, content)
    assert math.isfinite(run.loss)


def test_a_model_of_arrays_predicts_for_arrays(tmp_path: Path) -> None:
    values = [math.sin(n / 5) for n in range(80)]
    run = trained_on(tmp_path, values, save=tmp_path / "run.ckpt")
    assert math.isfinite(run.loss)
    rows = derive.load(tmp_path / "run.ckpt").predict(tmp_path / "data.json")
    assert len(rows) == 80


@pytest.mark.parametrize(("content", "match"), [
    ("[1, 2", "line 1, column 6: not JSON"), ('"text"', "should hold"),
    ('{"y": [1]}', "should hold"),
    ('{"x": [[1, 2], [3]]}', "column x: the lists in it have different lengths"),
    ('{"x": ["a", "b"]}', "column x: it is no list of numbers"), ("[" * 100_000, "not JSON"),
    ('{"x": [1], "z": [1]}', "column z: it is no list of numbers")])
def test_other_json_is_refused(tmp_path: Path, content: str, match: str) -> None:
    with pytest.raises(DataError, match=match):
        trained_on(tmp_path, content)


@pytest.mark.parametrize("names", ['"low, high"', ["low, high"], ("low, high",)])
def test_names_of_columns_may_hold_commas(tmp_path: Path, names: Any) -> None:
    path = tmp_path / "mine.csv"
    path.write_text('day,"low, high"\n' + "".join(f"{n},{n % 7}\n" for n in range(60)))
    run = derive.train(data=str(path), predict=names, columns=names, **SMALL)
    assert run.run.data.title == "low, high of mine.csv"


def test_one_name_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("day,price\n" + "".join(f"{n},{n % 7}\n" for n in range(60)))
    assert derive.train(data=str(path), columns="price", predict="price", **SMALL).metric[0] == \
        "rmse"


# --- times that are cut off --------------------------------------------------------------------

SEEN = RNG.random((24, 10)) < 0.7
LIVES = np.minimum(RNG.exponential(3, (24, 10)), 5)


def lives(folder: Path, kind: str) -> Path:
    path = folder / f"lives.{kind}"
    if kind == "csv":
        path.write_text("x,life,seen\n" + "".join(
            f"{n % 5},{v!r},{int(s)}\n" for n, (v, s) in enumerate(zip(
                LIVES.ravel().tolist(), SEEN.flat, strict=True))))
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(
            {"x": [[0.5 * n] for n in range(4 + k % 3)], "y": v[0], "event": bool(s[0])}) + "\n"
            for k, (v, s) in enumerate(zip(LIVES.tolist(), SEEN, strict=True))))
    else:
        np.savez(path, x=RNG.normal(size=(LIVES.size, 2)), y=LIVES.ravel(), event=SEEN.ravel(),
                 lengths=np.full(24, 10))
    return path


def survival(folder: Path, kind: str, **more: Any) -> Any:
    named = {"predict": "life", "columns": "x", "event": "seen"} if kind == "csv" else {}
    return derive.train(data=str(lives(folder, kind)), **{**named, **SMALL, **more})


@pytest.mark.parametrize(("kind", "head"), [
    ("csv", "exponential-survival"), ("jsonl", "exponential-survival"),
    ("npz", "weibull-survival"), ("jsonl", "log-logistic-survival-nll(log_s=0)")])
def test_times_that_are_cut_off_are_read_with_their_events(tmp_path: Path, kind: str,
                                                           head: str) -> None:
    run = survival(tmp_path, kind, head=head)
    data = run.run.data
    assert set(np.concatenate([data.train.events, data.held_out.events])) == {0, 1}
    assert data.scales == ()
    assert run.metric == ("loss", run.loss)
    assert math.isfinite(run.loss)


def test_the_constant_rate_is_events_by_time(tmp_path: Path) -> None:
    run = survival(tmp_path, "csv", head="exponential-survival")
    train, due = run.run.data.train, run.run.data.held_out
    rate = train.events.sum() / train.targets.sum()
    loss = np.mean(rate*due.targets - due.events*math.log(rate))
    assert run.baselines() == [("constant", pytest.approx(loss, rel=1e-6))]


def test_the_loss_of_cut_off_times_is_that_of_the_raw_predictions(tmp_path: Path) -> None:
    run = survival(tmp_path, "jsonl", head="exponential-survival", save=tmp_path / "a.ckpt")
    rows = derive.load(tmp_path / "a.ckpt").predict()
    mean, due = rows.values["y"], run.run.data.held_out
    loss = np.mean(due.targets/mean + due.events*np.log(mean))
    assert run.loss == pytest.approx(loss, rel=1e-5)


def test_events_and_the_loss_go_together(tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match="the loss does not read it; choose another --head"):
        survival(tmp_path, "npz", head="gamma")
    path = str(lives(tmp_path, "csv"))
    with pytest.raises(DeriveError, match="name its column by --event"):
        derive.train(data=path, predict="life", columns="x", head="weibull-survival", **SMALL)
    with pytest.raises(DeriveError, match=r"column life: .* is no event: 1 is seen, 0 cut off"):
        derive.train(data=path, predict="life", columns="x", event="life",
                     head="weibull-survival", **SMALL)


def test_quoted_cells_may_have_decimal_commas_between_commas(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("day,price\n" + "".join(f'mon,"{n % 9},5"\n' for n in range(60)))
    with pytest.raises(DataError, match="price is one by --decimal ,"):
        derive.train(data=str(path), **SMALL)
    assert derive.train(data=str(path), decimal=",", **SMALL).run.data.title == "price of mine.csv"
