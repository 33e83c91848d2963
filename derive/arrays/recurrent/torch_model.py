"""A recurrent model as the text of a `torch.nn.Module`, with the derived backward pass."""

from __future__ import annotations

import builtins
import keyword
import re
import textwrap
from collections.abc import Iterable, Sequence

from derive.arrays.recurrent.compiled_model import Plan
from derive.arrays.recurrent.edge_values import NumbersByIndex
from derive.arrays.recurrent.parameter_program import SLOPE, statements
from derive.arrays.recurrent.torch_functions_of_steps import StepFunctions
from derive.arrays.targets.functional import native_module
from derive.arrays.targets.functional.functional_text import folded, short_name
from derive.arrays.targets.functional.neutral_text import printed_parts
from derive.arrays.targets.functional.torch_dialect import DIALECT
from derive.arrays.targets.functional.torch_module import TorchModule
from derive.arrays.targets.numpy.runtime_parts import needed
from derive.core.atoms import Dim
from derive.core.kinds import Dimension
from derive.derivation import Derivation
from derive.errors import KernelError
from derive.notation.reading.model_equations import read_model
from derive.version import __version__

RESERVED = frozenset({
    "Any", "B", "Model", "Steps", "T", "Tensor", "Tensors", "ctx", "gradients", "loss",
    "losses", "made", "network", "nn", "parameters", "row", "rows", "saved", "self", "shifted",
    "slope", "t", "torch"})
_WORD = re.compile(r"\b[^\W\d]\w*\b")
SHIFTED = '''def shifted(values: Tensor, shift: int, beyond: Tensor) -> Tensor:
    """The values of the step before (shift -1) or after (1); what is beyond the end."""
    if shift < 0:
        return torch.cat([beyond[None], values[:-1]])
    return torch.cat([values[1:], beyond[None]])'''
STEPS = '''class Steps(torch.autograd.Function):
    """The loss over all steps and sequences; its derivatives are the derived ones."""

    @staticmethod
    def forward(ctx: Any, {listed}) -> Tensor:
        """The loss."""
        {network}
        {losses}
        ctx.save_for_backward({saved})
        return loss

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        """The derived gradients, times that of the loss."""
        made = gradients(*ctx.saved_tensors)
        return {nones}*(slope * gradient for gradient in made)'''
MODEL = '''class Model(nn.Module):
    """The model. Its loss is differentiable by the parameters, once; data get no gradient."""

    def __init__(self, *, {sizes}) -> None:
        super().__init__()
{parameters}
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Matrices uniform in one over the root of the number of inputs; vectors 0."""
        with torch.no_grad():
            for parameter in self.parameters():
                if parameter.dim() < 2:
                    parameter.zero_()
                else:
                    bound = parameter.shape[-1] ** -0.5
                    parameter.uniform_(-bound, bound)

    def forward(self, {data}) -> Tensor:
        """The loss of a batch: {shapes}."""
        loss: Tensor = Steps.apply({given})
        return loss

    def outputs(self, {inputs}) -> Tensors:
        """What the network gives, {outputs}, without gradients."""
        with torch.no_grad():
            return network({called})[:{count}]'''


class TorchModel:
    """Writes the module of a model."""

    def __init__(self, plan: Plan, title: str, command: str) -> None:
        self.plan, self.title, self.command = plan, title, command
        self.graph, self.schedule = plan.graph, plan.schedule
        taken = set(RESERVED | set(dir(builtins)) | set(keyword.kwlist))
        self.parts = printed_parts((*TorchModule.functions, *native_module.NEUTRAL), "torch")
        taken |= {n for p in self.parts for n in p.defines}
        counted = {self.graph.clock: "number", self.graph.length: "length"}
        self.data = [n for n in self.graph.data if n not in counted]
        self.parameters = list(plan.parameters)
        self.names = {n: short_name(n, taken) for n in (*self.data, *self.parameters)}
        self.counted = {n: short_name(word, taken) for n, word in counted.items() if n}
        self.derived = {n: short_name(n, taken) for n in
                        (plan.derived.names if plan.derived else ())}
        self.taken = taken

    def text(self) -> str:
        """The module."""
        functions = StepFunctions(self.schedule, self.names | self.derived | self.counted,
                                  self._initial(), taken=self.taken)
        phases = [[*self._derived(), *functions.phase(0)]]
        known = [[*self.derived.values(), *functions.outer.values()]]
        losses = functions.phase(1)
        lines, loss = functions.totals({"loss": self.graph.loss})
        phases.append([*losses, *lines])
        known.append([n for n in functions.outer.values() if n not in known[0]])
        backward = functions.phase(2)
        lines, slopes = functions.totals(self.graph.gradients)
        back, slopes = self._led_back(slopes)
        phases.append([*backward, *lines, *back])
        results = [slopes.get(n, f"torch.zeros_like({self.names[n]})") for n in self.parameters]
        words = [set(_WORD.findall("\n".join(p))) for p in phases]
        words[1] |= set(_WORD.findall(loss["loss"]))
        words[2] |= set(_WORD.findall(" ".join(results)))
        outputs = [functions.outer[self.graph.named[n]] for n in self.plan.outputs]
        early = [*outputs, *(n for n in known[0] if n not in outputs
                             and n in words[1] | words[2])]
        late = [n for n in known[1] if n in words[2]]
        made = [self._function(*parts) for parts in (
            ("network", words[0], (), "The outputs, and what else is read after them.", phases[0],
             early), ("losses", words[1], early, "The loss, and what its gradients rest on.",
                      phases[1], [loss["loss"], *late]),
            ("gradients", words[2], [*early, *late], "The gradient by each parameter.", phases[2],
             results))]
        return self._module([lines for lines, _ in made], [taken for _, taken in made],
                            early, late, len(outputs))

    def _derived(self) -> list[str]:
        """The statements that compute what parameters alone give."""
        if self.plan.derived is None:
            return []
        lines, made = statements(self.plan.derived.forward, self.names | self.derived, DIALECT,
                                 self.taken)
        return [*lines, *(f"{self.derived[n]} = {code}" for n, code in made.items())]

    def _led_back(self, slopes: dict[str, str]) -> tuple[list[str], dict[str, str]]:
        """The statements behind the slopes of derived parameters, and the slopes of the others."""
        program = self.plan.derived
        if program is None:
            return [], slopes
        own = {n: short_name(f"{self.derived[n]}_total", self.taken) for n in self.derived}
        head = [f"{own[s.name]} = {slopes[s.name]}" for s in program.seeds]
        lines, made = statements(program.backward, {
            **self.names, **self.derived, **{n + 2 * SLOPE: name for n, name in own.items()}},
            DIALECT, self.taken)
        return [*head, *lines], {n: " + ".join(s[n] for s in (slopes, made) if n in s)
                                 for n in {**slopes, **made}}

    def _initial(self) -> dict[tuple[str, int], str]:
        """The code of the values beyond the steps, other than 0, of states and of data."""
        made = {}
        for name, start in self.plan.initial.items():
            place = name, self.plan.ends[name]
            if isinstance(start, NumbersByIndex):
                raise KernelError(f"the initial values of {name} follow from the place; this is "
                                  "not written for PyTorch")
            if isinstance(start, str):
                made[place] = f"{(self.names | self.derived)[start]}.expand({{shape}})"
            elif start:
                number = f"{start:g}" if float(start).is_integer() else repr(start)
                made[place] = f"{{of}}.new_full({{shape}}, {number})" if name in self.data else \
                    f"rows.new_full({{shape}}, {start!r})"
        return made

    def _function(self, name: str, words: set[str], before: Sequence[str], says: str,
                  lines: list[str], results: list[str]) -> tuple[list[str], list[str]]:
        """A function of what it reads of the data, the parameters and earlier values; its names."""
        timed = next(self.names[n] for n in self.data if self.graph.inputs[n][0] == "step")
        first = self.names[self.parameters[0]]
        head = []
        if words & {*self.counted.values()}:
            words = words | {"rows"}
        if words & {"rows", "row", "T", "B"}:
            words = words | {timed}
            head.append(f"T, B = {timed}.shape[:2]")
        if words & {"rows", "row"}:
            words = words | {first}
            head.append(f"rows = {first}.new_zeros((T, B))")
        if "row" in words:
            head.append("row = rows[0]")
        head += [f"{self.counted[n]} = {code}" for n, code in (
            (self.graph.clock, "torch.arange(T).to(rows)[:, None].expand(T, B)"),
            (self.graph.length, "rows.new_full((B,), float(T))"))
            if self.counted.get(n) in words]
        for dim, place in self._sizes().items():
            if f"size_{dim}" in words:
                words = words | {place.partition(".")[0]}
                head.append(f"size_{dim} = {place}")
        taken = [n for n in (*self.names.values(), *before) if n in words]
        typed = ", ".join(f"{n}: Tensor" for n in taken)
        return [*folded(f"def {name}({typed}) -> Tensors:", 99, " " * (len(name) + 5)),
                f'    """{says}"""',
                *(part for line in (*head, *lines, f"return {_tuple(results)}")
                  for part in _indented(line))], taken

    def _sizes(self) -> dict[Dim, str]:
        """Where each dimension is read."""
        places: dict[Dim, str] = {}
        for name in (*self.parameters, *self.data):
            rows, _ = self.graph.inputs[name]
            lead = {"step": 2, "sequence": 1}.get(rows, 0)
            for place, dim in enumerate(self._dims(name)):
                if isinstance(dim, Dim) and not dim.fixed:
                    places.setdefault(dim, f"{self.names[name]}.shape[{place + lead}]")
        return places

    def _dims(self, name: str) -> tuple[Dimension, ...]:
        """The axes of data or a parameter beside steps and sequences."""
        return tuple(self.graph.inputs[name][1].shape)

    def _module(self, functions: Iterable[list[str]], taken: list[list[str]], early: list[str],
                late: list[str], count: int) -> str:
        own = ["\n".join(lines) for lines in functions]
        words = {**self._words(taken[0]), "count": str(count), "saved": ", ".join(taken[2]),
                 "network": f"{_tuple(early)} = network({', '.join(taken[0])})",
                 "losses": f"{_tuple(['loss', *late])} = losses({', '.join(taken[1])})"}
        own += ["\n".join(part for line in template.format(**words).split("\n")
                          for part in _indented(line, "")) for template in (STEPS, MODEL)]
        if any("shifted(" in text for text in own):
            own.insert(0, SHIFTED)
        _, printed = needed("\n\n".join(own), self.parts)
        head = ['"""' + self._docstring() + '\n"""', "", "from __future__ import annotations", "",
                "from typing import Any", "", "import torch", "from torch import Tensor, nn", "",
                "Tensors = tuple[Tensor, ...]"]
        return "\n".join(head) + "\n\n\n" + "\n\n\n".join([*printed, *own]) + "\n"

    def _words(self, read: list[str]) -> dict[str, str]:
        """What the templates are filled with; `read` is what the network reads."""
        own = {self.names[n] for n in self.parameters}
        data = [self.names[n] for n in self.data]
        return {
            "listed": ", ".join(f"{n}: Tensor" for n in self.names.values()),
            "nones": "None, " * len(data), "sizes": ", ".join(f"{d}: int" for d in self._sizes()),
            "parameters": "\n".join(map(self._parameter, self.parameters)),
            "data": ", ".join(f"{n}: Tensor" for n in data),
            "given": ", ".join([*data, *(f"self.{self.names[n]}" for n in self.parameters)]),
            "inputs": ", ".join(f"{n}: Tensor" for n in read if n not in own),
            "called": ", ".join(f"self.{n}" if n in own else n for n in read),
            "outputs": ", ".join(self.plan.outputs),
            "shapes": "; ".join(map(self._shape, self.data))}

    def _parameter(self, name: str) -> str:
        """The statement that makes a parameter."""
        shape = _tuple(map(str, self._dims(name)))
        return f"        self.{self.names[name]} = nn.Parameter(torch.empty(({shape})))"

    def _shape(self, name: str) -> str:
        rows, kind = self.graph.inputs[name]
        lead = {"step": ["T", "B"], "sequence": ["B"]}[rows]
        what = f" labels below {kind.over}" if kind.domain == "label" else ""
        return f"{self.names[name]} ({', '.join([*lead, *map(str, self._dims(name))])}){what}"

    def _docstring(self) -> str:
        model = self.plan.model
        lines = [*textwrap.wrap(f"{self.title}: a model for PyTorch, derived and generated.", 96),
                 "",
                 *(f"    {line}" for line in model_lines(model)), "",
                 *textwrap.wrap(
                     "Steps come first, then sequences. The backward pass is the derived one: "
                     "products of the adjoints with what the forward pass computed; autograd "
                     "differentiates nothing. States begin as the model has it.", 96),
                 "", f"Generated by derive {__version__}{':' if self.command else '.'}",
                 *([f"    {self.command}"] if self.command else [])]
        return "\n".join(lines).replace("\\", "\\\\")


def model_lines(model: object) -> list[str]:
    """The equations of a model as they were typed."""
    text = str(getattr(model, "text", "") or "")
    return [line.strip() for line in text.strip().split("\n") if line.strip()]


def _indented(line: str, indent: str = "    ") -> list[str]:
    """A line of code in lines that are not too long, remarks above them."""
    if line.lstrip().startswith("#"):
        return [indent + line]
    own = line[:len(line) - len(line.lstrip())]
    return [indent + own + part for part in folded(line.lstrip(), 95 - len(own))]


def _tuple(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed) + ("," if len(listed) == 1 else "")


def torch_module(derivation: Derivation, command: str = "") -> str:
    """The text of a module for PyTorch with the model of `derive.bptt`.

    `command` is what makes it again, for its head. Raises KernelError for a model that is not
    compiled, such as one with sums over time beside its loss.
    """
    typed = str(getattr(derivation.typed, "target", ""))
    if not typed or "[t]" not in typed.replace(" ", ""):
        raise KernelError("a module is made of a recurrent model: of what derive.bptt gives")
    title = derivation.title.partition(": ")[2] or derivation.title
    plan = Plan(read_model(typed), carried=False)
    return TorchModel(plan, title[:1].upper() + title[1:], command).text()
