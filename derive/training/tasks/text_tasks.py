"""Tasks on text that comes with Python: help topics, and the names of characters."""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from functools import cache

import numpy as np

from derive.tables.cell_table import usual_head
from derive.training.tasks.readings import Reading
from derive.training.tasks.registry import Limits
from derive.training.tasks.task_data import OF_CLASSES, OF_FLAGS, alphabet, encode, sha256

# Categories with fewer names than this are left out: 20 names a class leave 4 to measure on.
FEWEST = 20


@cache
def topics_text() -> str:
    """The help topics of Python (`pydoc_data.topics`) in the order of their names."""
    from pydoc_data.topics import topics

    return "\n".join(topics[key] for key in sorted(topics))


def python_version() -> str:
    """The version whose texts are read."""
    return ".".join(str(part) for part in sys.version_info[:3])


def _topics_source() -> str:
    return f"pydoc_data.topics of Python {python_version()}, PSF-2.0"


def character_model(text: str, source: str, symbols: tuple[str, ...] | None = None) -> Reading:
    """Each character of `text` (at least 2) is predicted from those before it.

    DataError at a character that is not among `symbols` (default: those of the text).
    """
    known = symbols or alphabet(text)
    labels = encode(text, known, source)
    return Reading(source, labels, labels, usual_head(OF_CLASSES), symbols=known, classes=known,
                   ahead=1, counted=len(text), metric="bits", digest=sha256(text))


def characters(seed: int, limits: Limits) -> Reading:
    """Character language model on the help topics; `seed` changes nothing."""
    return character_model(topics_text()[: limits.steps], _topics_source())


def spaces(seed: int, limits: Limits) -> Reading:
    """The words of the help topics without spaces; after each character: does a space follow?

    Any run of white space counts as one space. `seed` changes nothing.
    """
    words = topics_text().split()
    text = "".join(words)
    follows = np.zeros(len(text), np.int64)
    follows[np.cumsum([len(word) for word in words]) - 1] = 1
    text, follows = text[: limits.steps], follows[: limits.steps]
    symbols = alphabet(text)
    return Reading(_topics_source(), encode(text, symbols), follows, usual_head(OF_FLAGS),
                   symbols=symbols, classes=("none", "space"), digest=sha256(text))


@cache
def name_pairs() -> tuple[tuple[str, str], ...]:
    """(name, category) of Unicode 3.2.0 in the order of code points.

    Names that are made by rule, those of CJK ideographs and of Hangul syllables, are left out.
    """
    table = unicodedata.ucd_3_2_0
    pairs = []
    for code in range(sys.maxunicode + 1):
        name = table.name(chr(code), "")
        if name and not name.startswith(("CJK", "HANGUL SYLLABLE")):
            pairs.append((name, table.category(chr(code))))
    return tuple(pairs)


def names(seed: int, limits: Limits) -> Reading:
    """Names of characters by category; `limits.sequences` takes that many, drawn by `seed`."""
    pairs = list(name_pairs())
    counts = Counter(category for _, category in pairs)
    kept = [pair for pair in pairs if counts[pair[1]] >= FEWEST]
    digest = sha256(repr(pairs))
    if limits.sequences is not None and limits.sequences < len(kept):
        drawn = np.random.default_rng(seed).permutation(len(kept))[: limits.sequences]
        kept = [kept[n] for n in sorted(drawn)]
        digest = sha256(repr(kept))
    text = "".join(name for name, _ in kept)
    symbols, classes = alphabet(text), alphabet(category for _, category in kept)
    places = {category: place for place, category in enumerate(classes)}
    return Reading("unicodedata.ucd_3_2_0, Unicode licence", encode(text, symbols),
                   np.array([places[category] for _, category in kept]), usual_head(OF_CLASSES),
                   symbols=symbols, classes=classes, each=False, digest=digest,
                   starts=np.cumsum([0, *(len(name) for name, _ in kept)]))
