"""What the module of a trained model has beside its equations: sizes, names, scales, weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Scales = tuple[tuple[float, float], ...]

_LOAD = {
    "torch": '''def load(path: str | Path | None = None) -> Model:
    """The trained model; its parameters are in an NPZ file, by default that beside this one."""
    model = Model(**SIZES)
    with np.load(path or Path(__file__).with_suffix(".npz")) as file, torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.data = torch.from_numpy(file[{name}])
    return model''',
    "jax": '''def load(path: str | Path | None = None) -> Parameters:
    """The trained parameters, in an NPZ file, by default that beside this one."""
    with np.load(path or Path(__file__).with_suffix(".npz")) as file:
        return {{name: jnp.asarray(file[{name}]) for name in PARAMETERS}}''',
    "numpy": '''def load(path: str | Path | None = None) -> Parameters:
    """The trained parameters, in an NPZ file, by default that beside this one."""
    with np.load(path or Path(__file__).with_suffix(".npz")) as file:
        return {{name: file[{name}] for name in PARAMETERS}}'''}
_ARRAY = {"torch": "{1}.new_tensor({0})", "jax": "jnp.asarray({0}, {1}.dtype)",
          "numpy": "np.asarray({0})"}
_INVERSES = {
    "softmax": {"torch": "torch.softmax(made, -1)", "jax": "jax.nn.softmax(made, -1)",
                "numpy": "softmax(made)"},
    "sigmoid": {"torch": "torch.sigmoid(made)", "jax": "jax.nn.sigmoid(made)",
                "numpy": "sigmoid(made)"},
    "exp": {"torch": "made.exp()", "jax": "jnp.exp(made)", "numpy": "np.exp(made)"}}


@dataclass(frozen=True)
class ExportFacts:
    """Of a trained model: the lengths of dimensions, names, and what predictions are made of.

    `inputs` and `targets` are means and deviations that were taken off the data; `inverse` is
    softmax, sigmoid, exp or nothing, of the `output`; `says` what that gives.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    symbols: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    inputs: Scales = ()
    targets: Scales = ()
    several: bool = False  # targets a step
    inverse: str = ""
    output: str = ""
    says: str = ""

    def constants(self, parameters: Mapping[str, str]) -> list[str]:
        """The statements of the module; `parameters` are the names in the file, by those in code.
        """
        lines = [f"SIZES = {dict(self.sizes)!r}",
                 *wrapped("SYMBOLS", self.symbols, "what labels of x stand for"),
                 *wrapped("CLASSES", self.classes, "what is predicted")]
        for name, scales in (("INPUT", self.inputs), ("TARGET", self.targets)):
            if scales:
                means, deviations = zip(*scales, strict=True)
                lines += [*wrapped(f"{name}_MEANS", means, "taken off, in training"),
                          *wrapped(f"{name}_DEVIATIONS", deviations)]
        renamed = {own: name for own, name in parameters.items() if own != name}
        return [*lines, *([f"RENAMED = {renamed!r}"] if renamed else [])]

    def load(self, key: str, parameters: Mapping[str, str]) -> str:
        """The function that reads the parameters."""
        name = "name" if all(own == n for own, n in parameters.items()) else \
            "RENAMED.get(name, name)"
        return _LOAD[key].format(name=name)

    def before(self, key: str, x: str) -> list[str]:
        """Statements that take the scale off what is read."""
        if not self.inputs:
            return []
        means, deviations = (_ARRAY[key].format(n, x) for n in ("INPUT_MEANS",
                                                               "INPUT_DEVIATIONS"))
        return [f"{x} = ({x} - {means}) / {deviations}"]

    def behind(self, key: str) -> list[str]:
        """Statements that make of an output what the user asks for."""
        lines = [f"made = {_INVERSES[self.inverse][key]}"] if self.inverse else []
        if not self.targets:
            return lines
        scale = [_ARRAY[key].format(n, "made") if self.several else f"{n}[0]"
                 for n in ("TARGET_DEVIATIONS", "TARGET_MEANS")]
        return [*lines, f"made = made * {scale[0]} + {scale[1]}"]


def wrapped(name: str, values: tuple[object, ...] | None, remark: str = "") -> list[str]:
    """A tuple in lines that are not too long."""
    if values is None:
        return []
    listed = ", ".join(map(repr, values)) + ("," if len(values) == 1 else "")
    line = f"{name} = ({listed})"
    note = [f"# {remark[0].upper()}{remark[1:]}."] if remark else []
    if len(line) <= 99:
        return [*note, line]
    lines, row = [], ""
    for value in values:
        text = f"{value!r},"
        if len(row) + len(text) + 1 > 94:
            lines.append(row)
            row = ""
        row += (" " if row else "") + text
    return [*note, f"{name} = (", *(f"    {r}" for r in (*lines, row)), ")"]


