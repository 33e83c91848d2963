"""The house: import direction, what the wheel owns, what stays lazy, knowledge in its room."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
import tomllib

import pytest

from tests import command_line, house
from tests import house_exceptions as exceptions
from tests.house import ROOT, SOURCES, imported, room, shown

# The rooms from the ground up; a module imports from its own level or below.
LEVELS = [
    {"argument_kinds", "errors", "file_writing", "given_files", "outgoing_text", "provided",
     "same_content", "short_reprs", "version", "worker_processes"},
    {"deferred_dataclass", "extras", "lazy", "public_arguments", "reporting", "resources",
     "turns"},
    {"entry_names", "limits"},
    {"tables"},
    {"core"}, {"functions"}, {"notation"},
    {"rulebook"}, {"premises"}, {"computable"}, {"derivation"}, {"judge"}, {"proof"},
    {"calculus"}, {"storing"},
    {"arrays"}, {"proofs"},
    {"adapters"},
    {"training"},
    {"rendering"}, {"audit"}, {"teaching"}, {"studio"}, {"commands"}, {"__main__"},
]

def level(name: str) -> int:
    return next(n for n, rooms in enumerate(LEVELS) if name in rooms)


def target_room(module: str) -> str:
    """The room of an imported module; the root of the package stands above all rooms."""
    return module.split(".")[1] if "." in module else "commands"


def test_imports_point_one_way() -> None:
    upward = [f"{shown(path)} imports {module}" for path in SOURCES if room(path) != "__init__"
              for module in imported(path) if level(target_room(module)) > level(room(path))]
    assert not upward


def test_no_modules_import_each_other() -> None:
    """Imports in functions and for types alone are counted."""
    let_stand = [{f"derive.{name}" for name in names} for names in exceptions.CIRCLES]
    assert not [c for c in house.circles(house.graph())
                if not any(names.issuperset(c) for names in let_stand)]


def test_a_circle_is_named() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"a"}}
    assert house.circles({name: frozenset(to) for name, to in edges.items()}) == [["b", "c"]]


def test_the_drawing_of_the_rooms_shows_their_imports() -> None:
    drawing = runpy.run_path(str(ROOT / "docs" / "house.py"))
    assert drawing["PICTURE"].read_text(encoding="utf-8") == drawing["drawing"](), \
        "python docs/house.py draws it anew"


def test_rendering_computes_nothing() -> None:
    computing = {"calculus", "judge", "arrays"}
    assert not [shown(path) for path in SOURCES if room(path) == "rendering"
                and computing & set(map(target_room, imported(path)))]


def test_a_module_name_stands_once() -> None:
    assert not house.named_twice()


def test_files_and_functions_stay_small() -> None:
    assert not [shown(path) for path in SOURCES if path.read_text().count("\n") > 300]
    assert not [f"{shown(path)}:{name}" for path in SOURCES
                for name, node in house.functions(path) if node.end_lineno - node.lineno >= 50]


def test_functions_have_few_branches() -> None:
    assert not house.complex_functions().keys() - exceptions.COMPLEX.keys()


@pytest.mark.parametrize(("code", "count"), [
    ("return 1", 1), ("return a if b and c else d", 3), ("for x in y:\n  if x: return", 3),
    ("return [x for x in y if x if z]", 4), ("def g():\n  if x: return\nreturn g", 1),
    ("try:\n  f()\nexcept A: pass\nexcept B: pass\nelse: pass", 4),
    ("match x:\n  case 1: pass\n  case _: pass", 2), ("while x:\n  y()\nelse:\n  z()", 3),
])
def test_complexity_counts_the_ways_through_a_function(code: str, count: int) -> None:
    lines = "".join(f"  {line}\n" for line in code.split("\n"))
    assert house.complexity(ast.parse(f"def f():\n{lines}").body[0]) == count


def test_names_say_what_they_are() -> None:
    assert not {place: names.keys() - exceptions.NAMES.get(place, set())
                for place, names in house.banned_names().items()
                if names.keys() - exceptions.NAMES.get(place, set())}


@pytest.mark.parametrize(("name", "banned"), [
    ("lossSaid", True), ("the_one", True), ("WIDE_ONE", True), ("foundation", False),
    ("_held_out", False), ("one_sided", False), ("HeldRow", True), ("tone", False)])
def test_a_banned_word_is_seen_inside_a_name(name: str, banned: bool) -> None:
    assert house.says_nothing(name) == banned


def test_few_parameters_may_be_anything() -> None:
    shares = {place: 100*count/total for place, (count, total) in house.any_shares().items()}
    assert not {place: share for place, share in shares.items()
                if share > exceptions.ANY_PERCENT.get(place, 0)}


ENTRIES = ("losses/*.toml", "distributions/*.toml", "cells/*.toml", "models/*.toml",
           "activations.toml",
           "heads.toml", "reductions.toml", "links.toml", "demonstrations/*.toml", "pictures.toml")
NOTATION = {"sum", "mean"}  # operators of the notation, and reductions too
# Words that mean something else where they stand: what, and in which rooms.
HOMONYMS = {
    "zip": ("Python's function", {""}),
    "nll": ("a direction: from a density to its loss", {""}),
    "normal": ("how much is shown; NumPy's generator; the usual range of a float; Phi; "
               "equations of least squares",
               {"adapters", "arrays", "calculus/likelihood/estimates/linear_systems",
                "calculus/likelihood/estimates/maximum_likelihood", "calculus/tactic_table",
                "commands/options", "core", "derivation", "notation/printing",
                "rendering", "rulebook", "studio", "teaching", "training"}),
    "uniform": ("NumPy's generator; alike everywhere",
                {"adapters", "arrays/certificate", "arrays/recurrent", "judge/rules",
                 "rendering/numpy_code", "training"}),
    "arctan": ("a command of LaTeX", {"functions/latex_signs"}),
    "quantile": ("NumPy's", {"adapters"}),
    "dirichlet": ("NumPy's generator", {"adapters", "arrays/certificate",
                                        "rendering/numpy_code"}),
    "regression": ("a model of observations given covariates; a base class of NGBoost", {""}),
    "gamma": ("the function, the letter, Euler's constant",
              {"arrays", "calculus/integral", "core", "functions", "judge", "notation",
               "rendering"}),
    "beta": ("the function, the letter, a conversion",
             {"arrays/recurrent/complex_numpy", "arrays/runtime/incomplete_beta",
              "arrays/targets/functional/torch_special_functions", "calculus/cost", "functions",
              "judge", "notation", "proofs", "rendering"}),
    "bernoulli": ("the numbers", {"arrays/wide"}),
    "binomial": ("the coefficient", {"judge", "notation/latex_in"}),
    "logistic": ("the function", {"arrays/wide"}),
    "sine": ("the function", {"arrays/wide"}), "tangent": ("the function", {"arrays/wide"}),
    "cosine": ("the function, a schedule", {"arrays/wide", "training"}),
    "student": ("who hands in a sheet", {"commands/exercise", "teaching"}),
    "exponential": ("the function, a schedule, a family",
                    {"arrays", "calculus/likelihood", "judge", "notation/latex_in", "proofs",
                     "training"}),
    "double-exponential": ("the rule of quadrature", {"judge"}),
    "linear": ("of the first degree, a schedule",
               {"adapters", "arrays", "calculus", "judge", "notation", "training"}),
    "least-squares": ("the method", {"calculus/likelihood", "training"}),
    "identity": ("the matrix", {"notation/sympy_in"}),
}


def entries() -> set[str]:
    """The names and other names of losses, distributions, cells and the like."""
    found: set[str] = set()
    for pattern in ENTRIES:
        for file in (ROOT / "rules").glob(pattern):
            if file.parent.name == "demonstrations":
                found.add(file.stem.partition("-")[2])
                continue
            for name, entry in tomllib.loads(file.read_text()).items():
                found |= {name, *entry.get("aliases", ())}
    functions = tomllib.loads((ROOT / "rules" / "functions.toml").read_text())
    known = {re.sub("[-_ ]+", "-", name.lower()) for name in found if len(name) > 1}
    return known - {name.lower() for name in functions} - NOTATION


def finder(known: set[str]) -> re.Pattern[str]:
    """Finds names in small letters as words, their parts joined by a hyphen, _, a space, or not."""
    by_letter: dict[str, list[str]] = {}  # so that few of them are tried at a place
    for name in sorted(known, key=len, reverse=True):
        by_letter.setdefault(name[0], []).append("[-_ ]?".join(map(re.escape, name.split("-")))[1:])
    names = (f"{letter}(?:{'|'.join(others)})" for letter, others in by_letter.items())
    return re.compile(f"(?<![a-z0-9])(?:{'|'.join(names)})(?![a-z0-9])")


def mentions(text: str, find: re.Pattern[str]) -> set[str]:
    """The names in a text: in strings, identifiers, docstrings and comments."""
    plain = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()  # camelCase is several words
    return set(find.findall(plain))


def test_no_file_of_the_machine_names_an_entry_of_the_rules() -> None:
    """Knowledge is data. A name that is also a function's stands for the function."""
    known = entries()
    assert {"softmax-nll", "huber", "bernoulli", "lstm", "poisson", "unmasked-mean"} <= known
    find = finder(known)
    joined = {name.replace("-", ""): name for name in known}
    wrong, used = [], set()
    for path in sorted([*(ROOT / "derive").rglob("*"), ROOT / "cli.py", ROOT / "pyproject.toml"]):
        if path.suffix not in (".py", ".js", ".toml"):
            continue
        room = path.relative_to(ROOT).with_suffix("").as_posix().removeprefix("derive/")
        for match in mentions(f"{path.stem}\n{path.read_text()}", find):
            name = joined[re.sub("[-_ ]", "", match)]
            _, rooms = HOMONYMS.get(name, ("", set()))
            used.add(name)
            if not any(f"{room}/".startswith(f"{place}/" if place else "") for place in rooms):
                wrong.append(f"{path.relative_to(ROOT)} names {match!r}")
    assert not wrong, "\n".join(wrong)
    assert used == HOMONYMS.keys()


@pytest.mark.parametrize(("text", "name"), [
    ('x = "huber"', "huber"), ('"""As in softmax_nll."""', "softmax_nll"),
    ("def softmax_nll_value(): pass", "softmax_nll"), ("class SoftmaxNll: pass", "softmax_nll"),
    ("const kind = 'softmaxNLL';", "softmax_nll"),
    ("# the mean squared error", "mean squared error"),
    ("HUBER_DELTA = 1", "huber"), ("hubert = 1", ""), ('f"a {kind} of huber, {n}"', "huber"),
    ("softmaxnll", "softmaxnll"), ("the unmasked mean of it", "unmasked mean")])
def test_a_name_is_found_however_it_is_written(text: str, name: str) -> None:
    assert mentions(text, finder(entries())) == ({name} if name else set())


def test_examples_in_the_help_are_of_commands_that_exist() -> None:
    from derive.commands import cli

    examples = tomllib.loads((ROOT / "rules" / "examples.toml").read_text())
    assert set(examples) <= {"derive", *cli.list_commands(None)}
    for name, entry in examples.items():
        arguments = ["--help"] if name == "derive" else [name, "--help"]
        output = command_line.run(*arguments).stdout
        for line in entry["lines"]:
            assert f"  {line}\n" in output
        assert output.index("\nExamples:\n") > output.index("\nHelp:\n")


def test_knowledge_lies_in_one_folder() -> None:
    assert not list((ROOT / "derive").rglob("*.toml"))


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["losses"], ["losses", "huber"],
                                       ["grad", "--help"], ["--version"]])
def test_listing_does_not_import_sympy(arguments: list[str]) -> None:
    code = ("import sys\nfrom derive.commands import cli\n"
            f"cli.main({arguments!r}, standalone_mode=False)\n"
            "print('heavy', sorted({'sympy', 'numpy', 'mpmath'} & set(sys.modules)))")
    assert run(code).rstrip().endswith("heavy []")


def test_importing_derive_is_light() -> None:
    assert run("import sys, derive; print('sympy' in sys.modules)").strip() == "False"


def test_rules_are_data_only() -> None:
    assert not list((ROOT / "rules").rglob("*.py"))
