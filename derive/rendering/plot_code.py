"""The plot cell of a notebook: a loss and its derivative against one number."""

from __future__ import annotations

from derive.core import heads
from derive.core.indexing import root
from derive.derivation import Derivation
from derive.notation.printing.plain import plain
from derive.rendering.check_code import check_code, indices_of, used_in

_RANGES = {"real": "-4, 4", "positive": "0.1, 4", "nonnegative": "0.01, 4", "negative": "-4, -0.1",
           "probability": "0.02, 0.98"}


def plot_code(derivation: Derivation) -> str:
    """Code that goes on from the check cell; "" for what has no such picture."""
    if derivation.goal != "gradient" or derivation.others or derivation.time is not None \
            or not isinstance(derivation.original, heads.Partial):
        return ""
    body, at = derivation.original.args
    kind = root(at).kind
    if kind.domain not in _RANGES or len(indices_of(at)) > 1 or not check_code(derivation):
        return ""
    own = [i.name for i in derivation.indices]
    if own not in ([], indices_of(at)):
        return ""
    x = root(at).name
    label, place = (f"{x}[0]", "0") if own else (x, "")
    value = "np.array([_v if n == 0 else kept[n] for n in range(len(kept))])" if own else "_v"
    arguments = ", ".join([x, *(place for _ in used_in(own, plain(body)))])
    return "\n".join([
        "try:", "    import matplotlib.pyplot as plt", "except ImportError:",
        '    print("the plot needs matplotlib: pip install matplotlib")', "else:",
        f"    kept, grid = {x}, np.linspace({_RANGES[kind.domain]}, 161)",
        "    losses, slopes = [], []", "    for _v in grid:",
        f"        {x} = {value}",
        f"        losses.append(formula({arguments}))",
        f"        slopes.append(derived({place}))", f"    {x} = kept",
        "    figure, axes = plt.subplots(figsize=(6, 3.5), layout='constrained')",
        "    axes.plot(grid, losses, color='#0072B2', label='loss')",
        "    axes.plot(grid, slopes, color='#D55E00', linestyle='--', label='derivative')",
        f"    axes.set_xlabel({label!r})", "    axes.grid(alpha=0.3)", "    axes.legend()",
        "    plt.show()"])
