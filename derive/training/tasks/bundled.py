"""Tasks on files that come with optional packages; the packages are not imported."""

from __future__ import annotations

import csv
import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import usual_head
from derive.training.tasks.readings import Reading
from derive.training.tasks.registry import Limits
from derive.training.tasks.series import next_value
from derive.training.tasks.task_data import OF_CLASSES, Array, sha256


def _bundled(task: str, package: str, module: str, file: str) -> bytes:
    """The content of a package's file. DataError where package or file is missing."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise DataError(f"the data comes with {package}, which is not installed; "
                        f"run: pip install {package}", task)
    path = Path(spec.origin).parent / file
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{package} is installed without {path}: {error.strerror}; "
                        f"run: pip install --force-reinstall {package}", task) from None


def _column(content: bytes, name: str) -> Array:
    """(N,) the numbers of a column of a CSV file; NaN where it is empty."""
    rows = list(csv.reader(content.decode().splitlines()))
    at = rows[0].index(name)
    return np.array([float(row[at]) if row[at] else np.nan for row in rows[1:]])


def digits(seed: int, limits: Limits) -> Reading:
    """1797 images of 8 × 8 pixels, row by row from the top; pixels 0 … 16 are divided by 16."""
    content = gzip.decompress(_bundled("digits", "scikit-learn", "sklearn",
                                       "datasets/data/digits.csv.gz"))
    table = np.loadtxt(content.decode().splitlines(), delimiter=",")[: limits.sequences]
    return Reading("UCI Optical Recognition of Handwritten Digits, from scikit-learn",
                   table[:, :64].reshape(-1, 8) / 16, table[:, 64].astype(np.int64),
                   usual_head(OF_CLASSES), classes=tuple("0123456789"), each=False,
                   starts=np.arange(0, 8 * len(table) + 1, 8), scale=(0.0, 16.0),
                   digest=sha256(content))


def co2(seed: int, limits: Limits) -> Reading:
    """Weekly differences of CO2 at Mauna Loa, in ppm.

    The 59 weeks without a value lie on the line between their neighbours. `seed` changes nothing.
    """
    values = _column(_bundled("co2", "statsmodels", "statsmodels", "datasets/co2/co2.csv"), "co2")
    weeks, known = np.arange(len(values)), np.isfinite(values)
    filled = np.interp(weeks, weeks[known], values[known])
    return next_value(np.diff(filled)[: limits.steps],
                      "Keeling and Whorf 2004 (public domain), from statsmodels")


def sunspots(seed: int, limits: Limits) -> Reading:
    """Yearly sunspot numbers 1700-2008. `seed` changes nothing."""
    content = _bundled("sunspots", "statsmodels", "statsmodels", "datasets/sunspots/sunspots.csv")
    return next_value(_column(content, "SUNACTIVITY")[: limits.steps],
                      "NOAA (public domain), from statsmodels")
