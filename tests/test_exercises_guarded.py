"""What no output is written over, what no head can claim, and what no file can break."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import derive
from derive.errors import DataFileError
from derive.teaching.exercises.class_folder import printable
from derive.teaching.exercises.class_marking import mark_class
from derive.teaching.exercises.exercise_file import read_and_try, read_exercise
from derive.teaching.exercises.exercise_record import Exercise
from derive.teaching.exercises.exercise_template import practice_copy
from derive.teaching.exercises.hand_in import head_of
from derive.teaching.exercises.sheet_marking import HandIn, mark_sheet
from derive.teaching.practice.practice_session import Practice
from derive.teaching.practice.practice_target import posed_exercise
from tests.command_line import run

SQUARE = 'title = "Square"\ntask = "gradient of (z - y)**2 with respect to z"\n'
VARIED = SQUARE + 'seed = "spring"\n[vary]\nz = ["z", "u", "v"]\n'
MANY = SQUARE + 'seed = "spring"\n[vary]\n' + "".join(
    f"{name} = [{', '.join(f'{chr(34)}{name}{n}{chr(34)}' for n in range(40000))}]\n"
    for name in "zy")


@pytest.fixture(name="class_")
def _class(tmp_path: Path) -> Path:
    """A folder with an exercise and a hand-in."""
    (tmp_path / "w.toml").write_text(VARIED)
    (tmp_path / "in").mkdir()
    text = read_exercise(VARIED).variant_of("Ada").hand_in()
    (tmp_path / "in" / "right.txt").write_text(f"{text}\n= 2*(z - y)\n")
    return tmp_path


def written(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in folder.rglob("*") if path.is_file()}


# Files that a hand has written

@pytest.mark.parametrize("option", ["--csv", "-o"])
@pytest.mark.parametrize("output", [
    "in/right.txt", "w.toml", "in/new.txt", "in/inner/../right.txt", "in/marks.MD", "way.txt"])
def test_marks_are_not_written_over_an_exercise_or_a_hand_in(class_: Path, option: str,
                                                             output: str) -> None:
    (class_ / "in" / "inner").mkdir()
    (class_ / "way.txt").symlink_to(class_ / "in" / "right.txt")
    before = written(class_)
    done = run("check", "--exercise", str(class_ / "w.toml"), str(class_ / "in"), option,
               str(class_ / output), "--format", "text", "--overwrite")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "cannot write" in done.stderr
    assert written(class_) == before


def test_marks_are_not_written_over_the_only_hand_in(class_: Path) -> None:
    file = str(class_ / "in" / "right.txt")
    before = written(class_)
    assert run("check", "--exercise", str(class_ / "w.toml"), file, "--csv", file).returncode == 1
    assert written(class_) == before


@pytest.mark.parametrize(("file", "text"), [
    ("away.txt", "# student: Ada\n= 1\n"), ("practised.txt", "# practice: Square\n= 1\n")])
@pytest.mark.parametrize("arguments", [
    ["in", "--exercise", "w.toml", "-o"], ["in", "--exercise", "w.toml", "--csv"],
    ["in/right.txt", "-o"]])
def test_no_hand_in_anywhere_is_written_over(class_: Path, arguments: list[str], file: str,
                                             text: str) -> None:
    (class_ / file).write_text(text)
    for output in (file, "in/right.txt"):
        before = written(class_)
        done = run("check", *(a if a[0] == "-" else str(class_ / a) for a in arguments),
                   str(class_ / output))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert written(class_) == before


def test_a_table_is_written_over_another_table_alone(class_: Path) -> None:
    (class_ / "names.txt").write_text("Ada\n")
    before = written(class_)
    arguments = ("check", "--exercise", str(class_ / "w.toml"), str(class_ / "in"), "--overwrite",
                 "--csv")
    assert "is no table of marks" in run(*arguments, str(class_ / "names.txt")).stderr
    table = str(class_ / "marks.csv")
    assert "name the same file" in run(*arguments, table, "-o", table).stderr
    assert written(class_) == before
    assert [run(*arguments, table).returncode for _ in range(2)] == [0, 0]


def test_a_hand_in_is_written_again_until_something_is_filled_in(class_: Path) -> None:
    sheet = class_ / "ada.txt"
    arguments = ("exercise", "show", str(class_ / "w.toml"), "--student", "Ada", "--sheet",
                 "--overwrite", "-o", str(sheet))
    assert [run(*arguments).returncode for _ in range(2)] == [0, 0]
    sheet.write_text(sheet.read_text() + "= 2*(z - y)\n")
    before = sheet.read_text()
    assert "may be what a student has written" in run(*arguments).stderr
    over = ("--overwrite", "-o", str(sheet))
    assert run(*arguments[:5], *over).returncode == 1, "the page of the task neither"
    assert run("exercise", "check", *arguments[2:3], *over).returncode == 1
    assert sheet.read_text() == before


@pytest.mark.parametrize("arguments", [
    ("new", "huber"), ("show", "{file}"), ("show", "{file}", "--sheet"), ("check", "{file}"),
    ("show", "{file}", "--copy")])
def test_no_exercise_is_written_over(class_: Path, arguments: tuple[str, ...]) -> None:
    file = str(class_ / "w.toml")
    done = run("exercise", *(part.format(file=file) for part in arguments), "--overwrite", "-o",
               file)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert (class_ / "w.toml").read_text() == VARIED


def test_a_table_may_be_printed(class_: Path) -> None:
    done = run("check", "--exercise", str(class_ / "w.toml"), str(class_ / "in"), "--csv", "-")
    assert done.stdout.startswith("file,student,")
    assert done.stdout.count("\n") == 2
    assert not (Path.cwd() / "-").exists()


def test_a_folder_for_pages_is_refused_before_the_class_is_marked(
        class_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (class_ / "out").mkdir()
    (class_ / "out" / "index.html").write_text("mine")
    marked: list[str] = []
    monkeypatch.setattr("derive.teaching.exercises.class_marking.mark_sheet",
                        lambda *arguments: marked.append("a sheet"))
    done = run("check", "--exercise", str(class_ / "w.toml"), str(class_ / "in"), "--pages",
               str(class_ / "out"))
    assert "was not written by `derive check`" in done.stderr
    assert not marked


# Heads

def test_a_variant_that_was_given_to_nobody_is_nobodys() -> None:
    """The head of `exercise show --sheet --variant 2` proves nothing of a name put into it."""
    exercise = read_exercise(VARIED)
    own = exercise.variant_of("Bo").number
    for number in range(3):
        text = exercise.variant(number).hand_in().replace("# student:", "# student: Bo")
        (remark,) = mark_sheet(exercise, HandIn("bo.txt", text), 10).remarks
        assert f"written for another student; Bo was given variant {own}" in remark
        assert ("another one" in remark) == (number != own)


def test_a_sheet_of_a_copy_is_marked_and_its_head_proves_nothing(class_: Path) -> None:
    exercise = read_exercise(VARIED)
    copy = read_exercise(practice_copy(exercise))
    practice = Practice(posed_exercise(copy, 2))
    practice.enter(f"= 2*({exercise.variant(2).draw.formula('z')} - y)")
    for name, words in (("", "has no code"), ("Bo", "has no code")):
        text = practice.text().replace("# student:", f"# student: {name}")
        sheet = mark_sheet(exercise, HandIn("bo.txt", text), 10)
        assert (sheet.variant, sheet.complete) == (2, True)
        assert words in sheet.remarks[0]


def test_without_a_seed_a_head_has_no_code_and_is_taken_at_its_word() -> None:
    exercise = read_exercise(VARIED.replace('seed = "spring"\n', ""))
    variant = exercise.variant_of("Bo")
    text = variant.hand_in()
    assert f"# variant: {variant.number}\n" in text
    assert not mark_sheet(exercise, HandIn("bo.txt", text), 10).remarks
    other = text.replace(f"variant: {variant.number}", f"variant: {(variant.number + 1) % 3}")
    assert exercise.proven(head_of(text))
    assert not exercise.proven(head_of(other))


def test_a_head_whose_name_was_taken_out_is_remarked_upon() -> None:
    exercise = read_exercise(VARIED)
    text = exercise.variant_of("Bo").hand_in().replace("Bo", "")
    (remark,) = mark_sheet(exercise, HandIn("bo.txt", text), 10).remarks
    assert "names no student" in remark


@pytest.mark.parametrize("student", [
    "Ada\N{ZERO WIDTH SPACE}Lovelace", "\N{BYTE ORDER MARK}Ada", "A" * 300, "Ada " * 40,
    "Zoe\N{COMBINING DIAERESIS}" * 60, "Ada\x1b[31m\n Lovelace", "STRASSE" * 20,
    "\N{RIGHT-TO-LEFT OVERRIDE}Ada", "نرگس\N{ZERO WIDTH NON-JOINER}ها"])
def test_a_head_proves_any_name_that_it_was_written_for(student: str) -> None:
    exercise = read_exercise(VARIED)
    variant = exercise.variant_of(student)
    head = head_of(variant.hand_in())
    assert exercise.proven(head)
    assert exercise.variant_of(head.student) == variant


def test_a_long_title_is_that_of_its_own_hand_in() -> None:
    exercise = read_exercise(VARIED.replace("Square", "Square of a difference, " * 20))
    variant = exercise.variant_of("Ada")
    assert variant.sheet(variant.hand_in()).task is variant.task


@pytest.mark.parametrize(("lines", "remarks"), [("", 1), ('seed = "Square"\n', 1),
                                                ('seed = "spring"\n', 0)])
def test_an_exercise_without_a_seed_is_remarked_upon(lines: str, remarks: int) -> None:
    trial = read_and_try(VARIED.replace('seed = "spring"\n', lines))
    assert sum("has no seed that" in remark for remark in trial.remarks) == remarks


def test_a_copy_to_practise_with_has_no_model_no_answers_and_no_seed(class_: Path) -> None:
    secret = VARIED.replace("[vary]", 'model = ["= 2*(z - y)"]\nleast_lines = 2\n'
                            'hints = { most = 2 }\naccept = { "\\\\hat{y}" = "y" }\n[[expected]]\n'
                            'answer = "z - y"\npoints = 1\nsays = "Twice."\n[vary]')
    (class_ / "w.toml").write_text(secret)
    copy = class_ / "practice.toml"
    assert run("exercise", "show", str(class_ / "w.toml"), "--copy", "-o",
               str(copy)).returncode == 0
    ours, theirs = read_exercise(class_ / "w.toml"), read_exercise(copy)
    assert (theirs.model, theirs.expected, theirs.seed) == ((), (), "")
    assert (theirs.choices, theirs.points, theirs.hints, theirs.accept, theirs.least_lines) == (
        ours.choices, ours.points, ours.hints, ours.accept, ours.least_lines)
    assert derive.practice(copy).highest == 2


# Variants without end

@pytest.fixture(name="many", scope="module")
def _many() -> Exercise:
    return read_exercise(MANY)


def test_a_variant_beyond_a_thousand_million_has_its_number_in_the_head(many: Exercise) -> None:
    assert many.variants == 1_600_000_000
    variant = many.variant(1_599_999_999)
    assert many.variant_for(variant.hand_in()) == variant


@pytest.mark.parametrize("number", [0, 99, 100, 1_234_567_890])
def test_a_variant_is_seen_by_its_task_however_many_there_are(many: Exercise, number: int) -> None:
    variant = many.variant(number)
    assert many.variant_for("\n".join((*variant.lines, "= 1"))) == variant


def test_what_the_task_does_not_show_is_as_the_student_was_given_it() -> None:
    exercise = read_exercise('title = "Sum"\ntask = "gradient of sum(z**2) with respect to z[i]"\n'
                             'given = ["z: real[K]"]\n[vary]\nK = [2, 3, 4, 5]\n')
    for student in ("Ada", "Bo", "Cy", "Di"):
        variant = exercise.variant_of(student)
        text = f"# student: {student}\n{variant.task_line}\n= 1"
        assert exercise.variant_for(text).number == variant.number


def test_more_variants_than_are_dealt_are_refused() -> None:
    with pytest.raises(DataFileError, match=r"more than 2\*\*64 variants"):
        read_exercise(SQUARE.replace("(z - y)**2", "z*a*b*c*d*e") + "[vary]\n" + "".join(
            f"{name} = {[f'{name}{n}' for n in range(9000)]}\n" for name in "zabcd"))


# Files that break nothing

@pytest.mark.skipif(os.name != "posix", reason="such names are for POSIX")
@pytest.mark.parametrize("name", [b"\xff.pdf", b"a\nb.pdf", b"\x1b[2J.pdf", b"\xff/b.pdf",
                                  b"a\xc2\x9b.doc"])
def test_a_name_that_no_terminal_can_show_is_passed_over_in_a_line(class_: Path, name: bytes,
                                                                   ) -> None:
    path = Path(os.fsdecode(os.fsencode(class_ / "in") + b"/" + name))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    marks = mark_class(read_exercise(VARIED), class_ / "in", jobs=1)
    (passed,) = marks.passed_over
    assert passed.isprintable()
    for form in ("text", "json", "csv", "html"):
        marks.show(form).encode()


def test_printable_names_hold_no_sign_that_a_terminal_obeys() -> None:
    assert printable("a\x1b[2J\n\udcff b.txt").isprintable()


@pytest.mark.parametrize("text", [
    "x = " + "[" * 5000, "x = " + "{a = " * 5000, "points = 1" + "0" * 90_000,
    "points = 0x1" + "0" * 90_000, "seed = 0x1" + "0" * 90_000, "points = 1e400", "points = inf",
    "points = nan", "least_lines = 0x" + "f" * 9000, "hints = { cost = 0x" + "f" * 9000 + "}"],
    ids=range(10))
def test_a_file_that_is_too_deep_or_too_large_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(DataFileError) as refused:
        read_exercise(SQUARE + text)
    assert str(refused.value).count("\n") == 0
    assert len(str(refused.value)) < 400
