"""The docstring of every public function: what it takes, what it raises, an example that runs."""

from __future__ import annotations

import doctest
import inspect
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

import derive
from derive.provided import provided

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = sorted(name for name in derive.__all__ if name[0].islower())
API = runpy.run_path(str(ROOT / "docs" / "api_pages.py"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder with the files that examples name: short runs, an exercise."""
    folder = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for task, file in (("names", "names"), ("characters", "text")):
            derive.train(task, hidden=4, steps=2, save=f"{file}.ckpt", overwrite=True)
        Path("softmax.toml").write_text(
            'title = "Softmax"\ngiven = ["o: real[K]", "y: label(K)"]\n'
            'task = "gradient of -log(softmax(o)[y]) with respect to o[i]"\n'
            'model = ["= softmax(o)[i] - delta(i, y)"]\npoints = { total = 10 }\n')
        yield


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_docstring_tells_what_is_raised_and_shows_an_example(name: str) -> None:
    text = inspect.getdoc(provided(name)) or ""
    assert "Raises" in text or "rrors as for" in text, text
    assert ">>> " in text, text


@pytest.mark.parametrize("name", FUNCTIONS)
def test_options_are_explained(name: str) -> None:
    """Each argument but the first, here or in the docstring of a function that is named."""
    function = provided(name)
    text = inspect.getdoc(function) or ""
    others = [other for other in FUNCTIONS if f"`{other}`" in text or f"derive.{other}`" in text]
    words = " ".join([text, *((inspect.getdoc(provided(o)) or "") for o in others)])
    for argument, taken in list(inspect.signature(function).parameters.items())[1:]:
        if taken.kind not in (taken.VAR_POSITIONAL, taken.VAR_KEYWORD):
            assert f"`{argument}`" in words, f"{name}: {argument} is not explained"


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_runs(name: str) -> None:
    text = inspect.getdoc(provided(name)) or ""
    example = doctest.DocTestParser().get_doctest(text, {"derive": derive}, name, None, 0)
    shown: list[str] = []
    assert doctest.DocTestRunner().run(example, out=shown.append).failed == 0, "".join(shown)


def test_each_public_name_stands_on_one_page_of_the_api() -> None:
    shown = [line.removeprefix("::: derive.") for text in API["pages"]().values()
             for line in text.splitlines() if line.startswith("::: ")]
    assert sorted(shown) == sorted(name for name in derive.__all__ if name != "__version__")


def test_the_pages_of_the_api_are_up_to_date() -> None:
    for file, text in API["pages"]().items():
        assert (ROOT / "docs" / "api" / file).read_text(encoding="utf-8") == \
            text.rstrip("\n") + "\n", "run: python docs/api_pages.py"


def test_all_decisions_are_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "index.md").read_text(encoding="utf-8")
    for page in sorted(folder.glob("[0-9]*.md")):
        title = page.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        assert f"[{title}]({page.name})" in index, page.name
