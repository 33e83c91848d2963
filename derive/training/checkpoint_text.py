"""Text from a language model that was kept in a file: `derive.sample`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from derive.argument_kinds import FLAG, NUMBER, PATH, at_least, text_of
from derive.errors import CheckpointError
from derive.public_arguments import public
from derive.training.checkpoint import read_good
from derive.training.saving import load_parameters
from derive.training.setup import compiled_network, saved_options, stand_in
from derive.training.text_sampling import sample as symbols


@public(checkpoint=PATH, length=at_least(0), temperature=NUMBER,
        prime=text_of("what is read first"), seed=at_least(0), argmax=FLAG)
def sample(checkpoint: str | os.PathLike[str], *, length: int = 500, temperature: float = 0.8,
           prime: str = "", seed: int = 1, argmax: bool = False) -> str:
    """Text from a language model that `derive.train(..., save=FILE)` has kept.

    `length` symbols are drawn; below a `temperature` of 1 likely symbols become likelier, 0 (or
    `argmax`) takes the likeliest. The model reads `prime` before it writes. The same `seed`
    writes the same text. Raises CheckpointError for a file that is no language model.

    >>> len(derive.sample("text.ckpt", length=5, seed=1))
    5
    """
    return "".join(sampled(Path(checkpoint), length, 0 if argmax else temperature, prime, seed))


def sampled(checkpoint: Path, length: int, temperature: float, prime: str, seed: int,
            notice: Callable[[str], object] = warnings.warn) -> Iterator[str]:
    """The symbols as they are drawn; `notice` hears what there is to say about the file."""
    stored, text = read_good(checkpoint)
    if text:
        notice(text)
    options, data = saved_options(stored), stand_in(stored)
    if data.language is None:
        raise CheckpointError(f"{checkpoint} is no language model: it was trained on "
                              f"{data.name!r} ({data.title}); sampling needs a model of text")
    network = compiled_network(data, options)
    load_parameters(network, stored)
    return symbols(network, data.language, length, temperature=temperature, prime=prime,
                   seed=seed)
