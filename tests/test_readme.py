"""What the README says is so: commands, counts, links, and what it says of other tools."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import sympy

import derive
from derive.commands import cli

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = set(re.findall(r"derive ([a-z]+)\b", " ".join(re.findall(r"`(derive [^`]*)`", README))))


def test_it_is_read_to_its_end() -> None:
    assert README.count("\n") <= 150


def test_it_shows_a_picture_before_anything_is_explained() -> None:
    picture = re.search(r"!\[([^\]]+)\]\((docs/images/[\w-]+\.png)\)", README)
    assert picture is not None
    assert README.index(picture[0]) < README.index("## ")
    assert len(picture[1].split()) > 5, "a reader who does not see it is told what it shows"
    file = ROOT / picture[2]
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size < 400_000


def test_it_opens_with_the_gradient_and_the_two_commands() -> None:
    assert re.findall(r"```console\n\$ (.*)", README)[0] == "derive grad softmax-nll"
    assert "make grad" in README
    assert "make test" in README


def test_python_comes_before_the_comparison() -> None:
    assert README.index("import derive") < README.index("## Beside other tools")


def test_each_command_in_it_is_there() -> None:
    names = set(cli.list_commands(None))  # type: ignore[arg-type]
    assert len(COMMANDS) >= 8
    assert names >= COMMANDS


@pytest.mark.parametrize(("words", "count"), [
    (r"(\d+) losses", lambda: len(derive.losses())),
    (r"(\d+) distributions", lambda: len({e.base or e.name for e in derive.distributions()})),
    (r"(\d+) parametrisations", lambda: len(derive.distributions())),
    (r"(\d+) activations", lambda: len(derive.activations())),
    (r"(\d+) results beside", lambda: len(tomllib.loads(
        (ROOT / "tests" / "data" / "topics.toml").read_text(encoding="utf-8")))),
])
def test_its_counts_are_those_of_the_tables(words: str, count) -> None:
    (stated,) = re.findall(words, README)
    assert int(stated) == count()


def test_each_guide_is_linked() -> None:
    linked = set(re.findall(r"\]\(docs/([\w.]+)\)", README))
    guides = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert guides - linked == {"glossary.md", "operations.md",  # CONTRIBUTING links to these
                               "index.md"}  # the README's counterpart on the site
    readers = {page.name for page in (ROOT / "docs" / "guides").glob("*.md")}
    assert readers == set(re.findall(r"\]\(docs/guides/([\w.]+)\)", README))


def test_the_extras_that_it_names_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"]
    assert set(re.findall(r"\.\[(\w+)\]", README)) <= set(extras)


def _softmax_loss() -> tuple[sympy.Expr, sympy.Expr]:
    classes = sympy.Symbol("K", integer=True, positive=True)
    i, k, y = sympy.symbols("i k y", integer=True)
    logits = sympy.IndexedBase("o")
    total = sympy.Sum(sympy.exp(logits[k]), (k, 0, classes - 1))
    return sympy.log(total) - logits[y], logits[i]


def test_what_is_said_of_sympy_is_so() -> None:
    loss, entry = _softmax_loss()
    gradient = sympy.diff(loss, entry)
    assert gradient.has(sympy.KroneckerDelta)
    assert gradient.doit().has(sympy.Piecewise)
    with pytest.raises(StopIteration):
        sympy.simplify(gradient)


def test_sympy_takes_the_sum_as_constant_when_it_integrates() -> None:
    loss, entry = _softmax_loss()
    total = loss.args[0].args[0] if isinstance(loss.args[0], sympy.log) else loss.args[1].args[0]
    field = sympy.exp(entry) / total
    assert sympy.integrate(field, entry).has(sympy.Sum)
    assert not sympy.integrate(field, entry).has(sympy.log)  # the cost is log(Σ exp)
