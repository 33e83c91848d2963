"""Pieces of the text of a distribution for NGBoost."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.adapters.estimators.boosted_parameters import Parameter
from derive.adapters.estimators.code_blocks import indented
from derive.adapters.estimators.distribution_parts import DistributionParts
from derive.adapters.estimators.label_draws import label_condition

_FIT = '''
@staticmethod
def fit(Y: Any) -> Array:
    """The maximum likelihood of one law for all rows, found numerically."""
    Y = np.asarray(Y{dtype})
{check}    size, spread = np.log(np.mean(np.abs(Y)) + 1e-9), np.log(np.std(Y) + 1e-9)
    real, positive = (0.0, np.mean(Y), np.median(Y)), (0.0, size, -size, spread, 2 * spread)

    def objective(z: Array) -> tuple[float, Array]:
        law = {both}(np.repeat(z[:, None], len(Y), axis=1))
        return float(np.mean(law.score(Y))), np.mean(law.d_score(Y), axis=0)

    starts = [np.array(start, float) for start in itertools.product({kinds})]
    with np.errstate(all="ignore"):
        values = [objective(start)[0] for start in starts]
        best = starts[int(np.nanargmin(np.where(np.isfinite(values), values, np.inf)))]
        return np.asarray(optimize.minimize(objective, best, jac=True, method="L-BFGS-B").x)
'''
DIST = '''
def __getattr__(self, name: str) -> Any:
    """mean, std, cdf, ppf, interval, … of scipy.stats."""
    if name.startswith("_") or name == "dist":
        raise AttributeError(name)
    return getattr(self.dist, name)
'''
CLASS_PROBS = '''
def class_probs(self) -> Array:
    """The probabilities of the classes, a row for each example."""
    return {probabilities}
'''


def fit_lines(parts: DistributionParts, name: str) -> list[str]:
    """The method that fits one law to all rows."""
    kinds = [_starts(p) for p in parts.parameters]
    leaf = parts.formulas[0].posed.scope.names[parts.label[0][0]]
    condition, words = label_condition(leaf)
    condition = re.sub(rf"\b{leaf.name}\b", "Y", condition)
    check = f"    if not np.all({condition}):\n        raise ValueError(\"Y must be {words}\")\n" \
        if condition else ""
    dtype = "" if parts.label[1] == "label" else ", float"
    text = _FIT.strip("\n").replace("{dtype}", dtype).replace("{check}", check) \
        .replace("{both}", f"Scored{name}").replace("{kinds}", ", ".join(kinds))
    if "real" not in text.partition("itertools")[2] and "positive" not in \
            text.partition("itertools")[2]:
        text = "\n".join(line for line in text.splitlines()
                         if not line.lstrip().startswith(("size,", "real,")))
    return text.splitlines()


def _starts(p: Parameter) -> str:
    """The values from which a fit starts."""
    if p.dim:
        return f"*[(0.0,)] * ({p.size})"
    return {"real": "real", "probability": "(0.0, -2.0, 2.0)"}.get(p.domain, "positive")


def unpacked(p: Parameter, place: str) -> str:
    """The statement that takes a parameter out of the boosted outputs."""
    if p.tied:
        return f"{p.inner} = np.vstack([0 * params[:1], params[{place}]]).T"
    return f"{p.inner} = params[{place}].T" if p.dim else f"{p.inner} = params[{place}]"


def ending(lines: Sequence[str], name: str) -> list[str]:
    """Statements that return what the last of them names."""
    *before, last = lines
    return [*before, f"return {last.partition(' = ')[2]}"] if last.startswith(f"{name} = ") else \
        [*lines, f"return {name}"]


def method(name: str, says: str, body: str, argument: str = "", returns: str = "Array",
           ) -> list[str]:
    """A method, after an empty line."""
    head = ", ".join(["self", *([argument] if argument else [])])
    return ["", f"def {name}({head}) -> {returns}:", *indented([f'"""{says}"""', body])]
