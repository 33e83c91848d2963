"""An array program as short statements of NumPy and SciPy, such as a person writes them.

No buffers, no guards, finite numbers alone: what is read once stands where it is read, what is
read more often gets a name. The first axis is that of the rows of a data set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from derive.arrays.operations import Family, Op
from derive.arrays.program import Node, Operand, Program
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.numpy_operations import number_text
from derive.core.atoms import Dim
from derive.core.kinds import Dimension
from derive.errors import KernelError
from derive.functions.function_records import standard_functions

WIDEST = 64  # signs of an expression that stands inside another
_ROWS = Layout()
# How strongly operations bind: a name or a call, a power, a sign, a product, a sum, &, |, < and =.
_CALL, _POWER, _SIGN, _TIMES, _PLUS, _AND, _OR, _COMPARE, _LOOSE = range(9, 0, -1)
_INFIX = {Op.ADD: ("+", _PLUS), Op.SUBTRACT: ("-", _PLUS), Op.DIFFERENCE: ("-", _PLUS),
          Op.BELOW_MAX: ("-", _PLUS), Op.MULTIPLY: ("*", _TIMES),
          Op.LIMIT_MULTIPLY: ("*", _TIMES), Op.DIVIDE: ("/", _TIMES),
          Op.POWER: ("**", _POWER), Op.AND: ("&", _AND), Op.OR: ("|", _OR),
          Op.LESS: ("<", _COMPARE), Op.LESS_EQUAL: ("<=", _COMPARE), Op.EQUAL: ("==", _COMPARE),
          Op.NOT_EQUAL: ("!=", _COMPARE)}
_OF_ROWS = (Op.INPUT, Op.SPREAD, Op.PUT)
_REDUCING = {Op.SUM: "sum", Op.PRODUCT: "prod", Op.MAX: "max", Op.MIN: "min",
             Op.ARGMAX: "argmax"}


@dataclass(frozen=True)
class Text:
    """A piece of code, and how strongly its outermost operation binds."""

    code: str
    binds: int = _CALL

    def within(self, strength: int) -> str:
        """The piece as a part of another, in brackets where it binds less."""
        return self.code if self.binds >= strength else f"({self.code})"


@dataclass
class Statements:
    """The statements of one function.

    `names` are the arguments of the program as names in the code, `rows` the expression for the
    number of rows, `sizes` those for symbolic dimensions.
    """

    program: Program
    names: Mapping[str, str]
    rows: str
    sizes: Mapping[Dimension, str]
    lines: list[str] = field(default_factory=list)
    texts: dict[int, Text] = field(default_factory=dict)
    uses: dict[int, int] = field(default_factory=dict)
    varying: dict[int, bool] = field(default_factory=dict)
    _count: int = 0

    def results(self, numbers: Iterable[int]) -> list[str]:
        """Writes what some results rest on, and gives the expressions of these."""
        asked = list(numbers)
        order = self.program.needed(asked)
        for number in order:
            for source in self.program.nodes[number].sources:
                self.uses[source] = self.uses.get(source, 0) + 1
        for number in asked:
            self.uses[number] = self.uses.get(number, 0) + 1
        for number in order:
            node = self.program.nodes[number]
            self.varying[number] = node.batched and (
                node.op in _OF_ROWS or any(map(self.varies, node.operands)))
            self._compute(number)
        return [self.texts[number].code for number in asked]

    def _compute(self, number: int) -> None:
        node = self.program.nodes[number]
        text = self._text(node)
        simple = node.op in (Op.INPUT, Op.SIZE) or text.code.isidentifier()
        if simple or (self.uses[number] == 1 and len(text.code) <= WIDEST):
            self.texts[number] = text
        else:
            self.texts[number] = self._named(text.code)

    def _named(self, code: str) -> Text:
        """A name for a value, and the statement that gives it."""
        self._count += 1
        name = next(n for n in (f"t{self._count}", f"t{self._count}_")
                    if n not in self.names.values())
        self.lines.append(f"{name} = {code}")
        return Text(name)

    def _text(self, node: Node) -> Text:
        family = node.op.family
        if node.op in _INFIX:
            return self._infix(node)
        if node.op in _WRITERS:
            return _WRITERS[node.op](self, node)
        if family is Family.REDUCTION and node.op in _REDUCING:
            return self._reduction(node)
        raise KernelError(f"a file for another library has no code for the operation "
                          f"{node.op.label!r} yet")

    def operand(self, operand: Operand) -> Text:
        """An operand, its axes along those of the result."""
        if operand.number:
            code = number_text(operand.source)
            return Text(code, _SIGN if code.startswith("-") else _CALL)
        node, text = self.program.node(operand), self.texts[operand.source]
        suffix = "" if node.kind == "s" else _ROWS.suffix(operand.axes, self.varies(operand))
        return Text(text.within(_CALL) + suffix) if suffix else text

    def varies(self, operand: Operand) -> bool:
        """Whether a value has an axis for the rows: the constants of a file have none."""
        return not operand.number and self.varying[operand.source]

    def _infix(self, node: Node) -> Text:
        sign, strength = _INFIX[node.op]
        left, right = map(self.operand, node.operands)
        if node.op is Op.MULTIPLY and left == right and left.code.isidentifier():
            return Text(f"{left.code}**2", _POWER)
        if node.op is Op.ADD and right.code.startswith("-") and right.binds >= _SIGN:
            return Text(f"{left.within(strength)} - {right.code[1:]}", strength)
        gap = "" if node.op is Op.POWER else " "
        first = left.within(strength + (node.op is Op.POWER))
        return Text(f"{first}{gap}{sign}{gap}{right.within(strength + 1)}", strength)

    def size(self, dim: Dimension) -> str:
        """The length of a dimension."""
        if isinstance(dim, Dim) and dim.fixed:
            return str(dim.fixed)
        return self.sizes.get(dim, str(dim))

    def shape(self, node: Node) -> str:
        """The shape of a value."""
        parts = [self.rows, *map(self.size, node.dims)]
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"

    def _reduction(self, node: Node) -> Text:
        source = node.operands[0]
        inner, text = self.program.node(source), self.texts[source.source]
        axis = node.detail[0] + self.varies(source)
        code = text.within(_CALL)
        if len(node.operands) == 2:
            kept = self.elsewhere(inner, node.detail[0], node.operands[1])
            code = f"np.where({kept}, {text.code}, {number_text(node.op.neutral)})"
        return Text(f"{code}.{_REDUCING[node.op]}(axis={axis})")

    def elsewhere(self, inner: Node, axis: int, label: Operand) -> str:
        """Where the place along an axis is another than the label."""
        rank = len(inner.dims)
        place = _ROWS.arange(self.size(inner.dims[axis]), axis, rank)
        if label.number:
            return f"{place} != {int(label.source)}"
        text = self.operand(label).within(_CALL)
        slots = ["None" if n == axis else ":" for n in range(rank)]
        batch = ":" if self.varies(label) else ""
        return f"{place} != {text}[{_ROWS.slots(slots, batch)}]"


def _call(run: Statements, node: Node) -> Text:
    """A function: by the text of the table."""
    function = standard_functions()[node.detail[0]]
    code = function.scipy or function.numpy
    operands = list(map(run.operand, node.operands))
    if "{" not in code:
        return Text(f"{code}({', '.join(o.code for o in operands)})")
    named = [(o.code if re.search(rf"[(] ?\{{{n}\}}\)|, \{{{n}\}}\)", code) else o.within(_CALL))
             if code.count(f"{{{n}}}") == 1 or o.code.isidentifier()
             else run._named(o.code).code for n, o in enumerate(operands)]
    called = code.startswith(("(", "np.logaddexp", "special.")) and code.endswith(")")
    return Text(code.format(*named), _CALL if called else _LOOSE)


def _of(template: str) -> Callable[[Statements, Node], Text]:
    return lambda run, node: Text(template.format(*(run.operand(o).code for o in node.operands)))


def _negative(run: Statements, node: Node) -> Text:
    text = run.operand(node.operands[0])
    if text.code.startswith("-") and text.binds == _SIGN:
        return Text(text.code[1:], _SIGN)
    return Text(f"-{text.within(_SIGN)}", _SIGN)


def _input(run: Statements, node: Node) -> Text:
    return Text(run.names[node.detail[0]])


def _spread(run: Statements, node: Node) -> Text:
    """A value with all axes: as it is where it has them, else filled."""
    operand = node.operands[0]
    source = None if operand.number else run.program.node(operand)
    text = run.operand(operand)
    varies = run.varies(operand)
    if source is not None and varies and source.dims == node.dims:
        return text
    return Text(f"np.full({run.shape(node)}, {text.code})" if source is None or
                not (varies or source.dims) else
                f"np.broadcast_to({text.code}, {run.shape(node)})")


def _pick(run: Statements, node: Node) -> Text:
    """The elements at a label."""
    vector, label = node.operands
    inner, name = run.program.node(vector), run.texts[vector.source].within(_CALL)
    _, shifted, _ = node.detail
    if shifted or len(inner.dims) != 1 or label.axes:
        raise KernelError("a file for another library has no code for such subscripts yet")
    place = str(int(label.source)) if label.number else run.operand(label).code
    if not run.varies(vector):
        return Text(f"{name}[{place}]")
    return Text(f"{name}[:, {place}]" if not run.varies(label)
                else f"{name}[np.arange({run.rows}), {place}]")


def _put(run: Statements, node: Node) -> Text:
    """An array with other elements at a label."""
    base, label, amount = node.operands
    if len(node.dims) != 1 or label.axes:
        raise KernelError("a file for another library has no code for such subscripts yet")
    text = run.operand(base)
    if not run.varies(base) or len(run.program.node(base).dims) != 1:
        code = f"np.zeros({run.shape(node)})" if base.number and base.source == 0 else \
            f"np.broadcast_to({text.code}, {run.shape(node)}).copy()" if not base.number else \
            f"np.full({run.shape(node)}, {text.code})"
    else:
        code = f"{text.within(_CALL)}.copy()" if text.code.isidentifier() else text.code
    name = run._named(code).code
    place = str(int(label.source)) if label.number else run.operand(label).code
    rows = ":" if not run.varies(label) else f"np.arange({run.rows})"
    run.lines.append(f"{name}[{rows}, {place}] = {run.operand(amount).code}")
    return Text(name)


def _contract(run: Statements, node: Node) -> Text:
    *words, out = node.detail
    parts = [_ROWS.letters(letters, run.varies(o))
             for letters, o in zip(words, node.operands, strict=True)]
    names = ", ".join(run.texts[o.source].code for o in node.operands)
    result = _ROWS.letters(out, any(map(run.varies, node.operands)))
    return Text(f"np.einsum(\"{','.join(parts)}->{result}\", {names})")


_WRITERS: dict[Op, Callable[[Statements, Node], Text]] = {
    Op.INPUT: _input, Op.FUNCTION: _call, Op.NEGATIVE: _negative, Op.SPREAD: _spread,
    Op.PICK: _pick, Op.PUT: _put, Op.CONTRACT: _contract, Op.LIMIT_CONTRACT: _contract,
    Op.SQRT: _of("np.sqrt({0})"), Op.WHERE: _of("np.where({0}, {1}, {2})"),
    Op.NOT: lambda run, node: Text(f"~{run.operand(node.operands[0]).within(_SIGN)}", _SIGN),
    Op.SIZE: lambda run, node: Text(run.size(node.detail[0])),
    Op.IOTA: lambda run, node: Text(f"np.arange({run.size(node.dims[0])})"),
}
