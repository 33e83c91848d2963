"""The lines of a recurrent model by what they say, in whatever order they stand."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from derive.errors import ModelError, NotationError
from derive.notation.reading.declaration_lines import ABOUT, is_prediction
from derive.notation.reading.specification import text_lines

EQUATION = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[([^\]=]*)\])?\s*=(?!=)")
# Before the first step, after the last, and further indices.
EDGE = re.compile(r"\s*(-\s*1|[A-Z]\w*)\s*((?:,\s*[a-z]\w*\s*)*)\Z")
DECLARED = re.compile(r"\s*([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*:(?!=)(.*)", re.S)
NO_EQUATION = ("no equation has a time index; write one such as "
               "h[t] = tanh(b + W @ h[t-1] + U @ x[t])")
_WORD = re.compile(r"[^\W\d]\w*")
_PARAMETER_LINE = re.compile(rf"\s*(?:{'|'.join(ABOUT)})\s+[^\W\d]")
_TWO_WORDS = re.compile(r"\s*([^\W\d]\w*)\s+([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*(?::.*)?\Z", re.S)
_COMPARISON = re.compile(r"[<>]|==|!=")


@dataclass(frozen=True)
class ModelLines:
    """Declarations (and conditions), equations, values at the edges, lines on parameters.

    `loss` is the one line without a time index that no other line reads; None in a cell. All are
    in the order in which they are typed.
    """

    declared: tuple[str, ...] = ()
    equations: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    predictions: tuple[str, ...] = ()
    loss: str | None = None

    @property
    def output(self) -> str:
        """The name that the last equation of a step defines; empty where there is none."""
        return next((name_of(line) for line in reversed(self.equations) if is_timed(line)), "")


def name_of(line: str) -> str:
    """The name on the left of an equation; empty for another line."""
    match = EQUATION.match(line)
    return match.group(1) if match is not None else ""


def is_timed(line: str) -> bool:
    """Whether a line is an equation with an index."""
    match = EQUATION.match(line)
    return match is not None and match.group(2) is not None


def is_edge(line: str) -> bool:
    """Whether a line gives the value before the first step, or after the last."""
    match = EQUATION.match(line)
    return match is not None and match.group(2) is not None and EDGE.match(match.group(2)) is not \
        None


def sorted_lines(text: str) -> ModelLines:
    """The lines of a model. Raises ModelError where two lines could be its loss."""
    lines = list(text_lines(text))
    if not lines:
        raise NotationError("the model is empty; type its equations, such as "
                            "h[t] = tanh(b + W @ h[t-1] + U @ x[t])")
    kinds: dict[str, list[str]] = {kind: [] for kind in (
        "about", "declared", "equation", "edge", "predict", "bare")}
    for line in lines:
        kind = _kind(line, line is lines[-1])
        if kind == "bare":
            _check_word(line)
        kinds[kind].append(line)
    loss = _loss(kinds["equation"], kinds["bare"], lines)
    rest = [line for line in kinds["bare"] if line is not loss]
    return ModelLines(
        (*kinds["declared"], *rest), tuple(e for e in kinds["equation"] if e is not loss),
        tuple(kinds["edge"]), tuple(kinds["about"]), tuple(kinds["predict"]), loss)


def _kind(line: str, last: bool) -> str:
    if _PARAMETER_LINE.match(line):
        return "about"
    if EQUATION.match(line):
        if is_prediction(line):
            return "predict"
        return "edge" if is_edge(line) else "equation"
    if DECLARED.match(line) or (_COMPARISON.search(line) and not last):
        return "declared"
    return "bare"


def _check_word(line: str) -> None:
    """Raises ModelError for a line of two words, whose first one begins no line."""
    match = _TWO_WORDS.match(line)
    if match is None:
        return
    word, names = match.groups()
    near = get_close_matches(word, ABOUT, 1, 0.6)
    hint = f"did you mean {near[0]} {names}?" if near else \
        f"a type stands behind the names, as in {names}: {word}, if that is one"
    raise ModelError(f"no line begins with {word!r}; {hint}", line, match.start(1) + 1, len(word))


def _loss(equations: Sequence[str], bare: Sequence[str], lines: Sequence[str]) -> str | None:
    """The line of the loss: a formula without a name, or the equation that nothing reads."""
    if bare:
        return bare[-1] if bare[-1] is lines[-1] or len(bare) == 1 else None
    return _named_loss(equations, lines)


def _named_loss(equations: Sequence[str], lines: Sequence[str]) -> str | None:
    """The equation without an index that nothing reads: the last one, where that is one."""
    once = [e for e in equations if not is_timed(e)]
    unread = [e for e in once if not _is_read(e, lines)]
    if len(unread) > 1 and equations[-1] not in unread:
        names = " and ".join(name_of(e) for e in unread)
        raise ModelError(f"nothing reads {names}, and one of them is the loss; put the loss last, "
                         "and remove the others", unread[-1], 1)
    ends = [e for e in unread or once if e is equations[-1]] or unread
    return ends[0] if ends else None


def _is_read(equation: str, lines: Sequence[str]) -> bool:
    """Whether another line reads the name that an equation defines."""
    return any(name_of(equation) in _WORD.findall(_right(line)) for line in lines
               if line is not equation)


def _right(line: str) -> str:
    """What a line reads: all of it, but for the name on its left; nothing in a declaration."""
    if DECLARED.match(line) or _PARAMETER_LINE.match(line):
        return ""
    match = EQUATION.match(line)
    return line[match.end():] if match is not None else line


def in_reading_order(equations: Sequence[str], known: Container[str],
                     ) -> Iterator[tuple[str, dict[str, str]]]:
    """Equations so that each follows those whose names, undeclared, it reads.

    With each, what is to be said of the names that are not defined before it.
    """
    pending = [(e, name_of(e), set(_WORD.findall(_right(e)))) for e in equations]
    kinds = {name: _kind_of(line) for line, name, _ in reversed(pending)}
    while pending:
        names = {name for _, name, _ in pending if name not in known}
        ready = next((n for n, (_, _, words) in enumerate(pending) if names.isdisjoint(words)), 0)
        line, own, _ = pending.pop(ready)
        yield line, {name: ("it reads itself" if name == own else "the equations read each other")
                     + f", so declare it, as in {name}: {kinds[name]}" for name in names}


def _kind_of(line: str) -> str:
    """The type of what an equation defines, as it may be declared."""
    axes = (EQUATION.match(line).group(2) or "").count(",")  # type: ignore[union-attr]
    return f"real[T{', H' * max(1, axes)}]" if is_timed(line) else "real[H]"
