r"""What a statement of a sheet does: a step, the loss again, a definition, something beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sympy.core.basic import Basic
from sympy.core.mul import Mul

from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import root
from derive.errors import DeriveError, NotationError
from derive.teaching.sheets.left_sides import Left, left_side
from derive.teaching.sheets.line_statements import Statement
from derive.teaching.sheets.sheet_names import Names

ASKED, RESTATED, DEFINES, SOLUTION, ASIDE, STEPS, SPOKEN = (
    "asked", "restated", "definition", "solution", "aside", "steps", "prose")
_WORDS = 300  # signs before a formula that are looked at
_RESULTS = frozenset({"g", "G", "grad", "gradient", "H", "J", "D", "hess", "jac", "result",
                      "answer", "derivative", "res", "ans", "out"})
_OPERATOR = re.compile(r"[-−]?\s*(?:[d∂]\s*/\s*[d∂]\w|\\[td]?frac\s*\{\s*(?:\\partial|d)\s*\})")
_FUNCTION_SIGNS = frozenset({"sigma", "phi", "Phi", "psi"})  # of sigmoids and normal laws
_DEFINING = re.compile(
    r"\b(let|where|with|defin\w+|denot\w+|set|put|write|call|say|using|abbreviat\w+|introduc\w+"
    r"|substitut\w+|notation)\b", re.IGNORECASE)
_BESIDE = re.compile(r"\b(since|because|note|recall|as|know|remember|fact|using|use"
                     r"|with|for|where|if|when|that)\W*\Z|\b(since|because|recall|note)\b",
                     re.IGNORECASE)
_RESULT = re.compile(r"\b(gives?|get|obtain|yields?|becomes?|equals?|left with|to|have|arrive at"
                     r"|it(?:['’]s| is)|(?:the|our|my|final|required|total|asked) "
                     r"(?:gradient|derivative|answer|result|hessian|jacobian|cost)(?: is)?)\W*\Z",
                     re.IGNORECASE)
_PARTIAL = re.compile(r"\b(first|second|third|other|inner|outer|terms?|part|factor|numerator"
                      r"|denominator|square|each|local|log|exponent)\b", re.IGNORECASE)
_LABEL = re.compile(r"\b(gradient|derivative|result|answer|solution|simplif\w+|final\w*|total"
                    r"|combin\w+|together|altogether|overall|in summary)\b"
                    r"[^.]*:\s*\Z|\A\W*(so|hence|thus|then|therefore|result|answer|finally"
                    r"|solution|and|now|or|next|which is|i\.?e\.?)\W*\Z", re.IGNORECASE)
ZERO = re.compile(r"\s*(?:0(?:\.0*)?|\\(?:mathbf|vec|boldsymbol|bm)\s*\{?\s*0\s*\}?)\s*\Z")
SOLVES = re.compile(r"\b(zero|root|solv\w+|stationar\w+|maximi\w+|minimi\w+|estimat\w+|mle)\b",
                    re.IGNORECASE)


def role_of(statement: Statement, names: Names, used: str, solving: bool) -> str:
    """What a statement does, but for what goes on from the one before it.

    `used` are the sides of all statements, in which a name of the learner's own occurs.
    """
    left = statement.left
    if left is None:
        alone = left_side(statement.text)
        if alone.kind == "derivative" and not statement.leads and (
                not alone.body or left_side(alone.body).kind == "name"):
            return ASKED if _of_derivative(statement, alone, names) == ASKED else ASIDE
        return _of_formula(statement)
    if left.kind == "derivative":
        return _of_derivative(statement, left, names)
    if left.kind == "name":
        return _of_name(statement, left, names, used, solving)
    return SPOKEN if _BESIDE.search(statement.before) else _of_equation(statement, names)


def _of_equation(statement: Statement, names: Names) -> str:
    """Of an equation whose left side is a formula, such as d(p, o[i])."""
    node = _read(statement, names)
    if node is None and _OPERATOR.match(statement.sides[0][1]):
        return _by_right_side(statement, names)
    if node is None or not (isinstance(node, heads.Partial) or _is_of_partial(node)):
        return STEPS
    if not names.is_asked(node):
        return ASIDE
    return ASKED if isinstance(node.args[0], (Variable, heads.Element)) else STEPS


def _by_right_side(statement: Statement, names: Names) -> str:
    """Of an equation whose left side is a derivative that is not read."""
    right = _read(statement, names, -1)
    return STEPS if right is None or names.is_asked(right) else ASIDE


def _is_of_partial(node: Basic) -> bool:
    """Whether a formula is a derivative with its sign."""
    return isinstance(node, Mul) and len(node.args) == 2 and any(
        isinstance(a, heads.Partial) for a in node.args)


def _read(statement: Statement, names: Names, side: int = 0) -> Basic | None:
    try:
        return names.reader.formula(statement.sides[side][1], statement.display).node
    except (DeriveError, ValueError):
        return None


def _of_formula(statement: Statement) -> str:
    """Of a formula alone: a step, unless words stand around it that do not lead up to it."""
    if statement.leads or not statement.before:
        return STEPS
    words = statement.row.text[:statement.start][-_WORDS:]
    return STEPS if leads_up(words) or _THEN.search(words) or _THEN.search(statement.before) \
        else SPOKEN


def leads_up(words: str) -> bool:
    """Whether words lead up to a formula that is what is asked, and not a part of it."""
    return bool(_RESULT.search(words) or _LABEL.search(words)) and not (
        _BESIDE.search(words) or _PARTIAL.search(words))


def speaks_of_a_part(words: str) -> bool:
    """Whether words speak of a part of what is asked, as `the first term:` does."""
    return _PARTIAL.search(words) is not None and not _RESULT.search(words)


def _of_derivative(statement: Statement, left: Left, names: Names) -> str:
    """Of an equation for a derivative: whether it is the asked one."""
    task = names.task
    if not task.at or task.is_cost:
        return ASIDE
    if left.order != len(task.at) or _is_elsewhere(left, names):
        return ASIDE
    if not left.body:
        return ASKED
    return _of_body(statement, left, names)


def _of_body(statement: Statement, left: Left, names: Names) -> str:
    """Of an equation for a derivative, by what is differentiated and by what."""
    of = left_side(left.body)
    product = len(of.base) > 1 and of.base not in names.scope.names and all(
        c in names.scope.names for c in of.base)
    if of.kind != "name" or product:
        node = _read(statement, names)
        if node is None:
            return _by_right_side(statement, names)
        return STEPS if names.is_asked(node) else ASIDE
    if is_of_the_loss(left, names):
        return ASKED
    node = _read(statement, names)
    return ASKED if node is not None and names.is_asked(node) else ASIDE


def _is_elsewhere(left: Left, names: Names) -> bool:
    """Whether a derivative is taken at another place than the variable, as L'(1) is."""
    at, = {*names.task.at} if len({*names.task.at}) == 1 else (None,)
    try:
        return bool(left.place) and isinstance(at, Variable) and \
            names.reader.formula(left.place).node != at
    except (DeriveError, ValueError):
        return False


def is_of_the_loss(left: Left, names: Names) -> bool:
    """Whether a derivative is one of what is differentiated, by the variable of the task."""
    of = left_side(left.body)
    return of.kind == "name" and _is_the_loss(of, names) and _is_by_the_variable(left, names)


def _is_the_loss(of: Left, names: Names) -> bool:
    """Whether a name is that of what is differentiated, or one that nothing declares."""
    if of.base in names.scope.functions or of.base in _FUNCTION_SIGNS:
        return of.base in names.scope.names and of.base == names.quantity
    known = names.scope.names.get(of.name)
    return known is None or (isinstance(known, Variable) and names.is_loss(known)) or of.base in (
        names.quantity, names.task.formula.partition("[")[0].strip())


def _is_by_the_variable(left: Left, names: Names) -> bool:
    """Whether a derivative is by the variable of the task, or by a name that nothing declares."""
    by = left_side(left.by.split("\\partial")[0].split(" ")[0]) if left.by else None
    return by is None or by.name not in names.scope.names or names.of_variable(by)


def _of_name(statement: Statement, left: Left, names: Names, used: str, solving: bool) -> str:
    """Of an equation for a name."""
    task = names.task
    if names.of_variable(left):
        return SOLUTION if solving or left.accent or left.raised else SPOKEN
    if not left.letters and (left.base == names.quantity or (left.is_loss and left.base
                                                       not in names.scope.names)):
        if task.is_cost or not task.at:
            return ASKED
        return RESTATED if _loss_is_named(left, task.indices, used, names, statement) else ASKED
    known = names.scope.names.get(left.name)
    if known is not None:
        return DEFINES if root(known) in task.ground.symbols else SPOKEN
    return _of_new_name(statement, left, names, used)


def _of_new_name(statement: Statement, left: Left, names: Names, used: str) -> str:
    """Of an equation for a name that nothing declares: a definition, or a name for the result."""
    if _DEFINING.search(statement.before) or _is_used(left, statement.left_text, used):
        return DEFINES
    if left.base in _RESULTS:
        return ASKED
    node = _read(statement, names, -1)
    return DEFINES if node is not None and not names.is_asked(node) else ASKED


def _loss_is_named(left: Left, indices: tuple[Basic, ...], used: str, names: Names,
                   statement: Statement) -> bool:
    """Whether a name such as J stands for the loss and not for what is asked."""
    if indices or left.base == names.quantity:
        return True
    node = _read(statement, names, -1)
    return node is None or not names.is_asked(node)


def _is_used(left: Left, text: str, used: str) -> bool:
    """Whether another side has a name in it."""
    if left.accent:
        return text in used
    base = re.escape(left.base)
    letters = {"lam": "lambda"}.get(left.base, base)
    return re.search(rf"(?<![A-Za-z\\])(?:{base})(?![A-Za-z])|\\{letters}(?![A-Za-z])", used) \
        is not None


def sides_of(statements: Iterable[Statement], but: Statement) -> str:
    """All sides but the left side of one statement."""
    return "\n".join(text for s in statements for n, (_, text) in enumerate(s.sides)
                     if not (s is but and n == 0))


_BRANCH = re.compile(r"(?:\A|\W)(if|for|when(?:ever)?|while|case\b(?:\s*\w{1,3}\b)?\W*|suppose"
                     r"|assum\w+|consider|where|at|on|with|setting|provided(?: that)?"
                     r"|given(?: that)?|as long as)\W*\Z", re.IGNORECASE)
_SET = re.compile(r"\b(?:at|on|with|setting|given(?: that)?)\W*\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:/\d+)?")
_UNEQUAL = re.compile(r"[<>≤≥≠]|!=|\\(?:neq?|leq?|geq?)(?![A-Za-z])")
_JOINS = re.compile(r"\b(?:and|or)\b")
_JOINED = re.compile(r"[^:;,]*?\b(?:and|or)\b[^:;,]*")
_IN_WORDS = re.compile(r"\A\W*(?:and\s+|but\s+)?(when(?:ever)?|if|while|case|provided"
                       r"|as long as)\b", re.IGNORECASE)
_OTHERWISE = re.compile(r"\b(otherwise|else(?! if)|in (?:all )?other cases?)\b", re.IGNORECASE)
_THEN = re.compile(r"\b(?:if|when|whenever|for|case)\b.*\b(?:then|and|but|while|whereas)\W*\Z"
                   r"|\A\W*(?:and |but )?(?:otherwise|else|in (?:all )?other cases?)"
                   r"(?: it is)?\W*\Z", re.IGNORECASE)


_FOLLOWS = re.compile(r"[\s$)]*(?::|[⇒⟹→]|=+>|->|\\(?:Rightarrow|implies|to)(?![A-Za-z]))")


def branch_condition(statement: Statement, names: Names) -> Basic | None:
    """The condition that a statement is, as in `if i = k`; None for what is none."""
    bare = re.match(r"\s*\(.*\)\s*\Z", statement.text) is not None
    if not (_BRANCH.search(statement.before) or bare) or len(statement.sides) > \
            2 + len(_JOINS.findall(statement.text)) or statement.leads:
        return None
    text = statement.text.strip(" ()") if bare else statement.text
    if statement.left is not None and not _is_compared(statement, statement.left, names):
        return None
    joined = _JOINED.match(statement.row.text[statement.start:])
    for typed in (*([joined[0]] if joined and not bare else []), text):
        try:
            return names.reader.condition(typed)
        except (NotationError, DeriveError, ValueError):
            continue
    return None


def _is_compared(statement: Statement, left: Left, names: Names) -> bool:
    """Whether an equation behind `if` compares what it has on its left side, and defines nothing.

    Behind `with` and the like a name is set to a number.
    """
    known = {*names.scope.names, *names.scope.dims} - {d.name for d in names.own}
    return left.kind == "formula" or (left.kind == "name" and left.name in known and (
        not _SET.search(statement.before) or _NUMBER.fullmatch(statement.sides[-1][1]) is not None))


def heading(each: Sequence[Statement], names: Names) -> Basic | None:
    """The condition that a row begins with, without words: `x > 0: 2*x`, `x > 0 ⇒ L' = 2*x`."""
    first = each[0]
    text, end = first.row.text, first.row.text.find(first.text, first.start) + len(first.text)
    follows = len(each) > 1 and _FOLLOWS.match(text, end) and not _UNEQUAL.search(each[1].text)
    if first.before or first.leads or len(first.sides) > 1 or not _UNEQUAL.search(first.text) or \
            not (follows or text.rstrip().endswith(":")):
        return None
    try:
        return names.reader.condition(first.text)
    except (DeriveError, ValueError):
        return None


def says_otherwise(words: str) -> bool:
    """Whether words begin the remaining case."""
    return _OTHERWISE.search(words) is not None


def under_words(words: str) -> bool:
    """Whether words begin with a condition, `When it is active`."""
    return _IN_WORDS.match(words) is not None
