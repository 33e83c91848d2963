"""Tasks, users' files, batches, metrics and baselines: what is read, and what is refused."""

from __future__ import annotations

import gzip
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import derive
from derive.errors import DataError, UnknownNameError
from derive.tables.loss_table import losses
from derive.training.run_options import options_for
from derive.training.setup import load_data
from derive.training.tasks import TASKS, Limits, find_task
from derive.training.tasks.baselines import baselines
from derive.training.tasks.batching import Stream, Windows
from derive.training.tasks.metrics import Metric, bits
from derive.training.tasks.ngrams import Contexts
from derive.training.tasks.sequence_batches import Sequences, batches_of
from derive.training.tasks.series import mackey_glass_series
from derive.training.tasks.source_task import CLASSES, label
from derive.training.tasks.task_data import Data, Split, check, encode
from derive.training.tasks.text_tasks import topics_text
from derive.training.tasks.user_files import Options, read_file

SMALL = Limits(steps=4000, sequences=300)


# --- tasks ---------------------------------------------------------------------------------

def test_listing_the_tasks_imports_no_numpy() -> None:
    code = ("import sys; from derive.training.tasks import TASKS; print(len(TASKS)); "
            "assert not {'numpy', 'sympy'} & set(sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "8", done.stderr


def test_reading_a_task_imports_no_sympy() -> None:
    code = ("import sys; from derive.training.tasks import TASKS, Limits; "
            "TASKS['spaces'].load(0, Limits(steps=100)); assert 'sympy' not in sys.modules")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_unknown_task_gets_near_names() -> None:
    with pytest.raises(UnknownNameError, match="did you mean brackets"):
        find_task("bracket")
    with pytest.raises(UnknownNameError, match=r"there are characters, .*--data"):
        find_task("xyzzy")


@pytest.mark.parametrize("name", ["characters", "brackets", "names", "spaces", "mackey-glass"])
def test_a_task_is_whole_and_the_same_again(name: str) -> None:
    first, again = TASKS[name].load(3, SMALL), TASKS[name].load(3, SMALL)
    assert check(first) is first
    assert first.digest == again.digest
    assert len(first.digest) == 64
    for one, other in ((first.train, again.train), (first.held_out, again.held_out)):
        np.testing.assert_array_equal(one.inputs, other.inputs)
        np.testing.assert_array_equal(one.targets, other.targets)
    assert all(np.isfinite(value) for _, value in baselines(first))


def test_characters_are_each_predicted_once() -> None:
    data = TASKS["characters"].load(0, SMALL)
    text = topics_text()[:4000]
    targets = np.concatenate([data.train.targets, data.held_out.targets])
    assert "".join(data.classes[k] for k in targets) == text[1:]  # type: ignore[index]
    assert len(data.held_out) == 400
    np.testing.assert_array_equal(data.train.targets[:-1], data.train.inputs[1:])
    assert data.held_out.inputs[0] == data.train.targets[-1]


def test_names_are_those_of_unicode_3_2() -> None:
    data = TASKS["names"].load()
    assert len(data.train.lengths) + len(data.held_out.lengths) == 12702
    assert data.classes is not None
    assert len(data.classes) == 18
    assert data.digest.startswith("dd7cf4f1")
    assert max(data.train.lengths.max(), data.held_out.lengths.max()) == 83


def test_the_seed_draws_the_names_held_out() -> None:
    one, other = (TASKS["names"].load(seed).held_out for seed in (0, 1))
    assert len(one.lengths) == len(other.lengths) == 2541
    assert not np.array_equal(one.targets, other.targets)


def test_spaces_lie_where_the_words_end() -> None:
    data = TASKS["spaces"].load(0, Limits(steps=500))
    text = "".join(
        data.inputs[x] + " " * int(y)  # type: ignore[index]
        for part in (data.train, data.held_out)
        for x, y in zip(part.inputs, part.targets, strict=True))
    assert text.split() == " ".join(topics_text().split())[: len(text)].split()


@pytest.mark.parametrize(("source", "marks"), [
    ("f(a)[1] # b\n", "n((([[[n###n"),
    ("x = {'k': [1]}\n", "nnnn{sss{{[[[{n"),
    ('y = f"{a[0]}{{"+rb"(" # é\n', "nnnnn" + "s" * 10 + "nnnsss" + "n###n"),
    ('"""a\n(b"""\n(c,\n d)\n', "s" * 10 + "n((((((" + "(n"),
    ("", ""),
])
def test_labels_of_source(source: str, marks: str) -> None:
    short = {"none": "n", "string": "s", "comment": "#"}
    assert "".join(short.get(CLASSES[k], CLASSES[k]) for k in label(source)) == marks


def test_mackey_glass_converges_with_the_fourth_power_of_the_step() -> None:
    coarse, fine, finer = (mackey_glass_series(20, step, 0) for step in (0.5, 0.25, 0.125))
    ratio = np.abs(coarse - fine).max() / np.abs(fine - finer).max()
    assert ratio > 10


# --- tasks on the files of packages ----------------------------------------------------------

def bundle(monkeypatch: pytest.MonkeyPatch, folder: Path, file: str, content: bytes) -> None:
    path = folder / file
    path.parent.mkdir(parents=True)
    (folder / file.split("/")[0] / "__init__.py").write_text("raise ImportError('not needed')")
    path.write_bytes(content)
    monkeypatch.syspath_prepend(str(folder))


def test_co2_fills_gaps_and_takes_differences(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = ["1", "2", "", "4", *[str(n * n % 7) for n in range(40)]]
    rows = "date,co2\n" + "\n".join(f"{n},{value}" for n, value in enumerate(values))
    bundle(monkeypatch, tmp_path, "statsmodels/datasets/co2/co2.csv", rows.encode())
    data = TASKS["co2"].load()
    mean, deviation = data.scale
    assert len(data.train) + len(data.held_out) == len(values) - 2
    np.testing.assert_allclose(data.train.inputs[:3, 0] * deviation + mean, 1)


def test_sunspots_and_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = '"YEAR","SUNACTIVITY"\n' + "\n".join(f"{n},{n % 11}" for n in range(309))
    bundle(monkeypatch, tmp_path / "a", "statsmodels/datasets/sunspots/sunspots.csv",
           rows.encode())
    data = TASKS["sunspots"].load()
    assert (len(data.train), len(data.held_out)) == (277, 31)
    assert dict(baselines(data))["AR(9), least squares"] < 1
    image = ",".join(["16"] * 64)
    table = "\n".join(f"{image},{n % 10}" for n in range(50)).encode()
    bundle(monkeypatch, tmp_path / "b", "sklearn/datasets/data/digits.csv.gz",
           gzip.compress(table))
    digits = TASKS["digits"].load()
    assert len(digits.held_out.lengths) == 10
    assert set(digits.train.lengths) == {8}
    assert digits.train.inputs.max() == 1


def test_a_missing_package_or_file_is_named(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("derive.training.tasks.bundled.find_spec", lambda name: None)
    for name, package in (("digits", "scikit-learn"), ("co2", "statsmodels")):
        with pytest.raises(DataError, match=f"not installed; run: pip install {package}"):
            TASKS[name].load()
    monkeypatch.undo()
    bundle(monkeypatch, tmp_path, "statsmodels/other", b"")
    with pytest.raises(DataError, match=r"installed without .*sunspots\.csv"):
        TASKS["sunspots"].load()


# --- check ---------------------------------------------------------------------------------

def tiny(**changes: object) -> Data:
    split = Split(np.array([0, 1, 0, 1]), np.array([1, 0, 1, 0]), np.array([0, 2, 4]))
    data = Data("tiny", "Tiny", split, split, ("a", "b"), ("a", "b"), True, "softmax", "bits",
                "here", "")
    return replace(data, **changes)  # type: ignore[arg-type]


REAL = Split(np.ones((4, 2)), np.ones(4))


@pytest.mark.parametrize(("changes", "message"), [
    ({"head": "poisson"}, "tiny: no head 'poisson'; known are softmax"),
    ({"metric": "rmse"}, "metric 'rmse' does not fit the head softmax: take bits or accuracy"),
    ({"classes": None}, "head softmax does not fit real targets"),
    ({"head": "bernoulli", "metric": "f1", "classes": ("a", "b", "c")},
     "bernoulli takes 2 classes, not 3"),
    ({"train": Split(np.array([], int), np.array([], int))}, "training part: it is empty"),
    ({"train": REAL, "each": False}, "one target for each sequence, but no sequences"),
    ({"held_out": Split(np.array([0]), np.array([0]), np.array([0, 2]))},
     "held-out part: the sequences go from 0 to 2, the steps from 0 to 1"),
    ({"train": Split(np.array([0, 1]), np.array([0, 1]), np.array([0, 0, 2]))},
     "training part, sequence 1: the sequence is empty"),
    ({"train": Split(np.array([0, 1]), np.array([0]))}, "1 targets for 2 steps"),
    ({"each": False, "train": Split(np.array([0, 1]), np.array([0]), np.array([0, 1, 2]))},
     "1 targets for 2 sequences"),
    ({"train": Split(np.array([0, 2]), np.array([0, 1]))},
     r"training part, inputs, row 2: the label 2 is outside 0 … 1"),
    ({"train": Split(np.array([0, 1]), np.array([-1, 1]))},
     r"targets, row 1: the label -1 is outside"),
    ({"train": Split(np.array([0.5, 1]), np.array([0, 1]))}, "labels are one integer a row"),
    ({"inputs": 3, "train": REAL}, r"shape \(4, 2\) where \(steps, 3\) is due"),
    ({"inputs": 2, "train": Split(np.array([[1.0, 2], [3, np.nan]]), np.array([0, 1]))},
     "inputs, row 2, column 2: NaN; remove it"),
    ({"inputs": 1, "train": Split(np.array([[np.inf], [3]]), np.array([0, 1]))},
     "inputs, row 1, column 1: an infinite value"),
    ({"inputs": 1, "train": Split(np.array([["a"]]), np.array([0]))}, "reals are due, not <U1"),
])
def test_data_that_cannot_be_used(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        check(tiny(**changes))


def test_an_unknown_character_is_placed() -> None:
    with pytest.raises(DataError, match="prime, line 2, column 3: the character 'z' is not among"):
        encode("ab\nabz", ("\n", "a", "b"), "prime")


# --- files ---------------------------------------------------------------------------------

def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_text_becomes_a_character_model(tmp_path: Path) -> None:
    data = read_file(write(tmp_path, "a.txt", "\ufeff" + "abcab\r\n" * 10))
    assert data.inputs == data.classes == ("\n", "a", "b", "c")
    assert len(data.train) + len(data.held_out) == 59
    assert (data.head, data.metric, data.name) == ("softmax", "bits", "a")
    assert data.digest != read_file(write(tmp_path, "b.txt", "abcab\n" * 10)).digest


def test_the_one_column_of_numbers_is_predicted(tmp_path: Path) -> None:
    rows = "\n".join(f"2020-01-{n};{n * n}" for n in range(40))
    data = read_file(write(tmp_path, "a.csv", "day;level\n" + rows))
    mean, deviation = data.scale
    assert (len(data.train), len(data.held_out)) == (35, 4)
    assert mean == pytest.approx(np.mean(np.arange(36) ** 2))
    np.testing.assert_allclose(data.held_out.targets * deviation + mean,
                               np.arange(36, 40) ** 2)
    np.testing.assert_array_equal(data.train.inputs[1:, 0], data.train.targets[:-1])


def test_columns_are_chosen_by_name(tmp_path: Path) -> None:
    rows = "".join(f"{n},{-n},{'no' if n % 3 else 'yes'}\n" for n in range(40))
    path = write(tmp_path, "a.csv", "a,b,c\n" + rows)
    data = read_file(path, Options(inputs=("a", "b"), targets=("c",), head="bernoulli"))
    assert (data.inputs, data.classes, data.metric) == (2, ("no", "yes"), "f1")
    assert len(data.train) + len(data.held_out) == 40
    assert data.train.targets[:4].tolist() == [1, 0, 0, 1]
    both = read_file(path, Options(inputs=("a",), targets=("a", "b")))
    assert both.train.targets.shape == (35, 2)
    assert len(both.scales) == 2
    assert both.scale == (0, 1)  # no single one
    np.testing.assert_allclose(both.train.targets[:, 0], -both.train.targets[:, 1])


def test_json_lines_of_names_and_classes(tmp_path: Path) -> None:
    lines = [json.dumps({"x": "ab" * n, "y": "even" if n % 2 else "odd"}) for n in range(1, 21)]
    data = read_file(write(tmp_path, "a.jsonl", "\n\n".join(lines)))
    assert (data.each, data.inputs, data.classes) == (False, ("a", "b"), ("even", "odd"))
    assert (len(data.train.lengths), len(data.held_out.lengths)) == (18, 2)
    model = read_file(write(tmp_path, "b.jsonl", "\n".join('{"x": "abc"}' for _ in range(5))))
    assert (model.metric, set(model.train.lengths)) == ("bits", {2})


@pytest.mark.parametrize(("x", "y", "head", "each", "classes"), [
    ([1, 2.5, 3], 0.5, "gaussian", False, None),
    ([[1, 2], [3, 4]], [True, False], "bernoulli", True, ("false", "true")),
    (["the", "cat"], ["D", "N"], "softmax", True, ("D", "N")),
    ([1, 2], [10, 9], "softmax", True, ("9", "10")),
    ([1, 2], [[1, 2], [3, 4]], "gaussian", True, None),
])
def test_json_lines_of_each_kind(tmp_path: Path, x: object, y: object, head: str, each: bool,
                                 classes: tuple[str, ...] | None) -> None:
    lines = [json.dumps({"x": x, "y": y})] * 3
    if y == 0.5:
        lines += [json.dumps({"x": x, "y": n}) for n in range(17)]
    data = read_file(write(tmp_path, "a.jsonl", "\n".join(lines)))
    assert (data.head, data.each, data.classes) == (head, each, classes)
    assert np.isfinite([value for _, value in baselines(data)]).all()


def save(folder: Path, **arrays: object) -> Path:
    np.savez(folder / "a.npz", **arrays)  # type: ignore[arg-type]
    return folder / "a.npz"


def test_npz_with_lengths_starts_or_one_stream(tmp_path: Path) -> None:
    x, y = np.arange(20.0), np.arange(20) % 3
    one = read_file(save(tmp_path, x=x, y=y, lengths=[5, 5, 10]))
    two = read_file(save(tmp_path, x=x, y=y, starts=[0, 5, 10]))
    assert one.held_out.starts is not None
    np.testing.assert_array_equal(one.train.starts, two.train.starts)
    assert read_file(save(tmp_path, x=x)).head == "gaussian"
    assert read_file(save(tmp_path, x=y, y=y > 1)).head == "bernoulli"
    assert read_file(save(tmp_path, x=x, y=[0, 1, 1], lengths=[5, 5, 10])).each is False


LONG = "1\n" * 30
TEXT_ERRORS = [
    ("a.txt", b"abc\nd\xe9f" * 9, Options(),
     r"a\.txt, line 2, column 2: the byte 0xe9 is not UTF-8"),
    ("a.txt", b"ab\n\0", Options(), "line 2: a zero byte: this is a binary file"),
    ("a.txt", "abc".encode("utf-16"), Options(), "UTF-16; save it as UTF-8"),
    ("a.txt", b"", Options(), "the file is empty"),
    ("a.txt", b" \n", Options(), "nothing but white space"),
    ("a.txt", b"too short", Options(), "9 characters are too few; 20 are the least"),
    ("a.txt", LONG, Options(symbols=("\n",)), "line 1, column 1: the character '1' is not among"),
    ("a.txt", LONG, Options(head="gaussian"), "head gaussian does not fit these targets, softmax"),
    ("a.txt", LONG, Options(inputs=("a",)), "a text has no columns"),
    ("a.txt", LONG, Options(kind="xml"), "no kind of file 'xml'; known are csv"),
    ("a.txt", LONG, Options(head="x"), "no head 'x'"),
    ("a.txt", LONG, Options(held_out=1), "between 0 and 1, not 1"),
    ("a.txt", LONG, Options(ahead=-1), "0 or more rows ahead"),
    ("a.txt", LONG, Options(limit=0), "the limit is 1 or more"),
    ("a.csv", "a,b\n1,2\n\n3\n" + "1,2\n" * 20, Options(), "line 4: 1 cells where 2 are due"),
    ("a.csv", "a\n" + LONG + "x\n", Options(), "line 32, column a: 'x' is no number"),
    ("a.csv", "a,b\n" + "1,x\n" * 30 + ",x\n", Options(), "line 32, column a: the cell is empty"),
    ("a.csv", "1\n" * 30 + "nan\n", Options(), "line 31, column 1: NaN"),
    ("a.csv", "1\n" * 30 + "-inf\n", Options(), "line 31, column 1: an infinite value"),
    ("a.csv", "1\n2\n", Options(), "2 rows are too few"),
    ("a.csv", "a,a\n" + "1,2\n" * 30, Options(), "line 1: two columns are named 'a'"),
    ("a.csv", "a,b\n" + "1,2\n" * 30, Options(), "2 columns of numbers among a, b; name the"),
    ("a.csv", "a,b\n" + "1,2\n" * 30, Options(targets=("c",)), "no column 'c'; there are a, b"),
    ("a.csv", LONG, Options(), "column 1: the targets of the training part are all 1: nothing"),
    ("a.csv", LONG, Options(ahead=0), "0 rows ahead is what is given"),
    ("a.csv", LONG, Options(ahead=15), "15 rows before the last 15 are too few"),
    ("a.csv", "a,b\n" + "1,2\n" * 30, Options(inputs=("a",), targets=("b",), head="softmax"),
     "all targets are '2': nothing to learn"),
    ("a.csv", "a,b\n" + "1,2\n" * 30, Options(inputs=("a",), targets=("b",), head="softmax",
                                             classes=("0", "1")),
     "line 2, column b: '2' is none of the 2 known labels"),
    ("a.csv", "a,b\n" + "1,2\n" * 30, Options(targets=("a", "b"), head="softmax"),
     "classes are one column, not 2"),
    ("a.csv", "a,b\n" + "1,2\n" * 29 + "1,\n", Options(inputs=("a",), targets=("b",),
                                                       head="softmax"),
     "line 31, column b: the label is empty"),
    ("a.csv", "a\n1\n" + '"2"x\n', Options(), "line 3: not CSV"),
]


@pytest.mark.parametrize(("name", "content", "options", "message"), TEXT_ERRORS)
def test_a_text_or_table_that_cannot_be_read(
        tmp_path: Path, name: str, content: str | bytes, options: Options, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_file(write(tmp_path, name, content), options)


OK = '{"x": "ab", "y": "c"}\n'
LINES_ERRORS = [
    (OK, Options(), "1 sequences are too few; 2 are the least"),
    (OK + "{'x'}", Options(), "line 2, column 2: not JSON: Expecting property name"),
    (OK + "[" * 100000, Options(), "line 2: not JSON that can be read"),
    (OK + "[1]", Options(), 'line 2: each line is {"x": …, "y": …}; there is no "x"'),
    (OK + '{"x": 3}', Options(), "line 2, column x: x is a string or a list"),
    (OK + '{"x": []}', Options(), "line 2, column x: the sequence is empty"),
    (OK + '{"x": [1], "y": "c"}', Options(), "line 2, column x: whole numbers, where line 1 has"),
    (OK + '{"x": ["a", 1], "y": "c"}', Options(), "step 2 is one of whole numbers, step 1"),
    (OK + '{"x": [null], "y": "c"}', Options(), "step 1, null, is neither a name nor a number"),
    (OK + '{"x": "ab"}', Options(), "line 2: 'y' is missing"),
    ('{"x": "ab"}\n{"x": "a"}', Options(), "line 2: a sequence of one step, and no 'y'"),
    ('{"x": [true]}\n{"x": [true]}', Options(), "line 1: steps of x are flags"),
    ('{"x": [[1, 2], [3]]}\n' * 2, Options(), "line 1, column x: step 2 has 1 numbers where 2"),
    ('{"x": [1, 2.0]}\n{"x": [1, NaN]}', Options(), "line 2, column x: step 2 is NaN"),
    ('{"x": [1, 2.0]}\n{"x": [1, 1' + "0" * 400 + "]}", Options(), "step 2 is infinite or beyond"),
    ('{"x": [1, 2.0]}\n{"x": [1e999, 1]}', Options(), "line 2, column x: step 1 is infinite"),
    (OK + '{"x": "ab", "y": ["c", "d"]}', Options(), "y is not one value, as in line 1"),
    ('{"x": "ab", "y": [1]}\n' * 2, Options(), "line 1, column y: 1 targets for 2 steps"),
    (OK + '{"x": "ab", "y": 3}', Options(), "line 2, column y: whole numbers, where line 1 has"),
    (OK * 2, Options(head="gaussian"), "the head gaussian needs numbers, y has names"),
    (OK * 2, Options(), "all targets are 'c': nothing to learn"),
    (OK * 2, Options(symbols=("a",)), "line 1, column x: 'b' is none of the 1 known labels"),
    (OK * 2, Options(classes=("a", "b")), "line 1, column y: 'c' is none of the 2 known"),
    ('{"x": [1], "y": 0.5}\n' * 2, Options(head="softmax"), "needs classes, y has numbers"),
    ('{"x": [1], "y": 0.5}\n' * 9, Options(), "training part are all 0.5: nothing to learn"),
    ('{"x": "ab"}\n' * 9, Options(head="bernoulli"), "head bernoulli does not fit these targets"),
    ('{"x": [1, 2], "y": [1, ""]}\n', Options(limit=1), "1 sequences are too few"),
]


@pytest.mark.parametrize(("content", "options", "message"), LINES_ERRORS)
def test_json_lines_that_cannot_be_read(
        tmp_path: Path, content: str, options: Options, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_file(write(tmp_path, "a.jsonl", content), options)


STEPS = np.arange(20)


@pytest.mark.parametrize(("arrays", "options", "message"), [
    ({"y": STEPS}, Options(), "there is no array 'x'"),
    ({"x": STEPS, "z": STEPS}, Options(), "unknown array 'z'; known are x, y, lengths, starts"),
    ({"x": np.array(["a"])}, Options(), "holds <U1, not a row of numbers"),
    ({"x": np.array([None, 1])}, Options(), "an array of Python objects; store numbers"),
    ({"x": np.array(3)}, Options(), "not a row of numbers"),
    ({"x": STEPS[:0]}, Options(), "the array 'x' is empty"),
    ({"x": STEPS[:5]}, Options(), "5 steps are too few"),
    ({"x": STEPS, "lengths": [20]}, Options(), "1 sequences are too few"),
    ({"x": STEPS, "lengths": [20], "starts": [0]}, Options(), "'lengths' or 'starts', not both"),
    ({"x": STEPS, "lengths": [5, 5]}, Options(), "covers the steps 0 to 10, x has 20"),
    ({"x": STEPS, "lengths": [20, 0]}, Options(), "sequence 2: the sequence is empty"),
    ({"x": STEPS, "lengths": [0.5]}, Options(), "'lengths' is one row of whole numbers"),
    ({"x": STEPS, "lengths": [19, 1]}, Options(), "sequence 2: one step, and no 'y'"),
    ({"x": STEPS - 1}, Options(), "row 1, column x: the label -1 is outside 0, 1, 2"),
    ({"x": STEPS, "y": STEPS}, Options(classes=("a", "b")), "row 3, column y: the label 2 is out"),
    ({"x": STEPS * 10**6}, Options(), "labels up to 19000000 for 20 steps"),
    ({"x": np.ones((4, 3, 20))}, Options(kind="npz"), "4 steps are too few"),
    ({"x": np.ones((20, 3, 2))}, Options(), "steps stand one after another"),
    ({"x": np.where(STEPS == 3, np.nan, 1)}, Options(), "x, row 4, column 1: NaN"),
    ({"x": STEPS, "y": STEPS[:7]}, Options(), "column y: 7 targets for 20 steps"),
    ({"x": STEPS, "y": STEPS[:7], "lengths": [10, 10]}, Options(), "20 steps or 2 sequences"),
    ({"x": STEPS, "y": STEPS / 2}, Options(head="softmax"),
     "row 1, column y: the head softmax needs classes, y has numbers"),
    ({"x": STEPS}, Options(limit=3), "a limit is for text, CSV and JSON lines"),
])
def test_npz_that_cannot_be_read(
        tmp_path: Path, arrays: dict[str, object], options: Options, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_file(save(tmp_path, **arrays), options)


def test_a_damaged_npz(tmp_path: Path) -> None:
    whole = save(tmp_path, x=STEPS).read_bytes()
    np.savez_compressed(tmp_path / "b.npz", x=STEPS)
    packed = bytearray((tmp_path / "b.npz").read_bytes())
    packed[60:80] = b"\xff" * 20
    for content in (whole[:100], bytes(packed), b"PK nothing", b"text"):
        with pytest.raises(DataError, match="no NPZ file, or it is damaged"):
            read_file(write(tmp_path, "a.npz", content))


def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_file(tmp_path / "none.txt")
    with pytest.raises(DataError, match="this is a folder; name a file in it"):
        read_file(tmp_path)

    there = write(tmp_path, "a.txt", b"text")

    def refuse(self: Path, mode: str) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match="no permission to read it"):
        read_file(there)


# --- batches -------------------------------------------------------------------------------

def numbered(count: int) -> Split:
    """A stream whose targets are the steps' numbers."""
    return Split(np.arange(count) % 7, np.arange(count))


def real_steps(batch: dict[str, np.ndarray]) -> list[int]:
    mask = batch.get("m", np.ones(batch["y"].shape)) == 1
    assert not batch["x"][~mask].any()
    return batch["y"][mask].tolist()


@pytest.mark.parametrize("count", [1, 5, 24, 25, 103])
@pytest.mark.parametrize("batch", [1, 4, 7])
@pytest.mark.parametrize("steps", [1, 5, 200])
def test_every_step_is_in_one_batch(count: int, batch: int, steps: int) -> None:
    split = numbered(count)
    for batches in (Stream(split, steps, batch), Windows(split, steps, batch),
                    Windows(split, steps, batch, np.random.default_rng(1))):
        seen = list(batches)
        assert len(seen) == len(batches)
        assert sorted(step for one in seen for step in real_steps(one)) == list(range(count))
        assert len({tuple(sorted(one)) for one in seen}) == 1  # all with m, or none


def test_each_row_of_a_stream_goes_on_where_it_ended() -> None:
    batches = Stream(numbered(103), 10, 4)
    fresh, rows = [], []
    for batch in batches:
        fresh.append(batches.fresh)
        rows.append(np.where(batch["m"] == 1, batch["y"], -1))
    for row in np.concatenate(rows).T:
        steps = row[row >= 0]
        np.testing.assert_array_equal(steps, np.arange(steps[0], steps[0] + len(steps)))
    assert fresh == [True, False, False]
    batches.take()
    assert batches.fresh


def test_a_dropped_tail_needs_no_mask() -> None:
    for batches in (Stream(numbered(103), 10, 4, tail="drop"), Windows(numbered(103), 10, 4,
                                                                       tail="drop")):
        seen = list(batches)
        assert {one["y"].shape for one in seen} == {(10, 4)}
        assert not any("m" in one for one in seen)
        steps = [step for one in seen for step in real_steps(one)]
        assert len(set(steps)) == len(steps) == 80
    assert Stream(numbered(9), 100, 4, tail="drop").take()["y"].shape == (2, 4)


def ragged(each: bool) -> Split:
    lengths = np.random.default_rng(0).integers(1, 30, 50)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    steps = np.arange(starts[-1])
    return Split(steps[:, None] + 0.5, steps if each else np.arange(50), starts)


@pytest.mark.parametrize("bucket", [True, False])
@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize("each", [True, False])
def test_every_sequence_is_in_one_batch(bucket: bool, seed: int | None, each: bool) -> None:
    split = ragged(each)
    rng = None if seed is None else np.random.default_rng(seed)
    batches = Sequences(split, 8, rng, np.float32, bucket)
    seen = []
    for batch in batches:
        assert batch["x"].dtype == batch["m"].dtype == np.float32
        lengths = batch["m"].sum(0).astype(int)
        assert lengths.max() == len(batch["x"])
        assert split.starts is not None
        for column, (number, length) in enumerate(zip(batches.chosen, lengths, strict=True)):
            first = split.starts[number]
            np.testing.assert_array_equal(batch["x"][:length, column, 0],
                                          first + np.arange(length) + 0.5)
            assert not batch["x"][length:, column].any()
            if each:
                assert batch["y"][0, column] == first
        if not each:
            np.testing.assert_array_equal(batch["y"], batches.chosen)
        seen += batches.chosen.tolist()
    assert sorted(seen) == list(range(50))


def test_buckets_save_padding() -> None:
    def padding(bucket: bool) -> float:
        batches = Sequences(ragged(True), 8, np.random.default_rng(0), bucket=bucket)
        return sum(float((one["m"] == 0).sum()) for one in batches)

    assert padding(True) < padding(False) / 3


def courses() -> list:
    def rng() -> np.random.Generator:
        return np.random.default_rng(5)

    return [lambda: Stream(numbered(103), 10, 4), lambda: Windows(numbered(103), 10, 4, rng()),
            lambda: Sequences(ragged(True), 8, rng()), lambda: Sequences(ragged(False), 8)]


@pytest.mark.parametrize("make", courses())
@pytest.mark.parametrize("taken", range(15))
def test_a_restored_course_goes_on_alike(make, taken: int) -> None:
    first = make()
    for _ in range(taken):
        first.take()
    stored = json.dumps(first.state())
    again = make()
    again.take()
    again.restore(json.loads(stored))
    for _ in range(12):
        one, other = first.take(), again.take()
        assert first.fresh == again.fresh
        assert first.epoch == again.epoch
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])
    assert first.state() == again.state()


def test_passes_are_shuffled_anew_and_alike_for_one_seed() -> None:
    one, other = (Windows(numbered(103), 10, 4, np.random.default_rng(2)) for _ in range(2))
    passes = [[real_steps(batch) for batch in one] for _ in range(2)]
    assert passes[0] != passes[1]
    assert passes == [[real_steps(batch) for batch in other] for _ in range(2)]


def test_batches_that_cannot_be() -> None:
    stream = Stream(numbered(103), 10, 4)
    with pytest.raises(DataError, match=r"other batches \(chunk differ\); resume with the same"):
        Stream(numbered(103), 11, 4).restore(stream.state())
    with pytest.raises(DataError, match="kind, steps, shuffled, chunk, batch, tail differ"):
        stream.restore({})
    with pytest.raises(DataError, match="these are sequences, not one stream"):
        Stream(ragged(True), 10, 4)
    with pytest.raises(DataError, match="both are 1 or more"):
        Windows(numbered(5), 0, 4)
    with pytest.raises(DataError, match="batches of 0 sequences"):
        Sequences(ragged(True), 0)
    with pytest.raises(DataError, match="'mask' or to 'drop'"):
        Stream(numbered(5), 1, 1, tail="keep")


def test_the_batches_that_fit() -> None:
    data = tiny(train=numbered(9))
    assert isinstance(batches_of(data, data.train, 2, 3, carries=True), Stream)
    assert isinstance(batches_of(data, data.train, 2, 3, carries=False), Windows)
    assert isinstance(batches_of(data, data.held_out, 2, 3, carries=True), Sequences)


# --- heads ---------------------------------------------------------------------------------

def catalogued(domain: str) -> list[str]:
    """Losses of the catalogue whose target is of a type, without constants to be given."""
    return [entry.name for entry in losses() if len(entry.given) == 2
            and any(g in (f"y: {domain}", f"t: {domain}") for g in entry.given)
            and any(g.partition(":")[2].strip().startswith("real") for g in entry.given)]


@pytest.mark.parametrize(("domain", "target", "head", "metric"), [
    ("binary", "kind", "bernoulli", "f1"), ("label(K)", "kind", "softmax", "accuracy"),
    ("real", "value", "gaussian", "rmse"), ("count", "count", "log-rate", "loss"),
    ("positive", "count", "log-rate", "loss")])
def test_any_loss_is_read_and_measured_as_the_usual_head_of_its_targets(
        tmp_path: Path, domain: str, target: str, head: str, metric: str) -> None:
    path = write(tmp_path, "a.csv", "value,kind,count\n" + "".join(
        f"{np.sin(n):.3f},{'ab'[n % 3 == 0]},{n % 5 + 1}\n" for n in range(60)))
    names = catalogued(domain)
    assert len(names) > 1
    for name in (head, *names):
        data = load_data(options_for(None, {"data": str(path), "target": target, "head": name,
                                            "columns": ("value",)}))
        assert (data.head, data.metric) == (head, metric), name


@pytest.mark.parametrize("head", ["poisson-nll", "log-rate"])
def test_counts_are_left_as_they_are_and_measured_by_their_loss(
        tmp_path: Path, head: str) -> None:
    path = write(tmp_path, "a.csv", "high,count\n" + "".join(
        f"{n % 2},{7 + n % 3 if n % 2 else n % 3}\n" for n in range(200)))
    run = derive.train(data=str(path), predict="count", columns="high", head=head, hidden=4,
                       steps=200, lr=0.05, bptt=5, batch=4)
    assert set(run.run.data.train.targets) == {0, 1, 2, 7, 8, 9}
    assert run.metric == ("loss", run.loss)
    rate = {0: 1.0, 1: 8.0}
    best = np.mean([rate[n % 2] - y * np.log(rate[n % 2]) + math.lgamma(y + 1)
                    for n, y in enumerate(7 + n % 3 if n % 2 else n % 3 for n in range(200))])
    assert run.loss == pytest.approx(best, abs=0.15)
    write(tmp_path, "a.csv", "high,count\n" + "1,0.5\n0,1.5\n" * 30)
    with pytest.raises(DataError, match=r"line 2, column count: 0.5 is none of the counts"):
        derive.train(data=str(path), predict="count", columns="high", head=head)


@pytest.mark.parametrize("head", ["hinge", "focal(gamma=2)", "crammer-singer"])
def test_a_loss_as_a_head_is_trained_and_measured(tmp_path: Path, head: str) -> None:
    path = write(tmp_path, "a.jsonl", "".join(
        json.dumps({"x": "ab" if n % 2 else "ba", "y": "cd"[n % 2]}) + "\n" for n in range(60)))
    run = derive.train(data=str(path), head=head, hidden=4, steps=60, lr=0.05, batch=8)
    assert run.metric[1] == 1
    assert next(name for name, _ in run.baselines()).startswith("majority")


# --- metrics -------------------------------------------------------------------------------

def test_metrics_by_hand() -> None:
    mask = np.array([[1, 1], [1, 0]])
    labels = np.array([[0, 1], [1, 1]])
    logits = np.log(np.array([[[0.5, 0.5], [0.25, 0.75]], [[0.75, 0.25], [0, 1]]]) + 1e-300)
    batch = {"y": labels, "m": mask}
    for kind, due in (("bits", (1 - np.log2(0.75) + 2) / 3), ("accuracy", 2 / 3), ("f1", 2 / 3)):
        metric = Metric(kind, "softmax")
        metric.update({"o": logits}, batch)
        assert metric.value() == pytest.approx(due)
    yes = Metric("f1", "bernoulli")
    yes.update({"z": np.array([[1.0, 1], [-1, -1]])}, batch)
    assert yes.value() == pytest.approx(2 * 1 / (2 + 2))
    error = Metric("rmse", "gaussian")
    error.update({"mu": np.ones((2, 2, 1))}, {"y": np.zeros((2, 2)), "m": mask})
    error.update({"mu": np.array([3.0])}, {"y": np.array([0.0])})
    assert error.value() == pytest.approx(np.sqrt((3 + 9) / 4))
    assert bits(np.log(8)) == pytest.approx(3)
    assert np.isnan(Metric("rmse", "gaussian").value())


def test_a_metric_over_batches_is_that_of_all_steps() -> None:
    rng = np.random.default_rng(0)
    split = Split(np.zeros(103, int), rng.integers(0, 3, 103))
    logits = rng.normal(size=(103, 3)) * 500
    for kind in ("bits", "accuracy"):
        whole, parts = Metric(kind, "softmax"), Metric(kind, "softmax")
        whole.update({"o": logits}, {"y": split.targets})
        numbers = Stream(Split(np.zeros(103, int), np.arange(103)), 10, 4)
        for batch, number in zip(Stream(split, 10, 4), numbers, strict=True):
            parts.update({"o": logits[number["y"]]}, batch)
        assert parts.count == 103
        assert parts.value() == pytest.approx(whole.value(), rel=1e-14)


def test_metrics_that_do_not_fit() -> None:
    with pytest.raises(DataError, match="metric 'rmse' does not fit the head 'softmax'"):
        Metric("rmse", "softmax")
    metric = Metric("accuracy", "softmax")
    with pytest.raises(DataError, match="the prediction is the output 'o'; there are z"):
        metric.update({"z": np.zeros(3)}, {"y": np.zeros(3)})
    with pytest.raises(DataError, match=r"output 'o' has the shape \(4, 2\), the targets \(3,\)"):
        metric.update({"o": np.zeros((4, 2))}, {"y": np.zeros(3)})


# --- baselines -----------------------------------------------------------------------------

def test_witten_bell_by_hand() -> None:
    """After `a`: b twice. Of all targets b, a, b: 2 kinds among 3."""
    model = Contexts(Split(np.array([0, 1, 0]), np.array([1, 0, 1])), 2, 2, 1)
    held = Split(np.array([0, 1]), np.array([1, 1]))
    unigram, bigram = model.probabilities(held, held.targets)
    empty = (2 + 2 * 0.5) / (3 + 2)
    np.testing.assert_allclose(unigram, empty)
    np.testing.assert_allclose(bigram, [(2 + 1 * empty) / (2 + 1), (0 + 1 * empty) / (1 + 1)])


def test_probabilities_after_every_context_add_up_to_one() -> None:
    data = TASKS["characters"].load(0, Limits(steps=2000))
    count = len(data.inputs)  # type: ignore[arg-type]
    model = Contexts(data.train, count, count, 3)
    held = Split(data.held_out.inputs[:40], data.held_out.targets[:40])
    for length in range(4):
        np.testing.assert_allclose(model.distributions(held, length).sum(1), 1)


def test_contexts_end_at_the_start_of_a_sequence() -> None:
    split = Split(np.array([0, 1, 0, 1]), np.array([1, 0, 1, 0]), np.array([0, 2, 4]))
    model = Contexts(split, 2, 2, 2)
    assert [len(table[2]) for table in model._tables] == [1, 2, 1]


def test_baselines_by_hand() -> None:
    train = Split(np.arange(40) % 2, np.array([0] * 30 + [1] * 10))
    held = Split(np.array([0, 1, 0, 1]), np.array([0, 1, 1, 0]))
    data = tiny(train=train, held_out=held, metric="accuracy")
    assert baselines(data)[0] == ("majority (a)", 0.5)
    yes = dict(baselines(replace(data, head="bernoulli", metric="f1")))
    assert yes["majority (a)"] == 0
    assert yes["always b"] == pytest.approx(2 / 3)


def test_least_squares_finds_a_recurrence() -> None:
    wave = np.sin(np.arange(200) * 0.7)
    data = tiny(train=Split(wave[:150, None], wave[1:151]), inputs=1, classes=None,
                held_out=Split(wave[150:199, None], wave[151:]), head="gaussian", metric="rmse")
    found = dict(baselines(data))
    assert found["AR(9), least squares"] < 1e-12
    due = np.sqrt(np.mean((wave[151:] - wave[150:199]) ** 2))
    assert found["persistence"] == pytest.approx(due)


def test_persistence_is_told_only_where_the_last_target_is_known() -> None:
    later = Split(np.arange(30.0)[:, None], np.arange(30.0) + 2)
    data = tiny(train=later, held_out=later, inputs=1, classes=None, head="gaussian",
                metric="rmse")
    assert [name for name, _ in baselines(data)] == ["mean", "linear(7), least squares"]
