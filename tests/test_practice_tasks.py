"""The list of tasks to practise on: each is posed, finished, and led to its end by hints."""

from __future__ import annotations

import re
from functools import cache

import pytest

import derive
from derive.errors import UnknownNameError
from derive.teaching.practice.practice_list import course, listed, practice_tasks, topics
from derive.teaching.practice.practice_session import Practice

TASKS = practice_tasks()
MOST = 40  # hints of the highest grade to the end of a task


@cache
def led(name: str) -> tuple[Practice, tuple[str, ...]]:
    """A practice that was finished by entering what the highest hints say, and its marks."""
    practice, marks = derive.practice(name), []
    while not practice.finished and len(marks) < MOST:
        while practice.grade < 4:
            answer = practice.hint()
            assert answer.mark == "hint"
        typed = dict(answer.rows()).get("typed") or dict(answer.rows())["next"]
        marks.append(practice.enter(typed).mark)
    return practice, tuple(marks)


@pytest.mark.parametrize("name", TASKS)
def test_who_enters_what_the_hints_say_finishes_the_task(name: str) -> None:
    practice, marks = led(name)
    assert practice.finished
    assert {*marks[:-1]} <= {"right"}
    assert marks[-1] == "finished"


@pytest.mark.parametrize("name", TASKS)
def test_the_sheet_of_a_finished_practice_is_right_and_complete(name: str) -> None:
    practice, _ = led(name)
    checked = derive.check(practice.text())
    assert checked.complete
    assert len(checked.lines) == len(practice.lines)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_says_what_it_is_about(name: str) -> None:
    task = TASKS[name]
    assert task.level in (1, 2, 3)
    assert re.fullmatch(r"[A-Z].*[^.]", task.title)
    assert not set("[]=") & set(task.title)


def test_every_topic_goes_from_easy_to_hard() -> None:
    for topic in topics():
        levels = [task.level for task in listed(topic)]
        assert levels == sorted(levels)
        assert levels[0] == 1
        assert levels[-1] > 1


def test_titles_and_tasks_stand_once() -> None:
    assert len({task.title for task in TASKS.values()}) == len(TASKS)
    assert len({(task.task, task.given, task.define) for task in TASKS.values()}) == len(TASKS)


def test_a_seed_draws_the_same_tasks_again_and_easy_ones_first() -> None:
    drawn = course(seed=5)
    assert drawn == course(seed=5)
    assert {course(seed=seed)[0].name for seed in range(20)} > {drawn[0].name}
    assert [task.level for task in drawn] == sorted(task.level for task in drawn)
    assert {*drawn} == {*TASKS.values()}


@pytest.mark.parametrize(("typed", "topic"), [
    ("softmax", "softmax"), ("chain-rule", "chain rule"), ("Costs", "costs from gradients")])
def test_a_topic_may_be_begun(typed: str, topic: str) -> None:
    assert {task.topic for task in course(typed)} == {topic}


def test_an_unknown_topic_is_answered_by_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"there is no topic 'integrals'; .*softmax"):
        course("integrals")
