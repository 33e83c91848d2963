"""Help of every command: whole sentences, the same options everywhere, one line for wrong usage."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import click
import pytest

from derive.commands import cli
from derive.commands.command_groups import COMMANDS, GROUPS
from derive.commands.help_pages import SECTIONS, HelpfulCommand
from tests.command_line import ROOT, run

CONTEXT = click.Context(cli, info_name="derive")
EXAMPLES = tomllib.loads((ROOT / "rules" / "examples.toml").read_text(encoding="utf-8"))
each_command = pytest.mark.parametrize("name", list(COMMANDS))
# An option has one meaning; where commands say it in their own words, these are the first ones.
OWN_WORDS = {"--output", "--open", "--wrt", "--given", "--format", "--value", "--plot",
             "--patience", "--head", "--layers", "--bidirectional", "--reduction", "--seed",
             "--data", "--check", "--embed", "--overwrite", "--dtype", "--target", "--to",
             "--save", "--list"}


def command(name: str) -> click.Command:
    found = cli.get_command(CONTEXT, name)
    assert found is not None
    return found


def options(name: str) -> list[click.Option]:
    return [p for p in command(name).params if isinstance(p, click.Option) and not p.hidden]


@each_command
def test_a_command_begins_with_the_sentence_of_its_group(name: str) -> None:
    assert (command(name).help or "").partition("\n")[0] == COMMANDS[name]
    assert COMMANDS[name].endswith(".")


@pytest.mark.parametrize("columns", ["80", "40"])
def test_the_list_of_commands_has_whole_sentences_in_groups(columns: str) -> None:
    text = run("--help", env={"COLUMNS": columns}).stdout
    words = " ".join(text.split())
    for title, commands in GROUPS.items():
        assert f"\n{title}:\n" in text
        for name, says in commands.items():
            assert f"{name} {says}" in words.replace("- ", "-")
    assert "..." not in text
    listed = text.partition("\nExamples:")[0]
    assert max(map(len, listed.splitlines())) <= int(columns)


@pytest.mark.parametrize("columns", ["80", "40"])
@each_command
def test_a_help_fits_the_terminal_and_ends_with_examples(name: str, columns: str) -> None:
    done = run(name, "--help", env={"COLUMNS": columns})
    assert done.returncode == 0
    text, _, examples = done.stdout.partition("\nExamples:\n")
    assert max(map(len, text.splitlines())) <= int(columns)
    for line in EXAMPLES[name]["lines"]:
        assert f"  {line}\n" in examples


@each_command
def test_every_option_is_explained_in_a_sentence(name: str) -> None:
    for option in options(name):
        assert option.help, option.opts
        assert option.help[0].isupper() or option.help.startswith(("-", "fast")), option.help
        assert option.help.endswith((".", "?")), option.help


@each_command
def test_options_stand_in_the_order_of_all_commands(name: str) -> None:
    place = {option: n for n, option in enumerate(o for names in SECTIONS.values() for o in names)}
    shown = re.findall(r"^  (?:-\w, )?(--[\w-]+)", run(name, "--help").stdout, re.MULTILINE)
    common = [place[o] for o in shown if o in place]
    assert common == sorted(common)
    assert isinstance(command(name), HelpfulCommand)


def test_no_option_means_two_things() -> None:
    """The same name has the same help, the same short name, and takes a value or does not."""
    meaning: dict[str, set[str]] = {}
    kinds: dict[str, set[tuple[bool, tuple[str, ...]]]] = {}
    for name in COMMANDS:
        for option in options(name):
            long = max(option.opts, key=len)
            meaning.setdefault(long, set()).add(option.help or "")
            kinds.setdefault(long, set()).add((option.is_flag, tuple(sorted(option.opts))))
    assert not {o: helps for o, helps in meaning.items() if len(helps) > 1 and o not in OWN_WORDS}
    assert {o for o, kind in kinds.items() if len(kind) > 1} <= {"--embed"}
    assert {words.partition(":")[0] for words in meaning["--target"]} == {"What computes"}


@pytest.mark.parametrize("name", [n for n in COMMANDS if n not in ("site", "practice", "studio")])
def test_every_answer_goes_to_a_file_by_the_same_option(name: str) -> None:
    outputs = [o for o in options(name) if "--output" in o.opts]
    assert [sorted(o.opts) for o in outputs] == [["--output", "-o"]]


def test_derive_alone_shows_how_to_begin() -> None:
    done = run()
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) <= 10
    for line in EXAMPLES["derive"]["begin"]:
        assert f"  {line} " in done.stdout
    assert "derive --help" in done.stdout


@pytest.mark.parametrize("name", [
    n for n in COMMANDS if any(isinstance(p, click.Argument) and p.required
                               for p in command(n).params)] + ["train", "cost"])
def test_a_missing_argument_is_one_line_with_an_example(name: str) -> None:
    done = run(name)
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(rf"derive: {name} needs [^\n]*such as: derive {name} [^\n]*\n", done.stderr)


@pytest.mark.parametrize(("arguments", "words"), [
    (["gard"], "there is no command 'gard'; did you mean grad?"),
    (["frobnicate"], "derive --help lists"),
    (["softmax-nll"], "'softmax-nll' is a loss: derive grad softmax-nll"),
    (["log(z) - z"], "derive grad 'log(z) - z'"),
    (["grad", "softmax-nll", "-o", "answer.pdf"], "no answer is written as .pdf"),
    (["check", "sheet.txt", "-o", "answer.ipynb"], "no answer is written as .ipynb"),
    (["--vresion"], "did you mean --version?"),
    (["grad", "softmax-nll", "--detial", "full"], "grad has no option --detial; did you mean "
                                                  "--detail?"),
    (["nll", "normal", "--no-verfy"], "did you mean --no-verify?"),
    (["grad", "softmax-nll", "--detail", "ful"], "did you mean full?"),
    (["grad", "softmax-nll", "--format", "htm"], "did you mean html?"),
    (["grad", "softmax-nll", "-format", "json"], "has no option -format; did you mean --format?"),
    (["grad", "z**2", "+ 1"], "no '+ 1' beside it; what has spaces, such as a formula, stands in "
                              "quotes"),
    (["grad", "softmax-nll", "--width", "5"], "--width: 5 is out of range, which is at least 40"),
    (["grad", "softmax-nll", "--patience", "x"], "--patience: 'x' is not a number"),
    (["check", "sheet.txt", "--hint", "x"], "--hint: 'x' is not a whole number"),
    (["grad", "softmax-nll", "-o"], "-o needs FILE behind it"),
    (["grad", "softmax-nll", "--ascii=3"], "--ascii takes no value"),
    (["grad", "softmax-nll", "--output="], "--output: it names no file"),
    (["cost", "y - t", "--output", "y = sigmoid(z)"], "--define 'y = sigmoid(z)'"),
    (["train", "characters", "--patience", "4"], "--stop-after N"),
    (["train", "characters", "--dtype", "float16"], "none of float32 or float64"),
    (["kernel", "huber", "--outputs", "gradient"], "none of value, grad"),
    (["grad", "softmax-nll", "--open", "--format", "json"], "--open shows a page"),
    (["grad", "softmax-nll", "--open", "-o", "-"], "exclude each other"),
])
def test_wrong_usage_is_one_line(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(r"derive: [^\n]+\n", done.stderr)
    assert words in done.stderr


@each_command
def test_an_unknown_option_is_one_line(name: str) -> None:
    done = run(name, "--nothing-like-it")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"derive: {name} has no option --nothing-like-it; see derive {name} " \
        "--help\n"


def test_older_names_of_options_are_read(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.txt"
    sheet.write_text("z: real\ngradient of z**2 with respect to z\n= 2*z\n")
    assert run("check", str(sheet), "--time-limit=20").returncode == 0


def test_help_loads_no_command() -> None:
    before = {m for m in sys.modules if m.startswith("derive.commands.")}
    assert "Derive:" in run("--help").stdout
    assert {m for m in sys.modules if m.startswith("derive.commands.")} == before
