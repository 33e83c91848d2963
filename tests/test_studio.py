"""The studio: requests and answers as plain data, and the server that lets nobody else in."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from derive.commands import cli
from derive.studio.answer_text import answer_text
from derive.studio.catalogue import offered
from derive.studio.request_command import request_command
from derive.studio.studio_questions import questions
from derive.studio.studio_request import Request

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
    assert "<article" in str(answer.get("html")) or answer["practice"]


def test_every_question_has_an_example() -> None:
    assert {example["ask"] for example in EXAMPLES.values()} == set(questions())


@pytest.mark.parametrize("ask", questions())
def test_what_a_box_shows_in_grey_is_answered_as_it_stands(ask: str) -> None:
    answer = asked(ask=ask, formula=questions()[ask].placeholder)
    assert answer["ok"], answer


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
    ("(z - y)**2 + ", 12), ("(z", 1), ("log(z) $ 2", 8), ("p = 2\np +", 3),
    ("a = z\nb = ((\na*b", 6), ("a = z\nb = 3 +\na*b", 7)])
def test_a_fault_has_its_place(formula: str, column: int) -> None:
    error = asked(ask="gradient", formula=formula, preview=True)["error"]
    assert (error["field"], error["column"]) == ("formula", column)


SHEET = "z, y: real\ngradient of (z - y)**2/2 with respect to z\n= z - y\nso that is it\n= z - (y"


def test_a_sheet_is_read_line_by_line_up_to_what_is_not_understood() -> None:
    read = asked(ask="check", formula=SHEET, preview=True)
    assert read["html"].count("<math") == 2  # what is asked, and the line that is understood
    assert (read["error"]["line"], read["error"]["column"]) == (4, 7)
    begun = asked(ask="check", formula="z, y: real\n", preview=True)
    assert begun["ok"]
    assert "no task line" in begun["notes"][0]


def test_a_model_is_read_as_its_equations() -> None:
    read = asked(ask="back-propagation", preview=True,
                 formula=EXAMPLES["network-of-ones-own"]["formula"])
    assert read["html"].count('class="lhs"') == 3


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


def test_all_results_are_taken_away() -> None:
    copies = asked(ask="gradient", formula="(w*x + b - y)**2", options={"wrt": "w, b"})["copies"]
    assert copies["notation"].count("\n") == 1
    assert copies["latex"].count(r"\partial L") == 2


@pytest.mark.parametrize(("ask", "field", "text"), [
    ("estimate", "data", "{}"), ("back-propagation", "formula", "{}"), ("check", "formula", "{}"),
    ("gradient", "formula", "{}"), ("kernel", "formula", "{}"), ("practice", "formula", "{}"),
    ("practice", "exercise", "{}"), ("back-propagation", "formula", "L = {}"),
    ("estimate", "data", "{} ")])
def test_no_request_reads_a_file_of_the_machine(tmp_path: Path, ask: str, field: str, text: str,
                                                ) -> None:
    for suffix in (".csv", ".txt", ".toml"):
        file = tmp_path / f"secret{suffix}"
        file.write_text("y\n31415.9\n27182.8\n", encoding="utf-8")
        typed = text.format(file)
        request = {"formula": typed} if field == "formula" else {
            "formula": questions()[ask].placeholder, "options": {field: typed}}
        answer = asked(ask=ask, **request)
        assert not answer["ok"] or ask == "practice", answer
        assert "31415" not in json.dumps(answer)


OPENED: list[str] = []  # the files that Python opened; a hook cannot be taken away again


@pytest.mark.parametrize("ask", questions())
def test_no_field_names_a_file(ask: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not OPENED:
        OPENED.append("")
        sys.addaudithook(lambda event, given: OPENED.append(str(given[0]))
                         if event == "open" else None)
    monkeypatch.chdir(tmp_path)
    names = ("7", "a.csv", "a.toml", "softmax", "none")
    for name in names:
        (tmp_path / name).write_text("y\n31415.9\n27182.8\n", encoding="utf-8")
    usual = questions()[ask].placeholder
    formulas = [usual, *(["linear-regression"] if ask == "estimate" else [])]
    for name in (*names, "/", "//", ".", str(tmp_path / "7")):
        requests = [{"formula": name}, *({"formula": f, "options": {field: name}}
                    for f in formulas for field in questions()[ask].inputs)]
        for request in requests:
            del OPENED[1:]
            answer = json.dumps(asked(ask=ask, **request))
            assert not [file for file in OPENED if file in (*names, "/", "//", ".")
                        or file.startswith(str(tmp_path))], request
            assert "31415" not in answer
            assert "directory" not in answer


def test_a_practice_on_a_teachers_exercise_keeps_its_policy() -> None:
    exercise = ('title = "First"\ntask = "gradient of z**2 with respect to z"\n'
                'model = ["= 2*z"]\n[hints]\nmost = 1\n')
    state = asked(ask="practice", formula="", options={"exercise": exercise})["practice"]
    assert (state["title"], state["highest"]) == ("First", 1)
    cold = json.loads(subprocess.run(
        [sys.executable, "-c", "import sys\nfrom derive.studio.answer_text import answer_text\n"
         "print(answer_text(sys.stdin.read()))"], text=True, capture_output=True, check=True,
        input=json.dumps({"practice": {"action": "enter", "line": "= 2*z", "text": state["text"],
                                       "exercise": exercise, "highest": 1}})).stdout)
    assert cold["practice"]["finished"]
    assert cold["practice"]["title"] == "First"


def test_practice_goes_by_requests() -> None:
    state = asked(practice={"action": "begin",
                            "target": "gradient of (z - y)**2/2 with respect to z"})
    assert state["ok"], state
    text = state["practice"]["text"]
    wrong = asked(practice={"action": "enter", "text": text, "line": "= z + y"})
    assert wrong["practice"]["response"]["mark"] == "wrong"
    right = asked(practice={"action": "enter", "text": text, "line": "= z - y"})
    assert right["practice"]["finished"]


@pytest.mark.parametrize("through", [
    "p = z;" * 10_000, ";".join(f"p{n} = z" for n in range(10_000)),
    ";".join(f"p{n} = p{n - 1}" if n else "p0 = z" for n in range(199, -1, -1)),
    ";".join(f"p{n} = z + {n}" for n in range(200))], ids=["same", "many", "chain", "beside"])
@pytest.mark.parametrize("formula", ["z**2", "a = z\n" * 10_000 + "a**2"], ids=["short", "long"])
def test_many_definitions_end_within_the_bound(formula: str, through: str) -> None:
    began = time.process_time()
    assert not asked(ask="gradient", formula=formula, options={"through": through},
                     patience=1)["ok"]
    assert time.process_time() - began < 2


@pytest.mark.parametrize("ask", ["gradient", "kernel", "estimate"])
def test_a_request_is_a_command_that_the_command_line_takes(ask: str) -> None:
    options = {"gradient": {"keep": "none", "through": "p = sigmoid(z); q = 1 - p"},
               "kernel": {"language": "c", "wrt": "z"}, "estimate": {"data": " 1, 2\n"}}
    words = shlex.split(request_command(Request.of_data(
        {"ask": ask, "formula": "f", "given": ["z: real"], "options": options[ask]})))
    assert words[3:] == ["-g", "z: real", *{
        "gradient": ["--no-keep", "--through", "p = sigmoid(z)", "--through", "q = 1 - p"],
        "kernel": ["--target", "c", "--wrt", "z"], "estimate": ["--data", "1, 2"]}[ask]]
    command = cli.get_command(click.Context(cli), words[1])
    taken = {option for parameter in command.params  # type: ignore[union-attr]
             for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= taken


TEXT = "z: real\ngradient of z**2 with respect to z\n"


@pytest.mark.parametrize("change", [
    {"highest": True}, {"highest": 2.0}, {"highest": -1}, {"highest": "2"}, {"undone": 3},
    {"undone": "= z"}, {"undone": [3]}, {"undone": {"a": 1}}, {"patience": True},
    {"patience": 1e9}, {"undone": ["z"] * 200_000}])
def test_a_practice_takes_what_its_keys_are(change: dict[str, object]) -> None:
    usual = {"action": "show", "text": TEXT}
    assert asked(practice=usual)["ok"]
    error = asked(practice={**usual, **change})["error"]
    assert next(iter(change)) in error["message"]
    assert "report" not in error["message"]


def test_a_practice_offers_what_may_be_chosen_and_more_time() -> None:
    open_ = asked(ask="practice", formula="(z - y)**2")["error"]
    assert (open_["option"], open_["choices"]) == ("wrt", ["z", "y"])
    long = " + ".join(f"log(1 + exp(z*{n}))**{n}" for n in range(2, 60))
    text = f"gradient of {long} with respect to z\n"
    late = asked(practice={"action": "hint", "text": text, "patience": 0.001})["error"]["late"]
    assert late == 0.001


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
    ({"origin": "https://127.0.0.1:8765"}, 403), ({"origin": "127.0.0.1:8765"}, 403),
    ({"host": "evil.example:8765"}, 421),
    ({"host": "127.0.0.1:80"}, 421), ({"content-type": "text/plain"}, 415)])
def test_nobody_else_is_answered(client: object, change: dict[str, str], status: int) -> None:
    answer = client.post("/answer", content=QUESTION,  # type: ignore[attr-defined]
                         headers={**OWN, **change})
    assert answer.status_code == status
    assert "html" not in answer.text


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/", 200), ("GET", "/elsewhere", 404), ("GET", "/answer", 405), ("PUT", "/", 405),
    ("POST", "/answer", 403)])
def test_no_other_page_may_embed_or_read_what_is_sent(client: object, method: str, path: str,
                                                      status: int) -> None:
    sent = client.request(method, path)  # type: ignore[attr-defined]
    assert sent.status_code == status
    assert sent.headers["x-frame-options"] == "DENY"
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert sent.headers["cross-origin-resource-policy"] == "same-origin"


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
