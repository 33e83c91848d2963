"""A class marked: right points, every bad hand-in named, no sheet that stops another."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

import derive
from derive.commands.progress_line import ProgressLine
from derive.errors import DeriveError
from derive.teaching.exercises import class_marking
from derive.teaching.exercises.class_data import COLUMNS, cell
from derive.teaching.exercises.class_marking import mark_class
from derive.teaching.exercises.class_pages import MANIFEST, page_names
from derive.teaching.exercises.class_record import ClassMarks, MarkedSheet
from derive.teaching.exercises.class_table import number as in_decimals
from derive.teaching.exercises.exercise_file import read_exercise
from derive.teaching.exercises.exercise_points import Grade
from derive.teaching.exercises.exercise_record import Exercise
from derive.teaching.exercises.sheet_marking import HandIn, mark_sheet
from tests.command_line import run
from tests.terminals import EAGER, on_a_terminal

FILE = """title = "Cross-entropy"
given = ["o: real[K]", "y: label(K)"]
task = "gradient of -log(softmax(o)[y]) with respect to o[i]"
points = { total = 10, result = 4, follows = 0.5 }
hints = { cost = 1 }
"""
START = "= d(log(sum(exp(o[k]) for k in K)) - o[y], o[i])"
MIDDLE = "= exp(o[i])/sum(exp(o[k]) for k in K) - delta(i, y)"
END = "= softmax(o)[i] - delta(i, y)"
EVIL = "<script>alert(1)</script>"


@pytest.fixture(name="exercise", scope="module")
def _exercise() -> Exercise:
    return read_exercise(FILE)


def hand_in(exercise: Exercise, student: str, *lines: str, hints: int = 0) -> str:
    taken = f"\n# hints: {hints}" if hints else ""
    return exercise.variant_of(student).hand_in() + taken + "\n" + "\n".join(lines) + "\n"


def marked(exercise: Exercise, folder: Path, **files: str | bytes) -> ClassMarks:
    """The marks of a folder with these files; `__` in a name stands for a dot."""
    for name, content in files.items():
        text = content.encode() if isinstance(content, str) else content
        (folder / name.replace("__", ".")).write_bytes(text)
    return mark_class(exercise, folder, jobs=1)


def only(marks: ClassMarks) -> MarkedSheet:
    (sheet,) = marks.sheets
    return sheet


# Marks

@pytest.mark.parametrize(("lines", "points", "standing"), [
    ((START, MIDDLE, END), 10, "complete"),
    ((START, MIDDLE), 10, "complete"),
    ((START,), 3, "an unevaluated derivative d(…) is left"),
    ((START, "= softmax(o)[i] + delta(i, y)"), 2, "line 11 is wrong: sign"),
    ((START, "= softmax(o)[i] + delta(i, y)", END), 8, "line 11 is wrong: sign"),
    ((START, START, START, START, "= softmax(o)[i]"), 2, "line 14 is wrong: forgotten label"),
    (("= d(-log(softmax(o)[y]), o[i])",), 0, "an unevaluated derivative d(…) is left"),
    ((), 0, "no line is written yet")])
def test_a_sheet_has_the_points_of_its_lines(exercise: Exercise, tmp_path: Path,
                                             lines: tuple[str, ...], points: float,
                                             standing: str) -> None:
    sheet = only(marked(exercise, tmp_path, a__txt=hand_in(exercise, "Ada", *lines)))
    assert (sheet.points, sheet.standing, sheet.student) == (points, standing, "Ada")


def test_a_line_that_is_not_read_is_left_to_the_teacher(exercise: Exercise, tmp_path: Path) -> None:
    sheet = only(marked(exercise, tmp_path, a__txt=hand_in(
        exercise, "Ada", START, "= o[i] ?!", END)))
    assert sheet.by_hand == (11,)
    assert (sheet.points, sheet.grade.more, sheet.first_wrong) == (8, 2, None)


def test_a_last_line_that_is_not_read_may_be_the_result(exercise: Exercise, tmp_path: Path,
                                                        ) -> None:
    sheet = only(marked(exercise, tmp_path, a__txt=hand_in(exercise, "Ada", START, "= log(")))
    assert (sheet.reached, sheet.points, sheet.grade.more) == (None, 2, 8)


def test_hints_cost_points(exercise: Exercise, tmp_path: Path) -> None:
    sheet = only(marked(exercise, tmp_path,
                        a__txt=hand_in(exercise, "Ada", START, END, hints=3)))
    assert (sheet.points, sheet.remarks) == (7, ("3 hints taken",))


def test_a_sheet_that_runs_out_of_time_costs_the_next_nothing(exercise: Exercise) -> None:
    taken = HandIn("a.txt", hand_in(exercise, "Ada", START, END))
    for seconds in (0.001, 0.01, 0.03, 0.06):
        late = mark_sheet(exercise, taken, seconds)
        assert late.points is None or late.points + late.grade.more == 10
        assert mark_sheet(exercise, taken, 20).points == 10


def test_a_wrong_answer_that_was_expected_has_its_points_and_its_sentence(tmp_path: Path) -> None:
    exercise = read_exercise(FILE + '[[expected]]\nanswer = "softmax(o)[i]"\npoints = 1\n'
                             'says = "Where is the label?"\n')
    late, other = "= exp(o[i])/sum(exp(o[k]) for k in K)", "= softmax(o)[i] + delta(i, y)"
    marks = marked(exercise, tmp_path, a__txt=hand_in(exercise, "A", START, late),
                   b__txt=hand_in(exercise, "B", START, other),
                   c__txt=hand_in(exercise, "C", START, late, END))
    assert [sheet.points for sheet in marks.sheets] == [3, 2, 8]
    assert marks.sheets[0].faults[-1][1].name == "Where is the label?"
    assert "Where is the label?" in marks.show("text", width=100)


def test_latex_and_markdown_are_hand_ins_too(exercise: Exercise, tmp_path: Path) -> None:
    head = exercise.variant_of("Ada").hand_in(latex=True).partition("\n\n")[0]
    marks = marked(exercise, tmp_path,
                   a__tex=f"{head}\n\\frac{{\\exp(o_i)}}{{\\sum_k \\exp(o_k)}} - \\delta_{{iy}}\n",
                   b__md=hand_in(exercise, "Bo", END))
    assert [sheet.points for sheet in marks.sheets] == [10, 10]


def test_processes_mark_as_a_single_process_does(exercise: Exercise, tmp_path: Path) -> None:
    for name, lines in {"a": (START, END), "b": (START, "= softmax(o)[i]"), "c": (END,)}.items():
        (tmp_path / f"{name}.txt").write_text(hand_in(exercise, name, *lines))
    single, several = (mark_class(exercise, tmp_path, jobs=jobs) for jobs in (1, 2))
    assert [(s.file, s.points, s.standing) for s in single.sheets] == \
        [(s.file, s.points, s.standing) for s in several.sheets]


def test_mistakes_are_counted_the_commonest_first(exercise: Exercise, tmp_path: Path) -> None:
    sign, label, other = "= softmax(o)[i] + delta(i, y)", "= softmax(o)[i]", "= 7*o[i]"
    marks = marked(exercise, tmp_path, **{
        f"{n}__txt": hand_in(exercise, f"S{n}", START, line)
        for n, line in enumerate((sign, label, other, sign, other, other))})
    assert [(m.name, len(sheets)) for m, sheets in marks.mistakes] == \
        [("sign", 2), ("forgotten-label", 1), ("", 3)], "what has no name stands last"


# Bad hand-ins

@pytest.mark.parametrize(("content", "words"), [
    (b"", "it is empty"), (b" \n\n", "it is empty"), (b"\0\1\2" * 300, "a binary file"),
    ("z".encode("utf-16-le"), "UTF-16"), (b"\xff\xfez", "UTF-16"),
    ("a\nb\u00e9".encode("latin-1"), "line 2 holds the byte 0xe9"),
    (b"x" * 300_000, "at most 200,000"), (b"x" * 2_000_000, "longer than 200,000"),
    ("# exercise: Other\n= 1", "a hand-in for 'Other', not for 'Cross-entropy'"),
    ("x: real\ngradient of x**2 with respect to x\n= 2*x", "another task"),
    (f"{END}\ngradient of o[i]**2 with respect to o[i]\n= 1", ""), ("= 1 + hello", ""),
    ("= 1\n" * 10_000, "at most 500 lines"), ("= " + "(" * 5000, ""), ("=" * 5000, ""),
    ("= 9**9**9**9**9", ""), ("\x1b[2J\x07", "")])
def test_a_bad_hand_in_is_named_in_a_line_and_stops_no_other(
        exercise: Exercise, tmp_path: Path, content: str | bytes, words: str) -> None:
    start = time.monotonic()
    bad, good = marked(exercise, tmp_path, a__txt=content,
                       b__txt=hand_in(exercise, "Bo", END)).sheets
    assert good.points == 10
    assert bad.failure or bad.by_hand or bad.remarks
    assert words in bad.failure
    assert "\n" not in bad.standing
    if bad.failure:
        assert bad.points is None, "never a silent 0"
    assert time.monotonic() - start < 8


def test_a_folder_without_hand_ins_is_named(exercise: Exercise, tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match=r"there is no hand-in in .*: none of its files ends"):
        mark_class(exercise, tmp_path)
    with pytest.raises(DeriveError, match="there is no such folder"):
        mark_class(exercise, tmp_path / "nowhere")
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(DeriveError, match=r"passed over: a\.pdf"):
        mark_class(exercise, tmp_path)


def test_what_is_no_hand_in_is_passed_over_with_a_word(exercise: Exercise, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "c.txt").write_text("= 1")
    (tmp_path / "inner" / "b.txt").write_text(hand_in(exercise, "Bo", END))
    marks = marked(exercise, tmp_path, a__txt=hand_in(exercise, "Ada", END), scan__pdf=b"%PDF")
    assert [sheet.file for sheet in marks.sheets] == ["a.txt", "inner/b.txt"]
    assert marks.passed_over == ("scan.pdf: not a .txt, .md or .tex file",)


@pytest.mark.skipif(os.name != "posix", reason="such names are for POSIX")
def test_names_of_files_that_no_terminal_can_show_stay_apart(exercise: Exercise, tmp_path: Path,
                                                             ) -> None:
    for sign in (b"\x01", b"\x02", b"\xff", b"\x1b[2J", b"\n"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/a" + sign + b".txt")).write_bytes(b"")
    marks = mark_class(exercise, tmp_path, jobs=1)
    assert len({sheet.file for sheet in marks.sheets}) == 5
    assert all(sheet.file.isprintable() for sheet in marks.sheets)
    assert marks.show("csv").count("\n") == 5
    marks.show("text").encode()


@pytest.mark.skipif(os.name != "posix", reason="links and FIFOs of POSIX")
def test_links_in_a_circle_and_pipes_are_named(exercise: Exercise, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "lost.txt").symlink_to(tmp_path / "nowhere.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    marks = marked(exercise, tmp_path, z__txt=hand_in(exercise, "Zoe", END))
    assert [sheet.points for sheet in marks.sheets] == [None] * 4 + [10]
    assert "symbolic links" in marks.sheets[0].failure
    assert "No such file" in marks.sheets[2].failure
    assert marks.sheets[3].failure == "it is no plain file"
    assert marks.passed_over == ("circle: a link to a folder is not followed",)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_named(exercise: Exercise, tmp_path: Path) -> None:
    marked(exercise, tmp_path, a__txt="= 1", z__txt="= 1")
    (tmp_path / "a.txt").chmod(stat.S_IWUSR)
    assert "Permission denied" in mark_class(exercise, tmp_path, jobs=1).sheets[0].failure


def test_a_student_with_two_hand_ins_is_named(exercise: Exercise, tmp_path: Path) -> None:
    marks = marked(exercise, tmp_path, a__txt=hand_in(exercise, "Ada L", END),
                   b__tex=hand_in(exercise, "ada  l", START), c__txt=hand_in(exercise, "Cy", END))
    assert [sheet.remarks for sheet in marks.sheets] == [
        ("Ada L has handed in b.tex too",), ("ada l has handed in a.txt too",), ()]


def test_another_students_variant_is_named(tmp_path: Path) -> None:
    exercise = read_exercise(FILE + '[vary]\no = ["o", "z", "a", "u"]\n')
    text = exercise.variant_of("Ada").hand_in()
    marks = marked(exercise, tmp_path, a__txt=text, b__txt=text.replace("Ada", "Bo"))
    assert marks.sheets[0].remarks == ()
    assert "written for another student; Bo was given variant" in marks.sheets[1].remarks[0]


def test_a_process_that_is_ended_costs_no_other_sheet(
        exercise: Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.txt").write_text(hand_in(exercise, name, END))
    monkeypatch.setattr(class_marking, "mark_sheet", ended_at_b)
    marks = mark_class(exercise, tmp_path, jobs=2)
    assert [sheet.points for sheet in marks.sheets] == [10, None, 10, 10]
    assert "the process that marked it was ended" in marks.sheets[1].failure


def ended_at_b(exercise: Exercise, taken: HandIn, seconds: float, paged: bool) -> MarkedSheet:
    if taken.file == "b.txt":
        os._exit(9)
    return mark_sheet(exercise, taken, seconds, paged)


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
def test_ctrl_c_ends_all_processes_in_no_time(exercise: Exercise, tmp_path: Path) -> None:
    (tmp_path / "ex.toml").write_text(FILE)
    (tmp_path / "in").mkdir()
    for number in range(40):
        (tmp_path / "in" / f"{number}.txt").write_text(
            hand_in(exercise, f"S{number}", START, f"= softmax(o)[i] - {number + 2}*delta(i, y)"))
    start = time.monotonic()
    written, code = on_a_terminal(
        "check", "--exercise", str(tmp_path / "ex.toml"), str(tmp_path / "in"), "--jobs", "2",
        interrupt_at=b"of 40", command=EAGER)
    assert code == 130
    assert "hand-ins" not in written
    assert "Traceback" not in written
    assert time.monotonic() - start < 15


def test_the_bar_shows_how_far_the_class_is() -> None:
    line = ProgressLine("reading", bar=True)
    line.stage("marking", 6, 24)
    assert line._stage == f"marking, 6 of 24 [{'=' * 6}{' ' * 18}] 25 %"


# Tables and pages

def sheet_of(file: str, **fields: object) -> MarkedSheet:
    return MarkedSheet(file, Grade(1.0, 10.0), **fields)  # type: ignore[arg-type]


def test_pages_have_names_of_their_own_on_every_system() -> None:
    files = ["a.txt", "a.tex", "A.txt", "x/a.txt", "x-a.txt", "é.txt", "e.txt", "数.txt", "..txt",
             "index.txt", "q" * 300 + ".txt", "q" * 300 + ".md"]
    names = list(page_names([sheet_of(file) for file in files]).values())
    assert len({name.casefold() for name in names}) == len(files)
    assert all(len(name) < 90 and name.isascii() and ".." not in name for name in names)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2", "@x", "\t=1", "\n=1", "=cmd|' /C calc'!A0",
                                  ";=1", "a;=1", "a; \t@x", 'a;"=1', "＝1", ";;=1", "\u200b=1"])
def test_no_cell_begins_a_formula_wherever_cells_end(text: str) -> None:
    """A spreadsheet of some countries takes semicolons for the ends of cells."""
    assert all(not part or part[:1] == "'" or part.isalnum() for part in cell(text).split(";"))


@pytest.mark.parametrize(("points", "shown"), [
    (0.125, "0.13"), (2.125, "2.13"), (1.005, "1.01"), (10, "10"), (9.999, "10"), (7.5, "7.5"),
    (0, "0"), (100, "100"), (10 / 3, "3.33"), (None, "–")])
def test_halves_of_hundredths_are_rounded_up(points: float | None, shown: str) -> None:
    assert in_decimals(points) == shown


def test_the_title_of_a_class_names_what_varies(tmp_path: Path) -> None:
    varied = read_exercise(FILE.replace("Cross-entropy", "Entropy of {o}, {w}")
                           + '[vary]\no = ["o", "a"]\n')
    marks = marked(varied, tmp_path, a__txt=b"= 1")
    assert all("Entropy of o, {w}" in marks.show(form) for form in ("text", "html", "json"))


def test_numbers_stay_numbers_in_cells() -> None:
    assert [cell(v) for v in (None, 2.5, 0, True, "x")] == ["", "2.5", "0", "yes", "x"]


def test_the_table_for_spreadsheets_has_a_row_for_each_sheet(exercise: Exercise, tmp_path: Path,
                                                             ) -> None:
    marks = marked(exercise, tmp_path, a__txt=hand_in(exercise, "=HYPERLINK(1)", START, "= log("),
                   b__txt=b"\0\1\2" * 300)
    rows = list(csv.DictReader(io.StringIO(marks.show("csv"))))
    assert tuple(rows[0]) == COLUMNS
    assert (rows[0]["student"], rows[0]["points"], rows[0]["more_by_hand"]) == \
        ("'=HYPERLINK(1)", "2", "8")
    assert (rows[1]["points"], rows[1]["complete"]) == ("", "")
    assert "binary" in rows[1]["not_marked"]


class Tags(HTMLParser):
    """The tags of a page, and what it says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]


def test_a_page_never_carries_markup_of_a_sheet(tmp_path: Path) -> None:
    exercise = read_exercise(FILE.replace("Cross-entropy", f"X {EVIL}"))
    (tmp_path / "in").mkdir()
    evil = hand_in(exercise, EVIL, START, f"= {EVIL}", f"{EVIL} # {EVIL}")
    plain = hand_in(exercise, "x", START, "= log(", "words")
    marks = marked(exercise, tmp_path / "in", a__txt=evil, b__txt=f"# student: {EVIL}\n\0{EVIL}",
                   c__txt=f"# exercise: {EVIL}\n# student: {EVIL}\n{EVIL}", d__txt=plain,
                   **{"<img src=x>__txt": evil})
    again = mark_class(exercise, tmp_path / "in", jobs=1, paged=True)
    assert again.save_pages(tmp_path / "out") == len(marks.sheets) + 1
    for page in (tmp_path / "out").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        tags = Tags(text).tags
        assert tags.count("script") == 1, page
        assert "img" not in tags
        assert "alert(1)</script>" not in text


def test_the_index_leads_to_every_sheet(exercise: Exercise, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    marked(exercise, tmp_path / "in", a__txt=hand_in(exercise, "A", START, "= softmax(o)[i]"),
           b__txt="", c__txt=hand_in(exercise, "C", END))
    marks = derive.mark(exercise, tmp_path / "in", jobs=1, pages=True)
    marks.save_pages(tmp_path / "out")
    links = Tags((tmp_path / "out" / "index.html").read_text(encoding="utf-8")).links
    own = {link for link in links if link.startswith("sheets/")}
    assert own == {"sheets/a.html", "sheets/a.html#line-11", "sheets/b.html", "sheets/c.html"}
    assert all((tmp_path / "out" / link.partition("#")[0]).is_file() for link in own)
    assert 'id="line-11"' in (tmp_path / "out" / "sheets" / "a.html").read_text(encoding="utf-8")


def test_pages_replace_their_own_and_no_other_file(exercise: Exercise, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(DeriveError, match="mark them with pages=True"):
        marked(exercise, tmp_path / "in", a__txt=hand_in(exercise, "A", END)).save_pages(tmp_path)
    marks = mark_class(exercise, tmp_path / "in", jobs=1, paged=True)
    for _ in range(2):
        marks.save_pages(tmp_path / "out")
    assert (tmp_path / "out" / MANIFEST).is_file()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "index.html").write_text("mine")
    with pytest.raises(DeriveError, match="was not written by `derive check`"):
        marks.save_pages(tmp_path / "foreign")
    assert (tmp_path / "foreign" / "index.html").read_text() == "mine"
    if os.name == "posix":
        (tmp_path / "linked").mkdir()
        (tmp_path / "linked" / "index.html").symlink_to(tmp_path / "target")
        with pytest.raises(DeriveError, match="was not written"):
            marks.save_pages(tmp_path / "linked")
        assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("ascii", [False, True])
def test_the_table_fits_the_terminal(exercise: Exercise, tmp_path: Path, width: int,
                                     ascii: bool) -> None:
    marks = marked(exercise, tmp_path, a__txt=hand_in(exercise, "Ada" * 30, START, "= log("),
                   b__txt=b"\xff", **{f"{'long' * 20}__txt": hand_in(exercise, "é", END)})
    text = marks.show("text", width=width, ascii=ascii)
    assert all(len(line) <= width for line in text.splitlines())
    assert text.isascii() or not ascii
    assert "7.5" not in text
    assert "3 hand-ins" in text


# Commands

def test_a_class_is_marked_from_the_command_line(exercise: Exercise, tmp_path: Path) -> None:
    (tmp_path / "ex.toml").write_text(FILE)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(hand_in(exercise, "Ada", START, END))
    (tmp_path / "in" / "b.txt").write_bytes(b"\0\0")
    arguments = ["check", "--exercise", str(tmp_path / "ex.toml"), str(tmp_path / "in")]
    done = run(*arguments, "--csv", str(tmp_path / "m.csv"), "--pages", str(tmp_path / "out"),
               "--format", "json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert [sheet["points"] for sheet in data["sheets"]] == [10, None]
    assert (tmp_path / "m.csv").read_text().count("\n") == 3
    assert (tmp_path / "out" / "sheets" / "a.html").is_file()
    assert "Ada" in run(*arguments).stdout
    single = run(*arguments[:-1], str(tmp_path / "in" / "a.txt"))
    assert "complete" in single.stdout


@pytest.mark.parametrize(("arguments", "words", "code"), [
    (["check", ".", "--csv", "m.csv"], "--csv goes with --exercise", 2),
    (["check", "."], "is a folder; its hand-ins are marked by the file of an exercise", 1),
    (["check", ".", "--exercise", "nowhere.toml"], "nowhere.toml", 2),
    (["exercise", "show", "nowhere.toml"], "nowhere.toml: cannot be read", 1),
    (["exercise", "new", "huber", "--student", "A"], "--student does not go with exercise new", 2),
    (["exercise", "show", "x.toml", "--variant", "1", "--student", "A"], "exclude each other", 2),
    (["exercise", "new", "huber", "--format", "html"], "exercise new writes text", 2),
    (["exercise", "tell", "x"], "none of new, show or check", 2)])
def test_wrong_usage_is_one_line(arguments: list[str], words: str, code: int) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert words in done.stderr


def test_an_exercise_is_made_tried_and_shown_from_the_command_line(tmp_path: Path) -> None:
    file = str(tmp_path / "ex.toml")
    assert run("exercise", "new", "gradient of (z - y)**2 with respect to z", "-o",
               file).returncode == 0
    assert "all right" in run("exercise", "check", file).stdout
    assert "Find the gradient of" in run("exercise", "show", file).stdout
    head = run("exercise", "show", file, "--student", "Ada", "--sheet").stdout
    assert "# student: Ada\n" in head
    assert "gradient of (z - y)**2 with respect to z" in head
    assert run("exercise", "show", file, "--sheet", "--format", "latex").stdout.startswith("% ")
