"""Kernels in C: the same numbers as NumPy's, for every kind of operation, layout and option."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays.certificate.input_samples import Drawing
from derive.arrays.certificate.reference_values import drawn, truth
from derive.arrays.operations import Family, Op
from derive.arrays.targets import auto_target
from derive.arrays.targets.c import c_compiler, c_operations, library_cache
from derive.arrays.targets.c.guard_writers import CANCELLING, MOVING
from derive.arrays.targets.c.loop_groups import REDUCTIONS
from derive.arrays.targets.c.loop_writers import WRITERS
from derive.arrays.targets.c.math.c_functions import c_parts
from derive.arrays.targets.numpy.block_emission import GUARDS
from derive.core.atoms import Dim
from derive.errors import KernelError
from tests.conftest import made_kernel

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")

# One of each kind: elements, cases, powers, reductions, labels, several axes, guards, sequences.
VARIED = ("softmax-nll", "bernoulli-ce", "huber", "softmax-focal", "listmle", "kl-softmax",
          "multiclass-hinge", "poisson-nll", "contrastive", "cox-partial-nll",
          "tweedie-deviance-mean", "student-t-nll", "hinge")
SIZES = (3, 7, 61)
MOST = 1500.0  # ULP between two results that may each be off by a part of it


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder of these tests, and a compiler that hurries."""
    folder = tmp_path_factory.mktemp("cache")
    quick = tuple("-O1" if flag == "-O3" else flag for flag in c_compiler.FLAGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        patch.setattr(library_cache, "library_bytes",
                      lambda text: c_compiler.library_bytes(text, quick))
        yield folder


def in_c(loss: str, **options: Any) -> derive.Kernel:
    """The kernel in C; a warning that NumPy goes on is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return made_kernel(loss, target="c", **options)


def arguments(kernel: derive.Kernel, size: int, dtype: Any, regime: str, seed: int = 5,
              count: int = 75) -> list[Any]:
    """Examples of a regime."""
    def length(dim: Any) -> int:
        return (dim.fixed or size) if isinstance(dim, Dim) else int(dim)

    with np.errstate(all="ignore"):
        blocks = Drawing(seed, regime, count).block(kernel.arguments, length)
    for block, argument in zip(blocks, kernel.arguments, strict=True):
        if argument.kind.domain == "positive":
            block[block == 0] = 1.0
    with np.errstate(over="ignore"):
        return [b.astype(dtype) if b.dtype.kind == "f" else b for b in blocks]


def distance(left: Any, right: Any) -> float:
    """The largest distance of two arrays: in ULP of each, or of 1/64 of the row's largest."""
    with np.errstate(all="ignore"):
        alike = (left == right) | (np.isnan(left) & np.isnan(right))
        own = np.abs(left).astype(float)
        rows = np.where(np.isfinite(own), own, 0).reshape(len(own), -1).max(axis=1)
        rows = rows.reshape(-1, *[1] * (own.ndim - 1)) * np.ones_like(own)
        ulp = np.maximum(np.spacing(np.abs(left)).astype(float),
                         rows * np.finfo(left.dtype).eps / 64)
        gap = np.where(alike, 0, np.abs(left.astype(float) - right.astype(float)) / ulp)
    return float(np.where(np.isnan(gap), np.inf, gap).max(initial=0))


def compared(loss: str, plan: str = "value_and_grad", dtypes: Any = (np.float64, np.float32),
             sizes: tuple[int, ...] = SIZES, lenient: float = 1.0) -> float:
    """The largest distance between C and NumPy, over regimes and sizes, as called with check.

    Elements of vectors may be `lenient` times further apart: `fast` promises 2**20 ULP of them.
    """
    plain, compiled = made_kernel(loss, target="numpy"), in_c(loss)
    # Shares sum to 1 but for a rounding, by which numbers over the whole range are multiplied.
    regimes = ["typical", "transition", *(["full"] if not any(
        a.kind.domain == "simplex" for a in plain.arguments) or lenient == 1 else [])]
    worst = 0.0
    for size in sizes:
        if size > 9 and any(len(a.kind.shape) > 1 for a in plain.arguments):
            continue
        for dtype in dtypes:
            for regime in regimes:
                given = arguments(plain, size, dtype, regime)
                want, got = (getattr(k, plan)(*given, check=False) for k in (plain, compiled))
                several = isinstance(want, tuple)
                for one, other in zip(want if several else [want], got if several else [got],
                                      strict=True):
                    apart = distance(np.broadcast_to(one, other.shape), other)
                    worst = max(worst, apart / lenient if other.ndim > 1 else apart)
    return worst


@pytest.mark.parametrize("loss", VARIED[:7])
def test_c_is_as_numpy(loss: str) -> None:
    assert compared(loss, dtypes=(np.float64,)) <= MOST


@pytest.mark.parametrize("loss", VARIED[:3])
def test_c_is_as_numpy_in_float32(loss: str) -> None:
    assert compared(loss, dtypes=(np.float32,)) <= MOST


def test_every_guard_has_a_form_in_c() -> None:
    assert {*GUARDS} <= CANCELLING | MOVING | {"infinite", "range"}


@pytest.mark.slow
@pytest.mark.parametrize("loss", [entry.name for entry in derive.losses()])
def test_every_loss_in_c(loss: str) -> None:
    try:
        assert compared(loss, lenient=2.0**20 / MOST) <= MOST
    except KernelError as error:
        assert "the target c cannot compute" in str(error)  # noqa: PT017


@pytest.mark.parametrize(("loss", "plan"), [("softmax-nll", "hessian"), ("huber", "hessian"),
                                            ("softmax-nll", "hvp")])
def test_second_derivatives(loss: str, plan: str) -> None:
    plain, compiled = made_kernel(loss, target="numpy"), in_c(loss)
    for size in SIZES[:2]:
        given = arguments(plain, size, np.float64, "typical")
        given += [given[0][::-1].copy()] if plan == "hvp" else []
        want, got = (getattr(k, plan)(*given) for k in (plain, compiled))
        assert distance(want, got) <= MOST


def off(loss: str, count: int) -> tuple[float, float]:
    """How many ULP the values of C and of NumPy are off, at points that no guard was learned from.

    Judged by the formula itself in 40 digits.
    """
    kernel, plain = in_c(loss), made_kernel(loss, target="numpy")
    holds = kernel.formula.holds({leaf: (leaf.name, leaf.kind) for leaf in (
        *kernel.formula.leaves, kernel.formula.vector)})
    worst = [0.0, 0.0]
    for regime in ("typical", "transition"):
        given = drawn(kernel.arguments, regime, count, 4711, holds)
        values = [k.value(*given, check=False) for k in (kernel, plain)]
        for row in range(len(given[0])):
            want = truth(kernel.formula, "value", given, row)
            if want is not None and np.isfinite(float(want)):
                unit = np.spacing(max(abs(float(want)), np.finfo(float).tiny))
                worst = [max(w, float(abs(v[row] - want) / unit)) for w, v in zip(
                    worst, values, strict=True)]
    return worst[0], worst[1]


@pytest.mark.parametrize("loss", ["softmax-nll", "bernoulli-ce", "softmax-focal"])
def test_c_is_right(loss: str) -> None:
    assert off(loss, 12)[0] <= 1024


@pytest.mark.slow
@pytest.mark.parametrize("loss", [entry.name for entry in derive.losses()])
def test_every_loss_in_c_is_right(loss: str) -> None:
    """As far as NumPy is: what is hard for plain floats is hard for both."""
    try:
        compiled, plain = off(loss, 20)
    except KernelError as error:
        assert "the target c cannot compute" in str(error)  # noqa: PT017
        return
    assert compiled <= max(1024, 2 * plain)


def test_a_wrong_operator_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(c_operations.CALLS, Op.SUBTRACT, "{0} + {1}")
    kernel = derive.kernel("log(1 + exp(z)) - y*z", given=["z: real", "y: binary"], target="c")
    z, y = np.array([0.5, 1.5]), np.array([1.0, 0.0])
    plain = made_kernel("bernoulli-ce", target="numpy")
    assert distance(plain.value(z, y), kernel.value(z, y)) > MOST


def test_each_operation_has_a_writer_or_is_refused() -> None:
    written = {*WRITERS, *REDUCTIONS, Op.INPUT, Op.SIZE, Op.IOTA}
    refused = {op for op in Op if op.family in (Family.LINEAR, Family.TOTAL)}
    assert written | refused | {Op.MEDIAN, Op.DOTS} == set(Op)
    assert not written & refused


def test_no_function_has_two_meanings() -> None:
    """What the writer defines beside the functions of mathematics has names of its own."""
    text = in_c("softmax-nll").source
    names = {n for n in re.findall(r"\b(f(?:32|64)_\w+|padded|added)\b", text)
             if "_tile_" in n or n in ("padded", "added")}
    assert names
    assert not names & set(c_parts())


@pytest.mark.parametrize("formula", ["logdet(S) + dot(y, solve(S, y))"])
def test_matrices_are_refused_and_auto_takes_numpy(formula: str, monkeypatch: pytest.MonkeyPatch,
                                                   ) -> None:
    given = ["y: real[D]", "S: spd[D, D]"]
    with pytest.raises(KernelError, match="the target c cannot compute"):
        derive.kernel(formula, given=given, wrt="y", target="c")
    monkeypatch.setenv("DERIVE_TARGET", "auto")
    monkeypatch.setattr(auto_target, "ENOUGH", 1)
    kernel = derive.kernel(formula, given=given, wrt="y")
    kernel.value([1.0, 0.0], [[2.0, 0.0], [0.0, 1.0]])
    assert np.isclose(kernel.value([1.0, 0.0], [[2.0, 0.0], [0.0, 1.0]]), np.log(2) + 0.5)
    assert kernel.target == "numpy"
    assert "cannot compute" in kernel.target_reason


def test_faithful_is_refused() -> None:
    with pytest.raises(KernelError, match="faithful"):
        derive.kernel("huber", accuracy="faithful", target="c")


# Calls


def logits(dtype: Any = np.float64, rows: int = 40) -> tuple[Any, Any]:
    random = np.random.default_rng(1)
    return random.normal(size=(rows, 10)).astype(dtype), random.integers(0, 10, rows)


@pytest.mark.parametrize("options", [
    {"reduction": "mean"}, {"reduction": "sum"}, {"threads": 2}, {"weight": np.linspace(0, 2, 40)},
    {"mask": np.arange(40) % 3 > 0}, {"ignore_label": 3}, {"check": False},
    {"reduction": "mean", "weight": np.ones(40), "mask": np.arange(40) % 2 > 0}],
    ids=lambda options: ", ".join(options))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_options_mean_what_they_mean_in_numpy(options: dict[str, Any], dtype: Any) -> None:
    given = logits(dtype)
    want, got = (made_kernel("softmax-nll", target=target).value_and_grad(*given, **options)
                 for target in ("numpy", "c"))
    for one, other in zip(want, got, strict=True):
        assert type(one) is type(other)
        assert one.dtype == other.dtype
        assert np.allclose(one, other, rtol=1e-5 if dtype is np.float32 else 1e-13, atol=1e-7)


@pytest.mark.parametrize("threads", [1, 2, None])
@pytest.mark.parametrize("reduction", ["none", "mean"])
def test_many_examples_in_threads(threads: int | None, reduction: str) -> None:
    o, y = logits(np.float64, 40_000)
    want, got = (made_kernel("softmax-nll", target=target).value_and_grad(
        o, y, reduction=reduction, threads=threads) for target in ("numpy", "c"))
    assert np.allclose(want[0], got[0], rtol=1e-13)
    assert np.allclose(want[1], got[1], rtol=1e-12, atol=1e-20)


def test_arrays_that_are_given_are_filled() -> None:
    o, y = logits()
    kernel, plain = in_c("softmax-nll"), made_kernel("softmax-nll", target="numpy")
    out = np.empty(40), np.empty((40, 10))
    value, slope = kernel.value_and_grad(o, y, out=out)
    assert value is out[0]
    assert slope is out[1]
    assert np.allclose(slope, plain.grad(o, y), rtol=1e-13, atol=1e-20)
    total = np.empty(())
    assert kernel.value(o, y, reduction="sum", out=total) is total
    assert np.isclose(total, plain.value(o, y).sum())


@pytest.mark.parametrize("spoil", [
    lambda o, y: (o[:, ::-1], y), lambda o, y: (o.T.copy().T, y), lambda o, y: (o, y.astype("i1")),
    lambda o, y: (o.reshape(4, 10, 10), y.reshape(4, 10)), lambda o, y: (o[0], y),
    lambda o, y: (o.tolist(), y.tolist()), lambda o, y: (o.astype(">f8"), y),
    lambda o, y: (o[:0], y[:0]), lambda o, y: (o[:1], y[:1]), lambda o, y: (o[5], y[5])],
    ids=["reversed", "columns", "short labels", "batch axes", "one row for all", "lists",
         "another byte order", "none", "one", "no batch"])
def test_all_that_numpy_takes_is_taken(spoil: Any) -> None:
    given = spoil(*logits())
    want, got = (made_kernel("softmax-nll", target=target).value_and_grad(*given)
                 for target in ("numpy", "c"))
    for one, other in zip(want, got, strict=True):
        assert one.shape == other.shape
        assert np.allclose(one, other, rtol=1e-13, atol=1e-20)


@pytest.mark.parametrize(("loss", "given", "words"), [
    ("softmax-nll", (np.zeros((2, 3)), np.array([0, 3])), "y has the label 3"),
    ("softmax-nll", (np.zeros((2, 3)), np.array([-1, 0])), "y has the label -1"),
    ("bernoulli-ce", (np.zeros(2), np.array([0.0, 0.5])), "y must be 0 or 1"),
    ("softmax-nll", (np.zeros((2, 3)), np.array([0, 1, 2])), "batch axes")])
def test_what_is_wrong_is_named_before_anything_is_written(loss: str, given: Any, words: str,
                                                           ) -> None:
    kernel = in_c(loss)
    kernel.value_and_grad(*(a[:1] * 0 for a in given))  # from now on calls go to C at once
    out = np.full(2, 7.0), np.full(given[0].shape, 7.0)
    with pytest.raises(ValueError, match=words):
        kernel.value_and_grad(*given, out=out)
    assert all((array == 7).all() for array in out)


def test_an_argument_is_not_written_over() -> None:
    o, y = logits()
    kernel = in_c("softmax-nll")
    kernel.grad(o, y)
    with pytest.raises(ValueError, match="shares memory"):
        kernel.grad(o, y, out=o)


@pytest.mark.parametrize("loss", ["softmax-nll", "bernoulli-ce", "huber"])
def test_nan_gives_nan(loss: str) -> None:
    kernel = in_c(loss)
    for size in (3, 61):
        given = arguments(kernel, size, np.float64, "typical")
        given[0][4] = np.nan
        value, slope = kernel.value_and_grad(*given)
        assert np.isnan(value[4])
        assert np.isnan(slope[4]).all()
        assert not np.isnan(value[5:]).any()


def test_infinite_logits_have_their_limits() -> None:
    rows = np.array([[np.inf, 0, 1], [-np.inf, 0, 1], [np.inf, np.inf, 0], [-np.inf] * 3])
    y = np.array([0, 1, 0, 0])
    for repeat in (1, 5):  # by rows, and side by side
        given = np.repeat(rows, repeat, axis=0), np.repeat(y, repeat)
        want, got = (made_kernel("softmax-nll", target=target).value_and_grad(*given)
                     for target in ("numpy", "c"))
        assert all(np.array_equal(a, b, equal_nan=True) or np.allclose(
            a, b, rtol=1e-14, equal_nan=True) for a, b in zip(want, got, strict=True))


# Compilers and caches


def fresh(monkeypatch: pytest.MonkeyPatch) -> derive.Kernel:
    """A kernel that is not loaded yet."""
    monkeypatch.setattr(library_cache, "_LOADED", {})
    return derive.kernel("z**2/2 + z*y", given="z, y: real", wrt="z", target="c")


def checked(kernel: derive.Kernel) -> None:
    assert kernel.grad(np.array([1.0, 2.0]), np.array([3.0, 4.0])).tolist() == [4.0, 6.0]


@pytest.mark.parametrize(("choice", "words"), [
    ("/nowhere/cc", "no C compiler '/nowhere/cc', which CC names"), ("'cc", "is no command"),
    ("false", "ended with the status 1")])
def test_without_a_compiler_numpy_goes_on(choice: str, words: str,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", choice)
    with pytest.warns(RuntimeWarning, match=words):
        kernel = fresh(monkeypatch)
    checked(kernel)
    assert kernel.target == "numpy"
    assert words in kernel.target_reason


def test_the_first_error_of_a_compiler_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                ) -> None:
    script = tmp_path / "mycc"
    script.write_text("#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n"
                      "echo 'a note' >&2; echo 'kernel.c:1: error: no such thing' >&2\n"
                      "echo 'error: more' >&2; exit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("CC", str(script))
    kernel = fresh(monkeypatch)
    with pytest.warns(RuntimeWarning, match=r"mycc: kernel\.c:1: error: no such thing$"):
        checked(kernel)
    checked(kernel)
    assert kernel.target == "numpy"


def test_a_compiler_that_writes_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "true")
    kernel = fresh(monkeypatch)
    with pytest.warns(RuntimeWarning, match="true wrote no library"):
        checked(kernel)
    assert kernel.target == "numpy"


def test_a_library_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checked(fresh(monkeypatch))
    monkeypatch.setattr(library_cache, "library_bytes", None)  # would fail if it were called
    checked(fresh(monkeypatch))


@pytest.mark.parametrize("content", [b"", b"\x7fELF damaged"])
def test_a_damaged_library_is_built_anew(content: bytes, own_cache: Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    folder = own_cache / "derive" / "kernels"
    shutil.rmtree(folder, ignore_errors=True)
    checked(fresh(monkeypatch))
    file, = folder.iterdir()
    file.unlink()
    file.write_bytes(content)
    (folder / ".part-abc").write_bytes(b"half")
    checked(fresh(monkeypatch))
    assert file.read_bytes()[:4] == b"\x7fELF" != content[:4] + b"!"
    assert len(file.read_bytes()) > 1000


@pytest.mark.parametrize("trouble", ["a file in its place", "others can write it", "it is full"])
def test_a_folder_of_no_use_is_not_used(trouble: str, tmp_path: Path,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    library_cache._notice.cache_clear()
    folder = tmp_path / "cache" / "derive" / "kernels"
    if trouble == "a file in its place":
        (tmp_path / "cache").write_text("")
    elif trouble == "others can write it":
        folder.mkdir(parents=True)
        folder.chmod(0o777)
    else:
        real = library_cache._written

        def full(path: Path, content: bytes) -> Path:
            if path.parent == folder:
                raise OSError(28, "No space left on device")
            return real(path, content)
        monkeypatch.setattr(library_cache, "_written", full)
    kernel = fresh(monkeypatch)
    with pytest.warns(RuntimeWarning, match="compiled kernels cannot be kept in"):
        checked(kernel)
    assert kernel.target == "c"
    assert not folder.is_dir() or not list(folder.iterdir())


def test_a_library_that_others_can_write_is_not_loaded(own_cache: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    checked(fresh(monkeypatch))
    files = list((own_cache / "derive" / "kernels").iterdir())
    for file in files:
        file.chmod(0o777)
    checked(fresh(monkeypatch))
    assert any(not file.stat().st_mode & 0o022 for file in files)


# Files


def test_files_of_c(tmp_path: Path) -> None:
    """The build line in the head builds it without a warning; its own tests pass, loaded in C."""
    kernel = made_kernel("huber", target="c")
    kernel.save(tmp_path / "loss.c", with_test=True)
    assert {p.name for p in tmp_path.iterdir()} == {"loss.c", "loss.h", "loss.py", "test_loss.py"}
    subprocess.run(["cc", *c_compiler.FLAGS, "-Wall", "-Wextra", "-Werror", "-o", "libloss.so",
                    "loss.c", "-lm"], cwd=tmp_path, check=True)
    run = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    subprocess.run(run, cwd=tmp_path, check=True, capture_output=True)
    code = "import loss; assert loss.LIBRARY and float(loss.value(3.0, 0.0, 1.0)) == 2.5"
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)
    text = (tmp_path / "loss.c").read_text()
    assert " ".join(c_compiler.FLAGS[:3]) in text
    assert derive.__version__ in text


def test_a_loader_without_its_library_takes_numpy(tmp_path: Path) -> None:
    made_kernel("huber", target="c").save(tmp_path / "loss.c", with_loader=True)
    code = "import loss, numpy as np; print(loss.grad(np.array([3.0]), 0.0, 1.0))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True,
                          text=True, check=True)
    assert done.stdout.strip() == "[1.]"
    assert "NumPy computes what C should" in done.stderr


def test_a_loader_belongs_to_c(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match="loaded as they are"):
        made_kernel("huber", target="numpy").save(tmp_path / "loss.py", with_loader=True)


# auto


@pytest.fixture
def auto(monkeypatch: pytest.MonkeyPatch) -> derive.Kernel:
    monkeypatch.setenv("DERIVE_TARGET", "auto")
    return derive.kernel("softmax-nll")


def test_auto_does_not_compile_for_small_calls(auto: derive.Kernel,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_cache, "library_bytes", None)
    monkeypatch.setattr(library_cache, "_LOADED", {})
    for _ in range(50):
        auto.value(*logits())
    assert auto.target == "numpy"
    assert "enough work" in auto.target_reason


def test_auto_takes_what_is_quicker(auto: derive.Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auto_target, "ENOUGH", 1)
    times = iter([1.0, 2.0])  # of NumPy, of C
    monkeypatch.setattr(auto_target, "_seconds", lambda call: next(times))
    want = made_kernel("softmax-nll", target="numpy").value(*logits())
    assert np.allclose(auto.value(*logits()), want, rtol=1e-13)
    assert auto.target == "numpy"  # for this size
    times = iter([2.0, 1.0])
    more = logits(rows=4000)
    assert np.allclose(auto.value(*more), made_kernel("softmax-nll", target="numpy").value(*more))
    assert auto.target == "c"
    with pytest.raises(ValueError, match="y has the label 10"):
        auto.value(more[0], more[1] + 1)


def test_the_environment_names_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DERIVE_TARGET", "numpy")
    assert derive.kernel("huber").asked == "numpy"
    monkeypatch.setenv("DERIVE_TARGET", "fortran")
    with pytest.raises(KernelError, match=r"DERIVE_TARGET is 'fortran', which is none of numpy"):
        derive.kernel("huber")


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("loss", VARIED)
def test_both_compilers_at_full_speed(compiler: str, loss: str, monkeypatch: pytest.MonkeyPatch,
                                      ) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    monkeypatch.setenv("CC", compiler)
    monkeypatch.setattr(library_cache, "library_bytes", c_compiler.library_bytes)
    monkeypatch.setattr(library_cache, "_LOADED", {})
    monkeypatch.setenv("XDG_CACHE_HOME", os.environ["XDG_CACHE_HOME"] + compiler)
    kernel, plain = derive.kernel(loss, target="c"), made_kernel(loss, target="numpy")
    for size, dtype in ((3, np.float64), (61, np.float32)):
        if size > 9 and any(len(a.kind.shape) > 1 for a in plain.arguments):
            continue
        given = arguments(plain, size, dtype, "transition")
        for one, other in zip(*(k.value_and_grad(*given, check=False) for k in (plain, kernel)),
                              strict=True):
            assert distance(one, other) <= MOST


def test_rows_of_a_tile_do_not_mix() -> None:
    """Any number of examples gives the results of each alone."""
    o, y = logits(rows=70)
    kernel = in_c("softmax-nll")
    for first, last in pairwise([0, 1, 8, 31, 63, 70]):
        assert np.allclose(kernel.value(o[first:last], y[first:last]), kernel.value(o, y)[
            first:last], rtol=1e-14)
