"""Back-propagation through time: every adjoint of a recurrent model as one derivation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from derive.argument_kinds import FLAG, MODEL, at_least, or_none, text_of
from derive.calculus.asking import on_record
from derive.calculus.gradient.gradient import grad
from derive.calculus.problem import with_unknown
from derive.calculus.recurrence.adjoint_recurrence import Adjoints
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.calculus.recurrence.model_sources import Source, find_source
from derive.calculus.recurrence.model_structure import Leaf, checked
from derive.calculus.recurrence.named_heads import find_head
from derive.core.indexing import occurs
from derive.derivation import Derivation
from derive.errors import ModelError
from derive.judge.rules.user_functions import Functions, function_table
from derive.notation.printing.matrices import in_matrices
from derive.notation.printing.plain import plain
from derive.notation.reading.model_equations import Model, read_model
from derive.premises import Typed
from derive.public_arguments import public
from derive.reporting import report
from derive.rulebook.loading import Rulebook, Rules
from derive.tables.cell_table import Reduction, find_reduction, usual_head


@public(model=MODEL, head=or_none(text_of("the name of a head")),
        reduction=text_of("the name of a reduction"), layers=at_least(1), bidirectional=FLAG,
        labels=FLAG, embed=FLAG, last=FLAG, masked=FLAG)
@on_record
def bptt(model: str | Path, *, head: str | None = None, reduction: str = "sum", layers: int = 1,
         bidirectional: bool = False, labels: bool = False, embed: bool = False,
         last: bool = False, masked: bool = False, rules: Rules = None,
         functions: Functions | None = None) -> Derivation:
    """The adjoint recurrence of a recurrent model, as one derivation.

    `model` is the name of a cell or of a model of the catalogue, the text of a cell or of a whole
    model with its loss, or the path of a .txt or .toml file with one. A cell gets a `head` (a loss
    of the catalogue), a `reduction` over the steps, and `layers`; `bidirectional` adds a second
    cell that runs backwards in time; `labels` are inputs in place of numbers, which `embed` sends
    through a table of vectors; `last` has one target a sequence, read after its last step;
    `masked` lets steps with m[t] = 0 leave the state alone. `rules` and `functions` are the
    user's, as for `grad`.
    The derivation is that of the first adjoint; `others` are the rest: backwards through the
    equations, then the parameters.
    Raises DeriveError: UnknownNameError, NotationError at a column, ModelError for equations
    that do not fit together, NotDifferentiableError.

    >>> derive.bptt(derive.cells()[0].name).others[0].title
    '∂L/∂o'
    """
    origin, batch, usual = find_source(model), None, usual_head("classes")
    head, text = head or usual, origin.text
    if origin.cell is not None:
        over = find_reduction(reduction)
        if last and over.name != "sum":
            raise ModelError(f"with one target a sequence there is one loss, and no {over.name} of "
                             "the steps' losses; leave the reduction out")
        batch = over if over.batched else None
        text = composed(Composition(
            origin.cell, head, reduction, layers, bidirectional, labels, embed, last, masked,
            weighted=batch is not None))
    elif (head, reduction, layers) != (usual, "sum", 1) or any(
            (bidirectional, labels, embed, last, masked)):
        raise ModelError("a model with its loss is taken as it is; head, reduction, layers and "
                         "the like are for a cell, which has no loss")
    read = checked(read_model(text, function_table(functions)))
    rulebook, title = with_unknown(rules, read.scope), origin.title or "a recurrent model"
    derived = derivations(read, rulebook, origin)
    first, parts, remarks = derived[0], derived[0].parts, boundaries(read)
    if batch is not None:
        outer = over_batch(batch, rulebook)
        parts = (outer, *parts)
        remarks = (("weights", f"w[t] = {outer.notation} for the sequence n, held fixed in the "
                    "equations of one sequence"), *remarks)
    if origin.note:
        remarks = (*remarks, ("note", origin.note))
    return replace(first, title=f"Back-propagation through time: {_described(title, origin, head)}",
                   source=origin.source, parts=parts, others=tuple(derived[1:]), remarks=remarks,
                   typed=Typed(read.text))


def _described(title: str, origin: Source, head: str) -> str:
    if origin.cell is None:
        return title
    return f"{title}; {find_head(head)[1].title[:1].lower()}{find_head(head)[1].title[1:]}"


def derivations(model: Model, rulebook: Rulebook, origin: Source) -> list[Derivation]:
    """∂L/∂v for every name: backwards through the equations, then the parameters."""
    adjoints = Adjoints(model, rulebook, origin.title, origin.source)
    derived = []
    parameters = in_order(model)
    steps = len(adjoints.active) + len(parameters)
    for number, symbol in enumerate(reversed(adjoints.active), 1):
        report("deriving adjoints", number, steps)
        derived.append(_with_note(adjoints.total(symbol), adjoints, symbol))
        if symbol in model.initial and _learned(symbol, adjoints):
            derived.append(adjoints.before(symbol))
    for number, parameter in enumerate(parameters, len(adjoints.active) + 1):
        report("deriving adjoints", number, steps)
        derived.append(adjoints.total(parameter))
    if not derived:
        raise ModelError("nothing here can be differentiated by; declare a parameter, such as "
                         "W: real[H, H]")
    return derived


def _learned(symbol: Leaf, adjoints: Adjoints) -> bool:
    """Whether an initial value hangs on a parameter or on an equation."""
    model = adjoints.model
    body = model.initial[symbol].body
    return any(occurs(s, body) for s in (*model.parameters, *adjoints.active))


def in_order(model: Model) -> list[Leaf]:
    """The parameters as Goodfellow et al. (2016), eq. 10.22 to 10.28, have them.

    Vectors before matrices, those of later equations first.
    """
    places = [*(d.body for d in model.initial.values()), *(e.body for e in model.equations),
              model.loss]
    last = {p: max(n for n, body in enumerate(places) if occurs(p, body))
            for p in model.parameters}
    return sorted(model.parameters,
                  key=lambda p: (len(getattr(p.kind, "shape", ())) > 1, -last[p]))


def _with_note(adjoint: Derivation, adjoints: Adjoints, symbol: Leaf) -> Derivation:
    """Says who reads a name, where that takes the chain rule through several."""
    t = (adjoints.model.time_of(symbol) or adjoints.model.time).name
    readers = []
    for read in adjoints.users(symbol):
        if read.start:
            continue
        if read.equation is None:
            readers.append(f"the loss {adjoints.loss} itself")
        elif read.spread:
            readers.append(f"{read.equation.name}[{adjoints.reader_step(read.equation).name}]")
        elif not adjoints.model.timed(read.equation.symbol):
            readers.append(read.equation.name)
        else:
            shift = -(read.shift or 0)
            at = f"[{t}{f' {chr(43) if shift > 0 else chr(45)} 1' if shift else ''}]"
            readers.append(f"{read.equation.name}{at}")
    if len(readers) < 2:
        return adjoint
    own = f"{symbol.name}[{t}]" if adjoints.model.timed(symbol) else symbol.name
    return replace(adjoint, note=f"{own} is read by {_listed(readers)}.")


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def over_batch(reduction: Reduction, rulebook: Rulebook) -> Derivation:
    """∂L/∂l[n, t] from the formula of a reduction over the sequences of a batch."""
    outer = grad(reduction.loss, given=reduction.given, wrt="l[n, t]", rules=rulebook)
    return replace(outer, title=reduction.title, source=reduction.source,
                   note=f"Over a batch, L = {reduction.loss} with {', '.join(reduction.given)}:")


def boundaries(model: Model) -> tuple[tuple[str, str], ...]:
    """What holds before the first step and after the last, in the notation."""
    defined = [e.symbol for e in model.equations if model.timed(e.symbol)]
    shifted = sorted(_shifted_reads(model), key=lambda r: (*_place(r[0], defined), r[1]))
    if not shifted:
        return ()
    values = [f"{symbol.name}[{_edge(symbol, shift)}] = {_initial(symbol, shift, model)}"
              for symbol, shift in shifted]
    carried = {(symbol, shift) for symbol, shift in shifted
               if symbol in defined and symbol.kind.differentiable}
    ends = [f"d({model.name}, {e.name}[{_edge(e.symbol, -shift)}]) = 0" for shift in (-1, 1)
            for e in model.equations if e.symbol.kind.differentiable
            and shift in {s for _, s in carried & set(model.reads(e))}]
    starts = (("starts", "; ".join(values)),)
    return (*starts, ("ends", "; ".join(ends))) if ends else starts


def _shifted_reads(model: Model) -> set[tuple[Leaf, int]]:
    """What equations read of the step before and after."""
    return {(symbol, shift) for equation in model.equations if model.timed(equation.symbol)
            for symbol, shift in model.reads(equation) if shift}


def _edge(symbol: Leaf, shift: int) -> str:
    """The step before the first one, or after the last, as a subscript."""
    return "-1" if shift < 0 else str(symbol.kind.shape[0])


def _place(symbol: Leaf, defined: Sequence[Leaf]) -> tuple[int, str]:
    return (defined.index(symbol) if symbol in defined else len(defined), symbol.name)


def _initial(symbol: Leaf, shift: int, model: Model) -> str:
    if symbol in model.initial and model.ends[symbol] == shift:
        start = model.initial[symbol]
        return in_matrices(start.body, start.indices, model.steps, "ascii") or plain(start.body)
    return "0"
