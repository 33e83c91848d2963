"""The playground's engine: what it is built of, and that it answers as CPython does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.playground import compared, differing, questions
from derive.errors import DeriveError
from derive.studio import answer_text as texts
from derive.studio.playground import write_playground
from tests.playground_build import built_in

WITHOUT_NUMPY = """
import json, sys
sys.modules["numpy"] = None
from derive.studio.answer_text import answer_text
print(json.dumps([answer_text(json.dumps(request)) for request in json.loads(sys.argv[1])]))
"""


def without_numpy(*requests: dict[str, object]) -> list[dict[str, object]]:
    done = subprocess.run([sys.executable, "-c", WITHOUT_NUMPY, json.dumps(requests)],
                          capture_output=True, text=True, check=True)
    return [json.loads(answer) for answer in json.loads(done.stdout)]


def test_what_needs_numpy_is_answered_by_the_command() -> None:
    (searched, assigned, code) = without_numpy(
        {"ask": "estimate", "formula": "student-t", "options": {"data": "1, 2, 7"}},
        {"ask": "estimate", "formula": "linear-regression",
         "options": {"data": "y,x1\n1,2\n2,3\n3,5\n"}},
        {"ask": "kernel", "formula": "log(1 + exp(z))", "options": {"language": "c"}})
    assert searched["copies"]["command"] == "derive mle student-t --data '1, 2, 7'"
    assert assigned["copies"]["command"].endswith("--data 'y,x1\n1,2\n2,3\n3,5'")
    assert code["copies"]["command"] == "derive kernel 'log(1 + exp(z))' --target c"


@pytest.mark.parametrize(("ask", "option"), [
    ("kernel", "language"), ("kernel", "accuracy"), ("gradient", "route"), ("practice", "asked")])
def test_a_choice_is_one_of_the_listed_in_both_engines(ask: str, option: str) -> None:
    request = {"ask": ask, "formula": "log(1 + exp(z))", "options": {option: "another"}}
    (there,) = without_numpy(request)
    assert f"{option} is one of" in there["error"]["message"]
    assert there == json.loads(texts.answer_text(json.dumps(request)))


def test_closed_estimates_need_no_numpy() -> None:
    (made,) = without_numpy({"ask": "estimate", "formula": "exponential",
                             "options": {"data": "1, 2, 3/2"}})
    assert made["ok"]
    assert "was not tried" in str(made["html"])


def test_whatever_breaks_is_answered_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (KeyError("odd"), RecursionError(), MemoryError(), ModuleNotFoundError("x")):
        def broken(_: object, error: Exception = error) -> dict[str, object]:
            raise error
        monkeypatch.setattr(texts, "answered", broken)
        answer = json.loads(texts.answer_text("{}"))
        assert not answer["ok"]
        assert answer["error"]["message"]


def test_half_a_sign_is_no_harm() -> None:
    request = json.dumps({"ask": "gradient", "formula": "z + \ud800"})
    assert texts.answer_text(request).encode()


def test_the_package_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match="npm package pyodide"):
        write_playground(tmp_path / "studio", tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_in(tmp_path_factory.mktemp("playground"))


@pytest.mark.browser
def test_it_is_small(built: Path) -> None:
    assert sum(file.stat().st_size for file in built.rglob("*") if file.is_file()) < 25e6


@pytest.mark.browser
@pytest.mark.parametrize("count", [8, pytest.param(50, marks=pytest.mark.slow)])
def test_both_engines_answer_byte_for_byte_alike(built: Path, count: int) -> None:
    result = compared(built, questions(count))
    assert not [differing(result.here[n], result.there[n]) for n in result.unlike]
