"""A trained model as a module: its predictions are those of `derive.predict`."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import derive
from derive.commands import export
from derive.errors import DeriveError
from derive.training.trained_model import TrainedModel

SMALL: dict[str, Any] = {"hidden": 5, "steps": 20, "bptt": 8, "batch": 4, "dtype": "float64"}
RNG = np.random.default_rng(8)
SERIES = np.stack([50 + 9 * np.sin(np.arange(300) / 7), RNG.normal(size=300) * 3 - 100], 1)
OWN = """
    x: real[T, D]
    h: real[T, H]
    b, v: real[H]
    W: real[H, H]
    U: real[H, D]
    y, w: real[T]
    h[t] = tanh(b + W @ h[t-1] + U @ x[t])
    o[t] = dot(v, h[t])
    l[t] = (o[t] - y[t])**2/2
    predict[t] = o[t]
    L = sum(w*l)
"""
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "number": ("t.csv", {"predict": "a", "columns": "a,b", "cell": "lstm"}),
    "numbers": ("t.csv", {"predict": "a", "columns": "b", "model": OWN}),
    "symbols": ("t.txt", {"cell": "gru"}),
    "classes": ("t.jsonl", {"head": "softmax", "bidirectional": True}),
    "flags": ("f.jsonl", {"head": "bernoulli"})}
targets = pytest.mark.parametrize("target", [
    "numpy", pytest.param("torch", marks=pytest.mark.peers),
    pytest.param("jax", marks=pytest.mark.peers)])


def lines(named: bool) -> str:
    rows = []
    for n in range(40):
        x = RNG.normal(size=(3 + n % 3, 2)) * 7 + 3
        up = x.sum(1) > 6
        rows.append({"x": x.tolist(), "y": [["down", "up"][int(u)] if named else bool(u)
                                            for u in up]})
    return "\n".join(map(json.dumps, rows)) + "\n"


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    rows = "".join(f"{a!r},{b!r}\n" for a, b in SERIES.tolist())
    (folder / "t.csv").write_text("a,b\n" + rows)
    (folder / "t.txt").write_text("a cat sat on a mat. " * 20)
    (folder / "t.jsonl").write_text(lines(True))
    (folder / "f.jsonl").write_text(lines(False))
    return folder


def trained(folder: Path, case: str) -> TrainedModel:
    saved = folder / f"{case}.ckpt"
    if not saved.exists():
        data, options = CASES[case]
        derive.train(data=folder / data, save=saved, **{**SMALL, **options})
    return derive.load(saved)


def module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def predicted(made: ModuleType, target: str, x: np.ndarray) -> np.ndarray:
    if target == "torch":
        torch = pytest.importorskip("torch")
        return made.load().double().predict(torch.tensor(x)).numpy()
    if target == "jax":
        jax = pytest.importorskip("jax")
        with jax.enable_x64(True):
            return np.asarray(made.predict(made.load(), jax.numpy.asarray(x)))
    return made.predict(made.load(), x)


@targets
@pytest.mark.parametrize("case", CASES)
def test_predictions_are_those_of_derive(folder: Path, case: str, target: str) -> None:
    """In the units and for the symbols of the data, from parameters in a file of their own."""
    pytest.importorskip(target)
    model, path = trained(folder, case), folder / f"{case}_{target}.py"
    done = CliRunner().invoke(export.command, [str(model.path), "--to", target, "-o", str(path)])
    assert done.exit_code == 0, (done.output, done.exception)
    x = np.array([0, 3, 1, 2]) if model.symbols else \
        SERIES[:9, 2 - int(model.data.inputs):] if case.startswith("number") else \
        RNG.normal(size=(6, 2)) * 7 + 3
    expected = model.predict(x if model.data.train.starts is None else [x])
    given = predicted(module_at(path), target, x[:, None])[:, 0]
    due = expected.probabilities if expected.probabilities is not None else \
        next(iter(expected.values.values()))
    np.testing.assert_allclose(given, due, rtol=1e-11, atol=1e-12)
    text = path.read_text()
    assert "SIZES = {" in text
    assert ("SYMBOLS = " in text, "CLASSES = " in text) == (
        model.symbols is not None, model.classes is not None)


@targets
def test_the_loss_is_the_mean_and_learns_on(folder: Path, target: str) -> None:
    """The loss is that of the trainer: the mean over steps, where no weights are given."""
    pytest.importorskip(target)
    model, path = trained(folder, "symbols"), folder / f"on_{target}.py"
    path.write_text(derive.export(model.path, target))
    model.save_weights(path.with_suffix(".npz"))
    made = module_at(path)
    made.self_test()
    x = RNG.integers(0, len(model.symbols or ()), (7, 3))
    y = np.roll(x, -1, 0)
    loss = model.network.loss({"x": x, "y": y})[0]
    if target == "torch":
        torch = pytest.importorskip("torch")
        value = made.load().double()(torch.tensor(x), torch.tensor(y)).item()
    elif target == "jax":
        jax = pytest.importorskip("jax")
        with jax.enable_x64(True):
            value = float(made.loss(made.load(), jax.numpy.asarray(x), jax.numpy.asarray(y)))
    else:
        value = made.loss(made.load(), x, y)
    assert value == pytest.approx(loss, rel=1e-12)


# --- what is wrong --------------------------------------------------------------------------------

@pytest.mark.parametrize(("arguments", "words"), [
    (["{ckpt}"], "--to torch, jax or numpy"),
    (["{ckpt}", "--to", "torch", "-o", "w.npz"], "FILE.py"),
    (["{ckpt}", "--to", "torch", "--layers", "2"], "a trained model is taken as it is"),
    (["gru"], "has no parameters"), (["{ckpt}", "--to", "keras"], "none of torch, jax or numpy")])
def test_wrong_usage_is_refused(folder: Path, arguments: list[str], words: str) -> None:
    saved = trained(folder, "symbols").path
    done = CliRunner().invoke(export.command, [a.format(ckpt=saved) for a in arguments])
    assert done.exit_code == 2
    assert words in done.output


def test_a_foreign_file_beside_the_module_is_left_alone(folder: Path) -> None:
    saved, path = trained(folder, "symbols").path, folder / "mine.py"
    np.savez(path.with_suffix(".npz"), measurements=np.ones(3))
    before = path.with_suffix(".npz").read_bytes()
    done = CliRunner().invoke(export.command, [str(saved), "--to", "numpy", "-o", str(path)])
    assert isinstance(done.exception, DeriveError)
    assert "holds something else" in str(done.exception)
    assert path.with_suffix(".npz").read_bytes() == before
    assert not path.exists()


@pytest.mark.parametrize(("name", "options"), [
    ("table.csv", ["--to", "torch"]), ("notes.py", ["--to", "jax"]), ("table.npz", []),
    ("weights.safetensors", [])])
def test_no_foreign_file_is_written_over(folder: Path, name: str, options: list[str]) -> None:
    saved, path = trained(folder, "symbols").path, folder / name
    path.write_text("price\n1.5\n")
    done = CliRunner().invoke(export.command, [str(saved), *options, "-o", str(path)])
    assert isinstance(done.exception, DeriveError)
    assert re.search("is there already, and|exists and", str(done.exception))
    assert path.read_text() == "price\n1.5\n"


def test_a_module_of_ours_is_written_again(folder: Path) -> None:
    saved, path = trained(folder, "symbols").path, folder / "again.py"
    for target in ("numpy", "torch"):
        done = CliRunner().invoke(export.command, [str(saved), "--to", target, "-o", str(path)])
        assert done.exit_code == 0, done.output


def test_a_checkpoint_that_is_not_there() -> None:
    with pytest.raises(DeriveError, match="cannot read the checkpoint none"):
        derive.export("none.ckpt")
