"""Loss and metric of a run as .png or .svg. Needs matplotlib, the extra `plot`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from io import BytesIO
from pathlib import Path

from derive.errors import TrainingError
from derive.extras import required
from derive.file_writing import write_file
from derive.given_files import content_of
from derive.training.log import Row

_MADE_BY = "derive, curves of a training run"
_Points = tuple[list[float], list[float]]


def check_plot(path: Path) -> None:
    """Tries whether a plot can be made at `path`, before any work is done. Raises TrainingError."""
    required("matplotlib", "--plot needs", TrainingError)
    if path.suffix.lower() not in (".png", ".svg"):
        raise TrainingError(f"--plot writes .png or .svg, not {path.name!r}")
    check_own(path)
    if not os.access(path.resolve().parent, os.W_OK):
        raise TrainingError(f"cannot write {path}: its folder is missing or not writable")


def check_own(path: Path) -> None:
    """Raises TrainingError for a file that is there and is no plot of ours."""
    try:
        content = content_of(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise TrainingError(f"cannot write {path}: {error.strerror}") from None
    if content and _MADE_BY.encode() not in content[:4096]:
        raise TrainingError(f"{path} is no plot of derive: it is left as it is; name another file")


def plot(rows: Sequence[Row], path: Path, title: str, metric: str) -> None:
    """Draws loss and metric against the step, from rows of a log.

    Raises TrainingError for a file that cannot be written.
    """
    figure = import_module("matplotlib.figure").Figure(figsize=(9, 4), layout="constrained")
    import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    curves = {"loss": "loss", "metric": metric or "metric"}
    shown = [name for name in curves
             if _points(rows, name)[0] or _points(rows, "held_out_" + name)[0]]
    for axes, name in zip(figure.subplots(1, len(shown) or 1, squeeze=False)[0], shown,
                          strict=False):
        axes.plot(*_points(rows, name), color="tab:blue", label="training")
        axes.plot(*_points(rows, "held_out_" + name), color="tab:orange", marker="o",
                  markersize=3, label="held out")
        axes.set_xlabel("step")
        axes.set_ylabel(curves[name])
        axes.grid(alpha=0.3)
        axes.legend()
    figure.suptitle(title)
    form, content = path.suffix[1:].lower(), BytesIO()
    figure.savefig(content, format=form,
                   metadata={"Software" if form == "png" else "Creator": _MADE_BY})
    write_file(path, content.getvalue(), TrainingError)


def _points(rows: Sequence[Row], name: str) -> _Points:
    """Steps and values of a column, where it has values."""
    points = [(row["step"], row[name]) for row in rows if row.get(name) is not None]
    return [float(step or 0) for step, _ in points], [float(value or 0) for _, value in points]
