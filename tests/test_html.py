"""Pages: self-contained, well-formed, complete; notebooks' fragments; the site; plots."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import derive
from derive.commands import cli
from derive.commands.site import command as site_command
from derive.rendering.derivation_rows import rows_of, sections
from derive.rendering.jupyter_fragment import fragment
from derive.rendering.page.document import document
from derive.rendering.page.packed_steps import unpacked
from derive.rendering.page.page_formulas import math, scroll
from derive.rendering.page.phrases import phrase
from derive.rendering.page.plots import Curve, Mark, Slider, plot_block
from derive.rulebook.loading import standard_rulebook
from derive.tables.loss_table import losses
from derive.teaching.sites.site_index import plain_words
from derive.teaching.sites.site_writer import MANIFEST, write_site

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


def steps_of(page: str, prefix: str = "line") -> Any:
    """What the lines of a page unfold, and what its buttons copy."""
    (text,) = re.findall(f'<script[^>]* data-packed="{prefix}">(.*?)</script>', page)
    return unpacked(text)


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
    lines = [a["data-steps"] for a in tree.all("span") if "data-steps" in a]
    assert lines == [f"line-{n + 1}" for n in range(len(steps_of(made)[0]))]
    assert {f"line-rule-{rule}" for panel in steps_of(made)[0] for rule, _ in panel} <= set(names)


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


def test_every_rule_stands_once_with_its_statement_and_source(
        page: str, softmax: derive.Derivation) -> None:
    text = Tree(re.sub("<math.*?</math>", "", page)).text
    for part in sections(softmax):
        for step in part.steps:
            assert page.count(f'id="line-rule-{step.rule.name}"') == 1
            assert step.rule.source in text
    assert text.count(softmax.verification.summary) == 1
    assert page.count('class="statement"') >= page.count('class="step"') / 2


def test_every_step_is_among_what_its_line_unfolds(page: str, softmax: derive.Derivation) -> None:
    panels = iter(steps_of(page)[0])
    for part in sections(softmax):
        for row in rows_of(part, "normal"):
            if not row.steps:
                continue
            rewrites = dict(next(panels))
            for step in row.steps:
                for side in (step.before, step.after):
                    assert math(side, part, terms=True, notes=False) in rewrites[step.rule.name]


def test_every_line_of_the_text_is_on_the_page(page: str, softmax: derive.Derivation) -> None:
    for part in sections(softmax):
        for left, expression, *_ in rows_of(part, "normal"):
            assert math(expression, part, terms=True, notes=False) in page
            assert left is None or math(left, part, notes=False) in page


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
    assert [s for s in tree.all("script") if "type" not in s] == [
        {"data-plot": None}, {}, {}]  # page, plot
    assert tree.text.count(evil) >= 4


def test_tabs_hold_the_command_the_call_and_the_result(page: str, softmax: derive.Derivation,
                                                       ) -> None:
    tabs = dict(re.findall(r'<section class="tab"><h3[^>]*>(.*?)</h3><pre[^>]*><code>(.*?)</code>',
                           page, re.DOTALL))
    assert list(tabs) == ["Command line", "Python", "NumPy", "LaTeX", "Notation"]
    assert tabs["Command line"] == "derive grad softmax-nll --through p --format html"
    assert "derive.grad(" in tabs["Python"]
    assert "def gradient(o, y):" in tabs["NumPy"]
    assert tabs["LaTeX"] == r"\mathrm{softmax}(o)_{i} - \delta_{iy}"
    assert tabs["Notation"] == softmax.notation
    assert "align*" in steps_of(page)[1]["latex"]


def test_conditions_stand_on_the_page() -> None:
    found = derive.grad("absolute-error")
    (condition,) = found.obligations
    assert f"<dt>where</dt><dd>{scroll(math(condition, found))}" in found.show("html")


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
    assert "No cost has the gradient" in tree.text
    assert phrase("∂g₀/∂z₁").removesuffix("</math>") in done.output
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
    rules = [f"rules/{stage}.html" for stage in {r.stage for r in standard_rulebook()}]
    assert site.pages == 3 + len(rules)
    assert told == ["1/1"]
    assert not site.failed
    files = sorted(str(p.relative_to(site.folder)) for p in site.folder.rglob("*") if p.is_file())
    assert files == sorted([MANIFEST, "index.html", "losses/huber.html", "rules.html", *rules])
    assert site.size == sum((site.folder / f).stat().st_size for f in files if f != MANIFEST)
    index = (site.folder / "index.html").read_text(encoding="utf-8")
    Tree(index)
    words = json.loads(re.search(r'id="index">(.*?)</script>', index, re.DOTALL)[1])
    assert len(words) == 1
    assert "huber" in words[0]
    for page in ("losses/huber.html", "rules.html", *rules):
        tree = Tree((site.folder / page).read_text(encoding="utf-8"))
        for address in (a["href"] for _, a in tree.tags if "href" in a):
            file, _, part = address.partition("#")
            target = (site.folder / page).parent / file if file else site.folder / page
            assert address == "data:," or target.is_file(), (page, address)
            if part and file:
                assert f'id="{part}"' in target.read_text(encoding="utf-8")
    assert "Hessian" in (site.folder / "losses/huber.html").read_text(encoding="utf-8")
    write_site(site.folder, "huber", jobs=1, verified=False)  # replaces its own files


def test_pages_of_the_site_lead_to_their_neighbours(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", "*huber", jobs=1, verified=False)
    pages = sorted(site.folder.glob("losses/*.html"))
    tied = {p.name: re.findall(r'rel="(\w+)" href="\.\./losses/([\w-]+\.html)"', p.read_text())
            for p in pages}
    assert sum(way == "next" for ways in tied.values() for way, _ in ways) == len(pages) - 1
    for name, ways in tied.items():
        for way, other in ways:
            assert ("prev" if way == "next" else "next", name) in tied[other]


def test_the_index_is_searched_by_meaning_and_alias(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", "losses/gaussian-mse", jobs=1, verified=False)
    entry = next(e for e in losses() if e.name == "gaussian-mse")
    words = json.loads(re.search(r'id="index">(.*?)</script>', (site.folder / "index.html")
                                 .read_text(encoding="utf-8"), re.DOTALL)[1])[0]
    for text in (entry.title, entry.meaning, *entry.aliases):
        assert plain_words(text) in words
    assert entry.meaning in (site.folder / "index.html").read_text(encoding="utf-8")


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
