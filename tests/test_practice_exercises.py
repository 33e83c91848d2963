"""A practice on a teacher's exercise, and a practice by requests of plain data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import derive
from derive.errors import DeriveError
from derive.teaching.exercises.exercise_file import read_exercise
from derive.teaching.practice.practice_requests import PracticeRequests

EXERCISE = """title = "A softmax"
task  = "gradient of -log(softmax(o)[y]) with respect to o[i]"
given = ["o: real[K]", "y: label(K)"]
hints = { most = 2, cost = 1 }

[accept]
z = "o"
"""
VARIED = """title = "A square"
task  = "gradient of (z - 2)**2 with respect to z"
given = ["z: real"]

[vary]
z = ["z", "u", "v"]
"""
STEP = "= d(log(sum(exp(o[k]) for k in K)) - o[y], o[i])"
RESULT, WRONG = "= softmax(o)[i] - delta(i, y)", "= softmax(o)[i] + delta(i, y)"


@pytest.fixture
def exercise(tmp_path: Path) -> Path:
    path = tmp_path / "exercise.toml"
    path.write_text(EXERCISE)
    return path


# Exercises

def test_an_exercise_bounds_the_hints(exercise: Path) -> None:
    practice = derive.practice(exercise)
    assert practice.title == "A softmax"
    answers = [practice.hint() for _ in range(3)]
    assert [answer.hint.level for answer in answers] == [1, 2, 2]
    assert "highest hint" in str(answers[1])


def test_the_spellings_of_an_exercise_are_read(exercise: Path) -> None:
    assert derive.practice(exercise).enter("= softmax(z)[i] - delta(i, y)").mark == "finished"


def test_the_sheet_of_a_practice_is_a_hand_in_that_counts_its_hints(exercise: Path,
                                                                    tmp_path: Path) -> None:
    practice = derive.practice(exercise)
    practice.hint()
    practice.enter(STEP)
    practice.enter(RESULT)
    text = practice.text()
    assert derive.check(text).complete
    assert "# exercise: A softmax" in text
    assert "# hints: 1" in text
    assert len(read_exercise(exercise).sheet(text).lines) == 2


def test_a_name_in_the_head_of_a_sheet_stays(exercise: Path, tmp_path: Path) -> None:
    practice = derive.practice(exercise)
    practice.enter(STEP)
    signed = practice.text().replace("# student:", "# student: Ada")
    again = derive.practice(exercise).resume(signed)
    assert again.enter(RESULT).mark == "finished"
    assert "# student: Ada" in again.text()


def test_a_sheet_for_another_task_is_refused(exercise: Path) -> None:
    with pytest.raises(DeriveError, match="another task"):
        derive.practice(exercise).resume("w: real\ngradient of w**2 with respect to w\n= 2*w\n")


def test_a_saved_sheet_keeps_the_hints_that_the_exercise_allows(exercise: Path, tmp_path: Path,
                                                                 ) -> None:
    practice = derive.practice(exercise)
    practice.enter(STEP)
    practice.save(tmp_path / "kept.txt")
    again = derive.practice(tmp_path / "kept.txt")
    assert again.highest == 2
    again.save(tmp_path / "twice.txt")
    assert derive.practice(tmp_path / "twice.txt").highest == 2


def test_a_hand_in_is_practised_under_its_title() -> None:
    variant = read_exercise(EXERCISE).variant()
    assert derive.practice(variant.hand_in()).title == variant.title


@pytest.mark.parametrize("most", range(5))
def test_a_hand_in_is_practised_with_the_hints_that_its_exercise_allows(most: int) -> None:
    variant = read_exercise(EXERCISE.replace("most = 2", f"most = {most}")).variant()
    assert derive.practice(variant.hand_in()).highest == most
    by_the_task = derive.practice("\n".join(variant.lines))
    assert by_the_task.resume(variant.hand_in()).highest == most


def test_a_seed_chooses_the_variant_of_an_exercise(tmp_path: Path) -> None:
    path = tmp_path / "varied.toml"
    path.write_text(VARIED)
    tasks = {derive.practice(path, seed=seed).task.text for seed in range(6)}
    assert len(tasks) == read_exercise(path).variants


# Requests

def ask(desk: PracticeRequests, text: str, action: str, **more: object) -> dict[str, object]:
    return json.loads(json.dumps(desk.answered({"action": action, "text": text, **more})))


def test_the_text_of_the_sheet_is_all_of_the_state() -> None:
    warm = PracticeRequests()
    text = warm.answered({"action": "begin", "target": "softmax-nll"})["text"]
    for action, line in (("enter", STEP), ("hint", ""), ("enter", WRONG), ("why", ""),
                         ("hint", ""), ("enter", "= (o"), ("undo", ""), ("show", ""),
                         ("enter", RESULT)):
        answer = ask(warm, text, action, line=line)
        assert answer == ask(PracticeRequests(), text, action, line=line)
        text = answer["text"]
    assert answer["finished"]
    assert (answer["hints"], answer["attempts"]) == (2, 1)
    assert derive.check(text).complete


def test_a_line_that_was_taken_back_comes_back_with_the_request() -> None:
    desk = PracticeRequests()
    begun = desk.answered({"action": "begin", "target": "z**2", "wrt": "z"})
    entered = ask(desk, begun["text"], "enter", line="= d(z**2, z)")
    undone = ask(desk, entered["text"], "undo")
    assert undone["undone"] == ["= d(z**2, z)"]
    assert ask(desk, undone["text"], "redo", undone=undone["undone"])["text"] == entered["text"]


def test_an_answer_holds_what_a_page_shows() -> None:
    begun = PracticeRequests().answered({"action": "begin", "target": "softmax-nll"})
    answer = ask(PracticeRequests(), begun["text"], "enter", line=RESULT)
    assert answer["lines"][0]["written"][0]["latex"]
    assert answer["response"]["mark"] == "finished"
    assert answer["aim_latex"]


@pytest.mark.parametrize("request_", [
    {}, {"action": "begin"}, {"action": "x"}, {"action": "begin", "target": "no-such-loss"},
    {"action": "enter", "text": "z"}, {"action": "enter", "text": 3}, {"action": "hint"},
    {"action": "begin", "target": "z**2", "highest": 9}, {"action": "begin", "target": [1]},
    {"action": "enter", "text": "gradient of z**2 with respect to z", "line": "a\nb"},
    {"action": "begin", "target": "/etc/hostname"}])
def test_a_request_that_cannot_be_met_is_answered_with_an_error(request_: dict[str, object],
                                                                ) -> None:
    answer = PracticeRequests().answered(request_)
    assert ("error" in answer) == (request_ != {"action": "begin"})


def test_no_file_is_read_for_a_request(exercise: Path) -> None:
    answer = PracticeRequests().answered({"action": "begin", "target": str(exercise)})
    assert "A softmax" not in json.dumps(answer)
