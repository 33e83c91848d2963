"""NaN in, NaN out: in every result, and in those elements of it that depend on the argument."""

from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays.certificate.input_samples import Drawing
from derive.arrays.kernels import Kernel
from derive.functions.function_records import standard_functions

QUICK = ["softmax-nll", "softmax-ce-soft", "hinge", "weighted-bce", "tukey-biweight", "ppo-clip",
         "crammer-singer", "weston-watkins", "expectile", "gompertz-survival-nll"]
REST = sorted(e.name for e in derive.losses() if e.name not in QUICK)
FORMULAS = [("1 if z > u else 0", "z"), ("z if b else 2*z", "z"), ("abs(z)**3", "z"),
            ("sum((z*x[k] if x[k] > u else 0) for k in K)", "z"), ("max(z, u)*min(u, 3)", "z"),
            ("z*(1 if (u > 0 and z < 1) else 2)", "z"), ("z**2 if u == 0 else z", "z"),
            ("max(x[k] for k in K)", "x"), ("z if not u < 0 else -z", "z"),
            ("sum(abs(x[k] - u) for k in K)", "x")]
GIVEN = ["z, u: real", "b: binary", "x: real[K]"]


def examples(kernel: Kernel, seed: int) -> list[Any]:
    """Typical arguments that meet the conditions."""
    formula, design = kernel.formula, kernel.design(("value_and_grad",))
    arrays = {leaf: (leaf.name, leaf.kind) for leaf in (*formula.leaves, formula.vector)}
    blocks = Drawing(seed, "typical", 30).block(
        formula.arguments,
        lambda dim: formula.size if isinstance(design.dim(dim), str) else int(design.dim(dim)))
    keep = formula.holds(arrays)(blocks)
    return [block[keep] for block in blocks]


def finite_though_dependent(kernel: Kernel, seed: int = 3) -> list[str]:
    """Results that are numbers where an argument on which they depend is NaN."""
    blocks = examples(kernel, seed)
    count = len(blocks[0])
    before = kernel.value_and_grad(*blocks, check=False)
    wrong = []
    for place, argument in enumerate(kernel.arguments):
        if argument.integral:
            continue
        for element in range(int(np.prod(blocks[place].shape[1:]))):
            given, moved = [b.copy() for b in blocks], [b.copy() for b in blocks]
            given[place].reshape(count, -1)[:, element] = np.nan
            column = moved[place].reshape(count, -1)[:, element]
            column[...] = 1 - column if argument.kind.domain == "binary" else column * 1.25
            after = kernel.value_and_grad(*given, check=False)
            other = kernel.value_and_grad(*moved, check=False)
            for name, one, two, result in zip(("value", "gradient"), before, other, after,
                                              strict=True):
                depends = (one != two) | (name == "value" and not argument.kind.shape)
                if (depends & ~np.isnan(result)).any():
                    wrong.append(f"{name} by {argument.name}")
    return wrong


@pytest.mark.parametrize("name", QUICK)
def test_nan_gives_nan(name: str) -> None:
    assert not finite_though_dependent(derive.kernel(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", REST)
def test_nan_gives_nan_in_all_losses(name: str) -> None:
    assert not finite_though_dependent(derive.kernel(name), 4)


@pytest.mark.parametrize(("formula", "wrt"), FORMULAS)
def test_nan_gives_nan_in_formulas_with_cases(formula: str, wrt: str) -> None:
    used = [line for line in ("z: real", "u: real", "b: binary", "x: real[K]")
            if line[0] in formula.replace("max", "").replace("min", "").replace("sum", "")]
    kernel = derive.kernel(formula.replace("b else", "b == 1 else"), given=used, wrt=wrt)
    assert not finite_though_dependent(kernel)


@pytest.mark.parametrize("name", ["squared-hinge", "modified-huber", "andrews-sine", "huber"])
def test_the_hessian_and_its_product_are_nan_too(name: str) -> None:
    kernel = derive.kernel(name)
    blocks = examples(kernel, 5)
    for place in range(len(blocks)):
        given = [b.copy() for b in blocks]
        given[place][...] = np.nan
        assert np.isnan(kernel.hvp(*given, np.ones(len(given[0])), check=False)).all()
        assert np.isnan(kernel.hessian(*given, check=False)).all()


def test_infinity_is_no_nan() -> None:
    assert np.array_equal(derive.kernel("hinge").grad([np.inf, -np.inf], [1, 1]), [0, -1])
    assert np.array_equal(derive.kernel("tukey-biweight").grad([np.inf, 1e300], 0.0, 4.0), [0, 0])
    assert derive.kernel("pinball").grad(-np.inf, 0.0, 0.25) == -0.25


def test_a_distinction_that_computes_with_what_it_compares_costs_nothing() -> None:
    code = derive.kernel("huber").source
    assert "np.minimum" not in code.rpartition("def value_rows")[2]


def test_elements_that_do_not_depend_on_it_stay() -> None:
    slope = derive.kernel("multilabel-bce").grad([0.0, np.nan, 1.0], [0, 1, 0])
    assert np.array_equal(np.isnan(slope), [False, True, False])


@pytest.mark.parametrize("function", [f for f in standard_functions().values()
                                      if f.numpy and not f.takes_vector and not f.takes_matrix],
                         ids=lambda f: f.name)
def test_functions_pass_nan(function: Any) -> None:
    from derive.arrays.targets.numpy.executing import runtime_names
    from derive.arrays.targets.numpy.numpy_operations import called

    names = "uvw"[:len(function.arguments)]
    for here in names:
        for rest in (0.0, 0.5, 2.0, -3.0):
            values = {n: np.array([np.nan if n == here else rest]) for n in names}
            with np.errstate(all="ignore"):
                result = eval(called(function.numpy, list(names)), dict(runtime_names()), values)
            assert np.isnan(result).all(), (here, rest)
