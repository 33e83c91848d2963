"""A run as a checkpoint: what is in it, whether it belongs to a run, and where it is saved."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from derive.errors import CheckpointError
from derive.file_writing import Lock, is_empty
from derive.notation.reading.declaration_lines import is_prediction
from derive.training.checkpoint import Checkpoint, try_place, write
from derive.training.checkpoint_header import check_header
from derive.training.network import Array, Network, State
from derive.training.parameter_places import fill, parameters_in, places_of
from derive.version import __version__

KIND = "derive training run"
_ARRAY = "array:"


def pack(tree: Any, arrays: dict[str, Array], name: str) -> Any:
    """JSON data for a tree of dicts, lists, numbers and arrays; the arrays go to `arrays`."""
    if isinstance(tree, np.ndarray):
        arrays[name] = tree
        return _ARRAY + name
    if isinstance(tree, Mapping):
        return {str(key): pack(value, arrays, f"{name}/{key}") for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [pack(value, arrays, f"{name}/{n}") for n, value in enumerate(tree)]
    return tree.item() if isinstance(tree, np.generic) else tree


def unpack(tree: Any, arrays: Mapping[str, Array]) -> Any:
    """The tree that `pack` was given, tuples as lists; its arrays are copies."""
    if isinstance(tree, str) and tree.startswith(_ARRAY):
        return arrays[tree.removeprefix(_ARRAY)].copy()
    if isinstance(tree, dict):
        return {key: unpack(value, arrays) for key, value in tree.items()}
    if isinstance(tree, list):
        return [unpack(value, arrays) for value in tree]
    return tree


def describe(network: Network) -> dict[str, Any]:
    """What tells one network from another, as JSON data."""
    return {"kind": KIND, "derive": __version__, "numpy": np.__version__,
            "python": platform.python_version(), "machine": platform.machine(),
            "equations": network.equations,
            "dtype": np.dtype(network.dtype).name, "places": places_of(network),
            "bounded": getattr(network, "bounded", {}),
            "dims": dict(getattr(network, "sizes", {})),
            "prediction": _predicted(network),
            "sizes": {name: list(p.shape) for name, p in network.parameters.items()}}


def _predicted(network: Network) -> dict[str, Any] | None:
    """What a network predicts, as JSON data."""
    known = getattr(network, "prediction", None)
    return None if known is None else dict(known._asdict())


def _trained(equations: str) -> list[str]:
    """The lines of a model that training depends on: all but its prediction."""
    return [line for line in equations.split("\n") if not is_prediction(line)]


def check_kind(checkpoint: Checkpoint) -> None:
    """Raises CheckpointError unless it is of a training run, and tells what such a one does."""
    if checkpoint.header.get("kind") != KIND:
        raise CheckpointError(f"{checkpoint.path} is a checkpoint of something else than a "
                              "training run")
    check_header(checkpoint)


def check_network(checkpoint: Checkpoint, network: Network) -> None:
    """Raises CheckpointError, saying what differs, unless it is of this very network."""
    check_kind(checkpoint)
    here, there, path = describe(network), checkpoint.header, checkpoint.path
    if there["dtype"] != here["dtype"]:
        raise CheckpointError(f"{path} was trained in {there['dtype']}, this run is in "
                              f"{here['dtype']}; give --dtype {there['dtype']}")
    if _trained(there["equations"]) != _trained(here["equations"]):
        raise CheckpointError(f"{path} is of another model; its equations are\n"
                              f"{_indented(there['equations'])}\nand those of this run\n"
                              f"{_indented(here['equations'])}")
    for name in sorted({*there["sizes"], *here["sizes"]}):
        was, now = there["sizes"].get(name), here["sizes"].get(name)
        if was != now:
            raise CheckpointError(f"{path} is of a network of other sizes: {name} is "
                                  f"{_shape(was)} there and {_shape(now)} here")


def check_places(checkpoint: Checkpoint, network: Network) -> None:
    """Raises CheckpointError where the parameters have another order: moments have it too."""
    if checkpoint.header.get("places") not in (None, places_of(network)):
        raise CheckpointError(f"{checkpoint.path} was written by derive "
                              f"{checkpoint.header.get('derive')}, which puts the parameters in "
                              "another order; go on with that, or use the parameters alone "
                              "(derive predict, derive export)")


def load_parameters(network: Network, checkpoint: Checkpoint) -> None:
    """Puts the best parameters of a run, or its last ones, into a network for use.

    Raises CheckpointError if they are of another network.
    """
    check_network(checkpoint, network)
    vector = "best" if "best" in checkpoint.arrays else "theta"
    kept = parameters_in(checkpoint, vector)
    if kept is None:
        np.copyto(network.theta, checkpoint.arrays[vector])
    else:
        fill(network.parameters, kept, str(checkpoint.path))


def known_log(checkpoint: Checkpoint) -> Path | None:
    """The log that a checkpoint names, None where it names none.

    Raises CheckpointError for one outside of the checkpoint's folder: whoever has made the
    checkpoint does not choose where this run writes.
    """
    named = checkpoint.header.get("log")
    if not isinstance(named, str) or not named:
        return None
    folder, log = (Path(os.path.realpath(p)) for p in (checkpoint.path.parent, named))
    if not log.is_relative_to(folder):
        raise CheckpointError(f"{checkpoint.path} names the log {named!r}, which is outside of its "
                              "folder; name a log by --log, that one or another")
    return Path(named)


def other_bits(checkpoint: Checkpoint, threads: int) -> str:
    """What is not as it was when a checkpoint was written, and changes last bits; else empty."""
    here = {"threads": ("--threads", threads), "numpy": ("NumPy", np.__version__),
            "machine": ("a processor", platform.machine())}
    there = checkpoint.header
    changed = [f"{name} {now} instead of {there[key]}" for key, (name, now) in here.items()
               if there.get(key) not in (None, now)]
    return f"{', '.join(changed)}: sums may round otherwise, so from here on the last bits may " \
           "differ from those of a run that never stopped" if changed else ""


def check_state(saved: State, own: State, path: Path) -> None:
    """Raises CheckpointError unless a saved carried state fits the network's."""
    if _forms(saved) != _forms(own):
        raise CheckpointError(f"{path} has a carried state that does not fit the network")


def _forms(state: State) -> dict[str, tuple[tuple[int, ...], str]]:
    return {name: (array.shape, array.dtype.kind) for name, array in state.items()}


@dataclass
class Saver:
    """Where a run is saved and what is saved there.

    `every` is a number of steps, 0 for the end only. `last` is the file that holds the last good
    state, of step `step`. `ours`: the file is known to be a checkpoint, perhaps a broken one.
    """

    path: Path | None = None
    interval: int = 0
    name: str = "training"
    last: Path | None = None
    step: int = 0
    ours: bool = False
    lock: Lock | None = None

    def prepare(self, overwrite: bool = False) -> None:
        """Tries the place. Raises CheckpointError for one that cannot be, or is in use."""
        if self.path is None:
            return
        try_place(self.path, self.ours)
        self.lock = Lock(self.path)
        try:
            free = self.lock.take()
        except OSError as error:
            raise CheckpointError(f"cannot save to {self.path}: {error.strerror}") from None
        if not free:
            raise CheckpointError(f"another run saves to {self.path} now; name another file with "
                                  "--save, or wait for its end")
        if not self.ours and not overwrite and not is_empty(self.path):
            self.release()
            raise CheckpointError(f"{self.path} holds a checkpoint already; go on with it by "
                                  "--resume, or give --overwrite or another --save")

    @contextmanager
    def prepared(self, overwrite: bool = False) -> Iterator[None]:
        """The place is this run's, unless the block fails. Raises as `prepare`."""
        self.prepare(overwrite)
        try:
            yield
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Lets other runs save there."""
        if self.lock is not None:
            self.lock.release()

    def due(self, step: int) -> bool:
        """Whether a state is to be saved after this step."""
        return self.path is not None and self.interval > 0 and step % self.interval == 0

    def save(self, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        """Saves a state, if there is a place for it. Raises CheckpointError."""
        if self.path is not None:
            self._write(self.path, header, arrays)

    def save_last(self, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> str:
        """Saves the last state; where that fails, among temporary files, which is then told.

        Raises CheckpointError where this fails too.
        """
        try:
            self.save(header, arrays)
        except CheckpointError as error:
            other = _free_name(Path(tempfile.gettempdir()), self.name)
            try:
                self._write(other, header, arrays)
            except CheckpointError as again:
                raise CheckpointError(f"{error}; and {again}; the last steps are lost") from None
            return f"{error}; saved to {other} instead"
        return ""

    def save_interrupted(self, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> str:
        """As `save_last`; without a place to save to, a new file in the working folder."""
        if self.path is None:
            self.path = _free_name(Path.cwd(), self.name)
        return self.save_last(header, arrays)

    def _write(self, path: Path, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        write(path, header, arrays)
        self.last, self.step = path, int(header["step"])


def _free_name(folder: Path, name: str) -> Path:
    names = (folder / f"{name}{'' if n == 1 else f'-{n}'}.ckpt" for n in count(1))
    return next(path for path in names if not os.path.lexists(path))


def _indented(text: str) -> str:
    return "\n".join("  " + line for line in text.splitlines())


def _shape(shape: list[int] | None) -> str:
    return "missing" if shape is None else " × ".join(map(str, shape)) or "a number"
