"""Where parameters stand in the one vector of a checkpoint, so that any version reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

import numpy as np

from derive.errors import CheckpointError
from derive.training.bounded_ways import WAYS
from derive.training.checkpoint import Checkpoint
from derive.training.network import Array, Network

Places = dict[str, list[int]]


def places_of(network: Network) -> Places:
    """For each parameter its first place in `theta`, and 1 where it stands there transposed."""
    start, size = _address(network.theta), network.theta.itemsize
    return {name: [(_address(array) - start) // size,
                   int(array.ndim > 1 and not array.flags.c_contiguous)]
            for name, array in getattr(network, "views", network.parameters).items()}


def parameters_in(checkpoint: Checkpoint, vector: str = "theta") -> dict[str, Array] | None:
    """The parameters in a vector of a checkpoint, by name; None where it tells no places.

    Raises CheckpointError for places that cannot be.
    """
    header = checkpoint.header
    places, shapes = header.get("places"), header.get("sizes")
    if places is None or not isinstance(shapes, dict):
        return None
    try:
        theta = checkpoint.arrays[vector]
        made = {name: _cut(theta, places[name], shape) for name, shape in shapes.items()}
        for name, domain in header.get("bounded", {}).items():  # these stand as free numbers
            made[name] = np.asarray(WAYS[domain].value(made[name]))
        return made
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CheckpointError(f"{checkpoint.path} does not tell where its parameters stand"
                              ) from None


def fill(parameters: Mapping[str, Array], values: Mapping[str, Array], where: str) -> None:
    """Writes values over parameters of the same names and shapes. Raises CheckpointError."""
    for name in sorted({*parameters, *values}):
        if name not in values:
            raise CheckpointError(f"{where} has no parameter {name}; the model has "
                                  f"{', '.join(parameters)}")
        if name not in parameters:
            raise CheckpointError(f"{where} has a parameter {name}; the model has "
                                  f"{', '.join(parameters)}")
        if values[name].shape != parameters[name].shape:
            raise CheckpointError(f"{where} has the parameter {name} of the shape "
                                  f"{values[name].shape}; the model's is {parameters[name].shape}")
        if values[name].dtype.kind not in "iuf":
            raise CheckpointError(f"{where} has the parameter {name} as {values[name].dtype}, no "
                                  "numbers")
    for name, array in parameters.items():
        array[...] = values[name]


def _cut(theta: Array, place: Iterable[int], shape: Iterable[int]) -> Array:
    start, turned = (int(n) for n in place)
    dims = [int(n) for n in shape]
    size = prod(dims)
    if start < 0 or start + size > len(theta):
        raise ValueError
    array = theta[start:start + size].reshape(dims[::-1] if turned else dims)
    return array.T if turned else array


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
