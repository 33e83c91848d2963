"""The C functions: against mpmath, at special values as in NumPy, and that the checks can fail."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.c_library import QUICK, Library, compilers, source
from benchmarks.c_truth import C_FUNCTIONS, worst
from derive.arrays.targets.c.math.both_precisions import in_both_precisions
from derive.arrays.targets.c.math.c_functions import c_functions, c_parts, c_texts
from derive.arrays.targets.numpy.executing import runtime_names
from derive.errors import KernelError
from derive.functions.function_records import standard_functions

DTYPES = [np.float64, np.float32]
PLAIN = ["sqrt", "abs", "sign", "max", "min", "difference"]
SEVERAL = ["logPhi_between", "mills_between", "mean_between", "loggamma_rise", "digamma_rise",
           "trigamma_rise", "logB", "loggamma_bend"]
NAMES = [*C_FUNCTIONS, *PLAIN, *SEVERAL]
VECTOR = ["exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "erf", "logPhi", "power"]
LIBM = ["sin", "cos", "tan"]
needs_compiler = pytest.mark.skipif(not compilers(), reason="there is no C compiler")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library(NAMES, tmp_path_factory.mktemp("careful"), compilers()[0])


def points(name: str, dtype: Any, count: int, seed: int = 1) -> tuple[Any, ...]:
    with np.errstate(all="ignore"):
        return C_FUNCTIONS[name].points(np.random.default_rng(seed), count, dtype)


def error(library: Library, name: str, dtype: Any, count: int = 40) -> tuple[float, float, Any]:
    """The largest error, the bound, and where it is."""
    given = points(name, dtype, count)
    most, where = worst(name, library.call(name, *given), given)
    return most, C_FUNCTIONS[name].bounds[DTYPES.index(dtype)], where


@needs_compiler
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", C_FUNCTIONS)
def test_a_function_is_within_its_bound(library: Library, name: str, dtype: Any) -> None:
    most, bound, where = error(library, name, dtype)
    assert most <= bound, where


SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, 5e-324,
           -5e-324, 2.2250738585072014e-308, 1e-160, 1e308, -1e308, 709.0, -800.0, 1.5, 1e-40]
NUMPY: dict[str, Callable[..., Any]] = {
    **{f.c: getattr(np, f.numpy[3:]) for f in standard_functions().values()
       if f.c and f.numpy.startswith("np.") and "{" not in f.numpy},
    **{f.c: runtime_names()[f.numpy] for f in standard_functions().values()
       if f.c and f.numpy.isidentifier()},
    "acot": lambda x: np.arctan2(x.dtype.type(1), x), "power": np.power,
    "difference": lambda u, v: runtime_names()["difference"](u, v, np.empty_like(u)),
}


def paired(name: str, first: Any, second: Any) -> list[Any]:
    """Each number of one array with each of another; with their difference as the third."""
    count = c_parts()[f"f64_{name}"].parameters
    if count == 1:
        return [first]
    u, v = (a.ravel() for a in np.meshgrid(first, second))
    less = np.where(u == v, 0, u - v).astype(u.dtype)
    return [u, v, np.abs(less) if name == "loggamma_bend" else less][:count]


@needs_compiler
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [n for n in NUMPY if n != "digamma_half_rise"])
def test_special_values_are_those_of_numpy(library: Library, name: str, dtype: Any) -> None:
    with np.errstate(all="ignore"):
        given = np.array(SPECIAL).astype(dtype)
        arguments = paired(name, given, given)
        ours, theirs = library.call(name, *arguments), NUMPY[name](*arguments)
    certain = ~np.isfinite(theirs) | (theirs == 0)
    assert np.array_equal(ours[certain], theirs[certain], equal_nan=True)
    assert np.allclose(ours, theirs, rtol=1e-6, atol=0, equal_nan=True)


@needs_compiler
@pytest.mark.parametrize("name", SEVERAL)
def test_functions_of_several_numbers_are_those_of_numpy(library: Library, name: str) -> None:
    rng = np.random.default_rng(4)
    first = np.concatenate([rng.uniform(0, 9, 60), 10.0**rng.uniform(-9, 9, 30)])
    given = paired(name, first, np.concatenate([rng.uniform(0, 7, 30), -rng.uniform(0, 3, 30)]))
    ours, theirs = library.call(name, *given), NUMPY[name](*given)
    assert np.allclose(ours, theirs, rtol=3e-12, atol=0, equal_nan=True)
    assert np.isfinite(theirs).mean() > 0.4


@needs_compiler
@pytest.mark.parametrize("name", [n for n in NUMPY if NUMPY[n] in (
    np.expm1, np.log1p, np.tanh, np.sinh, np.arcsinh, np.arctanh, np.sin, np.tan, np.arctan,
    np.arcsin, np.sqrt, np.power)])
def test_the_sign_of_zero_is_kept(library: Library, name: str) -> None:
    zeros = np.array([0.0, -0.0])
    given = (zeros, np.ones(2)) if name == "power" else (zeros,)
    assert np.signbit(library.call(name, *given)).tolist() == [False, True]


@needs_compiler
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_nan_gives_nan(library: Library, name: str, dtype: Any) -> None:
    given = np.full(3, np.nan, dtype)
    arguments = [given] * c_parts()[f"f64_{name}"].parameters
    assert np.isnan(library.call(name, *arguments)).all()


@needs_compiler
def test_functions_end_as_their_limits(library: Library) -> None:
    ends = np.array([-np.inf, np.inf, 0.0])
    assert library.call("sigmoid", ends).tolist() == [0, 1, 0.5]
    assert library.call("softplus", ends)[:2].tolist() == [0, np.inf]
    assert library.call("log_sigmoid", ends)[:2].tolist() == [-np.inf, 0]
    assert library.call("erfc", ends).tolist() == [2, 0, 1]
    assert library.call("erfcx", ends).tolist() == [np.inf, 0, 1]
    rise = library.call("digamma_half_rise", np.array([0.0, 5e-324, np.inf, -1.0]))
    assert np.array_equal(rise, [0.5, 0.5, 0, np.nan], equal_nan=True)  # in NumPy NaN at infinity


@needs_compiler
def test_a_wrong_coefficient_is_seen(tmp_path: Path) -> None:
    def spoilt(array: re.Match[str]) -> str:
        numbers = re.sub(r"^\s*-?[\d.e-]+", lambda n: repr(float(n[0]) + 1e-6), array[2])
        return f"{array[1]}{numbers}"

    pattern = re.compile(r"(static const (?:double|float) \w+\[\d+\] = \{)([^}]*)")
    text, count = pattern.subn(spoilt, source(NAMES))
    assert count == len([p for p in c_parts().values() if not p.parameters])
    wrong = Library(NAMES, tmp_path, compilers()[0], text=text)
    ours = [name for name in C_FUNCTIONS if name not in LIBM]
    for name in ours:
        most, bound, _ = error(wrong, name, np.float64)
        assert most > bound, name


@needs_compiler
@pytest.mark.parametrize("name", VECTOR)
def test_contracted_vector_code_is_within_the_same_bound(quick: Library, name: str) -> None:
    for dtype in DTYPES:
        most, bound, where = error(quick, name, dtype)
        assert most <= bound, where


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library(VECTOR, tmp_path_factory.mktemp("quick"), compilers()[0], QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", compilers())
def test_every_compiler_keeps_the_bounds(compiler: str, tmp_path: Path) -> None:
    library = Library(NAMES, tmp_path, compiler, QUICK)
    for name in C_FUNCTIONS:
        for dtype in DTYPES:
            most, bound, where = error(library, name, dtype, 1000)
            assert most <= bound, (name, dtype, where)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", compilers())
def test_loops_become_vector_code(compiler: str, tmp_path: Path) -> None:
    names = [n for n in NAMES if n not in LIBM]
    report = "-Rpass=loop-vectorize" if "clang" in compiler else "-fopt-info-vec-optimized"
    path = tmp_path / "loops.c"
    path.write_text(source(names), encoding="utf-8")
    done = subprocess.run([compiler, *QUICK, report, "-c", str(path), "-o", str(tmp_path / "o")],
                          capture_output=True, text=True, check=True)
    lines = {int(n) for n in re.findall(r"loops\.c:(\d+):", done.stderr)}
    text = path.read_text(encoding="utf-8").split("\n")
    loops = {n: line for n, line in enumerate(text, 1) if "for (long i" in line}
    assert not [text[n] for n in loops if not {n - 1, n, n + 1} & lines]


def test_each_function_of_the_table_has_c_text_with_its_arguments() -> None:
    named = {f.name: f for f in standard_functions().values() if f.c}
    assert len(named) > 35
    for function in named.values():
        assert c_parts()[f"f64_{function.c}"].parameters == len(function.arguments)
        assert c_parts()[f"f32_{function.c}"].parameters == len(function.arguments)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_a_text_stands_alone_in_an_order_that_compiles(name: str, dtype: Any) -> None:
    seen: set[str] = set()
    for part in c_functions([name], dtype).split("\n\n")[2:]:
        defined = re.search(r"^(?:INLINE|static const) \w+ (\w+)[\[(]", part, re.MULTILINE)
        code = re.sub(r"/\*.*?\*/", "", part, flags=re.DOTALL)
        assert defined
        assert set(re.findall(r"\bf(?:32|64)_\w+", code)) <= seen | {defined[1]}
        seen.add(defined[1])
    assert f"f{np.dtype(dtype).itemsize * 8}_{name}" in seen


def test_only_what_is_used_is_given_out() -> None:
    text = c_functions(["exp"], "float32")
    assert "double" not in text.partition("f32_bits")[2]
    assert "log" not in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def test_a_function_without_text_is_named() -> None:
    with pytest.raises(KernelError, match="no C text of the function zeta in float32"):
        c_functions(["zeta"], np.float32)


def test_every_function_of_the_texts_is_read() -> None:
    written = re.findall(r"^static (?:inline|const) \w+ (\w+)", "\n".join(c_texts()), re.MULTILINE)
    assert len(written) == len(set(written))
    assert set(written) <= set(c_parts())


def test_what_is_the_same_in_both_precisions_is_rendered_for_each() -> None:
    once = "/* Up to BOTH(2**10, 2**7), 0.5. */\nreal fN_f(real x)\n{\n    return fabs(x) * " \
        "BOTH(-0x1p-54, (0x1p-25 + 1.0)) + 1e-3 - 0.5 / x1 + 2 * q[1];\n}\n"
    assert in_both_precisions(once) == (
        "/* Up to 2**10, 0.5. */\ndouble f64_f(double x)\n{\n    return fabs(x) * "
        "-0x1p-54 + 1e-3 - 0.5 / x1 + 2 * q[1];\n}\n\n"
        "/* Up to 2**7, 0.5. */\nfloat f32_f(float x)\n{\n    return fabsf(x) * "
        "(0x1p-25f + 1.0f) + 1e-3f - 0.5f / x1 + 2 * q[1];\n}\n")


def test_no_function_of_floats_computes_in_doubles_unseen() -> None:
    code = [re.sub(r"/\*.*?\*/", "", p.text, flags=re.DOTALL) for p in c_parts().values()
            if p.name.startswith("f32_") and p.name != "f32_power" and "f64_" not in p.text]
    assert len(code) > 20
    assert not [c for c in code if re.search(r"(?<![\w.])\d+\.\d+(?![\w.])|double|BOTH|fN_", c)]


@pytest.mark.slow
def test_the_polynomials_are_those_that_the_script_computes() -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks.c_coefficients", "--check"],
                          capture_output=True, text=True, cwd=Path(__file__).parent.parent,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DIFFERS" not in done.stdout
