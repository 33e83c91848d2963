"""A practice: lines judged one by one, hints in grades, lines taken back, the sheet kept."""

from __future__ import annotations

from pathlib import Path

import pytest

import derive
from derive.errors import ChoiceError, DeriveError, NotationError, UnknownNameError
from derive.teaching.practice.practice_session import Practice

NLL = "o: real[K]\ny: label(K)\ngradient of -log(softmax(o)[y]) with respect to o[i]\n"
APART = "= d(log(sum(exp(o[k]) for k in K)) - o[y], o[i])"
RESULT = "= softmax(o)[i] - delta(i, y)"
WRONG = "= softmax(o)[i] + delta(i, y)"


def begun(*lines: str, **options: object) -> Practice:
    practice = derive.practice(NLL, **options)
    for line in lines:
        assert practice.enter(line).kept
    return practice


# Lines

@pytest.mark.parametrize(("line", "mark"), [
    (APART, "right"), (RESULT, "finished"), (WRONG, "wrong"), ("= softmax(o)[i", "unread"),
    ("= softmax(q)[i]", "unread"), ("= 0/0", "unread"), ("= o", "wrong"),
    (r"\frac{e^{o_i}}{\sum_k e^{o_k}} - \delta_{iy}", "finished"),
    ("softmax(o)[i] - delta(i, y)", "finished"),
    (f"{APART} {RESULT}", "finished"), (f"{APART} {WRONG}", "wrong")])
def test_a_line_is_judged_at_once(line: str, mark: str) -> None:
    practice = begun()
    answer = practice.enter(line)
    assert answer.mark == mark
    assert answer.kept == (mark in ("right", "finished"))
    assert practice.lines == ((line,) if answer.kept else ())
    assert practice.finished == (mark == "finished")


def test_a_practice_judges_as_a_check_does() -> None:
    practice = begun(APART)
    for line in (RESULT, WRONG, "= exp(o[i])/sum(exp(o)) - delta(i, y)", "= softmax(o)[i]"):
        checked = derive.check(f"{NLL}{APART}\n{line}")
        answer = practice.enter(line)
        assert answer.kept == checked.correct
        assert answer.mark == "wrong" or (answer.mark == "finished") == checked.complete
        if checked.counterexample is not None:
            assert answer.check.counterexample == checked.counterexample
        if answer.kept:
            practice.undo()


def test_a_wrong_line_gets_numbers_and_not_the_rule_that_was_meant() -> None:
    practice = begun(APART)
    words = str(practice.enter(WRONG))
    meant = derive.check(f"{NLL}{APART}\n{WRONG}")
    assert "the line is" in words
    assert "the task is" in words
    assert meant.meant.says not in words
    assert meant.misconceptions[0].says not in words


def test_what_may_be_wrong_is_told_when_it_is_asked() -> None:
    practice = begun()
    practice.enter(WRONG)
    assert "sign is wrong" in str(practice.why())
    practice.enter(RESULT)
    assert practice.why().mark == "remark"


def test_a_line_that_is_not_read_has_its_place() -> None:
    answer = begun().enter("= softmax(o)[i] - delta(i; y)")
    assert answer.mark == "unread"
    assert answer.place == (26, 1)


def test_names_of_the_task_may_stand_in_lines() -> None:
    practice = derive.practice("o: real[K]\ny: label(K)\np = softmax(o)\nL = -log(p[y])\n"
                               "gradient of L with respect to o[i]\n")
    assert practice.enter("= sum(d(L, p[k])*d(p[k], o[i]) for k in K)").mark == "right"
    assert practice.enter("= p[i] - delta(i, y)").mark == "finished"


def test_words_and_names_of_ones_own_are_kept_and_used() -> None:
    practice = begun()
    assert practice.enter("by the quotient rule").mark == "passed"
    assert "unknown name" in str(practice.enter("= q[i] - delta(i, y)"))
    assert str(practice.enter("let q = softmax(o)")).startswith("a name of your own")
    assert practice.enter("= q[i] - delta(i, y)").mark == "finished"
    assert derive.check(practice.text()).complete
    assert derive.practice(practice.text()).text() == practice.text()


def test_a_line_that_holds_in_part_does_not_finish() -> None:
    practice = derive.practice("log(z**2)", asked="simplify", given="z: real")
    answer = practice.enter("= 2*log(z)")
    assert (answer.mark, answer.where) == ("right", "0 < z")
    assert not practice.finished
    assert practice.enter("= 2*log(abs(z))").mark == "finished"


def test_a_line_that_ends_in_a_sign_does_not_take_the_next_one_with_it() -> None:
    practice = begun()
    assert practice.enter("hence the gradient =").mark in ("passed", "unread")
    assert practice.enter(WRONG).mark == "wrong"
    assert practice.enter(RESULT).mark == "finished"


def test_that_there_is_no_cost_finishes_a_practice() -> None:
    practice = derive.practice("z[m]*sum(z)", asked="cost", wrt="z[m]", given="z: real[K]")
    assert practice.enter("sum(z)**2").mark == "wrong"
    assert practice.enter("no cost").mark == "finished"


# Hints

def test_each_hint_to_a_step_reveals_more_and_a_right_line_begins_anew() -> None:
    practice = begun(APART)
    assert [practice.hint().hint.level for _ in range(5)] == [1, 2, 3, 4, 4]
    assert practice.hints == 4
    assert practice.enter("= d(log(sum(exp(o))), o[i]) - delta(i, y)").mark == "right"
    assert practice.hint().hint.level == 1


def test_a_wrong_line_changes_nothing_in_the_hints() -> None:
    practice = begun(APART)
    first = practice.hint().hint
    practice.enter(WRONG)
    assert practice.hint().hint.strategy == first.strategy
    assert practice.grade == 2


def test_a_hint_leads_on_from_a_line_of_ones_own() -> None:
    practice = begun("= d(log(sum(exp(o))), o[i]) - d(o[y], o[i])")
    for _ in range(4):
        answer = practice.hint()
    assert "d(o[y], o[i])" not in dict(answer.rows())["typed"]
    assert practice.enter(dict(answer.rows())["typed"]).kept


def test_hints_go_no_further_than_they_may() -> None:
    practice = begun(hints=2)
    assert [practice.hint().hint.level for _ in range(3)] == [1, 2, 2]
    none = begun(hints=0)
    none.enter(WRONG)
    assert (none.hint().mark, none.why().mark, none.hints) == ("remark", "remark", 0)


def test_there_is_no_hint_to_what_is_finished() -> None:
    assert "finished" in str(begun(RESULT).hint())


# Taking back

def test_lines_are_taken_back_and_entered_again() -> None:
    practice = begun(APART, RESULT)
    practice.undo()
    assert (practice.lines, practice.finished) == ((APART,), False)
    assert practice.redo().mark == "finished"
    practice.undo()
    practice.undo()
    practice.redo()
    practice.enter(RESULT)
    assert practice.redo().mark == "remark"
    assert practice.lines == (APART, RESULT)


def test_hints_stay_counted_when_a_line_is_taken_back() -> None:
    practice = begun(APART)
    practice.hint()
    practice.undo()
    assert (practice.hints, practice.grade) == (1, 0)
    assert practice.undo().mark == "remark"


# The sheet

def test_the_sheet_is_one_that_can_be_checked_with_hints_as_comments() -> None:
    practice = begun(APART)
    practice.hint()
    practice.enter(WRONG)
    practice.enter(RESULT)
    text = practice.text()
    assert derive.check(text).complete
    assert "# hint 1 after 1: " in text
    assert f"# not right after 1: {WRONG}" in text


def test_a_saved_sheet_is_gone_on_with(tmp_path: Path) -> None:
    practice, path = begun(APART), tmp_path / "sheet.txt"
    practice.hint()
    practice.enter(WRONG)
    practice.save(path)
    again = derive.practice(path)
    assert (again.lines, again.hints, again.attempts, again.grade, again.title) == (
        practice.lines, 1, 1, 1, practice.title)
    assert again.text() == practice.text()
    assert again.hint().hint.level == 2
    assert again.enter(RESULT).mark == "finished"


def test_wrong_lines_of_a_sheet_are_attempts() -> None:
    practice = derive.practice(f"{NLL}{WRONG}\n{APART}\n= softmax(\n  o)[i] - delta(i, y)\n")
    assert (len(practice.lines), practice.attempts, practice.finished) == (2, 1, True)


def test_a_practice_shows_itself() -> None:
    practice = begun(APART)
    assert "o: real[K], y: label(K)" in str(practice)
    assert max(map(len, practice.show(width=40).split("\n"))) <= 40
    assert practice.show(ascii=True).isascii()
    assert '"finished": false' in practice.show("json")
    assert "1 line, not finished" in repr(practice)
    with pytest.raises(ChoiceError):
        practice.show("html")


def test_a_response_is_data() -> None:
    answer = begun().enter(WRONG)
    assert answer.to_json()["counterexample"]["sizes"] == {"K": 2}
    assert len(repr(answer)) < 240


# What may be practised

@pytest.mark.parametrize(("target", "options", "kind"), [
    ("softmax-nll", {}, "gradient"), ("Softmax_NLL", {"asked": "hessian"}, "hessian"),
    ("softmax(o)", {"given": "o: real[K]", "asked": "jacobian", "wrt": "o[i]"}, "jacobian"),
    ("(z - y)**2", {"wrt": "z"}, "gradient"), ("log(exp(z))", {"asked": "simplify"}, "simplify"),
    ("gradient of z**2 with respect to z", {}, "gradient"), ("", {"seed": 1}, "gradient"),
    ("log(1 + exp(z))", {}, "gradient"), ("softmax(z)", {"asked": "jacobian"}, "jacobian"),
    ("log(1 + exp(z)) - y*z", {"given": "y: binary"}, "gradient")])
def test_a_target_is_a_loss_a_formula_a_task_or_nothing(target: str, options: dict[str, object],
                                                        kind: str) -> None:
    assert derive.practice(target, **options).task.kind == kind


@pytest.mark.parametrize(("target", "options", "error", "match"), [
    ("no-such-loss", {}, UnknownNameError, "--list"),
    ("(z - y)**2", {}, DeriveError, "variable.*z, y"),
    ("z**2", {"wrt": "q"}, NotationError, "'q'"),
    ("z**2", {"asked": "integral"}, ChoiceError, "one of"),
    ("z**2", {"hints": 5, "wrt": "z"}, DeriveError, "0 to 4"),
    ("   ", {}, DeriveError, "nothing to practise"), (3, {}, DeriveError, "practice"),
    ("z: real\nz**2\n", {}, DeriveError, "task line"),
])
def test_what_cannot_be_practised_is_refused_in_one_line(
        target: object, options: dict[str, object], error: type[DeriveError], match: str) -> None:
    with pytest.raises(error, match=match):
        derive.practice(target, **options)


def test_one_line_is_entered_at_a_time() -> None:
    with pytest.raises(DeriveError, match="one line"):
        begun().enter(f"{APART}\n{RESULT}")
    assert begun().enter("  ").mark == "remark"


def test_a_line_for_which_time_does_not_suffice_is_not_decided() -> None:
    practice = begun(seconds=1e-9)
    assert practice.enter(RESULT).mark == "undecided"
    assert practice.lines == ()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match="cannot write"):
        begun().save(tmp_path / "no" / "sheet.txt")


def test_a_copy_goes_on_apart_with_the_same_engine() -> None:
    practice = derive.practice("(z - y)**2", wrt="z")
    twin = practice.copied()
    twin.enter("= 2*(z - y)")
    assert practice.lines == ()
    assert twin.engine is practice.engine
    assert twin.judge.engine is practice.engine
