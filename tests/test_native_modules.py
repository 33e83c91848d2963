"""Modules for PyTorch and JAX as text: what they import, how they read, what is refused.

None of these tests needs the libraries.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import re
from pathlib import Path

import pytest

import derive
from derive.arrays.kernels import kernel_to_write
from derive.arrays.operations import Family, Op
from derive.arrays.targets.functional import jax_dialect, torch_dialect
from derive.arrays.targets.functional.functional_text import folded
from derive.arrays.targets.functional.functional_writers import missing
from derive.functions.function_records import standard_functions
from derive.tables.loss_table import losses
from tests.command_line import run

LIBRARIES = {"torch": {"torch"}, "jax": {"jax"}}
STANDARD = {"__future__", "collections", "functools", "math", "typing"}
SOME = ("softmax-nll", "student-t-nll", "listmle", "interval-censored-normal-nll")


def module_text(name: str, target: str, **options: object) -> str:
    made = kernel_to_write(name, options.get("given", ()), options.get("wrt"),  # type: ignore[arg-type]
                           "fast", ("value",), "both", target, "auto", None)
    return made.source


def undefined(text: str) -> set[str]:
    """The names that a module reads and nobody defines."""
    tree = ast.parse(text)
    known = {a.asname or a.name.partition(".")[0] for n in ast.walk(tree)
             if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names}
    known |= {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    known |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)
              and isinstance(n.ctx, ast.Store)}
    known |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return read - known - {*dir(builtins)}


@pytest.mark.parametrize("target", LIBRARIES)
@pytest.mark.parametrize("name", SOME)
def test_a_module_stands_alone(name: str, target: str) -> None:
    text = module_text(name, target)
    tree = ast.parse(text)
    imported = {a.name.partition(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import)
                for a in n.names}
    imported |= {str(n.module).partition(".")[0] for n in ast.walk(tree)
                 if isinstance(n, ast.ImportFrom)}
    assert imported - STANDARD == LIBRARIES[target]
    assert not undefined(text)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.slow
@pytest.mark.parametrize("target", LIBRARIES)
@pytest.mark.parametrize("name", [entry.name for entry in losses()])
def test_each_loss_has_a_module(name: str, target: str) -> None:
    assert not undefined(module_text(name, target))


@pytest.mark.parametrize("target", LIBRARIES)
def test_the_formula_stands_first(target: str) -> None:
    functions = re.findall(r"^def (\w+)", module_text("softmax-nll", target), re.M)
    assert functions[0] in ("formula_value", "loss_value")
    assert functions.index("loss") < functions.index("prepared")


@pytest.mark.parametrize("target", LIBRARIES)
def test_the_head_tells_formula_tier_and_maker(target: str) -> None:
    head = ast.get_docstring(ast.parse(module_text("softmax-nll", target))) or ""
    assert "d/do[i]: softmax(o)[i] - delta(i, y)" in head
    assert "ULP at all inputs" in head
    assert head.endswith(f"derive {derive.__version__}:\n    derive kernel softmax-nll --target "
                         f"{target}")


@pytest.mark.parametrize("target", LIBRARIES)
def test_a_label_is_an_index_and_no_matrix(target: str) -> None:
    text = module_text("softmax-nll", target)
    assert "one_hot" not in text
    assert "eye(" not in text
    assert ("scatter" if target == "torch" else "put_along_axis") in text


@pytest.mark.parametrize("dialect", [torch_dialect.DIALECT, jax_dialect.DIALECT],
                         ids=lambda d: d.name)
def test_each_operation_of_kernels_has_a_writer(dialect: object) -> None:
    left = {op for op in Op if dialect.writers[op] is missing}  # type: ignore[attr-defined]
    assert left == {Op.INPUT, Op.DOTS, *(op for op in Op if op.family is Family.TOTAL)}


@pytest.mark.parametrize("key", ["torch", "jax"])
def test_functions_of_numbers_have_code_for_both(key: str) -> None:
    known = [f for f in standard_functions().values() if f.numpy and not f.takes_vector]
    assert not [f.name for f in known if not getattr(f, key)]


@pytest.mark.parametrize("target", LIBRARIES)
def test_names_that_the_code_uses_are_not_arguments(target: str) -> None:
    text = module_text("(torch - loss)**2*jnp", target, given=["torch, loss, jnp: real"],
                       wrt="torch")
    assert "torch2 (torch)" in text
    assert not undefined(text)


@pytest.mark.parametrize("target", LIBRARIES)
def test_a_missing_library_is_named_with_what_installs_it(target: str) -> None:
    if importlib.util.find_spec(target):
        pytest.skip("it is here")
    with pytest.raises(derive.DeriveError, match=rf"pip install .derive-engine\[{target}\]"):
        derive.kernel("huber", target=target)


@pytest.mark.parametrize("target", LIBRARIES)
def test_the_command_writes_without_the_library(target: str, tmp_path: Path) -> None:
    file = tmp_path / "loss.py"
    run("kernel", "huber", "--target", target, "-o", str(file))
    assert not undefined(file.read_text())


@pytest.mark.parametrize(("options", "words"), [
    ({"accuracy": "faithful"}, "numpy has faithful"),
    ({"dtype": "float32"}, "leave dtype=float32 out"),
    ({"outputs": ("value", "hessian")}, "torch.func.hessian"),
])
def test_what_there_is_not_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(derive.DeriveError, match=words):
        derive.kernel("huber", target="torch", **options)  # type: ignore[arg-type]


def test_a_part_of_an_argument_is_no_variable() -> None:
    with pytest.raises(derive.DeriveError, match="by an argument with all its elements"):
        module_text("sum(o[k]**2 for k in K)", "torch", given=["o: real[K]"], wrt="o[0]")


@pytest.mark.parametrize("code", [
    "value = " + " + ".join(f"term{n}" for n in range(40)),
    "return function(" + ", ".join(f"argument{n}(x, y)" for n in range(30)) + ")"])
def test_long_statements_are_broken_inside_brackets(code: str) -> None:
    lines = folded(code, 95)
    assert max(map(len, lines)) <= 96
    assert ast.dump(ast.parse("\n".join(lines))) == ast.dump(ast.parse(code))
