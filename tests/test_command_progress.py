"""The line of progress on a terminal, and the completion of a shell."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import click
import pytest
from click.shell_completion import ShellComplete

from derive.commands import cli
from derive.reporting import Listener, listening, report
from tests.command_line import ROOT, run
from tests.terminals import COMMAND, EAGER, on_a_terminal

posix = pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")


# Progress

class Heard(Listener):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int, int]] = []
        self.details: set[str] = set()

    def stage(self, what: str, done: int, of: int) -> None:
        self.stages.append((what, done, of))

    def detail(self, what: str) -> None:
        self.details.add(what)


@posix
def test_long_work_is_shown_on_a_terminal_and_wiped() -> None:
    written, code = on_a_terminal("bptt", "rnn", "--detail", "brief", command=EAGER)
    assert code == 0
    progress, _, answer = written.rpartition("\r")
    assert "deriving" in progress
    assert "checking" in progress
    assert progress.rpartition("\r")[2].strip() == "", "it is wiped before the answer"
    assert all(len(line) < 80 for line in progress.split("\r"))
    assert "checking" not in answer
    plain = subprocess.run([*EAGER, "bptt", "rnn", "--detail", "brief"], text=True,
                           capture_output=True, cwd=ROOT, env={**os.environ, "COLUMNS": "80"})
    assert plain.stderr == "", "in a pipe nothing is shown"


@posix
def test_a_terminal_that_cannot_go_back_shows_no_progress() -> None:
    written, _ = on_a_terminal("grad", "softmax-nll", env={"TERM": "dumb"}, command=EAGER)
    assert "\r" not in written
    assert "checking" not in written


def test_short_work_is_not_shown() -> None:
    from derive.commands.progress_line import ProgressLine

    line = ProgressLine("thinking")
    line.start()
    line.end()
    assert line._shown == 0


@pytest.mark.parametrize(("question", "stages"), [
    (["fisher", "poisson"], {"deriving entries", "checking lines", "checking the result"}),
    (["bptt", "rnn"], {"deriving adjoints", "checking sequences"}),
    (["kernel", "gaussian-mse"], {"finding stable forms", "measuring accuracy"}),
])
def test_stages_of_work_are_reported(question: list[str], stages: set[str]) -> None:
    heard = Heard()
    with listening(heard):
        run(*question)
    assert stages <= {what for what, _, _ in heard.stages}
    assert all(1 <= done <= of for _, done, of in heard.stages if of)
    assert heard.details


def test_a_report_that_nobody_hears_costs_nothing() -> None:
    start = time.perf_counter()
    for n in range(10_000):
        report("thinking", n, 10_000)
    assert time.perf_counter() - start < 0.1


@posix
def test_a_child_process_reports_to_nobody() -> None:
    code = ("import os\nfrom derive.reporting import listening, report\n"
            "class Heard:\n    def stage(self, *said): print(*said, flush=True)\n"
            "with listening(Heard()):\n"
            "    child = os.fork()\n    report('child' if child == 0 else 'parent', 1, 1)\n"
            "if child: os.waitpid(child, 0)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "parent 1 1\n"


@posix
def test_ctrl_c_wipes_the_line() -> None:
    written, code = on_a_terminal("bptt", "rnn", interrupt_at=b"deriving", command=EAGER)
    assert code == 130
    assert "Traceback" not in written
    assert written.rstrip("\n").rpartition("\r")[0].rpartition("\r")[2].strip() == ""


# Completion

def completed(*words: str) -> list[str]:
    *before, incomplete = words
    shell = ShellComplete(cli, {}, "derive", "_DERIVE_COMPLETE")
    return [item.value for item in shell.get_completions(list(before), incomplete)]


@pytest.mark.parametrize(("words", "completions"), [
    (("gr",), ["grad"]), (("grad", "softmax-n"), ["softmax-nll"]), (("grad", "xen"), ["xent"]),
    (("grad", "--det"), ["--detail"]), (("grad", "softmax-nll", "--detail", "f"), ["full"]),
    (("grad", "--format", "h"), ["html"]), (("nll", "bernoulli-l"), ["bernoulli-log-odds"]),
    (("nll", "bernoulli", "--link", "log"), ["logit", "log"]),
    (("cost", "--activation", "pro"), ["probit"]), (("bptt", "gru-"), ["gru-reset-before"]),
    (("bptt", "rnn", "--reduction", "masked-s"), ["masked-sum"]), (("train", "br"), ["brackets"]),
    (("train", "--cell", "pee"), ["peephole-lstm"]),
    (("rules", "sifting-w"), ["sifting-within-brackets"]),
    (("demo", "spread"), ["spread-of-uncertainty"]), (("plot", "satu"), ["saturation"]),
    (("losses", "hub"), ["huber"]), (("notation", "softpl"), ["softplus"]),
    (("grad", "softmax-nll", "--route", "ls"), ["lse"]),
    (("kernel", "--dtype", "float3"), ["float32"]),
    (("--ver",), ["--version"]),
])
def test_a_shell_completes(words: tuple[str, ...], completions: list[str]) -> None:
    assert completed(*words) == completions


def test_a_shell_completes_files_where_there_may_be_one() -> None:
    shell = ShellComplete(cli, {}, "derive", "_DERIVE_COMPLETE")
    for before, incomplete in ((["grad"], "./my"), (["grad", "--output"], "a"), (["check"], "s")):
        items = shell.get_completions(before, incomplete)
        assert not items or {item.type for item in items} <= {"file", "plain"}
    assert [i.type for i in shell.get_completions(["grad"], "./my")] == ["file"]


@pytest.mark.parametrize(("shell", "line"), [
    ("bash", "plain,softmax-nll\n"), ("zsh", "plain\nsoftmax-nll\nSoftmax"),
    ("fish", "plain,softmax-nll\tSoftmax")])
def test_the_protocol_of_each_shell(shell: str, line: str) -> None:
    word = "softmax-n" if shell == "fish" else "2"
    done = subprocess.run([*COMMAND], capture_output=True, text=True, timeout=60, cwd=ROOT, env={
        **os.environ, "_DERIVE_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "derive grad softmax-n", "COMP_CWORD": word})
    assert done.stdout.startswith(line)


@pytest.mark.parametrize("words", ["derive gr", "derive grad sof", "derive rules sif",
                                   "derive bptt l"])
def test_completion_is_light(words: str) -> None:
    code = ("import sys\nfrom derive.commands import main\n"
            "sys.argv = ['derive']\n"
            "try:\n    main()\nexcept SystemExit:\n    pass\n"
            "print('heavy', sorted({'sympy', 'numpy', 'mpmath'} & set(sys.modules)),"
            " file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT,
                          env={**os.environ, "_DERIVE_COMPLETE": "bash_complete",
                               "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))})
    assert done.stdout.startswith("plain,")
    assert done.stderr.rstrip().endswith("heavy []")


def test_names_for_completion_are_those_of_the_tables() -> None:
    from derive.commands.entry_completion import _TABLES
    from derive.rulebook.loading import standard_rulebook
    from derive.tables.activation_table import activations
    from derive.tables.cell_table import cells, heads, reductions
    from derive.tables.distribution_table import distributions
    from derive.tables.loss_table import losses
    from derive.teaching.demonstrations.demonstration_files import demos
    from derive.training.tasks.registry import TASKS

    for table, entries in (("losses", losses()), ("distributions", distributions()),
                           ("activations", activations()), ("cells", cells()), ("heads", heads()),
                           ("reductions", reductions()), ("demonstrations", demos())):
        assert set(_TABLES[table]()[0]) == {entry.name for entry in entries}
    assert set(_TABLES["tasks"]()[0]) == set(TASKS)
    assert set(_TABLES["rules"]()[0]) <= {rule.name for rule in standard_rulebook()}
    assert len(_TABLES["rules"]()[0]) > 400
    assert isinstance(cli, click.Group)
