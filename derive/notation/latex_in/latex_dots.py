r"""Sums and products with dots: `o_1 + \dots + o_K` is a sum over an index."""

from __future__ import annotations

from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor

_LETTERS = "ijklmnpqrs"
Change = tuple[tree.Node, tree.Node]  # what stands in the first term, and in the last


def filled_sum(c: Cursor, terms: list[tuple[str, tree.Node]], dots: int,
               ) -> list[tuple[str, tree.Node]]:
    """The terms with those around the dots as one sum."""
    signs = {sign for sign, _ in terms[max(dots - 1, 1) : dots + 1]}
    if dots == len(terms) or len(signs) != 1 or (dots == 1 and terms[0][0] not in signs):
        raise _uncertain(c)
    start, big = _filled(c, "sum", [t for _, t in terms], dots)
    return [*terms[:start], (terms[start][0], big), *terms[dots + 1:]]


def filled_product(c: Cursor, factors: list[tuple[str, tree.Node]], dots: int,
                   ) -> list[tuple[str, tree.Node]]:
    """The factors with those around the dots as one product."""
    if dots == len(factors) or any(sign == "/" for sign, _ in factors):
        raise _uncertain(c)
    start, big = _filled(c, "prod", [f for _, f in factors], dots)
    product = tree.Bracket(big.start, big.end, "(", (big,))
    return [*factors[:start], (factors[start][0], product), *factors[dots + 1:]]


def _integer(node: tree.Node) -> int | None:
    """The whole number that a node is, if it is one."""
    if not isinstance(node, tree.Number) or not node.text.isdecimal():
        return None
    return int(node.text)


def _filled(c: Cursor, operator: str, parts: list[tree.Node], dots: int) -> tuple[int, tree.Big]:
    """Where the parts around the dots begin, and the operator that stands for all of them."""
    last, start = parts[dots], dots - 1
    changes = _changes(parts[start], last)
    if not changes or len({tree.form(change[1]) for change in changes}) != 1:
        raise _uncertain(c)
    first, upper = changes[0]
    number = _integer(first)
    if number is None or {tree.form(a) for a, _ in changes} != {tree.form(first)}:
        raise _uncertain(c)
    while start and _follows(parts[start - 1], parts[start], number):
        start, number = start - 1, number - 1
    letter = next((x for x in _LETTERS if x not in c.text and not c.declared(x)), None)
    if letter is None:
        raise _uncertain(c)
    symbol = tree.Symbol(first.start, first.end, (letter,), letter)
    places = {id(change[1]) for change in changes}
    body = tree.rebuilt(last, lambda node: symbol if id(node) in places else None)
    lower = tree.Number(first.start, first.end, str(number))
    binder = tree.Comparison(first.start, first.end, (symbol, lower), ("==",))
    return start, tree.Big(parts[start].start, last.end, operator, (binder,), (), upper,
                           tree.Bracket(last.start, last.end, "(", (body,)))


def _follows(before: tree.Node, after: tree.Node, number: int) -> bool:
    """Whether two parts differ in a number alone, which rises by one to `number`."""
    changes = _changes(before, after)
    return bool(changes) and all(
        isinstance(a, tree.Number) and isinstance(b, tree.Number)
        and (a.text, b.text) == (str(number - 1), str(number)) for a, b in changes)


def _changes(first: tree.Node, last: tree.Node) -> list[Change]:
    """Where two parts differ: numbers in the first for something else in the last."""
    changes = _differences(first, last)
    there = {id(a): b for a, b in changes}
    turned = tree.rebuilt(first, lambda node: there.get(id(node)))
    return changes if tree.form(turned) == tree.form(last) else [(first, last)]


def _differences(first: tree.Node, last: tree.Node) -> list[Change]:
    if tree.form(first) == tree.form(last):
        return []
    if isinstance(first, tree.Number) and first.text.isdecimal() and isinstance(
            last, (tree.Number, tree.Symbol, tree.Terms)):
        return [(first, last)]
    pairs = list(zip(first.children(), last.children(), strict=False))
    same = type(first) is type(last) and len(list(first.children())) == len(pairs) == len(
        list(last.children()))
    if not same or not pairs:
        return [(first, last)]
    return [change for a, b in pairs for change in _differences(a, b)]


def _uncertain(c: Cursor) -> Exception:
    return c.error(c.tokens[max(c.place - 1, 0)], "dots leave terms out, and which ones is not "
                   "certain here; write the sum with \\sum, or the product with \\prod")
