"""Kernels inside other libraries: scikit-learn's own tests of its losses, PyTorch's gradcheck.

Both are skipped where the library is not installed. For the first, private copies of
scikit-learn's modules of losses and of their tests are loaded, with the compiled losses replaced
by kernels of the same formulas.
"""

from __future__ import annotations

import importlib.util
import pickle
import sys
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays import Kernel
from tests.test_peer_cases import FORMULAS as SHARED
from tests.test_peer_cases import REAL

pytestmark = pytest.mark.peers
FORMULAS = SHARED | {
    "HalfTweedieLoss 0": ("(y - exp(z))**2/2", *REAL),
    "HalfTweedieLoss 1": SHARED["HalfPoissonLoss"],
    "HalfTweedieLoss 2": SHARED["HalfGammaLoss"],
    "HalfTweedieLossIdentity": (
        "max(y, 0)**(2 - p)/((1 - p)*(2 - p)) - y*z**(1 - p)/(1 - p) + z**(2 - p)/(2 - p)",
        "z: positive", "y: real", "p: real"),
    "HalfTweedieLossIdentity 0": SHARED["HalfSquaredError"],
    "HalfTweedieLossIdentity 1": ("z if y == 0 else y*log(y/z) - y + z", "z: positive",
                                  "y: nonnegative"),
    "ExponentialLoss": ("y*exp(-z) + (1 - y)*exp(z)", "z: real", "y: probability"),
    "proba": ("log(sum(exp(z[k]) for k in K))", "z: real[K]"),  # its gradient is softmax(z)
}
# Tests in scikit-learn's file that are not about the numbers of these losses.
NOT_OURS = {
    "test_cy_loss_classes_module": "the module names of the compiled classes",
    "test_log1pexp": "a helper of the array API classes; the grid is in test_peer_cases.py",
    "test_loss_array_api": "losses that do not use the compiled classes",
}


@cache
def kernel_of(name: str) -> Kernel:
    formula, *given = FORMULAS[name]
    return derive.kernel(formula, given=given, wrt="z")


class Closs:
    """What scikit-learn calls a compiled loss, with the numbers of a kernel."""

    def __init__(self, name: str, **params: float) -> None:
        self.name, self.params = name, [*params.values()]
        self.__dict__.update(params)
        limit = f"{name} {params.get('power', 0.5):g}"
        if limit in FORMULAS:
            self.name, self.params = limit, []

    def run(self, plan: str, outputs: list[Any], y: Any, z: Any, weight: Any,
            threads: int = 1) -> None:
        """Kernels refuse a negative weight, scikit-learn's test has some."""
        y = y.astype(int) if z.ndim == 2 else y
        kept = weight is None or weight.min() >= 0
        found = getattr(kernel_of(self.name), plan)(
            z, y, *self.params, weight=weight if kept else None, threads=threads)
        for out, result in zip(outputs, found if plan == "value_and_grad" else [found],
                               strict=True):
            if plan == "hessian" and z.ndim == 2:
                result = np.diagonal(result, axis1=1, axis2=2)
            out[...] = result if kept else (result.T*weight).T

    def loss(self, y_true, raw_prediction, sample_weight, loss_out, n_threads=1):
        self.run("value", [loss_out], y_true, raw_prediction, sample_weight, n_threads)

    def gradient(self, y_true, raw_prediction, sample_weight, gradient_out, n_threads=1):
        self.run("grad", [gradient_out], y_true, raw_prediction, sample_weight, n_threads)

    def loss_gradient(self, y_true, raw_prediction, sample_weight, loss_out, gradient_out,
                      n_threads=1):
        self.run("value_and_grad", [loss_out, gradient_out], y_true, raw_prediction,
                 sample_weight, n_threads)

    def gradient_hessian(self, y_true, raw_prediction, sample_weight, gradient_out, hessian_out,
                         n_threads=1):
        self.gradient(y_true, raw_prediction, sample_weight, gradient_out, n_threads)
        self.run("hessian", [hessian_out], y_true, raw_prediction, sample_weight, n_threads)

    def gradient_proba(self, y_true, raw_prediction, sample_weight, gradient_out, proba_out,
                       n_threads=1):
        self.gradient(y_true, raw_prediction, sample_weight, gradient_out, n_threads)
        proba_out[...] = kernel_of("proba").grad(raw_prediction, threads=n_threads)

    def _test_cy_gradient(self, y_true, raw_prediction, sample_weight):
        found = kernel_of(self.name)
        return np.array([found.grad(z, int(y), weight=w) for z, y, w
                         in zip(raw_prediction, y_true, sample_weight, strict=True)])


def copy_of(name: str, alias: str) -> Any:
    """A second copy of a module, in which things may be replaced."""
    spec = importlib.util.find_spec(name)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_file_location(alias, spec.origin))
    sys.modules[alias] = module  # for pickle
    module.__spec__.loader.exec_module(module)
    return module


def scikit_learn_tests() -> dict[str, Any]:
    """The tests of scikit-learn's losses, by name, made for losses that are kernels."""
    importlib.import_module("sklearn._loss.loss")
    losses = copy_of("sklearn._loss.loss", "losses_on_kernels")
    for name in [n for n in vars(losses) if n.startswith("Cy")]:
        setattr(losses, name, partial(Closs, name.removeprefix("Cy")))
    theirs = sys.modules["sklearn._loss.loss"]
    sys.modules["sklearn._loss.loss"] = losses
    try:
        found = vars(copy_of("sklearn._loss.tests.test_loss", "tests_on_kernels"))
    finally:
        sys.modules["sklearn._loss.loss"] = theirs
    return {name: test for name, test in found.items()
            if name.startswith("test_") and name not in NOT_OURS}


if importlib.util.find_spec("sklearn") and importlib.util.find_spec("sklearn._loss.tests"):
    globals().update(scikit_learn_tests())


@pytest.fixture
def global_random_seed() -> int:
    return 42


@pytest.fixture(params=[np.float32, np.float64])
def global_dtype(request) -> Any:
    return request.param


def test_the_losses_of_scikit_learn_are_kernels() -> None:
    pytest.importorskip("sklearn._loss.tests")
    tests = sys.modules["tests_on_kernels"]
    losses = sys.modules["losses_on_kernels"]._LOSSES
    assert [*losses.values()] == tests.ALL_LOSSES
    assert all(type(loss.closs) is Closs for loss in tests.LOSS_INSTANCES)
    assert len({type(loss) for loss in tests.LOSS_INSTANCES}) == 11
    assert pickle.loads(pickle.dumps(losses["huber_loss"](delta=3))).closs.delta == 3


# Arguments of each kernel, the variable first, away from the kinks.
GIVEN: dict[str, list[Any]] = {
    "softmax-nll": [[[0.3, -1.2, 2.0], [0.1, 0.4, -0.5]], [2, 0]],
    "bernoulli-ce": [[0.3, -1.2, 2.0], [1.0, 0.0, 1.0]],
    "huber": [[0.3, -1.2, 2.5], [0.1, 1.5, -0.4], 1.0],
    "poisson-nll": [[0.3, -1.2, 1.5], [0.0, 2.0, 5.0]],
    "softmax-focal": [[[0.3, -1.2, 2.0], [0.1, 0.4, -0.5]], [1, 0], 2.0],
    "multilabel-bce": [[[0.3, -1.2, 2.0], [0.1, 0.4, -0.5]], [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]],
}


def torch_loss(kernel: Kernel, *rest: Any) -> Any:
    """A loss of PyTorch: the kernel's value, its gradient and, for that, its Hessian product."""
    import torch

    class Slope(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            ctx.save_for_backward(z)
            return torch.from_numpy(kernel.grad(z.detach().numpy(), *rest))

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, v):
            z, = ctx.saved_tensors
            return torch.from_numpy(kernel.hvp(z.numpy(), *rest, v.numpy()))

    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            ctx.save_for_backward(z)
            return torch.from_numpy(kernel.value(z.detach().numpy(), *rest))

        @staticmethod
        def backward(ctx, v):
            z, = ctx.saved_tensors
            return v.reshape(v.shape + (1,)*(z.ndim - v.ndim))*Slope.apply(z)

    return Loss.apply


@pytest.mark.parametrize("accuracy", ["fast", "faithful"])
@pytest.mark.parametrize("name", GIVEN)
def test_torch_accepts_the_derivatives(name: str, accuracy: str) -> None:
    torch = pytest.importorskip("torch")
    kernel = derive.kernel(name, accuracy=accuracy)
    z, *rest = map(np.array, GIVEN[name])
    assert kernel.arguments[0].name in ("z", "o")
    variable = torch.tensor(z, requires_grad=True)
    loss = torch_loss(kernel, *rest)
    assert torch.autograd.gradcheck(loss, (variable,), rtol=1e-6, atol=1e-8)
    assert torch.autograd.gradgradcheck(loss, (variable,), rtol=1e-6, atol=1e-8)


def test_torch_has_the_same_losses() -> None:
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    theirs = {
        "softmax-nll": functional.cross_entropy,
        "bernoulli-ce": functional.binary_cross_entropy_with_logits,
        "huber": lambda z, y, delta, **o: functional.huber_loss(z, y, delta=float(delta), **o),
    }
    for name, their in theirs.items():
        z, *rest = (torch.from_numpy(np.array(a)) for a in GIVEN[name])
        z.requires_grad_()
        (want := their(z, *rest, reduction="none")).sum().backward()
        value, grad = derive.kernel(name).value_and_grad(z.detach().numpy(),
                                                         *(r.numpy() for r in rest))
        np.testing.assert_allclose(value, want.detach().numpy(), rtol=1e-14)
        np.testing.assert_allclose(grad, z.grad.numpy(), rtol=1e-13)
