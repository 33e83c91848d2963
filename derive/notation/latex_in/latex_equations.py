"""The equations of a text in their order: definitions that the formula uses, and the formula."""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.notation.latex_in import tree
from derive.notation.latex_in.label_forms import is_label
from derive.notation.latex_in.latex_sides import Label, read_label, read_side
from derive.notation.latex_in.macros import Macro, expanded
from derive.notation.latex_in.names import Names
from derive.notation.latex_in.objectives import objective
from derive.notation.latex_in.statements import Display, Statement
from derive.notation.latex_in.token_records import fail


@dataclass(frozen=True)
class Equation:
    """A formula with the names that it is given; `follows` is the arrow before it."""

    labels: tuple[Label, ...]
    body: tree.Node
    start: int
    end: int
    follows: str = ""

    @property
    def label(self) -> Label | None:
        """Its first name."""
        return self.labels[0] if self.labels else None


def equations_of(text: str, display: Display, names: Names) -> tuple[list[Equation], list[str]]:
    """The definitions that a formula uses, each below those that it uses, and the formula.

    The notes say what stands in the text and was left out.
    Raises NotationError where which one is the formula is not certain.
    """
    notes = [f"left out: {text[start:end].strip()}" for start, end in display.remarks]
    chains = _chains(display)
    for chain in chains:
        _check_left(text, chain)
    equations, objectives = _read(text, chains, names)
    notes += objectives
    if any(len(chain.sides) > 2 for chain in chains):
        notes.append("of a chain of equations the last side is read")
    place = _formula_place(text, equations)
    if equations[place].follows:
        notes.append(f"of formulas with {equations[place].follows} between them the last is read")
    return _ordered(text, _with_macros(text, equations), place), notes


def _read(text: str, chains: list[Statement], names: Names) -> tuple[list[Equation], list[str]]:
    """The equations with their names, and notes of what stands in front of an objective."""
    labels = [_labels(text, chain, names, len(chains) > 1) for chain in chains]
    heads = frozenset(tree.form(label.head) for each in labels for label in each
                      if label.arguments is not None)
    questions = names.questions(heads if len(chains) > 1 else frozenset())
    sides = [objective(chain.sides[-1], names) for chain in chains]
    equations = [Equation(each, read_side(text, side, questions), chain.start, chain.end,
                          chain.follows)
                 for chain, each, (side, _) in zip(chains, labels, sides, strict=True)]
    return equations, [note for _, note in sides if note]


def _labels(text: str, chain: Statement, names: Names, several: bool) -> tuple[Label, ...]:
    """The names that a chain gives to its last side; of several, none that is declared."""
    read = [read_label(text, side, names.questions()) for side in chain.sides[:-1]]
    return tuple(label for label in read if label is not None
                 and not (several and names.is_declared(label.symbol, label.below)))


def _chains(display: Display) -> list[Statement]:
    """The statements, those that begin with an equals sign joined to the one before."""
    chains: list[Statement] = []
    for statement in display.statements:
        if statement.goes_on and chains:
            chains[-1] = replace(chains[-1], sides=chains[-1].sides + statement.sides)
        else:
            chains.append(statement)
    return chains


def _check_left(text: str, chain: Statement) -> None:
    """Refuses an equation whose left side is a formula too."""
    last = chain.sides[-1]
    if len(chain.sides) > 2 and len(last) == 1 and last[0].kind == "number":
        raise fail(text, last[0].start, last[0].end, "an equation; give the formula alone, without "
                   "what it is equal to")
    if len(chain.sides) > 1 and not is_label(chain.sides[0]):
        left = chain.sides[0]
        raise fail(text, left[0].start, left[-1].end, "an equation of two formulas; a name was "
                   "expected on the left, such as L = …, or the formula alone")


def _formula_place(text: str, equations: list[Equation]) -> int:
    """Which equation is the formula: the one that no other uses.

    Of formulas that follow from each other it is the last.
    """
    if len(equations) == 1:
        return 0
    unused = [n for n, equation in enumerate(equations) if not any(
        uses(other, equation) for m, other in enumerate(equations) if m != n)]
    if not unused:
        raise fail(text, equations[0].start, equations[0].end, "each of these formulas uses "
                   "another one; which is the one in question is not certain")
    last = unused[-1]
    if len(unused) > 1 and not all(equations[n].follows for n in unused[1:]):
        first = equations[unused[0]]
        raise fail(text, first.start, first.end, "a definition was expected, such as p_k = …, that "
                   "another formula here uses; give one formula")
    return last


def uses(user: Equation, used: Equation) -> bool:
    """Whether the body of an equation names another one."""
    return any(_mentions(user.body, label) for label in used.labels)


def _mentions(body: tree.Node, label: Label) -> bool:
    """Whether a body calls a function by its name, or holds the name with its fixed subscripts."""
    head, symbol = tree.form(label.head), tree.form(label.symbol)
    if label.raised:
        return any(tree.form(part) == head for part in body.walk())
    fixed = [tree.form(p) for p in label.below if isinstance(p, tree.Number) or (
        isinstance(p, tree.Symbol) and p.word)]
    return any(_is_call(part, head) if isinstance(part, tree.Call) else
               _is_name(part, symbol, fixed) for part in body.walk())


def _is_call(part: tree.Call, head: object) -> bool:
    return tree.form(part.base) == head


def _is_name(part: tree.Node, symbol: object, fixed: list[object]) -> bool:
    """Whether a part is a symbol, with some subscripts among its own."""
    if not isinstance(part, tree.Scripted):
        return not fixed and tree.form(part) == symbol
    below = [tree.form(p) for p in part.below]
    return tree.form(part.base) == symbol and all(f in below for f in fixed)


def _with_macros(text: str, equations: list[Equation]) -> list[Equation]:
    """The equations with calls of functions among them replaced by their values."""
    equations = _with_powers(equations)
    macros = {tree.form(label.head): Macro(label.arguments, equation.body)
              for equation in equations for label in equation.labels
              if label.arguments is not None}
    if not any(isinstance(part, tree.Call) for e in equations for part in e.body.walk()):
        return equations
    return [replace(e, body=expanded(text, e.body, macros)) for e in equations]


def _with_powers(equations: list[Equation]) -> list[Equation]:
    r"""The equations with the value of `\sigma_B^2 = …` in place of that power."""
    there = {tree.form(label.head): equation for equation in equations
             for label in equation.labels if label.raised}
    if not there:
        return equations

    def change(part: tree.Node) -> tree.Node | None:
        equation = there.get(tree.form(part)) if isinstance(part, tree.Scripted) else None
        return None if equation is None else tree.Bracket(part.start, part.end, "(",
                                                          (equation.body,))

    return [replace(e, body=tree.rebuilt(e.body, change)) for e in equations]


def _ordered(text: str, equations: list[Equation], place: int) -> list[Equation]:
    """The definitions that the formula uses, each after those that it uses itself."""
    order: list[int] = []
    open_ones: list[int] = []

    def visit(n: int) -> None:
        if n in open_ones:
            raise fail(text, equations[n].start, equations[n].end, "this is defined by itself")
        open_ones.append(n)
        for m, other in enumerate(equations):
            if m != place and m not in order and uses(equations[n], other):
                visit(m)
        open_ones.pop()
        order.append(n)

    visit(place)
    return [equations[n] for n in order]
