"""Re-parsable text: `parse(plain(e)) == e`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sympy import Expr, Mul, Pow

from derive.core import heads
from derive.core.quantified import All
from derive.notation.operator_table import ATOM, BIG_OPERATORS, COMPARISONS, JUNCTIONS
from derive.notation.printing import array_notation
from derive.notation.printing.print_target import ArraySigns, Target, Text
from derive.notation.printing.printer import Printer
from derive.notation.printing.shared_forms import FORMS


def _power(base: str, exponent: Text) -> str:
    above, level = exponent
    if level < ATOM:
        above = f"({above.replace(' / ', '/')})"
    return f"{base}**{above}"


def _word(name: str) -> Callable[[Printer, Expr], Text]:
    """A head that is written as a word with its arguments."""
    return lambda printer, node: printer.word(name, printer.texts(node.args))


def _over_index(name: str) -> Callable[[Printer, Expr], Text]:
    """A head that is written as a word with a comprehension."""
    def form(printer: Printer, node: Expr) -> Text:
        with printer.opened(node.args[0]) as parts:
            return printer.word(name, [printer.family(*parts)])

    return form


PLAIN = Target(
    signs={
        "-": "-", "minus": " - ", "plus": " + ", "@": " @ ", "pi": "pi",
        "euler_gamma": "euler_gamma", True: "True", False: "False", heads.Not: "not ",
        **{o.head: f" {o.sign} " for o in (*COMPARISONS, *JUNCTIONS)},
        **{o.head: o.word for o in BIG_OPERATORS}},
    arrays=ArraySigns(times=" @ ", elementwise=" * ", space=" * ", link=" * ",
                      transposed=lambda text: f"{text}.T",
                      onehot=lambda text: f"onehot({text})",
                      over=lambda above, below: f"{above} / {below}"),
    name=str, words=str, fenced=lambda left, text, right: f"{left}{text}{right}",
    subscripted=lambda base, parts: f"{base}[{', '.join(parts)}]",
    fraction=lambda above, below: f"{above} / {below}",
    joint=lambda left, right: " * ", root=lambda text: f"sqrt({text[0]})", power=_power,
    partial=lambda body, variable: f"d({body}, {variable})",
    integral=lambda body, variable: f"integral({body}, {variable})",
    reparsed=True, arrayed=array_notation.formula,
    forms={**FORMS, **{head: _word(name) for name, head in heads.OPERATORS.items()},
           heads.Delta: _word("delta"), heads.UniqueMaximum: _over_index("unique_maximum"),
           All: _over_index("all"), heads.Reduction: array_notation.reduce,
           Pow: array_notation.power, Mul: array_notation.product})


def plain(node: Expr, reserved: Iterable[str] = (), time: Expr | None = None) -> str:
    """The expression in the notation, on one line; `time` changes nothing here."""
    return Printer(PLAIN, reserved, time)(node)
