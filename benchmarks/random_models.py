"""Random recurrent models beside PyTorch: how many agree, how many are refused, none wrong.

    python benchmarks/random_models.py                        200 models
    python benchmarks/random_models.py --models 50 --seed 7   others
    python benchmarks/random_models.py --only 1234 --text     one of them, with its text

Each model is a text of random equations (`benchmarks/recurrent/random_texts.py`): products,
functions, reductions, choices, masks, gates, up to two layers in both directions, tables of labels,
also of the step before, vectors side by side, outer products, computed starts, lines `init` and
`frozen`, means and softmax over time, losses of several kinds. PyTorch computes it from a reading
of its own, in float64. Loss and gradient of every parameter, by NumPy and by C, must be PyTorch's
to 1e-9, as a part of the largest entry. A gradient of 0 where PyTorch has another is counted as
silent. Where PyTorch's own gradient is not that of central differences (at a kink, or beyond what
float64 tells) the model is not judged; how many those are is printed.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.recurrent import random_texts
from benchmarks.recurrent.random_texts import SIZES
from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.recurrent.model_plan import Plan
from derive.errors import DeriveError
from derive.notation.reading.model_equations import read_model

CLOSE = 1e-9
DIFFERENCE, LOOSE = 1e-6, 1e-4  # of central differences that tell a kink
TARGETS = ("numpy", "c")
WORDS = ("right", "refused", "no model", "not judged", "wrong", "silent", "crash")


def random_text(seed: int) -> str:
    """The text of a model, of any kind of line."""
    return random_texts.random_text(seed, wider=True)


@dataclass(frozen=True)
class Outcome:
    """What came of one model, in a word."""

    seed: int
    word: str
    says: str
    seconds: float


@dataclass
class Trial:
    """One model with random sizes of a batch, parameters and data."""

    text: str
    seed: int
    steps: int = 0
    batch: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from benchmarks.recurrent.torch_reader import TorchModel

        self.model = TorchModel(self.text, SIZES)
        rng = np.random.default_rng(self.seed)
        self.steps, self.batch = int(rng.integers(1, 6)), int(rng.integers(1, 4))
        for name in self.model.given:
            shape = self.model.shape(name, self.steps)
            if name in self.model.parameters:
                self.parameters[name] = rng.normal(size=shape)*.7
            else:
                self.data[name] = self.drawn(rng, name, (self.batch, *shape))

    def drawn(self, rng: Any, name: str, shape: tuple[int, ...]) -> Any:
        """Data of a type."""
        domain, over = self.model.kinds[name]
        if domain == "label":
            return rng.integers(0, SIZES[over], shape)
        if domain in ("binary", "count"):
            return rng.integers(0, 2 if domain == "binary" else 5, shape)
        return rng.uniform(.2, 1, shape) if domain == "nonnegative" else rng.normal(size=shape)

    def by_torch(self) -> tuple[float, dict[str, Any]]:
        """The loss and the gradients by autograd."""
        import torch

        leaves = {n: torch.tensor(v, requires_grad=True) for n, v in self.parameters.items()}
        loss = self.model.loss(leaves, self.tensors(), self.steps, self.batch)
        loss.backward()
        return float(loss.detach()), {n: np.zeros_like(self.parameters[n]) if v.grad is None else
                             v.grad.numpy() for n, v in leaves.items()}

    def tensors(self) -> dict[str, Any]:
        import torch

        return {n: torch.tensor(v) if v.dtype.kind == "i" else torch.tensor(v.astype(float))
                for n, v in self.data.items()}

    def torch_loss(self, parameters: Mapping[str, Any]) -> float:
        import torch

        with torch.no_grad():
            return float(self.model.loss({n: torch.tensor(v) for n, v in parameters.items()},
                                         self.tensors(), self.steps, self.batch))

    def smooth(self, gradients: Mapping[str, Any]) -> bool:
        """Whether autograd's own gradient is that of differences of the loss to either side."""
        rng = np.random.default_rng(self.seed + 1)
        ways = {n: rng.normal(size=v.shape) for n, v in self.parameters.items()}
        slope = sum(float((gradients[n]*ways[n]).sum()) for n in ways)
        near = [self.torch_loss({n: v + by*ways[n] for n, v in self.parameters.items()})
                for by in (-DIFFERENCE, 0, DIFFERENCE)]
        sides = [(near[1] - near[0])/DIFFERENCE, (near[2] - near[1])/DIFFERENCE]
        return all(abs(s - slope) <= LOOSE*max(1, abs(slope)) for s in sides)

    def compiled(self, plan: Plan, target: str) -> tuple[float, dict[str, Any]]:
        """The loss and the gradients of the compiled model."""
        model = CompiledModel(plan.model, SIZES, np.float64, plan, target)
        for name, array in model.parameters.items():
            array[...] = self.parameters[name] if name in self.parameters else \
                self.part(name, model.parameters, self.parameters)
        ready = model.ready(self.steps, self.batch)
        carried = {n: n == start.begun for start in plan.starts.values()
                   for n in (start.begun, start.given)}
        for name in (n for n in ready.data if not n.startswith("·")):  # step numbers are its own
            if name in carried:  # each sequence begins where the model says
                ready.put(name, float(carried[name]) if name.endswith("begun") else 0.0)
                continue
            values = self.data[name]
            timed = self.model.shapes[name][:1] == ["T"]
            ready.put(name, np.swapaxes(values, 0, 1) if timed else values)
        ready.begin()
        ready.outputs()
        loss = ready.loss()
        ready.gradient()
        gradients = {n: a.copy() for n, a in model.gradients.items()}
        joined = {n: [a for m, a in gradients.items() if m.rpartition("_")[0] == n]
                  for n in self.parameters if n not in gradients}
        return loss, gradients | {n: np.concatenate(p, -1) for n, p in joined.items() if p}

    def part(self, name: str, parts: Mapping[str, Any], wholes: Mapping[str, Any]) -> Any:
        """The columns of a matrix before vectors side by side that one of these is multiplied by.
        """
        matrix = name.rpartition("_")[0]
        beside = [n for n in parts if n.rpartition("_")[0] == matrix]
        first = sum(parts[n].shape[-1] for n in beside[:beside.index(name)])
        return wholes[matrix][..., first:first + parts[name].shape[-1]]


def difference(text: str, seed: int) -> tuple[str, str]:
    """A word for a model, and what there is to say of it."""
    plan = Plan(read_model(text))
    trial = Trial(text, seed)
    with np.errstate(all="ignore"):
        loss, slopes = trial.by_torch()
        if not np.isfinite(loss) or abs(loss) > 1e8 or \
                not all(np.isfinite(v).all() for v in slopes.values()):
            return "not judged", "no finite loss or gradient"
        for target in TARGETS:
            own, gradients = trial.compiled(plan, target)
            if not abs(own - loss) <= CLOSE*max(1, abs(loss)):
                return "wrong", f"{target}: the loss is {own}, PyTorch's {loss}"
            for name, true in slopes.items():
                if name in trial.model.frozen:
                    continue
                size = float(np.abs(true).max(initial=0))
                error = float(np.abs(gradients[name] - true).max(initial=0))
                if not error <= CLOSE*max(size, 1e-3*max(1, abs(loss))):
                    if not trial.smooth(slopes):
                        return "not judged", "at a kink, or beyond float64"
                    silent = size > 0 and not gradients[name].any()
                    return "silent" if silent else "wrong", (
                        f"{target}: the gradient of {name} is off by {error:.1e} of {size:.1e}")
    return "right", ""


NO_MODEL = ("nothing reads", "the loss does not depend on", "is given, and nothing")


def outcome(seed: int) -> Outcome:
    """What comes of the model of a seed."""
    text, start = random_text(seed), time.perf_counter()
    try:
        word, says = difference(text, seed)
    except DeriveError as error:
        says = str(error).partition("\n")[0].removeprefix("column 1: ")
        word = "no model" if any(n in says for n in NO_MODEL) else "refused"
    except Exception:
        word, says = "crash", traceback.format_exc(limit=-3)
    return Outcome(seed, word, says, time.perf_counter() - start)


def construct(says: str) -> str:
    """A refusal without the names of one model."""
    says = re.sub(r"\b[hpzlyefg]\d+\b", "·", says)
    return re.sub(r"column \d+: ", "", says)[:100]


def outcomes(first: int, count: int) -> Iterator[Outcome]:
    """So many models that are ones, from a seed on."""
    seed = first
    while count:
        result = outcome(seed)
        seed += 1
        count -= result.word != "no model"
        yield result


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--models", type=int, default=200, help="default 200")
    parser.add_argument("--seed", type=int, default=1, help="default 1")
    parser.add_argument("--only", type=int, help="one model")
    parser.add_argument("--text", action="store_true", help="print the texts of what went wrong")
    asked = parser.parse_args()
    given = [outcome(asked.only)] if asked.only is not None else \
        outcomes(10_000*asked.seed, asked.models)
    counts, refusals, slowest = Counter[str](), Counter[str](), 0.
    for result in given:
        counts[result.word] += 1
        slowest = max(slowest, result.seconds)
        if result.word == "refused":
            refusals[construct(result.says)] += 1
        if result.word in ("wrong", "silent", "crash") or asked.only is not None:
            print(f"{result.seed}: {result.word}: {result.says} ({result.seconds:.1f} s)")
            if asked.text:
                print(random_text(result.seed), "\n")
    print(", ".join(f"{counts[word]} {word}" for word in WORDS), f"; slowest {slowest:.1f} s")
    for says, count in refusals.most_common():
        print(f"  refused {count}: {says}")
    return int(bool(counts["wrong"] or counts["silent"] or counts["crash"]))


if __name__ == "__main__":
    sys.exit(main())
