"""Pieces of the text of a distribution for NGBoost."""

from __future__ import annotations

from derive.adapters.data_columns import check
from derive.adapters.estimators.boosted_parameters import Parameter
from derive.adapters.estimators.code_blocks import indented
from derive.adapters.estimators.distribution_parts import DistributionParts

_FIT = '''
@staticmethod
def fit(Y: Any) -> Array:
    """The maximum likelihood of one law for all rows, found numerically."""
    Y = np.asarray(Y{dtype})
{check}{values}

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


def start_values(label: str) -> list[str]:
    """Statements for the values from which a fit starts, by the kind of a parameter."""
    return [f"size, spread = np.log(np.mean(np.abs({label})) + 1e-9), np.log(np.std({label}) + "
            "1e-9)", f"real, positive = (0.0, np.mean({label}), np.median({label})), "
            "(0.0, size, -size, spread, 2 * spread)"]


def fit_lines(parts: DistributionParts, name: str) -> list[str]:
    """The method that fits one law to all rows."""
    kinds = parts.start_names
    leaf = parts.formulas[0].posed.scope.names[parts.label[0][0]]
    checks = "".join(f"    {line}\n" for line in check(leaf, "Y"))
    dtype = "" if parts.label[1] == "label" else ", float"
    text = _FIT.strip("\n").replace("{dtype}", dtype).replace("{check}", checks) \
        .replace("{both}", f"Scored{name}").replace("{kinds}", ", ".join(kinds)) \
        .replace("{values}", "\n".join(indented(start_values("Y"))))
    if "real" not in text.partition("itertools")[2] and "positive" not in \
            text.partition("itertools")[2]:
        text = "\n".join(line for line in text.splitlines()
                         if not line.lstrip().startswith(("size,", "real,")))
    return text.splitlines()


def unpacked(p: Parameter, place: str) -> str:
    """The statement that takes a parameter out of the boosted outputs."""
    if p.tied:
        return f"{p.inner} = np.vstack([0 * params[:1], params[{place}]]).T"
    return f"{p.inner} = params[{place}].T" if p.dim else f"{p.inner} = params[{place}]"


def method(name: str, says: str, body: str, argument: str = "", returns: str = "Array",
           ) -> list[str]:
    """A method, after an empty line."""
    head = ", ".join(["self", *([argument] if argument else [])])
    return ["", f"def {name}({head}) -> {returns}:", *indented([f'"""{says}"""', body])]
