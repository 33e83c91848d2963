"""One hostile text in every field that a stranger may fill, and every form in which it goes out."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.errors import DataFileError
from derive.functions.latex_signs import is_sign
from derive.outgoing_text import code_span, in_docstring, markdown, plain_signs, unseen_sign
from derive.rendering.forms import FORMATS
from derive.rulebook.rule import Rule
from derive.training.tasks.user_files import read_file
from tests.command_line import run

HOSTILE = ("a\x1b[31mb\x1b]0;t\x07\x9b2J\u202e\u2066\x7f\x00<script>alert(1)</script><b onload=x>"
           '\\write18{ls}\\input{/etc/passwd}`x`](javascript:alert(1)) """\nEVIL = 1\n"""*/ \'\'\'')
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
TAG = re.compile(r"<(script>alert|b onload)")


def formulas_apart(text: str) -> str:
    """Markdown without what stands in code, where nothing is markup."""
    return re.sub(r"```.*?```|(`+)(?!`).*?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)


def harmless(form: str, text: str) -> None:
    assert not OBEYED.search(text)
    if form == "html":
        assert not TAG.search(text)
    elif form == "latex":
        shown = "\n".join(line for line in text.split("\n") if not line.startswith("%"))
        assert not re.search(r"\\(write|input|immediate)", shown)
    elif form == "markdown":
        rest = formulas_apart(text)
        assert not TAG.search(rest)
        assert "](java" not in rest
    elif form == "notebook":
        cells = json.loads(text)["cells"]
        harmless("markdown", "\n\n".join("".join(c["source"]) for c in cells
                                         if c["cell_type"] == "markdown"))


# --- fields of derivations and rules ------------------------------------------------------------

TEXTS = [field.name for field in fields(derive.Derivation) if field.type == "str"
         and field.name not in ("goal", "domain")]


@pytest.mark.parametrize("form", FORMATS)
def test_no_field_of_a_derivation_gets_out_of_a_form(form: str) -> None:
    shown = derive.grad("sinh(z)/cosh(z) * z", given="z: real")
    for name in TEXTS:
        harmless(form, replace(shown, **{name: HOSTILE}).show(form))
    harmless(form, replace(shown, remarks=((HOSTILE, HOSTILE),)).show(form))
    harmless(form, replace(shown, given=(HOSTILE,)).show(form))


@pytest.mark.parametrize("form", FORMATS)
def test_no_field_of_a_rule_gets_out_of_a_form(form: str) -> None:
    shown = derive.grad("sinh(z)/cosh(z) * z", given="z: real")
    named = [f.name for f in fields(Rule) if f.type == "str" and f.name not in (
        "from_", "to", "stage", "tactic", "method", "where")]
    for name in named:
        steps = tuple(replace(s, rule=replace(s.rule, **{name: HOSTILE})) for s in shown.steps)
        harmless(form, replace(shown, steps=steps).show(form, detail="full"))


@pytest.mark.parametrize("name", ["says", "margin", "source", "note"])
def test_a_rule_file_with_unseen_signs_is_refused_by_their_number(tmp_path: Path,
                                                                 name: str) -> None:
    entry = {"says": "s", "margin": "m", "from": "sinh(u)/cosh(u)", "to": "tanh(u)",
             "source": "x", name: "a\x1b[2J"}
    path = tmp_path / "rules.toml"
    path.write_text("[mine]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in entry.items()))
    with pytest.raises(DataFileError, match=r"the sign U\+001B, which a terminal obeys"):
        derive.grad("sinh(z)/cosh(z)", rules=path)


def test_the_name_of_a_rule_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('["<script>"]\nfrom = "sinh(u)/cosh(u)"\nto = "tanh(u)"\nsays = "s"\n'
                    'source = "x"\n')
    with pytest.raises(DataFileError, match="the name of a rule is letters, digits"):
        derive.grad("sinh(z)/cosh(z)", rules=path)


@pytest.mark.parametrize(("latex", "harmless"), [
    (r"\operatorname{gd}", True), (r"\log\Gamma_{1/2}^{-1}", True), (r"\mathcal{L}", True),
    (r"\write18{ls}", False), (r"\input{x}", False), (r"\csname input\endcsname", False),
    ("^^5cinput", False), ("a$b", False), ("a}{", False), ("a%", False), (r"\href{javascript:x}",
                                                                          False)])
def test_latex_for_a_name_is_signs(latex: str, harmless: bool, tmp_path: Path) -> None:
    assert is_sign(latex) == harmless
    path = tmp_path / "functions.toml"
    path.write_text('[gud]\narguments = ["u"]\ndefinition = "2*atan(tanh(u/2))"\nsource = "x"\n'
                    f"latex = {json.dumps(latex)}\n")
    if not harmless:
        with pytest.raises(DataFileError, match="key 'latex' is how the name is printed"):
            derive.grad("gud(z)", given="z: real", functions=path)


def test_every_function_of_the_house_is_printed_by_signs() -> None:
    from derive.functions.function_records import standard_functions

    assert not [f.name for f in standard_functions().values() if not is_sign(f.latex)]


# --- generated code -----------------------------------------------------------------------------

SPEC = 'z: real  # """ \x1b[31m */ \\\nL = z**2 + 3  # """ it\'s EVIL = 1'
MODEL = ('x: real[T, D]  # """ \x1b EVIL = 1\nh: real[T, H]\ny: real[T]\nW: real[H, H]\n'
         "U: real[H, D]\nv: real[H]\nh[t] = tanh(W @ h[t-1] + U @ x[t])\n"
         "L = sum((dot(v, h[t]) - y[t])**2 for t in T)")


def names_set(code: str) -> set[str]:
    """Names that a module sets; what is no Python is refused."""
    return {target.id for node in ast.parse(code).body if isinstance(node, ast.Assign)
            for target in node.targets if isinstance(target, ast.Name)}


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_comments_of_a_specification_become_no_code(target: str) -> None:
    """The command that makes a kernel again stands in its comment, whatever lines it has."""
    source = derive.kernel(SPEC, target=target).source
    assert not OBEYED.search(source)
    if target == "numpy":
        assert not {"EVIL", "L"} & names_set(source)


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
def test_comments_of_a_model_become_no_code(target: str) -> None:
    source = derive.export(MODEL, to=target)
    assert not OBEYED.search(source)
    assert "EVIL" not in names_set(source)


def test_the_title_of_a_cell_becomes_no_code(tmp_path: Path) -> None:
    path = tmp_path / "cell.toml"
    text = {"title": 'T """\nEVIL = 1\n"""', "meaning": "m", "source": "s", "output": "h"}
    path.write_text("[x]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in text.items())
                    + 'given = ["x: real[T, D]", "h: real[T, H]", "W: real[H, H]", '
                      '"U: real[H, D]"]\nequations = ["h[t] = tanh(W @ h[t-1] + U @ x[t])"]\n')
    assert "EVIL" not in names_set(derive.export(path, to="numpy"))


def test_the_name_of_a_file_becomes_no_code(tmp_path: Path) -> None:
    data, saved = tmp_path / 'n"""+EVIL+""".txt', tmp_path / "a.ckpt"
    data.write_text("abcabdabcabd"*50)
    assert "EVIL" in read_file(data).title
    derive.train(data=data, steps=1, hidden=2, batch=2, bptt=4, save=saved)
    docstring = ast.get_docstring(ast.parse(derive.export(saved, to="numpy")))
    assert "EVIL" in (docstring or "")


# --- the ways out -------------------------------------------------------------------------------

@pytest.mark.parametrize(("write", "begin", "end"), [
    (plain_signs, "", ""), (in_docstring, '"""', '\n"""'), (in_docstring, '"""', '"""')])
def test_what_was_written_ends_nothing(write: Callable[[str], str], begin: str, end: str) -> None:
    for text in (HOSTILE, 'a"', "a\\", '""""', "\\\"\"\"", '"'):
        made = write(text)
        assert not unseen_sign(made.replace("\n", ""))
        if begin:
            tree = ast.parse(f"{begin}x{made}{end}").body
            assert len(tree) == 1
            assert isinstance(tree[0], ast.Expr)


def test_words_of_many_scripts_stay_as_they_are() -> None:
    for text in ("Σ ∂ℓ/∂θ ≤ ½", "naïve Größe", "損失関数", "دالة", "👩‍🔬", "a\tb\nc"):
        assert plain_signs(text) == text
    assert markdown("a < b, x<y, o[i](t)") == r"a < b, x&lt;y, o[i]\(t)"
    assert code_span("a`b``c") == "``` a`b``c ```"


@pytest.mark.parametrize("arguments", [
    ("grad", HOSTILE[:40]), ("check", "no\x1b[31mfile.txt"), ("losses", "x\x1b[31m\x9b"),
    ("gr\x1b[31m",), ("grad", "z", "--gi\x1b[2J"), ("verify", "\x1b[2J.json"),
    ("train", "--data", "d\x1b]0;x\x07.csv"), ("predict", "\u202e.ckpt"), ("practice", "\x1b[31m"),
    ("demo", "\x9b31m"), ("export", "x\x1b[2J"), ("train", "\x1b[31m")])
def test_errors_on_a_terminal_hold_nothing_that_it_obeys(arguments: tuple[str, ...]) -> None:
    done = run(*(argument.replace("\0", "") for argument in arguments))
    assert done.returncode
    assert not OBEYED.search(done.stdout + done.stderr)


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_a_sheet_and_its_file_are_shown_without(form: str, tmp_path: Path) -> None:
    path: Any = tmp_path / "s\x1b[31m\u202e.txt"
    path.write_text("gradient of (z - y)**2 with respect to z  <script>alert(1)</script> \x1b[31m\n"
                    "= 2*(z - y) \x9b\n= 3 % \x1b[2J")
    done = run("check", str(path), "--format", form)
    assert not OBEYED.search(done.stdout + done.stderr)
    harmless(form, done.stdout)
