"""Exercises: the teacher's file, its variants, what a hand-in may change, and the points."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

import derive
from derive.errors import DataFileError, DeriveError
from derive.tables.loss_table import losses
from derive.teaching.exercises import exercise_text
from derive.teaching.exercises.exercise_file import read_and_try, read_exercise
from derive.teaching.exercises.exercise_points import BY_HAND, Asked, Scheme, grade
from derive.teaching.exercises.exercise_record import Exercise
from derive.teaching.exercises.exercise_template import exercise_template
from derive.teaching.exercises.hand_in import head_of
from derive.teaching.exercises.handing_out import hand_out, students_in
from derive.teaching.exercises.sheet_marking import HandIn, mark_sheet
from derive.teaching.marking.sheet_check import check

FILE = """title = "Weighted cross-entropy"
text = "The weight is {c}."
given = ["o: real[K]", "y: label(K)"]
define = ["p = softmax(o)"]
task = "gradient of -c*log(p[y]) with respect to o[i]"
model = ['''= d(c*log(sum(exp(o[k]) for k in K)) - c*o[y], o[i])''',
         "= c*softmax(o)[i] - c*delta(i, y)"]
seed = "spring"
accept = { s = "o" }
[vary]
c = [2, 3, "1/2"]
o = ["z", "a"]
"""
SQUARE = 'title = "Square"\ntask = "gradient of (z - y)**2 with respect to z"\n'


@pytest.fixture(name="weighted", scope="module")
def _weighted() -> Exercise:
    return read_exercise(FILE)


# The file

@pytest.mark.parametrize(("line", "words"), [
    ('titel = "x"', "unknown key 'titel'"),
    ("points = -1", "total is a number from 0"),
    ("points = true", "total is a number from 0"),
    ("points = { total = 4, result = 5 }", "it can be no more than all"),
    ("points = { total = 4, follows = 2 }", "follows is between 0 and 1"),
    ("points = { right = 4 }", "unknown key 'right'"),
    ("hints = { most = 9 }", "most is a level from 0 to 4"),
    ("hints = { cost = -1 }", "cost is a number of points"),
    ("least_lines = -2", "least_lines is a whole number"),
    ('accept = { s = "q" }', "no name of the exercise"),
    ('accept = { z = "y" }', "a name of the exercise itself"),
    ('accept = { "=" = "y" }', "'=' has a meaning of its own"),
    ('accept = { "2" = "y" }', "has a meaning of its own"),
    ('accept = { exp = "y" }', "has a meaning of its own"),
    ('accept = { "a*b" = "y" }', "has a meaning of its own"),
    ('accept = { "z -" = "y" }', "has a meaning of its own"),
    ('accept = { "\\\\frac" = "y" }', "has a meaning of its own"),
    ('accept = { "with respect" = "y" }', "has a meaning of its own"),
    ("[vary]\ny = [nan, 2]", "y may not become nan"),
    ("[vary]\ny = [2, -inf]", "y may not become -inf"),
    ("given = [1]", "list of strings"),
    ('given = ["z: sometimes"]', "line 3: 'z: sometimes'"),
    ('vary = { q = ["a"] }', "occurs in no line"),
    ('vary = { z = ["y"] }', "another name of the exercise"),
    ('vary = { z = ["a", "a"] }', "a value twice"),
    ("vary = { z = 3 }", "a list of names, formulas and numbers"),
    ('model = ["= 2*(z + y)"]', "line 3: '= 2*(z + y)': the model is wrong (sign"),
    ('model = ["= 2*(z - y)", "= 2*(z - ?!"]', "the model is not understood"),
    ('model = ["= 2*d(z, z)*(z - y)"]', "does not reach a result"),
    ("= 3", "not valid TOML"), ("text = " + "[" * 3000, "too deep"),
    ("points = " + "1" * 5000, "not valid TOML"),
    ("expected = 3", "stand under [[expected]]"),
    ("expected = [3]", "stand under [[expected]]"),
    ('[[expected]]\nanswer = "2"\npoints = 1', "key 'says' is missing"),
    ('[[expected]]\nanswer = "2"\npoints = 9\nsays = "x"', "a number from 0 to those of a right"),
    ('[[expected]]\nanswer = "2*("\npoints = 1\nsays = "x"', "answer is not understood"),
    ('[[expected]]\nanswer = "2*z - 2*y"\npoints = 1\nsays = "x"', "line 4: '2*z - 2*y': the exp"),
])
def test_a_broken_file_is_refused_in_a_line(line: str, words: str) -> None:
    with pytest.raises(DataFileError) as refused:
        read_exercise(SQUARE + line)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("text", "words"), [
    ('title = "x"\nfoo = 1', "key 'task' is missing"),
    ('title = "x"\ntask = "gradient of (z with respect to z"', "line 2: 'gradient of (z"),
    ('title = "x"\ntask = "gradient of z"', "say the variable"),
    ('title = "x"\ntask = "integrate z"', "there is no task line"),
    ('title = "x"\ntask = """simplify z\nsimplify y"""', "an exercise has one task"),
])
def test_a_task_that_is_not_posed_is_named_with_its_line(text: str, words: str) -> None:
    with pytest.raises(DataFileError, match=r"^the exercise") as refused:
        read_exercise(text)
    assert words in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\0")
    for name, words in (("a.toml", "No such file"), ("b.toml", "as UTF-8"), (".", "directory")):
        with pytest.raises(DataFileError, match=words):
            derive.exercise(tmp_path / name)


@pytest.mark.parametrize("model", ['model = ["= 2*(z - y)"]', 'model = """\n= 2*(z - y)\n"""'])
def test_a_model_is_a_list_or_a_text(model: str) -> None:
    assert read_exercise(f"{SQUARE}{model}\n").model == ("= 2*(z - y)",)


# Variants

def test_the_numbers_are_all_variants_each_once(weighted: Exercise) -> None:
    lines = {weighted.variant(number).lines for number in range(weighted.variants)}
    assert len(lines) == weighted.variants == 6
    with pytest.raises(DeriveError, match="counted from 0 to 5"):
        weighted.variant(6)


def test_names_constants_and_words_are_put_in(weighted: Exercise) -> None:
    variant = weighted.variant(2)
    assert variant.given == ("z: real[K]", "y: label(K)")
    assert variant.task_line == "gradient of -(1/2)*log(p[y]) with respect to z[i]"
    assert variant.text == "The weight is 1/2."


def test_a_size_is_put_in() -> None:
    exercise = read_exercise(FILE.replace("c = [2", 'K = [2, 3]\nc = [2'))
    assert exercise.variants == 12
    assert exercise.variant().given == ("z: real[2]", "y: label(2)")


def test_a_student_has_the_same_variant_however_the_name_is_typed(weighted: Exercise) -> None:
    variant = weighted.variant_of("Zoë  Lovelace")
    assert variant == weighted.variant_of(" zoe\N{COMBINING DIAERESIS} LOVELACE")
    dealt = {weighted.variant_of(f"student {n}").number for n in range(60)}
    assert dealt == set(range(6))


def test_every_variant_of_the_model_is_right(weighted: Exercise) -> None:
    trial = read_and_try(FILE)
    assert [v.number for v, _ in trial.answers] == list(range(6))
    assert len({answer for _, answer in trial.answers}) == 6
    assert not trial.remarks


def test_a_variant_in_which_the_model_is_wrong_is_named() -> None:
    with pytest.raises(DataFileError, match="in variant 1"):
        read_and_try(FILE.replace('"= c*softmax(o)[i] - c*delta(i, y)"',
                                  '"= 2*softmax(o)[i] - 2*delta(i, y)"'))


# Hand-ins

def lines(exercise: Exercise, student: str) -> str:
    """A right hand-in of a student."""
    variant = exercise.variant_of(student)
    return "\n".join((variant.hand_in(), *variant.model))


def test_a_hand_in_is_read_for_its_variant(weighted: Exercise) -> None:
    sheet = weighted.sheet(lines(weighted, "Ada"))
    assert sheet.task == weighted.variant_of("Ada").task
    assert [line.number for line in sheet.lines] == [12, 13]


def test_the_head_proves_whose_variant_it_is(weighted: Exercise) -> None:
    head = head_of(weighted.variant_of("Ada").hand_in())
    assert (head.student, weighted.proven(head)) == ("Ada", True)
    assert not weighted.proven(head_of(weighted.variant_of("Ada").hand_in().replace("Ada", "Bo")))
    nobody = weighted.variant(3).hand_in()
    assert weighted.proven(head_of(nobody))
    assert not weighted.proven(head_of(nobody.replace("student:", "student: Bo")))


@pytest.mark.parametrize("head", [
    "# Student:  Ada \n# hints: 2", "% student: Ada\n% hints: 2", "## STUDENT: Ada\n# hints: 2",
    "<!-- student: Ada -->\n<!-- hints: 2 -->", "// student: Ada\r\n# hints: 2"])
def test_a_head_is_read_from_comments_of_any_kind(head: str) -> None:
    assert (head_of(head).student, head_of(head).hints) == ("Ada", 2)


def test_hints_that_a_practice_has_noted_count() -> None:
    text = "# student: Ada\n= 1\n# hint 1 after 1: look\n  # hint 2 after 1: there\n# a hint after"
    assert head_of(text).hints == 2


@pytest.mark.parametrize("line", ["student: real", "# hints: many", "# variant: -1", "#student"])
def test_what_is_no_head_is_left_alone(line: str) -> None:
    head = head_of(line)
    assert (head.student, head.hints, head.variant) == ("", 0, None)


@pytest.mark.parametrize("other", ["s", "ŷ", "x\u0304", "\\hat{y}", "\\theta", "\\mathbf{w}_1",
                                   "w'"])
def test_a_letter_of_any_kind_is_another_spelling(other: str) -> None:
    exercise = read_exercise(f"{SQUARE}[accept]\n{json.dumps(other)} = 'y'\n")
    assert mark_sheet(exercise, HandIn("a.txt", f"= 2*(z - {other})"), 10).complete


def test_another_spelling_is_read_as_its_name(weighted: Exercise) -> None:
    variant = weighted.variant_of("Ada")
    text = lines(weighted, "Ada").replace(dict(variant.draw.values)["o"], "s", 0) + \
        "\n" + variant.model[-1].replace(f"softmax({dict(variant.draw.values)['o']})", "softmax(s)")
    assert not weighted.sheet(text).unread


@pytest.mark.parametrize("task", [
    "x: positive\nsimplify log(x**2)",
    "X: real[N, D]\ny: real[N]\nw: real[D]\ngradient of sum((X@w-y)**2) with respect to w[i]",
    "W: real[H, D]\nx: real[D]\njacobian of tanh(W@x)[j] with respect to x[i]",
    "hessian of log(1 + exp(z)) with respect to z", "cost of tanh(z) - t with respect to z"])
def test_the_task_as_it_was_handed_out_is_no_other_task(task: str) -> None:
    exercise = read_exercise(exercise_template(task))
    sheet = exercise.sheet(f"{exercise.variant().hand_in()}\n" + "\n".join(exercise.model))
    assert sheet.task is exercise.variant().task
    assert len(sheet.lines) == len(exercise.model)


def test_a_hand_in_cannot_change_its_task(weighted: Exercise) -> None:
    variant = weighted.variant_of("Ada")
    easier = "\n".join(("# exercise: Weighted cross-entropy", "# student: Ada",
                        f"# variant: {variant.number}", "x: real",
                        "gradient of x**2 with respect to x", "= 2*x"))
    with pytest.raises(DeriveError, match="another task"):
        weighted.sheet(easier)


def test_declarations_of_a_hand_in_cannot_change_its_task() -> None:
    exercise = read_exercise('title = "t"\ngiven = ["z: real"]\ntask = "simplify sqrt(z**2)"\n')
    text = "z: positive\nsimplify sqrt(z**2)\n= z"
    sheet = mark_sheet(exercise, HandIn("a.txt", text), 10)
    assert sheet.failure or sheet.first_wrong == 3


def test_a_hand_in_for_another_exercise_is_named(weighted: Exercise) -> None:
    with pytest.raises(DeriveError, match=r"^this is a hand-in for 'Other', not for 'Weighted"):
        weighted.variant(0).sheet("# exercise: Other\n= 1")


def test_a_variant_is_seen_by_the_task_where_the_head_is_lost(weighted: Exercise) -> None:
    variant = weighted.variant(4)
    text = "\n".join((*variant.lines, *variant.model))
    assert weighted.variant_for(text) == variant
    commented = "\n".join(f"{sign} {line}   # as it was set" for sign, line in zip(
        ("%", "#", "//", ""), variant.lines, strict=True))
    assert weighted.variant_for(commented) == variant
    with pytest.raises(DeriveError, match="which variant this is cannot be seen"):
        weighted.variant_for("= 1")


def test_a_class_is_handed_out_its_sheets_and_none_is_written_over(weighted: Exercise,
                                                                   tmp_path: Path) -> None:
    names = ["Ada Lovelace", "Zoë", "Zoe"]
    files = hand_out(weighted, names, tmp_path / "out")
    assert [file.name for file in files] == ["ada-lovelace.txt", "zoe.txt", "zoe-2.txt"]
    assert all(weighted.proven(head_of(file.read_text(encoding="utf-8"))) for file in files)
    with pytest.raises(DeriveError, match=r"ada-lovelace\.txt is there already; nothing"):
        hand_out(weighted, ["New", *names], tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == 3
    with pytest.raises(DeriveError, match="stands twice"):
        hand_out(weighted, ["Ada", " ada"], tmp_path)


# Points

def test_a_file_of_names_has_comments_and_no_name_without_letters(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("# my class\n\n Ada   Lovelace\n\u200b\n  # Bo\nTeam #3\n", encoding="utf-8")
    assert students_in(file) == ["Ada Lovelace", "Team #3"]


@pytest.mark.parametrize(("marks", "reached", "points"), [
    ("rrrr", True, 10), ("rr", False, 3.5), ("rrww", False, 2), ("rwff", False, 3),
    ("", False, 0), ("w", False, 0), ("rw", True, 7.5), ("ww", True, 5)])
def test_points_are_for_right_lines_for_lines_that_follow_and_for_the_result(
        marks: str, reached: bool, points: float) -> None:
    names = {"r": "right", "w": "wrong", "f": "follows"}
    assert grade(Scheme(), [names[m] for m in marks], reached, Asked()).points == points


def test_a_line_to_be_looked_at_by_hand_is_no_silent_zero() -> None:
    some = grade(Scheme(), ["right", "unread"], True, Asked())
    assert (some.points, some.more) == (7.5, 2.5)
    last = grade(Scheme(), ["right", "undecided"], None, Asked())
    assert (last.points, last.more) == (1.5, 8.5)


def test_points_for_each_line_end_where_those_for_lines_do() -> None:
    scheme = Scheme(total=10, result=4, step=2)
    points = [grade(scheme, ["right"] * n, False, Asked()).points for n in range(6)]
    assert points == [0, 2, 4, 6, 6, 6]


def test_a_share_is_paid_for_lines_that_follow() -> None:
    assert grade(Scheme(follows=0.5), ["right", "wrong", "follows"], False, Asked()).points == 2


def test_fewer_lines_than_asked_for_have_their_share() -> None:
    assert grade(Scheme(), ["right"], True, Asked(least=2)).points == 7.5


def test_lines_that_are_missing_before_the_result_count() -> None:
    """Who writes the start alone has the points of that line, not those of a derivation."""
    points = [grade(Scheme(), ["right"] * n, False, Asked(model=5)).points for n in range(6)]
    assert points == [0, 1, 2, 3, 4, 4]
    assert grade(Scheme(), ["right"], True, Asked(model=5)).points == 10, "a short way is a way"


def test_fewer_lines_than_asked_for_have_their_share_where_each_line_has_points_too() -> None:
    scheme = Scheme(total=10, result=4, step=6)
    points = [grade(scheme, ["right"] * n, True, Asked(least=3)).points for n in range(1, 5)]
    assert points == [6, 8, 10, 10]


@pytest.mark.parametrize("scheme", [Scheme(), Scheme(step=1)])
@pytest.mark.parametrize("asked", [Asked(model=4), Asked(least=4), Asked(least=2, model=4)])
def test_trivial_lines_are_worth_no_more_than_those_before_the_result(scheme: Scheme,
                                                                      asked: Asked) -> None:
    points = [grade(scheme, ["right"] * n, False, asked).points for n in (3, 4, 18, 1000)]
    assert points[1:] == [4, 4, 4], "of 5 for lines three quarters, to the half point"


@pytest.mark.parametrize("wrong", range(1, 4))
def test_no_number_of_right_lines_hides_a_wrong_one(wrong: int) -> None:
    points = [grade(Scheme(), ["wrong"] * wrong + ["right"] * n, True, Asked(model=3)).points
              for n in (9, 100, 10_000)]
    assert points[0] == points[1] == points[2] < 10


def test_trivial_lines_are_not_a_derivation_where_nobody_says_how_long_it_is() -> None:
    assert grade(Scheme(), ["right"] * 1000, False, Asked()).points == 4


@pytest.mark.parametrize("round_", [0, 0.3, 0.5, 3, 4, 7, 20])
@pytest.mark.parametrize("total", [10, 7.25])
def test_a_right_sheet_has_all_points_however_they_are_rounded(round_: float, total: float) -> None:
    scheme = Scheme(total, total / 2, round=round_)
    assert grade(scheme, ["right"] * 3, True, Asked()).points == total
    assert grade(scheme, ["wrong"], False, Asked()).points == 0


def test_points_are_rounded_to_the_nearest_multiple() -> None:
    scheme = Scheme(10, 10, round=3)
    points = [grade(scheme, [], True, Asked(), off).points for off in (0, 0.4, 0.6, 2, 3, 9, 10)]
    assert points == [10, 10, 9, 9, 6, 0, 0]


def test_hints_cost_points_and_never_more_than_there_are() -> None:
    assert grade(Scheme(), ["right"], True, Asked(), 3).points == 7
    assert grade(Scheme(), ["right"], False, Asked(), 50).points == 0


def test_more_right_lines_are_never_worth_fewer_points() -> None:
    draw = random.Random(7)
    for _ in range(300):
        scheme = Scheme(10, draw.choice([0, 3, 10]), draw.choice([0, 1.5]),
                        draw.choice([0, 0.5, 1]), draw.choice([0, 0.5, 1]))
        marks = draw.choices(["right", "wrong", "follows", "unread", "undecided"], k=6)
        place = draw.randrange(6)
        better = [*marks[:place], "right", *marks[place + 1:]]
        before, after = (grade(scheme, m, False, Asked()) for m in (marks, better))
        assert before.points is not None
        assert after.points is not None
        assert 0 <= before.points <= after.points <= 10
        if marks[place] in BY_HAND:  # the teacher finds it right
            assert after.points <= before.points + before.more + 1e-9


# A file to begin with, and what the student sees

@pytest.mark.parametrize("entry", random.Random(4).sample(list(losses()), 2), ids=lambda e: e.name)
def test_a_loss_becomes_an_exercise_whose_model_is_right(entry: derive.Loss) -> None:
    exercise = read_exercise(exercise_template(entry.name))
    assert check("\n".join((*exercise.variant().lines, *exercise.model))).correct


@pytest.mark.slow
@pytest.mark.parametrize("entry", losses(), ids=lambda e: e.name)
def test_every_loss_becomes_an_exercise(entry: derive.Loss) -> None:
    assert read_exercise(exercise_template(entry.name)).title == f"Gradient: {entry.title}"


def test_a_sheet_becomes_an_exercise_with_its_lines_as_the_model() -> None:
    text = exercise_template("z, y: real\np = sigmoid(z)\ngradient of (p - y)**2 with respect to z"
                             "\n= 2*(p - y)*p*(1 - p)")
    exercise = read_exercise(text)
    assert (exercise.given, exercise.define) == (("z, y: real",), ("p = sigmoid(z)",))
    assert exercise.model == ("= 2*(p - y)*p*(1 - p)",)


@pytest.mark.parametrize(("target", "words"), [
    ("nonesuch", "no loss 'nonesuch'"), ("log(x) + 1", "the name of a loss, or of a task"),
    ("gradient of ( with respect to z", "'gradient of ("), ("", "the name of a loss, or of a task"),
    ("z: real\ngradient of z**2 with respect to z\n= 3*z", "the model is wrong")])
def test_what_is_no_exercise_is_refused(target: str, words: str) -> None:
    with pytest.raises(DeriveError) as refused:
        exercise_template(target)
    assert words in str(refused.value)


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html"])
def test_a_student_sees_the_task_in_each_form(weighted: Exercise, form: str) -> None:
    shown = weighted.variant(2).show(form)
    assert "Weighted cross-entropy" in shown
    assert "The weight is 1/2." in shown
    assert "delta" not in shown, "the model is the teacher's"


def test_a_page_shows_what_a_teacher_wrote_and_no_markup_of_it() -> None:
    exercise = read_exercise(SQUARE.replace("Square", "<b>x</b>") + 'text = "<script>1</script>"')
    page = exercise_text.page(exercise.variant())
    assert "<b>" not in page
    assert "<script>1" not in page
    assert "&lt;script&gt;1" in page
