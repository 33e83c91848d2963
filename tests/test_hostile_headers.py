"""Files whose headers tell what cannot be: checkpoints with a right sum, arrays; names in code."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import derive
from derive.errors import CheckpointError, TrainingError
from derive.training.checkpoint import decode, encode
from derive.training.npz_arrays import NpzError, npz_arrays
from derive.training.saving import check_kind

STORED = Path(__file__).parent / "data" / "trained_by_0_1.ckpt"
HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 3), }"


def told(header: str, data: bytes = np.arange(12.0).tobytes(), version: int = 1) -> bytes:
    """An NPZ file with one array of that header."""
    text = header.encode("latin-1")
    content = b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2 if version == 1 else 4,
                                                                     "little") + text + data
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("x.npy", content)
    return made.getvalue()


@pytest.mark.parametrize(("key", "value"), [
    (("equations",), 1e308), (("sizes", "W"), 0), (("run", "optimizer"), []), (("run", "feed"), 1),
    (("about",), "text"), (("about", "inputs"), [None]), (("dims", "S"), "x"), (("step",), -1),
    (("step",), 10**30), (("run", "watch", "start"), float("nan")), (("run",), None),
    (("options",), 7), (("run", "carried"), {"h": "array:nowhere"})])
def test_a_checkpoint_whose_header_lies_is_refused_by_its_key(key, value, tmp_path) -> None:
    kept = decode(STORED.read_bytes(), STORED)
    node = kept.header
    for part in key[:-1]:
        node = node.setdefault(part, {})
    node[key[-1]] = value
    made = decode(encode(kept.header, kept.arrays), tmp_path / "run.ckpt")
    with pytest.raises(CheckpointError, match="was not written by derive"):
        check_kind(made)


def test_a_checkpoint_with_more_parameters_than_there_is_memory_is_refused(tmp_path) -> None:
    kept = decode(STORED.read_bytes(), STORED)
    kept.header.pop("dims", None)
    kept.header["options"]["hidden"] = 1e308
    (tmp_path / "run.ckpt").write_bytes(encode(kept.header, kept.arrays))
    with pytest.raises(TrainingError, match="not enough memory"):
        derive.load(tmp_path / "run.ckpt").network  # noqa: B018


def test_a_checkpoint_of_an_older_version_is_one() -> None:
    check_kind(decode(STORED.read_bytes(), STORED))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_arrays_are_read_as_numpy_reads_them(version: int) -> None:
    assert (npz_arrays(told(HEADER, version=version))["x"] == np.arange(12.0).reshape(4, 3)).all()


@pytest.mark.parametrize("array", [np.arange(6).reshape(2, 3).T, np.float32(3), np.zeros((0, 2)),
                                   np.array([True, False]), np.arange(4, dtype=">i2")])
def test_what_numpy_writes_comes_back(array) -> None:
    made = io.BytesIO()
    np.savez_compressed(made, x=array)
    back = npz_arrays(made.getvalue())["x"]
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert (back == array).all()


@pytest.mark.parametrize("header", [
    HEADER[:40], HEADER.replace("<f8", "|O"), HEADER.replace("(4, 3)", "(True, 3)"),
    HEADER.replace("(4, 3)", "(1000000000000, 3)"), HEADER.replace("(4, 3)", "(-4, 3)"),
    "{'descr': '''<f8", "\t\n  x:\n y", "(" * 500, "__import__('os').getcwd()", "", "9" * 5000])
def test_an_array_whose_header_lies_is_refused(header: str) -> None:
    with pytest.raises(NpzError):
        npz_arrays(told(header))


@pytest.mark.parametrize("name", ["range", "list", "int", "float", "abs", "max", "print", "exp",
                                  "len", "map"])
def test_a_variable_may_be_called_as_a_function_of_the_code_around_it(name: str) -> None:
    found = derive.grad(f"sum({name}[k]**2 for k in K) + logsumexp({name})",
                        given=f"{name}: real[K]", wrt=name)
    check, _plot = [cell for cell in json.loads(found.show("notebook"))["cells"]
                    if cell["cell_type"] == "code"]
    exec(compile("".join(check["source"]), "cell", "exec"), {})
