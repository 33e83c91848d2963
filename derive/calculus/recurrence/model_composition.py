"""The text of a model, composed of a cell, a head, a reduction, and how they are put together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from derive.calculus.recurrence.head_equations import directions, free_names, own_lines, renamed_in
from derive.calculus.recurrence.named_heads import TARGETS, find_head
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

_NAME = re.compile(r"[^\W\d]\w*")
_SHIFT = re.compile(r"\[\s*t\s*([-+])\s*1\s*")
_BOUNDARY = re.compile(r"\s*([^\W\d]\w*)\s*\[\s*(-\s*1|T)\s*\](?=\s*=(?!=))")

@dataclass(frozen=True)
class Composition:
    """What a model is put together from.

    `labels`: the inputs are labels (symbols), not numbers; `embed` puts a table of vectors
    between them and the first layer. `last`: one target a sequence, read after its last step.
    `masked`: padded steps leave the state as it is. `weighted`: the losses of the steps are
    weighted by w, in place of the reduction.
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


@dataclass
class _Text:
    given: list[str] = field(default_factory=list)
    equations: list[str] = field(default_factory=list)

    def names(self) -> set[str]:
        return {n for line in (*self.given, *self.equations) for n in _NAME.findall(line)}

    def free(self, *candidates: str) -> str:
        """The first of some names that is not used yet."""
        return _numbered(self.names(), *candidates)


def _numbered(taken: set[str], *candidates: str) -> str:
    """The first of some names that is not taken; the first with a number, if all are."""
    numbered = (f"{candidates[0]}_{k}" for k in range(2, 99))
    return next(n for n in (*candidates, *numbered) if n not in taken)


MOST_LAYERS = 200


def composed(parts: Composition) -> str:
    """The model's text: declarations, equations, the loss.

    Raises UnknownNameError for a head that is no loss, ModelError for one that cannot be a head.
    """
    return composed_with_names(parts)[0]


def composed_with_names(parts: Composition) -> tuple[str, dict[str, str]]:
    """The model's text, and its names, with their subscripts, of what the head's loss reads."""
    if parts.layers > MOST_LAYERS:
        raise ModelError(f"a model has at most {MOST_LAYERS} layers, not {parts.layers}")
    text = _Text()
    source = _inputs(parts, text)
    reduced = not parts.weighted and not parts.last
    if parts.masked or (reduced and find_reduction(parts.reduction).masked):
        text.given.append("m: binary[T]")
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
    return "\n".join([*text.given, *text.equations]) + "\n", naming


def _inputs(parts: Composition, text: _Text) -> str:
    """Declares the inputs; the name that the first layer reads."""
    if not parts.labels:
        text.given.append("x: real[T, D]")
        return "x"
    text.given.append("x: label(S)[T]")
    taken = {n for line in (*parts.cell.given, *parts.cell.equations) for n in _NAME.findall(line)}
    name = _numbered(taken, "e", "e_in", "x_in", "e_x")
    if parts.embed:
        text.given.append("E: real[S, D]")
        text.equations.append(f"{name}[t] = E[x[t]]")
    else:
        text.given.append(f"{name}: onehot(S)[T]")
        index = _numbered(taken, "k", "j", "m", "n")
        text.equations.append(f"{name}[t, {index}] = delta({index}, x[t])")
    return name


def _layer(parts: Composition, text: _Text, source: str, layer: int, back: bool) -> str:
    """Adds a layer of the cell; the name of its output."""
    cell = parts.cell
    suffix = ("_back" if back else "") + (f"_{layer}" if layer > 1 else "")
    own = {*declared_names(cell.given), *map(_left, cell.equations)}
    width = "H" if layer > 1 else ("S" if parts.labels and not parts.embed else "D")
    naming = {**{n: n + suffix for n in own}, "x": source, "D": width}
    given = [_renamed(g, naming) for g in cell.given if declared_names([g]) != ("x",)]
    text.given += [g for g in given if g not in text.given]
    equations = [_renamed(_reversed(e) if back else e, naming) for e in cell.equations]
    text.equations += _with_mask(equations, text, back) if parts.masked else equations
    return naming[cell.output]


def _with_mask(equations: list[str], text: _Text, back: bool) -> list[str]:
    """Equations whose states stay as they are where m[t] is 0."""
    before = "t+1" if back else "t-1"
    carried = {n for e in equations
               for n in re.findall(r"([^\W\d]\w*)\[\s*t\s*[-+]\s*1\s*[],]", e)}
    taken = text.names() | {n for e in equations for n in _NAME.findall(e)}
    masked = []
    for equation in equations:
        name, indices = _left(equation), equation.partition("[")[2].partition("]")[0].strip()
        if name not in carried or _BOUNDARY.match(equation):
            masked.append(equation)
            continue
        left, _, right = equation.partition("=")
        fresh = _numbered(taken, f"{name}_new")
        rest = "".join(indices.partition(",")[1:])
        if rest:  # an equation with explicit indices needs the shape of its name
            text.given += [f"{fresh}: {given.partition(':')[2].strip()}" for given in text.given
                           if name in declared_names([given])]
        masked.append(f"{left.replace(name, fresh, 1)}={right}")
        masked.append(f"{name}[{indices}] = {fresh}[{indices}] if m[t] == 1 else "
                      f"{name}[{before}{rest}]")
    return masked


def _reversed(equation: str) -> str:
    """An equation that runs backwards in time; a value before the first step is one after T."""
    edge = _BOUNDARY.match(equation)
    if edge is not None:
        there = "[T]" if edge.group(2).startswith("-") else "[-1]"
        return f"{edge.group(1)}{there}{equation[edge.end():]}"
    return _SHIFT.sub(lambda m: f"[t{'+' if m.group(1) == '-' else '-'}1", equation)


def _head(parts: Composition, text: _Text, hidden: list[str]) -> dict[str, str]:
    """Adds the loss of the head; what stands in the model for its names."""
    head, entry, constants = find_head(parts.head)
    step, place = ("", "[T-1]") if parts.last else ("[t]", "[t]")
    naming: dict[str, str] = dict(constants)
    for declared in entry.given:
        names = [n.strip() for n in declared.partition(":")[0].split(",")]
        kind = declared.partition(":")[2].strip()
        for name in names:
            if name in head.outputs:
                naming[name] = _output(text, name, kind, hidden, len(head.outputs) > 1, step, place)
            elif name in TARGETS:
                text.given.append(f"y: {kind if parts.last else _with_time(kind)}")
                naming[name] = f"y{step}"
            elif name not in constants:
                raise ModelError(f"the loss {entry.name} has {name}: {kind}; give it a value, as "
                                 f"in --head \"{head.name}({name}=1)\"")
    formula = _own_equations(parts, head, text, naming) if head.equations else \
        _renamed(entry.loss, naming)
    loss = text.free("l", "ell")
    text.equations.append(f"{loss}{step} = {formula}")
    text.equations.append(_total(parts, text, loss))
    return naming


def _own_equations(parts: Composition, head: Head, text: _Text, naming: dict[str, str]) -> str:
    """Adds the equations of a head that has some; its loss of a step, in the names of the model."""
    if parts.last:
        raise ModelError(f"the head {head.name} labels every step; with one target a sequence "
                         "choose another --head")
    own = free_names(head, text.free)
    there = {**{n: old.removesuffix("[t]") for n, old in naming.items()}, **own}
    given, equations = own_lines(head, there)
    text.given += given
    for lines, back in zip(directions(equations), (False, True), strict=True):
        text.equations += _with_mask(lines, text, back) if parts.masked else lines
    naming.update({n: f"{new}[t]" for n, new in own.items()})
    return renamed_in((head.step_loss,), there)[0]


def _total(parts: Composition, text: _Text, loss: str) -> str:
    """The last line: the losses of the steps reduced to one number."""
    name = text.free("L", "C")
    if parts.weighted:
        text.given.append("w: real" if parts.last else "w: real[T]")
        # A weight is data; it has no axis of time where there is one target a sequence.
        text.given[-1] = text.given[-1].replace("real", "nonnegative")
        return f"{name} = w*{loss}" if parts.last else f"{name} = sum(w*{loss})"
    if parts.last:
        return f"{name} = {loss}"
    reduction: Reduction = find_reduction(parts.reduction)
    if reduction.batched:
        raise ModelError(f"the reduction {reduction.name} goes over the sequences of a batch; a "
                         "model of one sequence takes "
                         f"{' or '.join(r.name for r in reductions() if not r.batched)}")
    return f"{name} = {_renamed(reduction.loss, {'l': loss})}"


def _output(text: _Text, name: str, kind: str, hidden: list[str], several: bool, step: str,
            place: str) -> str:
    """Adds what the network computes for the loss: an affine function of the last layer."""
    tail = f"_{name}"
    bias = text.free(f"c{tail}") if several else text.free("c", f"c{tail}")
    weight = text.free(f"V{tail}") if several else text.free("V", f"V{tail}")
    own = name if name not in text.names() else text.free(f"{name}_out")
    axes = kind.partition("[")[2].rstrip("]")
    product = "dot({}, {})" if not axes else "{} @ {}"
    terms = [bias]
    text.given.append(f"{bias}: {kind}")
    for n, state in enumerate(hidden):
        here = weight if n == 0 else f"{weight}_back"
        text.given.append(f"{here}: real[{axes + ', ' if axes else ''}H]")
        at = "[0]" if place == "[T-1]" and n else place
        terms.append(product.format(here, f"{state}{at}"))
    text.equations.append(f"{own}{step} = {' + '.join(terms)}")
    return f"{own}{step}"


def _left(equation: str) -> str:
    return equation.partition("[")[0].strip()


def _renamed(text: str, naming: dict[str, str]) -> str:
    return _NAME.sub(lambda m: naming.get(m.group(), m.group()), text)


def _with_time(kind: str) -> str:
    """A type with an axis for time in front: real[K] as real[T, K], label(K) as label(K)[T]."""
    if "[" in kind:
        return kind.replace("[", "[T, ", 1)
    return f"{kind}[T]"
