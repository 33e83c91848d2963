"""Parts of a tree exchanged for others; each part is visited once, however often it occurs.

A formula in which definitions double is small as a graph and endless as a tree.
"""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr

from derive.limits import tick


def replaced(node: Expr, mapping: Mapping[Expr, Expr]) -> Expr:
    """The tree with other parts in place of the keys, those within binders too."""
    done: dict[Expr, Expr] = dict(mapping)

    def change(part: Expr) -> Expr:
        new = done.get(part)
        if new is None:
            new = part
            if part.args:
                tick("rewriting trees")
                arguments = [change(a) for a in part.args]
                if any(a is not b for a, b in zip(arguments, part.args, strict=True)):
                    new = part.func(*arguments)
            done[part] = new
        return new

    return change(node)
