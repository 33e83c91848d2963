"""The examples of docs/scaling.md: two processes, or two devices, come to the weights of one."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from derive import export
from derive.arrays.kernels import kernel_to_write

PAGE = (Path(__file__).parent.parent / "docs" / "scaling.md").read_text(encoding="utf-8")
SCRIPTS = {text.split("\n", 1)[0].removeprefix("# "): text
           for text in re.findall(r"```python\n(# \w+\.py\n.*?)```", PAGE, re.S)}
pytestmark = [pytest.mark.peers, pytest.mark.slow]


def place(folder: Path, script: str, target: str) -> None:
    """The script and the module of its loss in a folder."""
    if importlib.util.find_spec(target) is None:
        pytest.skip(f"{target} is not here")
    loss = kernel_to_write("softmax-nll", (), None, "fast", ("value",), "both", target, "auto",
                           None)
    (folder / "loss.py").write_text(loss.source, encoding="utf-8")
    (folder / script).write_text(SCRIPTS[script], encoding="utf-8")


def finished(folder: Path, *command: str, **environment: str) -> str:
    """What a script prints, run in a folder."""
    done = subprocess.run([sys.executable, *command], cwd=folder, text=True, timeout=300,
                          env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_processes_of_torch_train_as_one(tmp_path: Path) -> None:
    place(tmp_path, "train_ddp.py", "torch")
    weights = []
    for count in ("1", "2"):
        finished(tmp_path, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", count,
                 "train_ddp.py")
        import torch

        weights.append(torch.load(tmp_path / "weights.pt")["weight"].numpy())
        (tmp_path / "weights.pt").unlink()
    assert np.abs(weights[0]).max() > 0.1
    np.testing.assert_allclose(weights[1], weights[0], rtol=1e-4, atol=1e-6)


def test_devices_of_jax_train_as_one(tmp_path: Path) -> None:
    place(tmp_path, "train_sharded.py", "jax")
    weights = []
    for count in (1, 2):
        printed = finished(tmp_path, "train_sharded.py", JAX_PLATFORMS="cpu",
                        XLA_FLAGS=f"--xla_force_host_platform_device_count={count}")
        assert printed.startswith(f"{count} devices")
        weights.append(np.load(tmp_path / "weights.npy"))
    assert np.abs(weights[0]).max() > 0.1
    np.testing.assert_allclose(weights[1], weights[0], rtol=1e-4, atol=1e-6)


def place_model(folder: Path, script: str, target: str) -> None:
    """The script and the module of its recurrent model in a folder."""
    pytest.importorskip(target)
    text = export("gru", to=target, labels=True, embed=True, reduction="mean")
    (folder / "model.py").write_text(text, encoding="utf-8")
    (folder / script).write_text(SCRIPTS[script], encoding="utf-8")


def test_a_recurrent_model_of_torch_trains_in_processes_as_in_one(tmp_path: Path) -> None:
    place_model(tmp_path, "train_recurrent_ddp.py", "torch")
    weights = []
    for count in ("1", "2"):
        finished(tmp_path, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", count,
                 "train_recurrent_ddp.py")
        import torch

        weights.append(torch.load(tmp_path / "weights.pt"))
        (tmp_path / "weights.pt").unlink()
    for name, array in weights[0].items():
        np.testing.assert_allclose(weights[1][name], array, rtol=1e-4, atol=1e-6, err_msg=name)


def test_a_recurrent_model_of_jax_trains_on_devices_as_on_one(tmp_path: Path) -> None:
    place_model(tmp_path, "train_recurrent_sharded.py", "jax")
    weights = []
    for count in (1, 2):
        printed = finished(tmp_path, "train_recurrent_sharded.py", JAX_PLATFORMS="cpu",
                           XLA_FLAGS=f"--xla_force_host_platform_device_count={count}")
        assert printed.startswith(f"{count} devices")
        with np.load(tmp_path / "weights.npz") as file:
            weights.append({name: file[name] for name in file.files})
    for name, array in weights[0].items():
        np.testing.assert_allclose(weights[1][name], array, rtol=1e-4, atol=1e-6, err_msg=name)
