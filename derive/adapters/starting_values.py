"""The best constant as code: in closed form from the likelihood, else by numbers in the file."""

from __future__ import annotations

from sympy import Expr

from derive.adapters.margin_losses import MarginLoss, safe_name
from derive.adapters.short_formulas import ShortFormulas
from derive.arrays.targets.functional.short_dialects import SCIPY, loose
from derive.calculus.likelihood.estimates.maximum_likelihood import mle
from derive.core import heads
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.indexing import free_names
from derive.core.kinds import Kind
from derive.core.walk import enter, transform
from derive.derivation import Derivation
from derive.errors import DeriveError

_SEARCH = """\
grid = np.unique(np.concatenate([np.linspace(-30.0, 30.0, 241){levels}]))
some = slice(None, None, 1 + len({y}) // 1000)
with np.errstate(all="ignore"):
    costs = np.array([np.sum(w[some] * loss(np.full(len({y}[some]), value), {some}))
             for value in grid])
    best = int(np.nanargmin(costs + 1e-9 * np.abs(grid)))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    for _ in range(100):
        start = (low + high) / 2.0
        slope = np.sum(w * derivatives(np.full(len({y}), start), {all})[0])
        low, high = (start, high) if slope < 0.0 else (low, start)
return float(start)"""
_STEPS = """\
start = {zero}
for _ in range(1000):
    g, h = derivatives(np.tile(start, (len({y}), 1)), {all})
    slope, step = w @ g, (w @ g) / (w @ h)
    start -= step
    if min(np.max(np.abs(slope)) / np.sum(w), np.max(np.abs(step))) < 1e-12:
        break
return start"""


def estimate(loss: MarginLoss) -> Derivation | None:
    """The maximum likelihood estimate in closed form, where the loss is a likelihood with one."""
    if loss.columns or loss.constants or loss.outputs is not None:
        return None
    try:
        derived = mle(loss.density, given=list(loss.given), wrt=loss.margin.name,
                             observed=loss.label.name, functions=loss.request.functions)
    except DeriveError:
        return None
    labels = [label for label, _ in derived.remarks]
    return None if "open" in labels or "maximum" not in labels else derived


def closed_form(loss: MarginLoss, short: ShortFormulas, derived: Derivation,
                ) -> tuple[list[str], str]:
    """Statements and the expression of an estimate: sums over the rows, by their weights w."""
    names: dict[Expr, Variable] = {}
    lines: list[str] = []
    real = Kind("real")

    def total(node: Expr) -> Expr | None:
        if isinstance(node, Dim) and not node.fixed:
            return _named("n", "np.sum(w)", node)
        if not isinstance(node, heads.Sum):
            return None
        entered = enter(node.args[0])
        rows = {e: loss.label for e in entered.body.atoms(heads.Element)
                if e.indices == (entered.index,)}
        body = transform(entered.body, rows.get)
        made = short.code({"term": (body, ())}, loss.observed, loose(SCIPY))
        lines.extend(made.lines)
        return _named(f"s{len(names)}", f"np.sum(w * ({made.results[0]}))", node)

    def _named(name: str, code: str, node: Expr) -> Variable:
        if node not in names:
            names[node] = Variable(name, real)
            lines.append(f"{name} = {code}")
        return names[node]

    outer = transform(derived.result, total)
    if any(isinstance(n, Tensor) for n in free_names(outer)):
        raise DeriveError("the estimate needs more than sums over the rows")
    made = short.code({"start": (outer, ())}, tuple(names.values()), loose(SCIPY))
    return [*lines, *made.lines], made.results[0]


def base_score_code(loss: MarginLoss, short: ShortFormulas) -> tuple[list[str], str]:
    """The body of the function of the best constant, and how that is had."""
    names = [safe_name(leaf.name) for leaf in loss.observed]
    parts = {"y": names[0], "all": ", ".join(names), "some": ", ".join(f"{n}[some]" for n in names)}
    if loss.outputs is not None:
        real = loss.label.kind.shape and loss.label.kind.domain == "real"
        zero = f"np.average({names[0]}, axis=0, weights=w)" if real else \
            f"np.zeros({loss.outputs})"
        return _STEPS.format(zero=zero, **parts).split("\n"), "by Newton steps"
    derived = estimate(loss)
    if derived is not None:
        try:
            lines, text = closed_form(loss, short, derived)
        except DeriveError:
            derived = None
    if derived is not None:
        return [*lines, f"start = float({text})", "if not np.isfinite(start):",
                "    raise ValueError(\"these labels have no finite best constant\")",
                "return start"], f"the maximum likelihood estimate, {derived.notation}"
    label = loss.label
    values = isinstance(label, Variable) and label.kind.domain not in ("binary", "label")
    levels = f", np.quantile({names[0]}, np.linspace(0.0, 1.0, 101))" if values else ""
    return _SEARCH.format(levels=levels, **parts).split("\n"), \
        "by bisection of the slope, beside the least value on a grid"
