"""Tasks on text that comes with Python: help topics, and the names of characters."""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from functools import cache

import numpy as np

from derive.tables.cell_table import usual_head
from derive.training.tasks.registry import EVERYTHING, Limits
from derive.training.tasks.task_data import (
    OF_CLASSES,
    OF_FLAGS,
    Data,
    Split,
    alphabet,
    check,
    cut_sequences,
    cut_stream,
    encode,
    held_out_count,
    sha256,
)

HELD_OUT = 0.1
# Categories with fewer names than this are left out: 20 names a class leave 4 to measure on.
FEWEST = 20


@cache
def topics_text() -> str:
    """The help topics of Python (`pydoc_data.topics`) in the order of their names."""
    from pydoc_data.topics import topics

    return "\n".join(topics[key] for key in sorted(topics))


def _topics_source() -> str:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return f"pydoc_data.topics of Python {version}, PSF-2.0"


def character_model(text: str, name: str, title: str, source: str,
                    symbols: tuple[str, ...] | None = None, fraction: float = HELD_OUT) -> Data:
    """Each character of `text` (at least 2) is predicted from those before it.

    The last `fraction` of the characters is held out. DataError at a character that is not among
    `symbols` (default: those of the text).
    """
    known = symbols or alphabet(text)
    labels = encode(text, known, name)
    train, held = cut_stream(labels[:-1], labels[1:],
                             min(held_out_count(len(text), fraction), len(text) - 1))
    return Data(name=name, title=title, train=train, held_out=held, inputs=known, classes=known,
                each=True, head=usual_head(OF_CLASSES), metric="bits", source=source,
                digest=sha256(text))


def characters(seed: int = 0, limits: Limits = EVERYTHING) -> Data:
    """Character language model on the help topics; `seed` changes nothing."""
    return check(character_model(topics_text()[: limits.steps], "characters",
                                 "Next character of Python's help topics", _topics_source()))


def spaces(seed: int = 0, limits: Limits = EVERYTHING) -> Data:
    """The words of the help topics without spaces; after each character: does a space follow?

    Any run of white space counts as one space. `seed` changes nothing.
    """
    words = topics_text().split()
    text = "".join(words)
    follows = np.zeros(len(text), np.int64)
    follows[np.cumsum([len(word) for word in words]) - 1] = 1
    text, follows = text[: limits.steps], follows[: limits.steps]
    symbols = alphabet(text)
    train, held = cut_stream(encode(text, symbols), follows, held_out_count(len(text), HELD_OUT))
    return check(Data(
        name="spaces", title="Spaces put back into running text", train=train, held_out=held,
        inputs=symbols, classes=("none", "space"), each=True,
        head=usual_head(OF_FLAGS), metric="f1", source=_topics_source(), digest=sha256(text)))


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


def names(seed: int = 0, limits: Limits = EVERYTHING) -> Data:
    """Names of characters by category; a fifth, drawn by `seed`, is held out.

    `limits.sequences` takes that many, drawn by `seed` as well.
    """
    pairs = list(name_pairs())
    counts = Counter(category for _, category in pairs)
    kept = [pair for pair in pairs if counts[pair[1]] >= FEWEST]
    digest = sha256(repr(pairs))
    if limits.sequences is not None and limits.sequences < len(kept):
        drawn = np.random.default_rng(seed).permutation(len(kept))[: limits.sequences]
        kept = [kept[n] for n in sorted(drawn)]
        digest = sha256(repr(kept))
    symbols = alphabet("".join(name for name, _ in kept))
    classes = alphabet(category for _, category in kept)
    starts = np.concatenate([[0], np.cumsum([len(name) for name, _ in kept])])
    whole = Split(encode("".join(name for name, _ in kept), symbols),
                  np.array([classes.index(category) for _, category in kept]), starts)
    train, held = cut_sequences(whole, False, 0.2, seed)
    return check(Data(
        name="names", title="Category of a Unicode character from its name", train=train,
        held_out=held, inputs=symbols, classes=classes, each=False, head=usual_head(OF_CLASSES),
        metric="accuracy", source="unicodedata.ucd_3_2_0, Unicode licence", digest=digest))
