"""The studio: requests and answers as plain data, and the server that lets nobody else in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from derive.studio.answer_text import answer_text
from derive.studio.catalogue import offered
from derive.studio.studio_questions import questions

EXAMPLES = {example["name"]: example for example in offered()["examples"]}
KEYS = ("ask", "formula", "given", "options")


def asked(**request: object) -> dict[str, object]:
    answer: dict[str, object] = json.loads(answer_text(json.dumps(request)))
    return answer


def words(answer: dict[str, object]) -> str:
    return answer["error"]["message"]  # type: ignore[index, no-any-return]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_answered(name: str) -> None:
    answer = asked(**{key: EXAMPLES[name][key] for key in KEYS})
    assert answer["ok"], answer
    assert "<article" in str(answer["html"])


def test_every_question_has_an_example_or_a_page_of_its_own() -> None:
    shown = {example["ask"] for example in EXAMPLES.values()}
    assert set(questions()) - shown <= {"information", "practice"}


def test_the_same_request_has_the_same_answer() -> None:
    request = json.dumps({"ask": "gradient", "formula": "-log(softmax(o)[y])"})
    assert answer_text(request) == answer_text(request)


def test_a_formula_is_read_while_it_is_typed() -> None:
    read = asked(ask="gradient", formula="-log(softmax(o)[y])", preview=True)
    assert read["ok"]
    assert [d["text"] for d in read["declarations"]] == ["o: real[K]", "y: label(K)"]
    assert all(d["assumed"] for d in read["declarations"])
    assert "<math" in str(read["html"])


def test_declarations_that_were_typed_are_not_assumed() -> None:
    read = asked(ask="gradient", formula="(z - y)**2", given=["z: real", "y: real"], preview=True)
    assert not any(d["assumed"] for d in read["declarations"])


@pytest.mark.parametrize(("formula", "column"), [
    ("(z - y)**2 + ", 12), ("(z", 1), ("log(z) $ 2", 8), ("p = 2\np +", 3)])
def test_a_fault_has_its_place(formula: str, column: int) -> None:
    error = asked(ask="gradient", formula=formula, preview=True)["error"]
    assert (error["field"], error["column"]) == ("formula", column)


def test_a_name_of_the_catalogue_is_introduced() -> None:
    read = asked(ask="gradient", formula="softmax-nll", preview=True)
    assert read["entry"]["title"]


@pytest.mark.parametrize("request_", [
    {}, {"ask": "gradient"}, {"ask": "nothing", "formula": "z"}, {"ask": 3, "formula": "z"},
    {"ask": "gradient", "formula": 3}, {"ask": "gradient", "formula": "z", "given": "z: real"},
    {"ask": "gradient", "formula": "z", "more": 1}, {"ask": "gradient", "formula": "z" * 200_000},
    {"ask": "gradient", "formula": "z**2", "options": {"link": "logit"}},
    {"ask": "gradient", "formula": "z**2", "options": {"route": "nowhere"}},
    {"ask": "gradient", "formula": "z**2", "patience": -1},
    {"ask": "gradient", "formula": "z**2", "patience": True},
    {"ask": "gradient", "formula": "z**2", "detail": "all"},
    {"ask": "gradient", "formula": "__import__('os').system('true')"},
    {"ask": "check", "formula": "no task"}, {"practice": {"action": "leap"}},
    {"practice": {"action": "begin", "target": ""  "\0"}},
])
def test_bad_requests_are_answered_in_words(request_: dict[str, object]) -> None:
    answer = asked(**request_)
    assert not answer["ok"]
    assert words(answer)
    assert "Traceback" not in words(answer)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "3", "null", b"\xff\xfe"])
def test_what_is_no_request_is_answered_in_words(text: str | bytes) -> None:
    assert not json.loads(answer_text(text))["ok"]


def test_what_was_typed_is_never_markup() -> None:
    for text in ("<img src=x>", "z <script>alert(1)</script>", 'z" onload="x'):
        for preview in (True, False):
            answer = json.dumps(asked(ask="gradient", formula=text, given=[f"{text}: real"],
                                      **({"preview": True} if preview else {})))
            assert "<img" not in answer.replace(json.dumps(text)[1:-1], "")
            assert "<script>alert" not in answer.replace(json.dumps(text)[1:-1], "")


def test_a_field_without_a_cost_is_refuted() -> None:
    example = EXAMPLES["without-a-cost"]
    assert "No cost" in str(asked(**{key: example[key] for key in KEYS})["title"])


def test_practice_goes_by_requests() -> None:
    state = asked(practice={"action": "begin",
                            "target": "gradient of (z - y)**2/2 with respect to z"})
    assert state["ok"], state
    text = state["practice"]["text"]
    wrong = asked(practice={"action": "enter", "text": text, "line": "= z + y"})
    assert wrong["practice"]["response"]["mark"] == "wrong"
    right = asked(practice={"action": "enter", "text": text, "line": "= z - y"})
    assert right["practice"]["finished"]


# The server


@pytest.fixture
def client() -> Iterator[object]:
    testing = pytest.importorskip("starlette.testclient")
    from derive.studio.answering_processes import Pool
    from derive.studio.studio_server import studio_app

    pool = Pool(1)
    app = studio_app(8765, "secret", pool)
    with testing.TestClient(app, base_url="http://127.0.0.1:8765") as made:
        yield made
    pool.end()


OWN = {"origin": "http://127.0.0.1:8765", "x-derive-token": "secret",
       "content-type": "application/json"}
QUESTION = json.dumps({"ask": "gradient", "formula": "z**2", "given": ["z: real"]})


def test_the_page_asks_and_is_answered(client: object) -> None:
    answer = client.post("/answer", content=QUESTION, headers=OWN)  # type: ignore[attr-defined]
    assert answer.status_code == 200
    assert answer.text == answer_text(QUESTION)


@pytest.mark.parametrize(("change", "status"), [
    ({"x-derive-token": "other"}, 403), ({"x-derive-token": ""}, 403),
    ({"origin": "http://evil.example"}, 403), ({"origin": "null"}, 403),
    ({"origin": "https://127.0.0.1:8765"}, 403), ({"host": "evil.example:8765"}, 421),
    ({"host": "127.0.0.1:80"}, 421), ({"content-type": "text/plain"}, 415)])
def test_nobody_else_is_answered(client: object, change: dict[str, str], status: int) -> None:
    answer = client.post("/answer", content=QUESTION,  # type: ignore[attr-defined]
                         headers={**OWN, **change})
    assert answer.status_code == status
    assert "html" not in answer.text


def test_a_page_of_another_name_is_not_given(client: object) -> None:
    assert client.get("/", headers={"host": "evil.example"}  # type: ignore[attr-defined]
                      ).status_code == 421


def test_a_megabyte_is_refused_in_words(client: object) -> None:
    answer = client.post("/answer", content="x" * 1_100_000,  # type: ignore[attr-defined]
                         headers=OWN)
    assert answer.status_code == 413
    assert "at most" in answer.json()["error"]["message"]


def test_the_page_runs_its_own_scripts_alone(client: object) -> None:
    page = client.get("/")  # type: ignore[attr-defined]
    policy = page.headers["content-security-policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)[1]
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    scripts = re.findall(r"<script(?![^>]*application/json)[^>]*>", page.text)
    assert scripts
    assert all(f'nonce="{nonce}"' in tag for tag in scripts)
    assert page.headers["x-frame-options"] == "DENY"
    assert "http:" not in page.text.replace("http://www.w3.org", "")
