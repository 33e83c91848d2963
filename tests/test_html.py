"""Pages: self-contained, well-formed, complete; notebooks' fragments; the site; plots."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import derive
from derive.commands import cli
from derive.commands.site import command as site_command
from derive.rendering.derivation_rows import rows_of, sections
from derive.rendering.jupyter_fragment import fragment
from derive.rendering.page.document import document
from derive.rendering.page.plots import Curve, Mark, Slider, plot_block
from derive.tables.loss_table import losses
from derive.teaching.site_writer import MANIFEST, write_site

VOID = {"meta", "link", "br", "input", "hr", "img"}
PRINCIPAL = [e.name for e in losses() if e.section == "principal"]


class Tree(HTMLParser):
    """Reads a page; every element has to be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def formulas(page: str) -> list[str]:
    return re.findall(r"<math.*?</math>", page, re.DOTALL)


@pytest.fixture(scope="module")
def softmax() -> derive.Derivation:
    return derive.grad("softmax-nll", through="p").verify()


@pytest.fixture(scope="module")
def page(softmax: derive.Derivation) -> str:
    return softmax.show("html")


@pytest.mark.parametrize("name", PRINCIPAL)
def test_every_principal_loss_makes_a_well_formed_page(name: str) -> None:
    made = derive.grad(name).show("html")
    tree = Tree(made)
    assert len(made) < 600_000
    for formula in formulas(made):
        ElementTree.fromstring(formula)
    names = [a["id"] for _, a in tree.tags if "id" in a]
    assert len(names) == len(set(names))
    controlled = [a["aria-controls"] for a in tree.all("button") if "aria-controls" in a]
    assert controlled
    assert set(controlled) <= set(names)


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    tree = Tree(page)
    for _, attributes in tree.tags:
        for name in ("src", "href", "srcset", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    outside = re.sub(r'"http://www\.w3\.org/2000/svg"', "", page)
    assert not re.search(r"https?://|@import|url\((?!data:)", outside)


def test_a_page_has_landmarks_a_language_and_headings_in_order(page: str) -> None:
    tree = Tree(page)
    assert tree.all("html") == [{"lang": "en"}]
    assert len(tree.all("main")) == len(tree.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in tree.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert tree.all("footer")
    assert f"derive {derive.__version__}" in tree.text


def test_every_step_shows_its_rule_statement_source_and_certificate(
        page: str, softmax: derive.Derivation) -> None:
    text = Tree(page).text
    for part in sections(softmax):
        for step in part.steps:
            assert step.rule.name in text
            assert step.rule.says in text
            assert step.rule.source in text
    assert softmax.verification.summary in text
    panels = page.count('class="panel"')
    assert page.count('class="certificate"') == panels == page.count('class="why"')
    assert page.count('class="statement"') >= panels / 2


def test_every_line_of_the_text_is_on_the_page(page: str, softmax: derive.Derivation) -> None:
    shown = unescape(" ".join(re.findall(r'alttext="([^"]*)"', page)))
    from derive.notation.printing.pretty import pretty

    for part in sections(softmax):
        for left, expression, *_ in rows_of(part, "normal"):
            assert pretty(expression, part.reserved, part.time) in shown
            assert left is None or pretty(left, part.reserved, part.time) in shown


@pytest.mark.parametrize("detail", ["brief", "normal", "full"])
def test_the_steps_of_a_row_fit_the_rows(detail: str, softmax: derive.Derivation) -> None:
    for one in (softmax, derive.mle("gaussian"), derive.matching_loss("sigmoid"),
                derive.bptt("rnn")):
        for part in sections(one, detail):
            for row in rows_of(part, detail):
                assert bool(row.steps) == bool(row.labels)


def test_hostile_words_stay_words() -> None:
    from dataclasses import replace

    found = derive.grad("huber")
    evil = '<script>alert("x")</script>&\'"'
    made = replace(found, title=evil, source=evil, note=evil, given=(evil, *found.given),
                   remarks=((evil, evil),)).show("html")
    tree = Tree(made)
    assert len(tree.all("script")) == 1
    assert tree.text.count(evil) >= 4


def test_buttons_copy_the_latex_and_the_notation(page: str, softmax: derive.Derivation) -> None:
    copies = [b["data-copy"] for b in Tree(page).all("button") if "data-copy" in b]
    assert softmax.notation in copies
    assert r"\mathrm{softmax}(o)_{i} - \delta_{iy}" in copies
    assert any("align*" in str(c) for c in copies)


def test_conditions_stand_on_the_page() -> None:
    tree = Tree(derive.grad("huber").show("html"))
    assert "|z − y| ≠ δ" in [a.get("alttext") for a in tree.all("math")]


def test_a_recurrent_model_shows_equations_results_and_matrices() -> None:
    made = derive.bptt("rnn").show("html", detail="brief")
    tree = Tree(made)
    assert {"Model", "Results", "In matrices"} <= set(re.findall(r">([^<>]+)</h\d>", made))
    assert "d(L, h[t, i])" in tree.text
    for formula in formulas(made):
        ElementTree.fromstring(formula)


def test_the_proof_that_there_is_no_cost_is_a_page() -> None:
    done = CliRunner().invoke(cli, ["cost", "softmax(z)*z", "-g", "z: real[K]", "--format", "html"])
    assert done.exit_code == 1
    tree = Tree(done.output)
    assert "No cost has this gradient" in tree.text
    assert "∂g₀/∂z₁" in tree.text
    assert "≠" in tree.text


def test_the_command_line_writes_a_page(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    done = CliRunner().invoke(cli, ["grad", "softmax-nll", "--format", "html", "--output",
                                    str(file)])
    assert done.exit_code == 0, done.output
    Tree(file.read_text(encoding="utf-8"))


def test_a_font_needs_a_page_and_has_to_be_one(tmp_path: Path) -> None:
    words = tmp_path / "words.otf"
    words.write_text("no font")
    done = CliRunner().invoke(cli, ["grad", "huber", "--embed-font", str(words)])
    assert done.exit_code == 2
    pytest.importorskip("fontTools")
    with pytest.raises(derive.DeriveError, match="is not a font"):
        derive.grad("huber").show("html", embed_font=words)


def test_the_part_of_a_font_that_a_page_needs_has_the_slanted_letters() -> None:
    from derive.rendering.page.fonts import needed

    assert {"x", "𝑥", "ℎ", "𝜎", "∑"} <= needed("<mi>x</mi><mi>h</mi><mi>σ</mi>")


def test_a_notebook_gets_a_fragment_without_scripts(softmax: derive.Derivation) -> None:
    made = softmax._repr_html_()
    assert made == fragment(softmax)
    tree = Tree(made)
    assert not {"html", "head", "script", "style", "button"} & {t for t, _ in tree.tags}
    assert len(formulas(made)) > 10
    assert softmax.notation in tree.text


def test_a_notebook_that_becomes_latex_gets_all_of_it_typeset(softmax: derive.Derivation) -> None:
    made = softmax._repr_latex_()
    assert r"\textbf{Softmax negative log-likelihood: gradient through $p$}" in made
    assert (r"\frac{\partial L}{\partial o_{i}} &= \mathrm{softmax}(o)_{i} - \delta_{iy}"
            "\n\\end{align*}") in made
    both = derive.mle("gaussian")._repr_latex_().partition("Results:")[2]
    assert both.partition(r"\end{align*}")[0].count("&=") == 2


def test_a_plot_keeps_its_words_within_the_script() -> None:
    made = plot_block([Curve("a </script>", "x * p.a"), Curve("data", points=((0, 1), (1, 2)),
                                                              dots=True)],
                      (0, 1), [Slider("a", 0, 2, 1, label="a </script>")], title="<b>",
                      marks=[Mark("m", "0", "p.a")], readout="p.a")
    tree = Tree(document("plot", f"<h1>plot</h1>{made}", scripts=("plot.js",)))
    assert len(tree.all("script")) == 3
    assert "<b>" not in made


def test_the_site_has_pages_an_index_and_rules(tmp_path: Path) -> None:
    told: list[str] = []
    site = write_site(tmp_path / "site", "*/huber", jobs=1, verified=False,
                      report=lambda done, of, made: told.append(f"{done}/{of}"))
    assert site.pages == 3
    assert told == ["1/1"]
    assert not site.failed
    files = sorted(str(p.relative_to(site.folder)) for p in site.folder.rglob("*") if p.is_file())
    assert files == [MANIFEST, "index.html", "losses/huber.html", "rules.html"]
    assert site.size == sum((site.folder / f).stat().st_size for f in files if f != MANIFEST)
    index = (site.folder / "index.html").read_text(encoding="utf-8")
    Tree(index)
    words = json.loads(re.search(r'id="index">(.*?)</script>', index, re.DOTALL)[1])
    assert len(words) == 1
    assert "huber" in words[0]
    for page in ("losses/huber.html", "rules.html"):
        Tree((site.folder / page).read_text(encoding="utf-8"))
    assert "Hessian" in (site.folder / "losses/huber.html").read_text(encoding="utf-8")
    write_site(site.folder, "huber", jobs=1, verified=False)  # replaces its own files


def test_the_site_leaves_files_of_others_alone(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    done = CliRunner().invoke(site_command, [str(tmp_path), "--only", "huber"])
    assert done.exit_code != 0
    assert "was not written by `derive site`" in str(done.exception)
    assert (tmp_path / "index.html").read_text() == "mine"


def test_the_site_tells_what_it_cannot_do(tmp_path: Path) -> None:
    with pytest.raises(derive.DeriveError, match="no page fits"):
        write_site(tmp_path, "nothing-like-it")
    (tmp_path / "file").write_text("")
    with pytest.raises(derive.DeriveError, match="cannot write"):
        write_site(tmp_path / "file" / "site", "huber")
