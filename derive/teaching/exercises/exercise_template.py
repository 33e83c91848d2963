"""A new exercise file: from a loss of the catalogue, or from a task as one writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from derive.core.indexing import exact
from derive.errors import DeriveError, UnknownNameError
from derive.notation.printing.plain import plain
from derive.notation.reading.specification import is_definition
from derive.tables.loss_table import Entry, find_entry
from derive.teaching.exercises.exercise_file import parsed_exercise
from derive.teaching.exercises.exercise_record import Exercise, engine_of
from derive.teaching.exercises.exercise_trial import LineFault, check_variant
from derive.teaching.exercises.variants import NAME
from derive.teaching.sheets.passages import passages
from derive.teaching.sheets.task import worded

_MOST_STEPS = 8  # of the engine's, that become a model


@dataclass(frozen=True)
class _Draft:
    title: str
    given: tuple[str, ...]
    define: tuple[str, ...]
    task: str
    model: tuple[str, ...] = ()


@exact
def exercise_template(target: str, given: Sequence[str] = ()) -> str:
    """The text of an exercise file for a loss by its name, or for a task.

    A task may have declarations above it, and lines below, which become the model; else the
    engine's own lines do. Raises DeriveError for what poses no task.
    """
    draft = _of_loss(target, given) if "\n" not in target else None
    draft = draft or _of_sheet(target, given)
    bare = _file(draft)
    exercise = parsed_exercise(bare, "the exercise")
    try:
        check_variant(exercise.variant())
    except LineFault as fault:
        raise DeriveError(f"{' '.join(fault.line.split())!r}: {fault}") from None
    return bare if draft.model else _with_model(draft, exercise)


def _of_loss(name: str, given: Sequence[str]) -> _Draft | None:
    """The gradient of a loss of the catalogue; None for what is no name of one."""
    if worded(name) is not None:
        return None
    try:
        entry: Entry | None = find_entry(name.strip(), bool(given))
    except UnknownNameError:
        entry = None
        if name.replace("-", "").replace("_", "").isalnum():
            raise
    if entry is None:
        return None
    return _Draft(f"Gradient: {entry.title}", (*entry.given, *given), entry.define,
                  f"gradient of {entry.loss} with respect to {entry.wrt}")


def _of_sheet(text: str, given: Sequence[str]) -> _Draft:
    """The task of a sheet, with what stands above and below it."""
    lines = [" ".join(row.text.split()) for row in (p.row for p in passages(text))]
    place = next((n for n, line in enumerate(lines) if worded(line)), None)
    if place is None:
        raise DeriveError("an exercise is made of the name of a loss, or of a task such as "
                          "'gradient of (z - y)**2 with respect to z'; derive losses lists names")
    wording = worded(lines[place])
    assert wording is not None
    head = [*given, *lines[:place]]
    return _Draft(wording.kind.capitalize(),
                  tuple(line for line in head if not is_definition(line)),
                  tuple(line for line in head if is_definition(line)), lines[place],
                  tuple(lines[place + 1:]))


def _with_model(draft: _Draft, exercise: Exercise) -> str:
    """The file with the engine's lines as its model, as far as they can be read back."""
    variant = exercise.variant()
    path = engine_of(variant).path
    steps = [] if path is None else [plain(line.expression, variant.task.reserved)
                                     for line in path.lines]
    kept = (*steps[:_MOST_STEPS - 1], *steps[-1:]) if len(steps) > _MOST_STEPS else tuple(steps)
    for model in (kept, kept[-1:]):
        text = _file(_Draft(draft.title, draft.given, draft.define, draft.task,
                            tuple(f"= {step}" for step in model)))
        try:
            check_variant(parsed_exercise(text, "the exercise").variant())
        except DeriveError:
            continue
        return text
    return _file(draft)


def _file(draft: _Draft) -> str:
    """The file, with what else may be in it as comments."""
    wording = worded(draft.task)
    name = next(iter(NAME.findall(wording.variable if wording else "")), "x")
    return "\n".join((
        f"title  = {_quoted(draft.title)}",
        'text   = "Derive it line by line."     # what the student is told besides the task',
        f"given  = {_listed(draft.given)}", f"define = {_listed(draft.define)}",
        f"task   = {_quoted(draft.task)}",
        "points = { total = 10, result = 5 }    # the rest for the lines; step = 1: for each line",
        "# least_lines = 2                      # of fewer lines only their share counts",
        "# hints  = { most = 2, cost = 1 }      # levels from 1 to 4, and what each hint costs",
        f'# accept = {{ u = "{name}" }}                 # other names that students may use',
        f"model  = {_listed(draft.model)}",
        "",
        "# A variant for each student: what may stand in the place of a name above. A seed of your",
        "# own, kept to yourself, deals the variants.",
        '# seed = "2026"',
        "# [vary]", f'# {name} = ["{name}", "u"]', "")).rstrip()


def practice_copy(exercise: Exercise) -> str:
    """The text of an exercise for students to practise with: no model, no answers, no seed."""
    scheme, hints = exercise.points, exercise.hints
    parts = [f"title = {_quoted(exercise.title)}", f"task = {_quoted(exercise.task)}",
             f"text = {_quoted(exercise.text)}", f"given = {_listed(exercise.given)}",
             f"define = {_listed(exercise.define)}",
             f"points = {{ total = {scheme.total!r}, result = {scheme.result!r}, "
             f"step = {scheme.step!r}, follows = {scheme.follows!r}, round = {scheme.round!r} }}",
             f"least_lines = {exercise.least_lines}",
             f"hints = {{ most = {hints.most}, cost = {hints.cost!r} }}"]
    if exercise.accept:
        parts += ["", "[accept]"]
        parts += [f"{_quoted(other)} = {_quoted(name)}" for other, name in exercise.accept]
    if exercise.choices:
        parts += ["", "[vary]"]
        parts += [f"{_quoted(choice.name)} = {_listed(choice.values)}"
                  for choice in exercise.choices]
    return "\n".join(parts)


def _listed(lines: Iterable[str]) -> str:
    """A list of TOML, each text on a line of its own where there are several."""
    quoted = [_quoted(line) for line in lines]
    if len(quoted) < 2 or sum(map(len, quoted)) < 60:
        return f"[{', '.join(quoted)}]"
    return "[\n" + "".join(f"    {line},\n" for line in quoted) + "]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
