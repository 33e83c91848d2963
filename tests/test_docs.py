"""What the documents show is what the program does."""

from __future__ import annotations

import doctest
import re
import shlex
import tomllib
from pathlib import Path

import pytest

import derive
from tests.command_line import run

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = "".join((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
                for name in ("tour", "notation", "command_line", "guides/student",
                             "guides/engineer", "guides/statistician"))
CONSOLE = re.findall(r"```console\n\$ (derive\b.*?)\n(.*?)```", README + PAGES, re.DOTALL)


MEASURED = (  # what a certificate counts and measures: how it is written, what is left of it
    (r"\b\d[\d,]* (line|point|value)s?\b", r"# \1s"),
    (r"worst relative error (0|\de-\d\d+)(?=;| |$)", "worst relative error #"),
    (r"\b\d+(\.\d+)? s\b", "# s"),
)


def content(output: str) -> str:
    """An output without its layout, and with # for each number that a certificate measured."""
    mathematics, verified, certificate = output.partition("\n  verified  ")
    certificate = " ".join(certificate.split())
    for pattern, sign in MEASURED:
        certificate = re.sub(pattern, sign, certificate)
    return " ".join((*mathematics.split(), *verified.split(), certificate))


@pytest.mark.parametrize(("command", "shown"), CONSOLE, ids=[c for c, _ in CONSOLE])
def test_readme_and_pages_show_real_output(command: str, shown: str) -> None:
    done = run(*shlex.split(command)[1:], env={"COLUMNS": "88"})
    refused = shown.startswith("derive: ")
    assert bool(done.returncode) == (refused or shown.startswith("No cost")), done.stderr
    assert content(done.stderr if refused else done.stdout) == content(shown)
    errors = re.findall(r"worst relative error (\S+?)(?:;|\s|$)", " ".join(done.stdout.split()))
    assert all(float(error) < 1e-14 for error in errors)


@pytest.mark.parametrize(("first", "second", "same"), [
    ("  result    2 z\n  verified  12 lines at\n  8 points, 50 digits, worst relative error 1e-60",
     "  result  2 z\n  verified  9 lines at 1 point, 50 digits, worst relative error 0", True),
    ("  a = b\n     = c   a rule", "  a = b\n  = c\n      a rule", True),
    ("  result    2 z\n  verified  12 lines", "  result    3 z\n  verified  12 lines", False),
    ("  At 2 points", "  At 3 points", False),
    ("  r\n  verified  2 lines, 50 digits", "  r\n  verified  2 lines, 15 digits", False),
])
def test_outputs_are_compared_by_content(first: str, second: str, same: bool) -> None:
    assert (content(first) == content(second)) == same


def test_the_page_of_the_command_line_has_the_options_that_commands_share() -> None:
    from derive.commands.help_pages import SECTIONS

    page = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`-.*?) \|", page, re.MULTILINE)
    assert [re.findall(r"`(?:-\w`, `)?(--[\w-]+)", row)[0] for row in rows] == \
        [option for names in SECTIONS.values() for option in names] + ["--help"]


def test_python_examples_run() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs" / name for name in (
            "tour.md", "kernels.md", "recurrence.md", "training.md", "python.md",
            "likelihood.md", "studio.md", "guides/engineer.md", "guides/author.md"))):
        assert doctest.testfile(str(page), module_relative=False).failed == 0
    assert doctest.testmod(derive).failed == 0


def test_links_of_the_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https://)([^)#]+)\)",
                                 page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_examples_of_contributing_are_valid_entries(tmp_path: Path) -> None:
    from derive.rulebook.loading import load_rules
    from derive.tables.activation_table import read_activations
    from derive.tables.distribution_table import read_distributions
    from derive.tables.loss_table import read_losses

    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    loss, rule = tmp_path / "10-loss.toml", tmp_path / "rule.toml"
    loss.write_text(blocks[0], encoding="utf-8")
    rule.write_text(blocks[1])
    activation = tmp_path / "activations.toml"
    activation.write_text(blocks[2])
    assert read_activations(activation)[0].inverse
    cell = tmp_path / "cell.toml"
    cell.write_text(blocks[3])
    assert derive.bptt(str(cell)).others[1].verify()
    distribution = tmp_path / "10-own.toml"
    distribution.write_text(blocks[4])
    base, scale = read_distributions(distribution)
    assert scale.define == ("lam = 1/s",)
    own = derive.fisher(base.density, given=[*base.given, *base.known, *base.observed], wrt="lam")
    assert own.notation == "1 / lam**2"
    (entry,) = read_losses(loss)
    assert derive.grad(entry.loss, given=entry.given, wrt=entry.wrt).verify()
    assert [r.right for r in load_rules(rule, "fold")]


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["hatch"]["version"]["path"] == "derive/version.py"
    assert derive.__version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"version: {derive.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
