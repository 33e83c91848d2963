"""How tightly the operators of the notation bind, loosest first; and printed text with it."""

CONDITIONAL, OR, AND, NOT, COMPARE, ADD, MUL, POWER, ATOM = range(9)

Text = tuple[str, int]
