"""Losses in PyTorch: autograd's own checks, its modes, its losses, and numbers of mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays.certificate.reference_values import drawn, truth
from derive.arrays.targets.functional.framework_kernels import FrameworkKernel, executed_text
from derive.arrays.targets.functional.torch_module import TorchModule
from derive.tables.loss_table import losses
from tests.conftest import made_kernel
from tests.printed_functions import printed_functions

torch = pytest.importorskip("torch")
F = torch.nn.functional
pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

QUICK = ("softmax-nll", "bernoulli-ce", "huber", "student-t-nll", "softmax-ce-soft", "probit-nll",
         "listmle", "dirichlet-nll", "cosine-distance", "von-mises-nll")
ALL = [entry.name for entry in losses()]
FINITE = 1e-5  # of what autograd's checks find by differences


def kernel(name: str) -> FrameworkKernel:
    made = made_kernel(name, target="torch")
    assert isinstance(made, FrameworkKernel)
    return made


def points(made: FrameworkKernel, count: int = 6, seed: int = 5, regime: str = "typical",
           ) -> list[Any]:
    """Arguments inside the domain at which the loss has a value."""
    formula = made.formula
    holds = formula.holds({leaf: (leaf.name, leaf.kind) for leaf in
                           (*formula.leaves, formula.vector)})
    blocks = drawn(formula.arguments, regime, count, seed, holds, formula.size)
    tensors = [torch.from_numpy(np.ascontiguousarray(block)) for block in blocks]
    there = torch.isfinite(made.value(*tensors))
    return [x[there] for x in tensors]


def differentiable(made: FrameworkKernel) -> list[bool]:
    """Which arguments have a derivative."""
    names = {made.written.variable.name, *made.written.mixed}
    return [a.name in names for a in made.arguments]


def check_derivatives(made: FrameworkKernel, loss: Callable[..., Any]) -> None:
    given = [x.clone().requires_grad_(slope) for x, slope in
             zip(points(made), differentiable(made), strict=True)]
    assert len(given[0])
    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        assert check(lambda *g: loss(*g, reduction="none"), given, atol=FINITE, rtol=1e-4)


@pytest.mark.parametrize("name", QUICK)
def test_first_and_second_derivatives_are_those_of_the_value(name: str) -> None:
    made = kernel(name)
    check_derivatives(made, made.loss)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*ALL} - {*QUICK}))
def test_derivatives_of_each_loss(name: str) -> None:
    made = kernel(name)
    check_derivatives(made, made.loss)


@pytest.mark.parametrize(("function", "result"), [
    ("formula_value_and_gradient", "return value, "), ("formula_hvp", "return ")])
def test_a_planted_error_is_seen(function: str, result: str) -> None:
    """Of one per cent: in the gradient, in the product of the Hessian."""
    made = kernel("softmax-nll")
    before, name, after = made.written.text("").partition(f"def {function}(")
    wrong = before + name + after.replace(result, f"{result}1.01 * ", 1)
    assert wrong.count(f"{result}1.01 * ") == 1
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        check_derivatives(made, executed_text(wrong, "torch").loss)


@pytest.mark.parametrize("name", ["softmax-nll", "bernoulli-ce", "poisson-nll", "student-t-nll",
                                  "log-cosh", "focal"])
def test_values_and_gradients_are_true(name: str) -> None:
    """Beside derivatives by differences in 40 digits, at points that nothing was built from."""
    made = kernel(name)
    tensors = points(made, seed=31)
    value, slope = made.value_and_grad(*tensors)
    blocks = [x.numpy() for x in tensors]
    for row in range(len(value)):
        for got, result in ((value[row], "value"), (slope[row], "gradient")):
            due = np.array(truth(made.formula, result, blocks, row), dtype=object)
            error = np.abs(np.asarray(got.numpy(), dtype=object) - due) / (np.abs(due) + 1e-300)
            assert np.max(np.asarray(error, dtype=float)) < 1e-11


# Beside PyTorch's own losses


def test_a_confident_logit_in_float32_costs_what_it_costs() -> None:
    logits, label = torch.tensor([20.0, 0.0, 0.0]), torch.tensor(0)
    assert F.cross_entropy(logits, label).item() == 0
    value, slope = kernel("softmax-nll").value_and_grad(logits, label)
    assert value.item() == pytest.approx(2 * np.exp(-20), rel=1e-6)
    assert slope.tolist() == pytest.approx([-2 * np.exp(-20), *[np.exp(-20)] * 2], rel=1e-6)


def test_a_logit_far_out_keeps_its_digits() -> None:
    logit, label = torch.tensor(-30.0, dtype=torch.float64), torch.tensor(0.0)
    due = float(np.log1p(np.exp(-30.0)))
    assert kernel("bernoulli-ce").value(logit, label).item() == pytest.approx(due, rel=1e-15)


@pytest.mark.parametrize(("name", "own", "label"), [
    ("softmax-nll", F.cross_entropy, "index"),
    ("bernoulli-ce", F.binary_cross_entropy_with_logits, "binary"),
    ("absolute-error", F.l1_loss, "real"),
    ("huber", lambda z, y, reduction: F.huber_loss(z, y, reduction=reduction, delta=0.7), "huber"),
    ("smooth-l1", lambda z, y, reduction: F.smooth_l1_loss(z, y, reduction=reduction, beta=0.7),
     "huber"),
    ("softmax-ce-soft", F.cross_entropy, "soft"),
])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_losses_of_the_framework_agree(name: str, own: Any, label: str, reduction: str) -> None:
    draw = torch.Generator().manual_seed(3)
    shape = (7, 4) if label in ("index", "soft") else (7,)
    z = torch.randn(shape, generator=draw, dtype=torch.float64, requires_grad=True)
    y = {"index": torch.arange(7) % 4, "binary": torch.arange(7.0, dtype=torch.float64) % 2,
         "soft": torch.softmax(torch.randn(shape, generator=draw, dtype=torch.float64), -1),
         }.get(label, torch.randn(7, generator=draw, dtype=torch.float64))
    more = [0.7] if label == "huber" else []
    ours = kernel(name).loss(z, y, *more, reduction=reduction)
    theirs = own(z, y, reduction=reduction)
    torch.testing.assert_close(ours, theirs)
    for made in torch.autograd.grad(ours.sum() - theirs.sum(), z):
        assert made.abs().max() < 1e-14


# Modes


@pytest.fixture
def example() -> tuple[Any, Any]:
    draw = torch.Generator().manual_seed(1)
    return torch.randn(5, 4, generator=draw, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0])


def test_functional_transforms(example: tuple[Any, Any]) -> None:
    o, y = example
    loss, own = kernel("softmax-nll").loss, F.cross_entropy
    by_example = torch.func.vmap(torch.func.grad(loss))(o, y)
    torch.testing.assert_close(by_example, torch.func.vmap(torch.func.grad(own))(o, y))
    torch.testing.assert_close(torch.func.hessian(loss)(o, y), torch.func.hessian(own)(o, y))
    _, along = torch.func.jvp(lambda o: loss(o, y), (o,), (torch.ones_like(o).cumsum(-1),))
    torch.testing.assert_close(along, (torch.func.grad(own)(o, y) *
                                       torch.ones_like(o).cumsum(-1)).sum())


def test_vmap_over_one_argument(example: tuple[Any, Any]) -> None:
    o, y = example
    loss = kernel("softmax-nll").loss
    over = torch.func.vmap(lambda y: loss(o, y), randomness="error")(torch.stack([y, 3 - y]))
    torch.testing.assert_close(over, torch.stack([loss(o, y), loss(o, 3 - y)]))


def test_third_derivatives(example: tuple[Any, Any]) -> None:
    o, y = example[0].clone().requires_grad_(), example[1]

    def third(loss: Any) -> Any:
        slope, = torch.autograd.grad(loss(o, y, reduction="sum"), o, create_graph=True)
        again, = torch.autograd.grad(slope.square().sum(), o, create_graph=True)
        return torch.autograd.grad((again**3).sum(), o)[0]

    torch.testing.assert_close(third(kernel("softmax-nll").loss), third(F.cross_entropy))


def test_forward_mode_without_transforms(example: tuple[Any, Any]) -> None:
    o, y = example
    import torch.autograd.forward_ad as dual

    with dual.dual_level():
        moved = kernel("softmax-nll").loss(dual.make_dual(o, o), y)
        along = dual.unpack_dual(moved).tangent
    torch.testing.assert_close(along, (torch.func.grad(F.cross_entropy)(o, y) * o).sum())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["softmax-nll", "student-t-nll", "huber"])
def test_compiled_as_one_graph(name: str) -> None:
    made = kernel(name)
    given = [x.clone().requires_grad_(slope) for x, slope in
             zip(points(made), differentiable(made), strict=True)]
    moved = [x for x in given if x.requires_grad]
    plain = torch.autograd.grad(made.loss(*given), moved)
    compiled = torch.compile(made.module().loss, fullgraph=True)
    torch.testing.assert_close(torch.autograd.grad(compiled(*given), moved), plain)


@pytest.mark.parametrize("name", ["softmax-nll", "bernoulli-ce", "student-t-nll"])
def test_compiled_as_one_graph_without_derivatives(name: str) -> None:
    """TorchDynamo tells by the number of parameters whether a forward takes its context."""
    made = kernel(name)
    given = [x.detach() for x in points(made)]
    compiled = torch.compile(made.module().loss, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(*given), made.loss(*given))
    with torch.no_grad():
        torch.testing.assert_close(compiled(given[0].clone().requires_grad_(), *given[1:]),
                                   made.loss(*given))


def test_autocast_computes_in_float32(example: tuple[Any, Any]) -> None:
    o, y = example
    half = o.bfloat16().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = kernel("softmax-nll").loss(half, y)
    value.backward()
    assert half.grad is not None
    assert half.grad.dtype == torch.bfloat16
    due = F.cross_entropy(half.detach().float(), y)
    assert abs(value.item() - due.item()) < 0.01 * due.item()


def test_half_precision_is_rounded_once(example: tuple[Any, Any]) -> None:
    o, y = example
    for dtype in (torch.float16, torch.bfloat16):
        value = kernel("softmax-nll").value(o.to(dtype), y)
        assert value.dtype == dtype
        torch.testing.assert_close(value, F.cross_entropy(o.to(dtype).float(), y, reduction="none",
                                                          ).to(dtype), rtol=0, atol=0)


# Options and refusals


def test_left_out_examples_may_hold_anything(example: tuple[Any, Any]) -> None:
    o, y = example[0].clone(), example[1].clone()
    o[0], y[0] = torch.nan, -100
    o.requires_grad_()
    value = kernel("softmax-nll").loss(o, y, ignore_index=-100)
    slope, = torch.autograd.grad(value, o)
    assert not slope[0].any()
    torch.testing.assert_close(value, F.cross_entropy(o[1:], y[1:]))
    kept = kernel("softmax-nll").loss(o, y.clamp(min=0), mask=y >= 0)
    assert kept.item() == value.item()


def test_weights_multiply_and_means_count_examples(example: tuple[Any, Any]) -> None:
    o, y = example
    weight = torch.tensor([1.0, 0.0, 2.0, 3.0, 0.5], dtype=torch.float64)
    due = (F.cross_entropy(o, y, reduction="none") * weight).mean()
    torch.testing.assert_close(kernel("softmax-nll").loss(o, y, weight=weight), due)
    _, slope = kernel("softmax-nll").value_and_grad(o, y, weight=weight, reduction="mean")
    o = o.clone().requires_grad_()
    kernel("softmax-nll").loss(o, y, weight=weight).backward()
    torch.testing.assert_close(slope, o.grad)


def test_an_infinite_loss_of_weight_0_costs_nothing() -> None:
    o, y = torch.tensor([[0.0, -torch.inf], [1.0, 2.0]]), torch.tensor([1, 0])
    made = kernel("softmax-nll")
    value, slope = made.value_and_grad(o, y, weight=torch.tensor([0.0, 2.0]), reduction="mean")
    assert value == made.value(o[1], y[1])
    assert torch.equal(slope[0], torch.zeros(2))
    assert made.value(o * torch.nan, y, weight=torch.zeros(2)).isnan().all()
    assert kernel("poisson-nll").grad(torch.tensor([1e4]), 1.0, weight=[0.0]).tolist() == [0.0]


@pytest.mark.parametrize("label", [0.5, -1.0, 2.0, 1e-30, torch.inf, torch.nan])
def test_a_label_that_is_neither_0_nor_1_gives_nan(label: float) -> None:
    """Formulas rest on its being one of them, so that another gave the value of no formula."""
    value, slope = kernel("bernoulli-ce").value_and_grad(torch.ones(2), torch.tensor([label, 1.0]))
    assert value.isnan().tolist() == slope.isnan().tolist() == [True, False]


def test_a_mask_may_be_a_list(example: tuple[Any, Any]) -> None:
    o, y = example
    mask = [n % 2 == 0 for n in range(len(y))]
    assert torch.equal(kernel("softmax-nll").value(o, y, mask=mask),
                       kernel("softmax-nll").value(o, y, mask=torch.tensor(mask)))


def test_no_examples_cost_nothing() -> None:
    o = torch.zeros(0, 3, requires_grad=True)
    value = kernel("softmax-nll").loss(o, torch.zeros(0, dtype=torch.long))
    value.backward()
    assert value.item() == 0


@pytest.mark.parametrize(("name", "arguments", "error", "words"), [
    ("softmax-nll", lambda: (torch.zeros(2, 3), torch.zeros(2)), TypeError, "y are labels"),
    ("softmax-nll", lambda: (torch.tensor(1.0), torch.tensor(0)), ValueError,
     "o needs 1 trailing axes"),
    ("softmax-nll", lambda: (torch.zeros(2, 3).long(), torch.zeros(2).long()), TypeError,
     "none of o, y is a tensor of floats"),
    ("softmax-ce-soft", lambda: (torch.zeros(2, 3), torch.zeros(2, 4)), ValueError,
     "length 4 along K, expected 3"),
    ("bernoulli-ce", lambda: (torch.zeros(2), torch.zeros(2, requires_grad=True)), ValueError,
     "no derivative by y: it is declared binary"),
    ("softmax-nll", lambda: (torch.zeros(2, 3), torch.tensor([0, 3])), (RuntimeError, IndexError),
     "out of bounds"),
    ("squared-error", lambda: (torch.zeros(3, 1), torch.zeros(3)), ValueError, "would cross"),
    ("softmax-nll", lambda: (torch.zeros(4, 2, 5), torch.zeros(4, 2, 1).long()), ValueError,
     "would cross"),
])
def test_wrong_arguments_are_refused_by_name(name: str, arguments: Any, error: Any, words: str,
                                             ) -> None:
    with pytest.raises(error, match=words):
        kernel(name).loss(*arguments())


def test_nan_gives_nan() -> None:
    for name in ("absolute-error", "huber", "hinge", "epsilon-insensitive", "tukey-biweight"):
        made = kernel(name)
        given = [torch.tensor([torch.nan, 1.0]), torch.tensor([1.0, 1.0]),
                 *[torch.tensor(1.0)] * (len(made.arguments) - 2)]
        value, slope = made.value_and_grad(*given)
        assert value.isnan().tolist() == slope.isnan().tolist() == [True, False]


def test_matrices() -> None:
    made = made_kernel("logdet(S)/2 + dot(y - m, solve(S, y - m))/2",
                       given=("y, m: real[D]", "S: spd[D, D]"), wrt="S", target="torch")
    draw = torch.Generator().manual_seed(4)
    a, y, m = (torch.randn(shape, generator=draw, dtype=torch.float64)
               for shape in ((2, 3, 3), (2, 3), (2, 3)))
    s = (a @ a.mT + torch.eye(3, dtype=torch.float64)).requires_grad_()
    normal = torch.distributions.MultivariateNormal(m, s)
    due = -normal.log_prob(y) - 1.5 * np.log(2 * np.pi)
    torch.testing.assert_close(made.loss(y, m, s, reduction="none"), due)
    assert torch.autograd.gradcheck(lambda s: made.loss(y, m, (s + s.mT) / 2), s)
    assert torch.autograd.gradgradcheck(lambda s: made.loss(y, m, (s + s.mT) / 2), s)


def test_a_part_of_a_network(example: tuple[Any, Any]) -> None:
    part = kernel("softmax-nll").module().Loss(reduction="sum")
    torch.testing.assert_close(part(*example), F.cross_entropy(*example, reduction="sum"))


@pytest.mark.parametrize("function", ["mills", "trigamma", "log1pmx", "expm1quotient", "expm1mx",
                                      "E1", "digamma_half_rise", "langevin"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_special_function_has_a_slope_wherever_it_has_a_value(function: str, dtype: Any) -> None:
    """What overflows on the way, or stands in the other case, makes NaN of slopes alone."""
    sizes = [1e-30, 1e-3, 0.3, 1.0, 3.0, 12.0, 36.0, 40.0, 90.0, 300.0, 800.0]
    least = 0.0 if function in ("trigamma", "E1", "digamma_half_rise") else \
        -1.0 if function == "log1pmx" else -torch.inf
    u = torch.tensor([x for y in sizes for x in (-y, y) if x > least], dtype=dtype,
                     requires_grad=True)
    value = printed_functions(TorchModule)[function](u)
    slope, = torch.autograd.grad(value.sum(), u)
    assert not (torch.isfinite(value) & torch.isnan(slope)).any()


def test_the_slope_by_shares_is_that_of_the_value_that_is_computed() -> None:
    """Beside the simplex, too: a form of the value that needs their sum is differentiated."""
    made = derive.kernel("logsumexp(z) - sum(t[k]*z[k] for k in K)", target="torch",
                         given=["z: real[K]", "t: simplex(K)"], wrt="z")
    z, t = torch.tensor([1.0, 2.0, 0.5]).double(), torch.tensor([0.2, 0.5, 0.3]).double()
    assert torch.autograd.gradcheck(lambda *g: made.loss(*g, reduction="none"), (
        z.requires_grad_(), t.requires_grad_()))
