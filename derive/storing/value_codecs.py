"""The values of stored records: how each class is written, and read again, as one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple, Protocol

from sympy.core.basic import Basic

from derive.calculus.recurrence.model_structure import checked
from derive.core import tree_data
from derive.core.atoms import FunctionName
from derive.errors import DeriveError, StoredError
from derive.functions.function_records import Function, FunctionTable, standard_functions
from derive.judge.precision import Float, handed_over, mp
from derive.notation.reading.model_equations import Model, read_model
from derive.storing.annotations import fits
from derive.storing.stored_records import SHARED


class Writing(Protocol):
    """What writes the parts of a value."""

    trees: tree_data.Writer
    further: dict[str, type] | None  # classes of other rooms, where those may be written

    def value(self, value: Any) -> Any:
        """A value as data."""

    def place(self, value: Any) -> int:
        """The place of a record that is written once."""


class Reading(Protocol):
    """What reads the parts of a value. Raises StoredError."""

    trees: tree_data.Reader
    records: list[Any]
    further: Mapping[str, Any]

    def value(self, written: Any) -> Any:
        """What data stand for."""


class Codec(NamedTuple):
    """The values of a class: the key under which they are written, as which data, and back."""

    key: str
    of: type | tuple[type, ...]
    write: Callable[[Writing, Any], Any]
    read: Callable[[Reading, Any], Any]
    pickled: bool = False  # only in what was pickled


def codec_of(value: Any) -> Codec | None:
    """The codec of a value; None where it is a record, or foreign."""
    if hasattr(value, "of_source"):
        return _SOURCE
    if isinstance(value, Float) and not mp.isfinite(value):
        return _BY_KEY["float"]
    return next((codec for codec in _CODECS if isinstance(value, codec.of)), None)


def codec_named(key: str, pickled: bool) -> Codec:
    """The codec of a key. Raises StoredError where there is none."""
    codec = _BY_KEY.get(key)
    if codec is None or (codec.pickled and not pickled):
        raise StoredError(f"{key[:40]!r} is no way in which a value is written")
    return codec


def table_of(own: Any) -> FunctionTable:
    """The standard functions and those of a user."""
    if not fits(own, tuple[Function, ...]):
        raise StoredError("these are no functions of a user")
    return {**standard_functions(), **{f.name: f for f in own}}


def foreign(value: Any) -> StoredError:
    """The error for a value of no class that may be written."""
    return StoredError(f"{type(value).__name__} is no part of a derivation")


def _write_map(writer: Writing, value: Mapping[Any, Any]) -> list[Any]:
    return [[writer.value(k), writer.value(v)] for k, v in value.items()]


def _read_map(reader: Reading, pairs: Any) -> dict[Any, Any]:
    if not isinstance(pairs, list) or not all(isinstance(p, list) and len(p) == 2 for p in pairs):
        raise StoredError("a map is a list of pairs")
    keys = [reader.value(k) for k, _ in pairs]
    if not all(isinstance(k, (str, Basic)) for k in keys) or len(set(keys)) < len(keys):
        raise StoredError("the keys of a map are names or formulas, each once")
    return dict(zip(keys, (reader.value(v) for _, v in pairs), strict=True))


def _read_shared(reader: Reading, place: Any) -> Any:
    if type(place) is not int or not 0 <= place < len(reader.records):
        raise StoredError(f"{str(place)[:20]!r} is no record before this one")
    return reader.records[place]


def _write_model(writer: Writing, model: Model) -> list[Any]:
    return [model.text, [writer.value(f) for f in model.scope.functions.values() if f.own]]


def _read_model(reader: Reading, written: Any) -> Model:
    if not isinstance(written, list) or len(written) != 2 or not isinstance(written[0], str):
        raise StoredError("a model is written as its text and the user's functions in it")
    table_of(own := reader.value(written[1]))
    return _model(written[0], own)


@cache
def _model(text: str, own: tuple[Function, ...]) -> Model:
    return checked(read_model(text, table_of(own)))


def _write_function(writer: Writing, function: Function) -> int:
    if not function.own:
        raise foreign(function)
    return writer.trees.tree(function.leaf)


def _read_function(reader: Reading, place: Any) -> Function:
    leaf = reader.trees.tree(place)
    if not isinstance(leaf, FunctionName) or not isinstance(leaf.detail, Function):
        raise StoredError("this is no function of a user")
    return leaf.detail


def _read_float(_reader: Reading, text: Any) -> float:
    try:
        return float.fromhex(text)
    except (TypeError, ValueError, OverflowError):
        raise StoredError(f"{str(text)[:40]!r} is no number") from None


def _write_mpf(_writer: Writing, value: Any) -> list[Any]:
    sign, above, exponent, _ = value._mpf_
    return [int(sign), str(above), int(exponent)]


def _read_mpf(_reader: Reading, parts: Any) -> Any:
    if not fits(tuple(parts) if isinstance(parts, list) else None, tuple[int, str, int]) or \
            not (parts[1].isascii() and parts[1].isdecimal()
                 and len(parts[1]) < tree_data.MOST_DIGITS):
        raise StoredError("these are no parts of a number")
    above = int(parts[1])
    return handed_over(mp.make_mpf((parts[0] & 1, above, parts[2], above.bit_length())))


def _read_fraction(_reader: Reading, text: Any) -> Fraction:
    try:
        return Fraction(text)
    except (TypeError, ValueError, ZeroDivisionError):
        raise StoredError(f"{str(text)[:40]!r} is no fraction") from None


def _note(writer: Writing, value: Any) -> str:
    """The name of a class of another room, noted where such may be written."""
    if writer.further is None:
        raise foreign(value)
    writer.further[type(value).__name__] = type(value)
    return type(value).__name__


def _write_source(writer: Writing, value: Any) -> list[Any]:
    *texts, own = value.source
    return [_note(writer, value), *texts, writer.value(own)]


def _read_source(reader: Reading, written: Any) -> Any:
    name, *texts, own = written
    return reader.further[name].of_source(*texts, table_of(reader.value(own)))


def _write_error(writer: Writing, error: DeriveError) -> list[Any]:
    return [_note(writer, error), writer.value(error.args), writer.value(error.__dict__)]


def _read_error(reader: Reading, written: Any) -> Any:
    name, arguments, state = written
    error = reader.further[name].__new__(reader.further[name], *reader.value(arguments))
    error.__dict__.update(reader.value(state))
    return error


# What is made of texts, and of the functions of a user.
_SOURCE = Codec("source", (), _write_source, _read_source, pickled=True)
_CODECS = (
    Codec("tree", Basic, lambda writer, tree: writer.trees.tree(tree),
          lambda reader, place: reader.trees.tree(place)),
    Codec("map", Mapping, _write_map, _read_map),
    Codec("record", SHARED, lambda writer, record: writer.place(record), _read_shared),
    Codec("model", Model, _write_model, _read_model),
    Codec("function", Function, _write_function, _read_function),
    Codec("float", float, lambda _, value: float(value).hex(), _read_float),
    Codec("mpf", Float, _write_mpf, _read_mpf),
    Codec("fraction", Fraction, lambda _, value: str(value), _read_fraction),
    Codec("raised", DeriveError, _write_error, _read_error, pickled=True),
)
_BY_KEY = {codec.key: codec for codec in (*_CODECS, _SOURCE)}
