"""The text of a model, composed of a cell, a head, a reduction, and how they are put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from derive.calculus.recurrence.cell_axes import input_axis, output_axes
from derive.calculus.recurrence.composed_text import (
    NAME,
    ComposedText,
    head_output,
    numbered,
    renamed,
    with_time,
)
from derive.calculus.recurrence.head_equations import (
    directions,
    free_names,
    own_lines,
    reads_target,
    renamed_in,
)
from derive.calculus.recurrence.named_heads import TARGETS, find_head
from derive.calculus.recurrence.step_equations import backwards, left_name, masked
from derive.errors import ModelError
from derive.limits import tick
from derive.notation.reading.declaration_lines import declared_names
from derive.tables.cell_table import (
    Cell,
    Head,
    Reduction,
    find_reduction,
    reductions,
    usual_head,
)


@dataclass(frozen=True)
class Composition:
    """What a model is put together from.

    `labels`: the inputs are labels (symbols), not numbers; `embed` puts a table of vectors
    between them and the first layer. `last`: one target a sequence, read after its last step.
    `masked`: padded steps leave the state as it is. `weighted`: the losses of the steps are
    weighted by w, in place of the reduction. `several`: K targets at once, each with outputs of its
    own; their losses are added up.
    """

    cell: Cell
    head: str = field(default_factory=lambda: usual_head("classes"))
    reduction: str = "sum"
    layers: int = 1
    bidirectional: bool = False
    labels: bool = False
    embed: bool = False
    last: bool = False
    masked: bool = False
    weighted: bool = False
    several: bool = False


MOST_LAYERS = 200


@dataclass(frozen=True)
class Composed:
    """The text of a model, and how its dimensions are called: of H, D, S, K those that it has.

    `naming` has its names, with their subscripts, of what the head's loss reads.
    """

    text: str
    sizes: Mapping[str, str]
    naming: dict[str, str]


def composed(parts: Composition) -> str:
    """The model's text: declarations, equations, the loss. Raises as `composition`."""
    return composition(parts).text


def composed_with_names(parts: Composition) -> tuple[str, dict[str, str]]:
    """The model's text, and its names, with their subscripts, of what the head's loss reads."""
    made = composition(parts)
    return made.text, made.naming


def composition(parts: Composition) -> Composed:
    """The model put together. Names of a user's cell are kept; those of the head give way.

    Raises UnknownNameError for a head that is no loss, ModelError for one that cannot be a head.
    """
    if parts.layers > MOST_LAYERS:
        raise ModelError(f"a model has at most {MOST_LAYERS} layers, not {parts.layers}")
    text = ComposedText()
    taken = _words(parts.cell)
    text.sizes["D"] = input_axis(parts.cell)
    source = _inputs(parts, text)
    reduced = not parts.weighted and not parts.last
    if parts.masked or (reduced and find_reduction(parts.reduction).masked):
        mask = text.role("mask", taken, "mask", "counted")
        text.given.append(f"{mask}: binary[T]")
    outputs: list[str] = []
    for layer in range(1, parts.layers + 1):
        tick("composing a model")
        if len(outputs) > 1:
            merged = text.free(f"x_{layer}")
            text.equations.append(f"{merged}[t] = {' + '.join(f'{o}[t]' for o in outputs)}")
            source = merged
        elif outputs:
            source = outputs[0]
        outputs = [_layer(parts, text, source, layer, False)]
        if parts.bidirectional:
            outputs.append(_layer(parts, text, source, layer, True))
    naming = _head(parts, text, outputs)
    return Composed("\n".join([*text.given, *text.equations]) + "\n", text.sizes, naming)


def _words(cell: Cell) -> set[str]:
    """All names that a cell mentions, dimensions too."""
    return {n for line in (*cell.given, *cell.equations) for n in NAME.findall(line)}


def _inputs(parts: Composition, text: ComposedText) -> str:
    """Declares the inputs; the name that the first layer reads."""
    width = text.sizes["D"]
    if not parts.labels:
        text.given.append(f"x: real[T, {width}]")
        return "x"
    taken = _words(parts.cell)
    text.sizes["S"] = symbols = numbered(taken, "S", "symbols")
    text.given.append(f"x: label({symbols})[T]")
    name = numbered(taken, "e", "e_in", "x_in", "e_x")
    if parts.embed:
        table = numbered(taken, "E", "table")
        text.given.append(f"{table}: real[{symbols}, {width}]")
        text.equations.append(f"{name}[t] = {table}[x[t]]")
    else:
        text.given.append(f"{name}: onehot({symbols})[T]")
        index = numbered(taken, "k", "j", "m", "n")
        text.equations.append(f"{name}[t, {index}] = delta({index}, x[t])")
    return name


def _layer(parts: Composition, text: ComposedText, source: str, layer: int, back: bool) -> str:
    """Adds a layer of the cell; the name of its output."""
    cell = parts.cell
    suffix = ("_back" if back else "") + (f"_{layer}" if layer > 1 else "")
    own = {*declared_names(cell.given), *map(left_name, cell.equations)}
    naming = {**{n: n + suffix for n in own}, "x": source, text.sizes["D"]: _width(
        parts, text, layer)}
    given = [renamed(g, naming) for g in cell.given if declared_names([g]) != ("x",)]
    text.given += [g for g in given if g not in text.given]
    equations = [renamed(backwards(e) if back else e, naming) for e in cell.equations]
    text.equations += masked(equations, text, back) if parts.masked else equations
    return naming[cell.output]


def _width(parts: Composition, text: ComposedText, layer: int) -> str:
    """The dimension of what a layer reads. Raises ModelError where the one below has no such."""
    if layer == 1:
        return text.sizes["S" if parts.labels and not parts.embed else "D"]
    axes = output_axes(parts.cell)
    if len(axes) != 1:
        raise ModelError(f"the output {parts.cell.output} of the cell has "
                         f"{len(axes)} axes beside time, and a layer above reads a vector; "
                         "give it one, or leave --layers out")
    return axes[0]


def _head(parts: Composition, text: ComposedText, hidden: list[str]) -> dict[str, str]:
    """Adds the loss of the head; what stands in the model for its names."""
    head, entry, constants = find_head(parts.head)
    taken = text.names()
    kinds = {n: line.partition(":")[2].strip() for line in entry.given
             for n in declared_names([line])}
    naming: dict[str, str] = {**constants, **{d: numbered(taken, d, f"{d}_out")
                                              for d in _dimensions(kinds.values())}}
    text.sizes["K"] = naming.get("K", "K")
    each = _each_target(parts, text, kinds, naming, taken) if parts.several else ""
    _add_loss_names(parts, text, hidden, kinds, naming)
    there = {n: _with_index(made, each) if each and n in kinds and n not in constants else made
             for n, made in naming.items()}
    formula = _own_equations(parts, head, text, naming) if head.equations else \
        renamed(entry.loss, there)
    loss = text.free("l", "ell")
    formula = f"sum({formula} for {each} in {text.sizes['K']})" if each else formula
    parts = replace(parts, last=parts.last or bool(head.sequence_loss))
    text.equations.append(f"{loss}{'' if parts.last else '[t]'} = {formula}")
    text.equations.append(_total(parts, text, loss, taken))
    return naming


def _each_target(parts: Composition, text: ComposedText, kinds: dict[str, str],
                 naming: dict[str, str], taken: set[str]) -> str:
    """Gives what the loss reads an axis of the targets; the index of these.

    Raises ModelError for a loss that has axes of its own.
    """
    if any("[" in kind or "(" in kind for kind in kinds.values()):
        raise ModelError(f"the head {parts.head} has one target at a time; with several choose "
                         "one of numbers, flags or amounts")
    text.sizes["K"] = size = numbered(taken, "K", "K_out")
    kinds.update({n: f"{kind}[{size}]" for n, kind in kinds.items() if n not in naming})
    return numbered(taken, "k", "j", "m", "n")


def _with_index(name: str, index: str) -> str:
    """A name at a step, or of a sequence, with a further index."""
    return f"{name[:-1]}, {index}]" if name.endswith("]") else f"{name}[{index}]"


def _add_loss_names(parts: Composition, text: ComposedText, hidden: list[str],
                    kinds: Mapping[str, str], naming: dict[str, str]) -> None:
    """Adds what the loss of a head reads: outputs of the network, targets, events."""
    head, entry, constants = find_head(parts.head)
    taken = text.names()
    read = {n: kind for n, kind in kinds.items()
            if n not in TARGETS or not head.equations or reads_target(head, n)}
    for name, written in read.items():
        kind = renamed(written, {d: n for d, n in naming.items() if d not in kinds})
        if name in head.outputs:
            naming[name] = head_output(text, name, kind, hidden, output_axes(parts.cell),
                                       len(head.outputs) > 1, parts.last)
        elif name in TARGETS or name in entry.observed:
            word = "target" if name in TARGETS else "events"
            naming[name] = _of_data(word, kind, parts.last, text, taken)
        elif name not in constants:
            raise ModelError(f"the loss {entry.name} has {name}: {kind}; give it a value, as in "
                             f"--head \"{head.name}({name}=1)\"")


def _of_data(word: str, kind: str, last: bool, text: ComposedText, taken: set[str]) -> str:
    """Declares data of a role; its name, with its step."""
    name = text.role(word, taken, *{"target": ("target", "y_target"),
                                    "events": ("events", "seen")}[word])
    text.given.append(f"{name}: {kind if last else with_time(kind)}")
    return name if last else f"{name}[t]"


def _own_equations(parts: Composition, head: Head, text: ComposedText, naming: dict[str, str],
                   ) -> str:
    """Adds the equations of a head that has some; its loss of a step, in the names of the model."""
    if parts.last:
        raise ModelError(f"the head {head.name} labels every step; with one target a sequence "
                         "choose another --head" if head.step_loss else
                         f"the head {head.name} takes a sequence of labels")
    own = free_names(head, text.free)
    there = {**{n: old.removesuffix("[t]") for n, old in naming.items()}, **own}
    given, equations = own_lines(head, there)
    text.given += given
    for lines, back in zip(directions(equations), (False, True), strict=True):
        text.equations += masked(lines, text, back) if parts.masked else lines
    naming.update({n: f"{new}[t]" for n, new in own.items()})
    return renamed_in((head.step_loss or head.sequence_loss,), there)[0]


def _dimensions(kinds: Iterable[str]) -> list[str]:
    """The dimensions in types such as `label(K)`."""
    return list(dict.fromkeys(d for kind in kinds for d in NAME.findall(kind)
                              if d[:1].isupper()))


def _total(parts: Composition, text: ComposedText, loss: str, taken: set[str]) -> str:
    """The last line: the losses of the steps reduced to one number."""
    name = text.free("L", "C")
    if parts.weighted:
        weights = text.role("weights", taken, "weight", "w_loss")
        # A weight is data; it has no axis of time where there is one target a sequence.
        text.given.append(f"{weights}: nonnegative{'' if parts.last else '[T]'}")
        return f"{name} = {weights}*{loss}" if parts.last else f"{name} = sum({weights}*{loss})"
    if parts.last:
        return f"{name} = {loss}"
    reduction: Reduction = find_reduction(parts.reduction)
    if reduction.batched:
        raise ModelError(f"the reduction {reduction.name} goes over the sequences of a batch; a "
                         "model of one sequence takes "
                         f"{' or '.join(r.name for r in reductions() if not r.batched)}")
    return f"{name} = {renamed(reduction.loss, {'l': loss, 'm': text.roles.get('mask', 'm')})}"
