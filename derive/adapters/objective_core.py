"""What the files for all libraries have in common: the loss, its derivatives, labels, the start."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from derive.adapters.data_columns import reading
from derive.adapters.hessian_policies import Curvature, Policies
from derive.adapters.margin_losses import Leaf, MarginLoss, safe_name
from derive.adapters.request import Request
from derive.adapters.short_formulas import ShortFormulas
from derive.adapters.starting_values import base_score_code
from derive.arrays.targets.functional.functional_text import LINE, code_lines
from derive.arrays.targets.functional.short_code import returned
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import free_names
from derive.notation.printing.plain import plain
from derive.outgoing_text import in_docstring

_WEIGHTS = """\
w = np.ones(len({first})) if weight is None else np.asarray(weight, float)
if w.shape != ({first}.shape[0],) or not np.all(w >= 0.0) or not np.any(w > 0.0):
    raise ValueError("base_score needs rows, and for each a weight of at least 0, not all 0")"""


@dataclass(frozen=True)
class Function:
    """A function of a file: its head, what its docstring says, and its statements."""

    head: str
    says: str
    body: tuple[str, ...]

    @property
    def text(self) -> str:
        """The function as code."""
        says = textwrap.wrap(in_docstring(self.says), 88)
        lines = [f'"""{says[0]}', *says[1:]]
        lines = [f'{lines[0]}"""'] if len(lines) == 1 else [*lines, '"""']
        body = code_lines("\n".join(f"    {line}" for line in (*lines, *self.body)))
        return "\n".join([*_head_lines(f"def {self.head}:"), *body])


def _head_lines(head: str) -> list[str]:
    """The head of a function in lines that leave room to stand inside another."""
    if len(head) <= LINE - 4:
        return [head]
    cut = head.rindex(", ", 0, LINE - 4) + 1
    return [head[:cut], " " * (head.index("(") + 1) + head[cut + 1:]]


def _returned(g: str, h: str) -> list[str]:
    """The statements that return two values, each on a line where they are long."""
    if len(g) + len(h) < 80:
        return [f"return {g}, {h}"]
    return [f"g = {g}", f"h = {h}", "return g, h"]


class Core:
    """The functions that the file for any library has, as code."""

    def __init__(self, request: Request) -> None:
        self.request, self.loss = request, MarginLoss(request)
        self.short = ShortFormulas(self.loss)
        self.policies = Policies(self.loss, self.short)
        self.curvature: Curvature = self.policies.chosen(request.hessian)
        self.start, self.start_says = base_score_code(self.loss, self.short)

    @property
    def margin(self) -> str:
        """The name of the prediction."""
        return safe_name(self.loss.margin.name)

    @property
    def observed(self) -> list[str]:
        """The names of what a row holds."""
        return [safe_name(leaf.name) for leaf in self.loss.observed]

    @property
    def columns(self) -> list[str]:
        """The names of what a row holds that the library has no place for."""
        return self.observed[self.label_is_given:]

    @property
    def label_is_given(self) -> bool:
        """Whether the library hands over the label: not where it is a vector, and it has none."""
        return self.request.library.vectors or not self.loss.label.kind.shape

    @property
    def vector(self) -> bool:
        """Whether there are several predictions for a row."""
        return self.loss.outputs is not None

    @property
    def arguments(self) -> str:
        """The arguments of the functions of the loss, with their types."""
        return ", ".join(f"{n}: Floats" for n in (self.margin, *self.observed))

    def loss_function(self) -> Function:
        """The value of each row."""
        best = self.short.best("value", *self.short.result("value"))
        return Function(f"loss({self.arguments}) -> Floats", "The loss of each row.",
                        tuple(returned(self.short.code({"value": (best, ())}, self.row))))

    def derivatives(self) -> Function:
        """The gradient, and what stands for the second derivative."""
        gradient, indices = self.short.result("gradient")
        first = self.short.best("gradient", gradient, indices)
        curved, own = self.curvature.formula, self.curvature.indices
        if free_names(curved):
            curved = self.short.best("hessian", curved, own)
        body = self.short.code({"g": (first, indices), "h": (curved, own)}, self.row)
        g, h = body.results
        if self.curvature.floor:
            h = f"np.fmax({h}, FLOOR)"
        return Function(
            f"derivatives({self.arguments}) -> tuple[Floats, Floats]",
            f"The slope by {self.margin}, and {self.curvature.policy} for the second derivative.",
            (*body.lines, *_returned(g, h)))

    @property
    def width(self) -> int:
        """How many predictions a row has in tests."""
        if not self.vector:
            return 1
        size = str(self.loss.outputs)
        lengths = [len(values) for values in self.loss.constants.values()]
        return int(size) if size.isdecimal() else next(iter(lengths), 3)

    @property
    def needs_size(self) -> bool:
        """Whether nothing but its user tells the function of the start how many there are."""
        size = str(self.loss.outputs)
        return self.vector and not size.isdecimal() and not self._count(size)

    def conditions(self) -> list[str]:
        """The conditions of the loss on numbers of a row, as code."""
        known = {self.loss.margin, *self.loss.observed}
        conditions = [c for c in self.loss.formula.posed.specification.conditions
                      if (names := {n for n in free_names(c) if isinstance(n, (Variable, Tensor))})
                      and names <= known and all(not n.kind.shape for n in names)]
        texts = []
        for condition in conditions:
            body = self.short.condition(condition)
            texts.append("np.ones(300, bool)" if body.lines else body.results[0])
        return texts

    @property
    def row(self) -> tuple[Leaf, ...]:
        """The prediction, and what a row holds."""
        return (self.loss.margin, *self.loss.observed)

    def labels(self) -> Function:
        """What a row holds, as the loss takes it."""
        size = [f"{self.loss.outputs}: int"] if self.vector else []
        shape = f"-1, {self.loss.outputs}"
        lines = [line for leaf in self.loss.observed for line in reading(self.loss, leaf, shape)]
        names = ", ".join(self.observed)
        result = "Floats" if len(self.observed) == 1 else "tuple[Floats, ...]"
        return Function(f"checked({', '.join([*(f'{n}: ArrayLike' for n in self.observed), *size])}"
                        f") -> {result}",
                        "What a row holds, as numbers that the loss takes; others are refused.",
                        (*lines, f"return {names}"))

    def base_score(self) -> Function:
        """The best constant."""
        names = ", ".join(self.observed)
        size = str(self.loss.outputs)
        head = ", ".join(f"{n}: ArrayLike" for n in self.observed)
        count = [] if not self.vector or size.isdecimal() else self._count(size)
        asked = f", {size}: int" if self.needs_size else ""
        more = f", {size}" if self.vector else ""
        return Function(
            f"base_score({head}{asked}, weight: ArrayLike | None = None) -> "
            f"{'Floats' if self.vector else 'float'}",
            f"The best constant {self.margin}, before any link: {self.start_says}.",
            (*count, f"{names} = checked({names}{more})",
             *_WEIGHTS.format(first=self.observed[0]).split("\n"), *self.start))

    def _count(self, size: str) -> list[str]:
        """The number of predictions, where labels or constants tell it."""
        label, name = self.loss.label, safe_name(self.loss.label.name)
        if self.loss.constants:
            return [f"{size} = len({safe_name(next(iter(self.loss.constants)))})"]
        if label.kind.shape:
            return [f"{size} = np.asarray({name}).shape[1]"]
        if label.kind.domain == "label":
            return [f"{size} = int(np.nanmax(np.asarray({name}, float), initial=0.0)) + 1"]
        return []

    def predict(self) -> Function:
        """What a margin means."""
        prediction = self.loss.prediction
        formula = self.short.short(prediction.formula)
        body = self.short.code({"mean": (formula, prediction.indices)}, self.row[:1])
        return Function(f"predict({self.margin}: ArrayLike) -> Floats",
                        f"What the model says of a row: {prediction.says}.",
                        (f"{self.margin} = np.asarray({self.margin}, float)",
                         *returned(body)))

    def constants(self) -> list[str]:
        """The vectors that the loss has by name, and the floor."""
        lines = [f"{safe_name(name)} = np.array([{', '.join(str(float(v)) for v in values)}])"
                 for name, values in self.loss.constants.items()]
        return [*lines, *([f"FLOOR = {float(self.curvature.floor)}"]
                          if self.curvature.floor else [])]

    @property
    def note(self) -> str:
        """The policy for the Hessian, in a line."""
        return f"Hessian: {self.curvature.policy}, {self.curvature.says}"

    def head(self, use: str) -> str:
        """The docstring of the file."""
        library, derivation = self.request.library, self.loss.derivation
        title = f"{self.loss.title}: an objective for {library.title} {library.versions}."
        facts = {"loss": plain(self.loss.loss), "gradient": derivation.notation,
                 "Hessian": f"{self.curvature.policy}, {self.curvature.says}",
                 "predict": self.loss.prediction.says}
        lines = [*textwrap.wrap(title, 96), "",
                 *(line for name, fact in facts.items() for line in textwrap.wrap(
                     f"{name + ':':<11}{fact}", 96, subsequent_indent=" " * 11)), "",
                 *use.split("\n"), "",
                 *textwrap.wrap(self.request.provenance, 96)]
        return '"""' + in_docstring("\n".join(lines)) + '\n"""'
