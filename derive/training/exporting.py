"""Models and trained models as modules for PyTorch, JAX and NumPy: `derive.export`."""

from __future__ import annotations

import os
from pathlib import Path

from derive.argument_kinds import FLAG, MODEL, at_least, choice, or_none, text_of
from derive.arrays.recurrent.export_facts import ExportFacts
from derive.arrays.recurrent.model_export import exported_derivation, exported_text
from derive.arrays.recurrent.step_dialects import STEP_DIALECTS
from derive.calculus.recurrence.back_propagation import bptt
from derive.errors import DataError, DeriveError
from derive.file_writing import write_file
from derive.given_files import begins_with, content_of
from derive.judge.rules.user_functions import Functions
from derive.notation.reading.model_equations import read_model
from derive.public_arguments import public
from derive.rulebook.loading import Rules
from derive.training.checkpoint import MAGIC
from derive.training.prediction_values import kind_of
from derive.training.trained_model import TrainedModel, loaded
from derive.training.weight_files import read_weights, write_weights

TARGETS = tuple(STEP_DIALECTS)
_MARK = b"derived and generated."  # in the title of every module


@public(model=MODEL, to=choice(TARGETS), head=or_none(text_of("the name of a head")),
        reduction=text_of("the name of a reduction"), layers=at_least(1), bidirectional=FLAG,
        labels=FLAG, embed=FLAG, last=FLAG, masked=FLAG)
def export(model: str | Path, to: str = "torch", *, head: str | None = None,
           reduction: str = "sum", layers: int = 1, bidirectional: bool = False,
           labels: bool = False, embed: bool = False, last: bool = False, masked: bool = False,
           rules: Rules = None, functions: Functions | None = None) -> str:
    """The text of a module with a recurrent model for `to`: torch, jax or numpy.

    `model` is a checkpoint that `derive.train(..., save=FILE)` has kept, or what `derive.bptt`
    takes, with its options. The module has the equations, the derived backward pass and a
    self-test; that of a checkpoint loads its parameters from the NPZ file of its own name, which
    `derive.load(CHECKPOINT).save_weights` writes. Raises DeriveError for what cannot be exported.

    >>> "def predict" in derive.export(derive.cells()[0].name, to="numpy")
    True
    """
    if is_checkpoint(model):
        return exported_checkpoint(loaded(Path(model)), to)
    derivation = bptt(model, head=head, reduction=reduction, layers=layers,
                      bidirectional=bidirectional, labels=labels, embed=embed, last=last,
                      masked=masked, rules=rules, functions=functions)
    return exported_derivation(derivation, to)


def is_checkpoint(model: str | os.PathLike[str]) -> bool:
    """Whether what is named is a checkpoint, and no model: by its first bytes, or its name."""
    name = os.fspath(model)
    if "\n" in name or "=" in name:
        return False
    path = Path(name)
    return begins_with(path, MAGIC) if path.is_file() else path.suffix == ".ckpt"


def exported_checkpoint(model: TrainedModel, target: str, command: str = "") -> str:
    """The text of a module with a trained model."""
    kind = "own equations" if model.options.model else model.options.cell
    title = f"{model.data.title}, learned by {kind}"
    return exported_text(read_model(model.equations), target, title, command, facts_of(model))


def facts_of(model: TrainedModel) -> ExportFacts:
    """What the module of a trained model has beside its equations."""
    data = model.data
    output, kind = model.output, kind_of(model.output)
    what = "Labels of SYMBOLS (T, B)" if model.symbols is not None else \
        f"Numbers (T, B, {data.inputs}) in the units of the data"
    given = {"classes": "probabilities of CLASSES" if kind.sampled else "scores of CLASSES",
             "flags": "the probability of the second of CLASSES" if kind.sampled else "scores",
             "amounts": "amounts"}.get(kind.targets, "numbers in the units of the data")
    return ExportFacts(
        model.sizes, model.symbols, model.classes,
        () if data.layout is None or model.symbols is not None else data.layout.scales,
        data.scales if data.classes is None else (), data.train.targets.ndim > 1,
        kind.inverse, output.name,
        f"{what}; {given} come back")


def write_export(model: TrainedModel, target: str, path: Path, command: str = "") -> Path:
    """Writes a module and, beside it, the parameters; gives the path of these.

    Raises DeriveError for a file of that name with other arrays.
    """
    beside = path.with_suffix(".npz")
    check_module(path)
    check_parameters(beside, model)
    text = exported_checkpoint(model, target, command)
    write_file(path, text, DataError)
    write_weights(beside, model.parameters, {})
    return beside


def check_module(path: Path) -> None:
    """Raises DeriveError for a file that is there, is not empty, and is no module of ours."""
    try:
        content = content_of(path) if path.is_file() else b""
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror}") from None
    if content.strip() and _MARK not in b" ".join(content.split()):
        raise DeriveError(f"{path} exists and is no module that derive has written; write the "
                          "module under another name")


def check_parameters(path: Path, model: TrainedModel) -> None:
    """Raises DeriveError for a file that holds anything else than such parameters."""
    if not path.exists():
        return
    try:
        names = set(read_weights(path))
    except DeriveError:
        names = set()
    if names != set(model.parameters):
        raise DeriveError(f"{path}, where the parameters would go, exists and holds something "
                          "else; write it under another name")
