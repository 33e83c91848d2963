"""Where answers go: files, standard output, pages in the browser, places that take nothing."""

from __future__ import annotations

import html
import json
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_line import ROOT, run
from tests.platforms import needs_full_disk
from tests.terminals import COMMAND, on_a_terminal

posix = pytest.mark.skipif(os.name != "posix", reason="terminals and devices of POSIX")
SHEET = "z: real\ngradient of z**2 with respect to z\n= 2*z\n"
# A quick question to each command that takes --output.
QUESTIONS = {
    "grad": ["z**2", "--wrt", "z"], "jacobian": ["softmax(z)", "-g", "z: real[K]"],
    "hessian": ["z**2", "--wrt", "z"], "cost": ["z - t"], "nll": ["bernoulli"],
    "score": ["bernoulli"], "mle": ["bernoulli"], "fisher": ["bernoulli"],
    "noise": ["gaussian-mse"], "kernel": ["gaussian-mse"], "bptt": ["rnn"],
    "demo": ["spread-of-uncertainty"], "check": ["sheet.txt"],
    "exercise": ["new", "gaussian-mse"], "verify": ["stored.json"],
    "prove": ["grad", "z**2", "--wrt", "z"],
    "sample": ["none.ckpt"], "train": ["--list"], "export": ["none.ckpt"],
}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "sheet.txt").write_text(SHEET)
    return tmp_path


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_place_that_takes_nothing_is_refused_before_any_work(name: str, folder: Path) -> None:
    for place, words in ((folder, "it is a folder"), (folder / "no" / "file", "there is no folder"),
                         (folder / "sheet.txt" / "file", "there is no folder")):
        start = time.monotonic()
        done = run(name, *QUESTIONS[name], "-o", str(place))
        assert (done.returncode, done.stdout) == (1, "")
        assert re.fullmatch(rf"derive: cannot write {re.escape(str(place))}: {words}.*\n",
                            done.stderr)
        assert time.monotonic() - start < 5


def test_data_that_are_not_there_are_refused_before_any_work() -> None:
    done = run("mle", "bernoulli", "--data", "nowhere.csv")
    assert (done.returncode, done.stdout, done.stderr) == \
        (1, "", "derive: cannot read nowhere.csv: there is no such file\n")


@pytest.mark.parametrize(("arguments", "words"), [
    ("train names --hidden 99999999999", "not enough memory for a network with --hidden"),
    ("bptt rnn --layers 100000", "at most 200 layers"),
    ("train names --layers 100000", "at most 200 layers")])
def test_numbers_beyond_reason_are_refused(arguments: str, words: str) -> None:
    start = time.monotonic()
    done = run(*arguments.split())
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert time.monotonic() - start < 20


@needs_full_disk
@pytest.mark.parametrize("name", ["grad", "kernel", "check", "demo", "cost"])
def test_a_full_disk_is_one_line(name: str, folder: Path) -> None:
    question = [str(folder / q) if q == "sheet.txt" else q for q in QUESTIONS[name]]
    done = run(name, *question, "-o", "/dev/full")
    assert (done.returncode, done.stderr) == \
        (1, "derive: cannot write /dev/full: No space left on device\n")


@needs_full_disk
@pytest.mark.parametrize("arguments", ["grad z**2 --wrt z", "losses", "--help", "", "check -"])
def test_a_full_standard_output_is_one_line(arguments: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, *arguments.split()], stdout=full, stderr=subprocess.PIPE,
                              input=SHEET, text=True, timeout=60)
    assert (done.returncode, done.stderr) == \
        (1, "derive: cannot write the output: No space left on device\n")


@needs_full_disk
@pytest.mark.parametrize(("line", "code"), [
    ("{} rules sifting >&-", 0), ("{} grad - <&-", 1), ("{} grad nothing-like-it 2>&-", 1),
    ("{} nothing-like-it 2>/dev/full", 2), ("{} losses | head -1", 0),
    ("{} grad z**2 --wrt z 2>&- >&- <&-", 0)])
def test_closed_streams_are_no_traceback(line: str, code: int) -> None:
    script = line.format(" ".join(COMMAND))
    done = subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True,
                          timeout=60, cwd=ROOT)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_without_permission_is_refused(folder: Path) -> None:
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    done = run("grad", "z**2", "--wrt", "z", "-o", str(folder / "answer.txt"))
    assert (done.returncode, done.stderr) == \
        (1, f"derive: cannot write {folder / 'answer.txt'}: no permission\n")


@pytest.mark.parametrize("name", ["grad", "kernel", "check", "demo", "train"])
def test_a_hyphen_is_standard_output(name: str, folder: Path) -> None:
    question = [str(folder / q) if q == "sheet.txt" else q for q in QUESTIONS[name]]
    assert run(name, *question, "-o", "-").stdout == run(name, *question).stdout
    assert not (ROOT / "-").exists()


@pytest.mark.parametrize(("suffix", "start"), [
    (".html", "<!doctype html>"), (".ipynb", "{\n"), (".json", "{\n"), (".tex", "\\documentclass"),
    (".md", "### "), (".txt", "Gradient"), ("", "Gradient")])
def test_the_suffix_names_the_form(suffix: str, start: str, tmp_path: Path) -> None:
    file = tmp_path / f"answer{suffix}"
    done = run("grad", "z**2", "--wrt", "z", "--output", str(file))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = file.read_text(encoding="utf-8")
    assert text.startswith(start) or (suffix == ".tex" and r"\begin" in text)
    run("grad", "z**2", "--wrt", "z", "--format", "text", "--output", str(file))
    assert file.read_text(encoding="utf-8").startswith("Gradient"), "--format wins"


def test_a_result_of_training_goes_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tasks.txt"
    assert run("train", "--list", "-o", str(file)).stdout == ""
    assert file.read_text(encoding="utf-8") == run("train", "--list").stdout


def test_a_list_is_text_or_json_by_the_suffix(tmp_path: Path) -> None:
    for name, written in (("cells.json", "[\n"), ("cells.txt", "rnn\t")):
        assert run("cells", "-o", str(tmp_path / name)).returncode == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(written)
    for command in ("losses", "rules", "demo"):
        assert run(command, "-o", str(tmp_path / "list.html")).returncode == 2
    assert not (tmp_path / "list.html").exists()


# On a terminal

@posix
def test_a_page_is_not_spilt_on_a_terminal(tmp_path: Path) -> None:
    written, code = on_a_terminal("grad", "softmax-nll", "--no-verify", "--format", "html",
                                   folder=tmp_path)
    assert code == 0
    assert "<" not in written
    assert "written to grad-softmax-nll.html" in written
    page = tmp_path / "grad-softmax-nll.html"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    _, code = on_a_terminal("grad", "softmax-nll", "--no-verify", "--format", "html",
                                   folder=tmp_path)
    assert code == 0, "a page of our own is replaced"
    page.write_text("mine")
    refused, code = on_a_terminal("grad", "softmax-nll", "--no-verify", "--format", "html",
                                   folder=tmp_path)
    assert (code, page.read_text()) == (1, "mine")
    assert "derive did not write it" in refused


def test_a_page_goes_into_a_pipe() -> None:
    assert run("grad", "z**2", "--wrt", "z", "--format", "html").stdout.startswith("<!doctype")


@posix
@pytest.mark.parametrize("arguments", [
    ["grad", "softmax-nll", "--no-verify"], ["demo", "spread-of-uncertainty"],
    ["check", "sheet.txt"]])
def test_open_shows_a_page_in_the_browser(arguments: list[str], folder: Path) -> None:
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {folder}/opened\n')
    browser.chmod(0o755)
    done = subprocess.run([*COMMAND, *arguments, "--open"], cwd=folder, capture_output=True,
                          text=True, timeout=60, env={**os.environ, "BROWSER": f"{browser} %s"})
    assert (done.returncode, done.stdout) == (0, "")
    address = (folder / "opened").read_text().strip()
    page = Path(address.removeprefix("file://"))
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert done.stderr == f"opened {page}\n"


@posix
@pytest.mark.parametrize("name", ["page.tex", "page.json", "page.md", "page.pdf"])
def test_a_page_is_not_written_under_the_suffix_of_another_form(name: str, tmp_path: Path) -> None:
    done = run("grad", "z**2", "-o", str(tmp_path / name), "--open")
    assert done.returncode == 2
    assert not any(tmp_path.iterdir())


def test_without_a_browser_the_page_is_named(folder: Path) -> None:
    done = subprocess.run([*COMMAND, "grad", "z**2", "--wrt", "z", "-o", "page.html", "--open"],
                          cwd=folder, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "BROWSER": "/no/browser/at/all", "PATH": "/nowhere"})
    assert done.returncode == 1
    assert done.stderr == "derive: no browser could be opened; the page is page.html\n"


@posix
@pytest.mark.parametrize("columns", [40, 80])
def test_text_fits_the_terminal(columns: int) -> None:
    written, code = on_a_terminal("nll", "bernoulli", "--no-verify", columns=columns,
                                  env={"NO_COLOR": "1"})
    assert code == 0
    assert "\x1b" not in written
    assert max(len(line.rpartition("\r")[2]) for line in written.splitlines()) <= columns


@posix
def test_a_terminal_is_told_that_it_is_read() -> None:
    written, code = on_a_terminal("grad", "-", "--wrt", "z", "--no-verify", typed=b"z**2\n\x04")
    assert code == 0
    assert "reading from the terminal; Ctrl-D ends the text" in written
    assert "2 * z" in written


# ASCII

@pytest.mark.parametrize("arguments", [
    ["demo"], ["grad", "huber", "--detail", "full"], ["nll", "bernoulli", "--format", "markdown"],
    ["plot"], ["rules", "sifting"], ["cells", "gru"], ["train", "--list"], ["--help"]])
def test_outputs_in_ascii_have_words(arguments: list[str]) -> None:
    done = run(*arguments, encoding="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "\\u" not in done.stdout
    assert "\\x" not in done.stdout


def test_the_encoding_of_the_environment_is_that_of_the_output() -> None:
    done = subprocess.run([*COMMAND, "rules", "sifting"], capture_output=True, timeout=60,
                          env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.stdout.decode() == run("rules", "sifting", encoding="ascii").stdout


@pytest.mark.parametrize("form", ["json", "html", "notebook"])
def test_forms_with_escapes_of_their_own_lose_nothing_in_ascii(form: str) -> None:
    plain, ascii = (run("grad", "softmax-nll", "--no-verify", "--format", form,
                        encoding=encoding).stdout for encoding in ("utf-8", "ascii"))
    assert ascii.isascii()
    if form == "html":
        assert html.unescape(ascii) == html.unescape(plain)
    else:
        assert json.loads(ascii) == json.loads(plain)


@pytest.mark.parametrize(("text", "words"), [
    ("ŷ = σ(z)", "yhat = sigma(z)"), ("x² + x₁₂", "x^2 + x_12"), ("2σz", "2 sigma z"),
    ("Xᵀ, μ̂, ½", "X^T, muhat, 1/2"), ("∂L/∂o → 0", "dL/do -> 0"), ("Σₖ x ≤ 3", "Sigma_k x <= 3"),
    ("Poincaré — “is” …", 'Poincare -- "is" ...'), ("a · b − c", "a * b - c"), ("plain", "plain")])
def test_signs_have_words(text: str, words: str) -> None:
    from derive.commands.ascii_words import in_ascii

    assert in_ascii(text) == words


def test_every_sign_of_rules_and_program_has_a_word() -> None:
    from derive.commands.ascii_words import in_ascii

    files = [*(ROOT / "rules").rglob("*.toml"), *(ROOT / "derive").rglob("*.py")]
    signs = {sign for file in files for sign in file.read_text(encoding="utf-8")}
    assert not {sign for sign in signs if not sign.isascii() and "\\" in in_ascii(sign)}


def test_missing_extras_are_named() -> None:
    code = ("import sys; sys.modules['matplotlib'] = None\n"
            "import importlib.util as u; real = u.find_spec\n"
            "u.find_spec = lambda n, *a: None if n == 'matplotlib' else real(n, *a)\n"
            "sys.argv = ['derive', 'plot', 'huber', '-o', 'x.png']\n"
            "from derive.commands import main; main()")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert done.stderr == "derive: plots need matplotlib: pip install 'derive-engine[plot]'\n"
