"""Predictions of a trained model; its metric computed again from what is written."""

from __future__ import annotations

import csv
import doctest
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import derive
from derive.commands import export, predict
from derive.errors import CheckpointError, DataError, DeriveError
from derive.training import checkpoint as files
from derive.training.prediction_files import write_prediction
from derive.training.trained_model import TrainedModel

SMALL: dict[str, Any] = {"hidden": 6, "steps": 30, "bptt": 8, "batch": 4, "seed": 1}
RNG = np.random.default_rng(5)
TIMES = np.arange(400)
PRICE = 50 + 10 * np.sin(TIMES / 9) + RNG.normal(size=400) / 2
RAIN = RNG.normal(size=400) * 3 - 100
WORDS = ["no" if n % 3 else "yes" for n in TIMES]
TEXT = "a cat sat on a mat. " * 40


def csv_text(columns: Mapping[str, Any], stop: int | None = None) -> str:
    rows = zip(*(list(values)[:stop] for values in columns.values()), strict=True)
    return ",".join(columns) + "\n" + "".join(
        ",".join(v if isinstance(v, str) else repr(float(v)) for v in row) + "\n" for row in rows)


def sequences(count: int, of_steps: bool, named: bool) -> str:
    lines = []
    for n in range(count):
        x = RNG.normal(size=(3 + n % 4, 2))
        y = (x.sum(1) > 0) if of_steps else [x.sum() > 0]
        names = [("up" if v else "down") if named else bool(v) for v in y]
        lines.append(json.dumps({"x": x.tolist(), "y": names if of_steps else names[0]}))
    return "\n".join(lines) + "\n"


def read_csv(text: str) -> dict[str, list[str]]:
    head, *rows = csv.reader(text.splitlines(keepends=True))
    return {name: [row[n] for row in rows] for n, name in enumerate(head)}


def numbers(table: Mapping[str, list[str]], name: str) -> np.ndarray:
    return np.array(table[name], float)


def trained(tmp_path: Path, name: str, content: str, **options: Any) -> tuple[Any, Path, Path]:
    data, saved = tmp_path / name, tmp_path / "run.ckpt"
    data.write_text(content)
    run = derive.train(data=data, save=saved, overwrite=True, **{**SMALL, **options})
    return run, data, saved


def command(*arguments: object) -> str:
    done = CliRunner().invoke(predict.command, [str(a) for a in arguments])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


# --- the printed metric is that of what is predicted ----------------------------------------------

@pytest.mark.parametrize("options", [
    {"predict": "price", "columns": "price"}, {"predict": "price", "columns": "rain"},
    {"predict": "price", "columns": "price,rain", "dtype": "float64"},
    {"predict": "price", "columns": "rain", "bidirectional": True}], ids=str)
def test_rmse_of_a_table(tmp_path: Path, options: dict[str, Any]) -> None:
    run, _, saved = trained(tmp_path, "t.csv", csv_text({"price": PRICE, "rain": RAIN}), **options)
    table = read_csv(command(saved))
    true = numbers(table, "true price")
    np.testing.assert_allclose(true, PRICE[-len(true):], rtol=1e-14)
    rows = numbers(table, "row").astype(int)
    assert rows.tolist() == list(range(401 - len(rows), 401))
    known = PRICE[:400 - len(rows)]
    error = numbers(table, "price") - true
    assert np.sqrt(np.mean(error**2)) / known.std() == pytest.approx(run.metric[1], rel=1e-6)


def test_bits_of_a_text(tmp_path: Path) -> None:
    run, _, saved = trained(tmp_path, "t.txt", TEXT)
    table = read_csv(command(saved))
    p = [float(table[f"p({true})"][n]) for n, true in enumerate(table["true y"])]
    assert -np.mean(np.log2(p)) == pytest.approx(run.metric[1], rel=1e-6)
    names = [name for name in table if name.startswith("p(")]
    likeliest = [names[n] for n in np.argmax([numbers(table, name) for name in names], 0)]
    assert [f"p({y})" for y in table["y"]] == likeliest
    np.testing.assert_allclose(sum(numbers(table, name) for name in names), 1, rtol=1e-12)


@pytest.mark.parametrize("each", [True, False])
def test_accuracy_of_named_classes_in_sequences(tmp_path: Path, each: bool) -> None:
    run, _, saved = trained(tmp_path, "t.jsonl", sequences(60, each, True), head="softmax")
    table = read_csv(command(saved))
    hits = [a == b for a, b in zip(table["y"], table["true y"], strict=True)]
    assert np.mean(hits) == pytest.approx(run.metric[1], rel=1e-12)
    assert set(table["y"]) <= {"up", "down"}
    assert ("step" in table) == each


@pytest.mark.parametrize("names", [("no", "yes"), ("a", "b", "c")])
def test_accuracy_of_labels_that_are_scored_together(tmp_path: Path,
                                                     names: tuple[str, ...]) -> None:
    labels = [names[n // 3 % len(names)] for n in TIMES]
    run, _, saved = trained(tmp_path, "t.csv", csv_text({"rain": RAIN, "tag": labels}),
                            predict="tag", columns="rain", head="crf")
    table = read_csv(command(saved))
    right = [a == b for a, b in zip(table["tag"], table["true tag"], strict=True)]
    assert run.metric == ("accuracy", pytest.approx(np.mean(right)))


def test_a_target_that_is_text_says_how_classes_are_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'no' is no number; classes .* --head softmax"):
        trained(tmp_path, "t.csv", csv_text({"rain": RAIN, "tag": ["no"] * 400}),
                predict="tag", columns="rain")


def test_f1_of_flags(tmp_path: Path) -> None:
    run, _, saved = trained(tmp_path, "t.jsonl", sequences(60, True, False), head="bernoulli")
    table = read_csv(command(saved))
    claimed = numbers(table, "p(true)") > 0.5
    due = np.array(table["true y"]) == "true"
    f1 = 2 * (claimed & due).sum() / (claimed.sum() + due.sum())
    assert f1 == pytest.approx(run.metric[1], rel=1e-12)
    assert (np.array(table["y"]) == "true").tolist() == claimed.tolist()


# --- new data -------------------------------------------------------------------------------------

@pytest.fixture(scope="module", name="price")
def _price(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    folder = tmp_path_factory.mktemp("price")
    _, _, saved = trained(folder, "t.csv", csv_text({"price": PRICE, "rain": RAIN}),
                          predict="price", columns="price", dtype="float64")
    (folder / "t.csv").rename(folder / "moved.csv")
    return derive.load(saved)


@pytest.fixture(scope="module", name="words")
def _words(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    _, _, saved = trained(tmp_path_factory.mktemp("words"), "t.jsonl", sequences(60, True, True),
                          head="softmax")
    return derive.load(saved)


@pytest.fixture(scope="module", name="letters")
def _letters(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    _, _, saved = trained(tmp_path_factory.mktemp("letters"), "t.txt", TEXT)
    return derive.load(saved)


def test_a_value_after_each_row_and_one_beyond_the_last(price: TrainedModel) -> None:
    done = price.predict({"rain": RAIN[:30], "price": PRICE[:30]})
    assert done.places["row"].tolist() == list(range(2, 32))
    assert np.abs(done.values["price"] - 50).max() < 20


def test_prediction_is_causal_whatever_comes_after(price: TrainedModel) -> None:
    early, late = price.predict(PRICE[:50]), price.predict(PRICE[:90])
    np.testing.assert_allclose(early.values["price"], late.values["price"][:50], rtol=1e-12)


def test_a_forecast_reads_what_it_predicted(price: TrainedModel) -> None:
    far = price.predict(PRICE[:40], ahead=5).values["price"]
    assert len(far) == 44
    series = list(PRICE[:40])
    for _ in range(4):
        series.append(price.predict(np.array(series)).values["price"][-1])
    np.testing.assert_allclose(far[40:], price.predict(np.array(series)).values["price"][40:],
                               rtol=1e-9)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".npz", ".jsonl"])
def test_every_form_of_data_gives_the_same(price: TrainedModel, tmp_path: Path,
                                           suffix: str) -> None:
    path = tmp_path / f"new{suffix}"
    if suffix == ".npz":
        np.savez(path, x=PRICE[:25])
    elif suffix == ".jsonl":
        path.write_text(json.dumps({"x": PRICE[:25].tolist()}))
    else:
        text = csv_text({"rain": RAIN, "price": PRICE}, 25)
        path.write_text(text.replace(",", "\t") if suffix == ".tsv" else text)
    np.testing.assert_allclose(price.predict(path).values["price"],
                               price.predict(PRICE[:25]).values["price"], rtol=1e-12)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".npz"])
def test_every_form_of_output_has_the_same_numbers(words: TrainedModel, tmp_path: Path,
                                                   suffix: str) -> None:
    done = words.predict([RNG.normal(size=(n, 2)) for n in (3, 1, 4)])
    path = tmp_path / f"out{suffix}"
    write_prediction(done, path)
    if suffix == ".npz":
        kept = np.load(path)
        names, p = kept["classes"][kept["y"]], kept["p"][:, 1]
    elif suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        assert [row["step"] for row in rows] == [[1, 2, 3], [1], [1, 2, 3, 4]]
        names = [y for row in rows for y in row["y"]]
        p = np.array([v for row in rows for v in row["p(up)"]])
    else:
        table = read_csv(path.read_text().replace("\t", ","))
        names, p = table["y"], numbers(table, "p(up)")
        assert table["sequence"] == list("11123333")
    assert list(names) == list(done.named["y"])
    assert np.array_equal(p, done.probabilities[:, 1])


def test_sequences_are_read_each_by_itself(words: TrainedModel) -> None:
    parts = [RNG.normal(size=(n, 2)) for n in (3, 5, 2)]
    together = words.predict(parts).probabilities
    alone = np.concatenate([words.predict([part]).probabilities for part in parts])
    np.testing.assert_allclose(together, alone, rtol=1e-5)


def test_a_text_is_read_as_symbols(letters: TrainedModel, tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    path.write_text("a cat sat")
    done = letters.predict(path)
    assert len(done) == 9
    np.testing.assert_array_equal(done.probabilities, letters.predict(list("a cat sat"))
                                  .probabilities)


# --- what is wrong --------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "content", "words"), [
    ("n.csv", "cost,rain\n1,2\n", "no column 'price'; there are cost, rain"),
    ("n.csv", "price,rain\n1,2\n,3\n", "the cell is empty"),
    ("n.csv", "price,rain\n1,2\nnan,3\n", "NaN; remove it or fill it in"),
    ("n.csv", "price,rain\n", "no row below"),
    ("n.csv", "price\nhigh\n", "'high' is no number"),
    ("n.jsonl", '{"x": ["a", "b"]}', "names; the model reads 1 number a step"),
    ("n.jsonl", '{"x": [[1, 2]]}', "2 numbers a step; the model reads 1"),
    ("n.jsonl", '{"y": 3}', 'there is no "x"'),
    ("n.txt", "some text", "a text; the model reads 1 number a step"),
    ("none.csv", "", "no such file"), ("empty.csv", "", "the file is empty")])
def test_data_that_a_model_of_numbers_cannot_read(price: TrainedModel, tmp_path: Path, name: str,
                                                  content: str, words: str) -> None:
    path = tmp_path / name
    if not name.startswith("none"):
        path.write_text(content)
    with pytest.raises(DataError) as caught:
        price.predict(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_symbols_that_a_model_does_not_know(letters: TrainedModel, tmp_path: Path) -> None:
    path = tmp_path / "n.txt"
    path.write_text("a cat\nsat Q")
    with pytest.raises(DataError, match=r"n.txt, line 1, column 6.*'\\n' is not among"):
        letters.predict(path)
    with pytest.raises(DataError, match="'Q' is none of the"):
        letters.predict(["a", "Q"])
    with pytest.raises(DataError, match="the label 99 is outside"):
        letters.predict(np.array([1, 99]))
    with pytest.raises(DataError, match="the model reads symbols"):
        letters.predict(np.array([1.5]))


@pytest.mark.parametrize(("given", "words"), [
    ({"cost": [1.0]}, "no column 'price'"), (np.ones((3, 2)), "2 numbers a step"),
    ([], "the shape"), (["a"], "no array of numbers"), (np.array([1.0, np.inf]), "infinite"),
    (np.ones((2, 2, 2)), "the shape")])
def test_arrays_that_a_model_cannot_read(price: TrainedModel, given: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        price.predict(given)


def test_what_cannot_go_on_is_no_forecast(words: TrainedModel) -> None:
    with pytest.raises(DataError, match="predicts all that it reads"):
        words.predict([np.ones((3, 2))], ahead=2)
    with pytest.raises(DataError, match="at least 1"):
        words.predict([np.ones((3, 2))], ahead=0)


def test_predictions_have_no_other_form(price: TrainedModel, tmp_path: Path) -> None:
    done = CliRunner().invoke(predict.command, [str(price.path), "-o", str(tmp_path / "a.pdf")])
    assert isinstance(done.exception, DeriveError)
    assert ".csv" in str(done.exception)


# --- the checkpoint alone -------------------------------------------------------------------------

@pytest.mark.parametrize("again", [["--data", "t.csv"], []], ids=["given", "learned from"])
def test_the_data_is_not_written_over(tmp_path: Path, again: list[str],
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = csv_text({"price": PRICE, "rain": RAIN})
    _, data, saved = trained(tmp_path, "t.csv", text, predict="price", columns="price,rain")
    done = CliRunner().invoke(predict.command, [str(saved), *again, "-o", str(data)])
    assert isinstance(done.exception, DeriveError)
    assert "name another file" in str(done.exception)
    assert data.read_text() == text


def test_a_model_is_loaded_without_its_data(price: TrainedModel) -> None:
    assert price.sizes == {"D": 1, "H": 6}
    assert "h[t] =" in price.equations
    assert price.parameters["W"].shape == (6, 6)
    assert repr(price).startswith("<TrainedModel: price of t.csv; rnn, ")
    with pytest.raises(DataError, match="no such file"):
        price.predict()


def test_parameters_are_read_by_name_whatever_their_order(price: TrainedModel,
                                                          tmp_path: Path) -> None:
    """A version that lays the parameters out in another way reads the same ones."""
    stored = files.read(price.path)
    names = list(stored.header["places"])[::-1]
    theta, places, start = [], {}, 0
    for name in names:
        array = price.parameters[name]
        turned = array.ndim > 1
        theta.append((array.T if turned else array).reshape(-1))
        places[name] = [start, int(turned)]
        start += array.size
    path = tmp_path / "other.ckpt"
    arrays = {**stored.arrays, "theta": np.concatenate(theta)}
    files.write(path, {**stored.header, "places": places}, arrays)
    other = derive.load(path)
    np.testing.assert_array_equal(other.predict(PRICE[:9]).values["price"],
                                  price.predict(PRICE[:9]).values["price"])
    with pytest.raises(CheckpointError, match="in another order"):
        derive.train(resume=path, data=price.path.with_name("moved.csv"), steps=40)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_parameters_go_out_and_come_back(price: TrainedModel, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"weights{suffix}"
    done = CliRunner().invoke(export.command, [str(price.path), "-o", str(path)])
    assert done.exit_code == 0, done.output
    again = derive.load(price.path, parameters=path)
    for name, array in price.parameters.items():
        np.testing.assert_array_equal(again.parameters[name], array)
    np.testing.assert_array_equal(again.predict(PRICE[:9]).values["price"],
                                  price.predict(PRICE[:9]).values["price"])


@pytest.mark.parametrize(("content", "words"), [
    (b"", "no file of weights"), (b"x" * 40, "no file of weights"),
    (b"\xff" * 8 + b"{}", "no file of weights"),
    (b"\2\0\0\0\0\0\0\0{}", "has no parameter"),
    (b"\2\0\0\0\0\0\0\0[]", "no file of weights")])
def test_damaged_weights_are_refused(price: TrainedModel, tmp_path: Path, content: bytes,
                                     words: str) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=words):
        derive.load(price.path, parameters=path)


@pytest.mark.peers
def test_safetensors_are_those_of_the_library(price: TrainedModel, tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "w.safetensors"
    price.save_weights(path)
    kept = library.load_file(path)
    assert kept.keys() == price.parameters.keys()
    for name, array in price.parameters.items():
        np.testing.assert_array_equal(kept[name], array)
    library.save_file({n: np.ascontiguousarray(a) + 1 for n, a in kept.items()}, path)
    np.testing.assert_array_equal(derive.load(price.path, parameters=path).parameters["W"],
                                  price.parameters["W"] + 1)


def test_an_older_checkpoint_says_what_it_lacks() -> None:
    old = Path(__file__).parent / "data" / "trained_by_0_1.ckpt"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = derive.load(old)
    assert model.parameters["W"].ndim == 2
    with pytest.raises(DataError, match="does not tell the scale of its inputs"):
        model.predict(np.ones(5))


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).parent.parent / "docs" / "deployment.md"
    monkeypatch.chdir(tmp_path)
    assert doctest.testfile(str(page), module_relative=False).failed == 0
