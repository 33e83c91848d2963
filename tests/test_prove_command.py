"""`derive prove`: what is written was checked, or says that nobody has checked it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from derive.commands import cli
from derive.proofs.coq_checker import checker_missing

MISSING = checker_missing()
coq = pytest.mark.skipif(bool(MISSING), reason=MISSING or "coqc is there")
ASKED = ("prove", "grad", "z**2", "-g", "z: real")


def run(*arguments: str) -> Result:
    """What the command answers."""
    return CliRunner().invoke(cli, [*arguments])


@coq
def test_a_file_is_checked_before_it_is_written(tmp_path: Path) -> None:
    done = run(*ASKED, "--lines", "-o", str(tmp_path / "square.v"))
    assert done.exit_code == 0
    assert "accepts gradient_of_loss and 1 line, for all values" in done.stderr
    assert "line 1: by the lemmas of derivative-of-whole-power" in done.stderr
    assert "checked" not in (tmp_path / "square.v").read_text()


def test_without_the_checker_a_file_says_that_nobody_checked_it(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    done = run(*ASKED)
    assert done.stderr.startswith("nobody has checked this file: proofs are checked by coqc, which")
    assert done.stdout.startswith("(* Nobody has checked this file: proofs are checked by coqc,")


def test_a_check_that_was_asked_for_needs_the_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    done = run(*ASKED, "--check")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "apt install coq" in str(done.exception)


def test_no_check_says_so_in_one_line() -> None:
    done = run(*ASKED, "--no-check")
    assert done.stderr == "nobody has checked this file: --no-check was given\n"
    assert done.stdout.startswith("(* Nobody has checked this file: --no-check was given. *)\n")


def test_a_page_with_the_record_of_a_proof_is_none_without_a_check() -> None:
    done = run(*ASKED, "--no-check", "-o", "square.html")
    assert done.exit_code == 2
    assert "a derivation has the record of its proof with --check" in done.stderr


@coq
def test_what_no_lemma_reaches_is_named() -> None:
    pairs = "sum(x[k]*x[j] for k in K for j in K if j < k)"
    done = run("prove", "grad", pairs, "-g", "x: real[K]")
    assert done.exit_code == 1
    assert "finds no proof of gradient_of_loss" in str(done.exception)
    assert "sum(sum(x[j] * x[k] for j in K if j < k) for k in K)" in str(done.exception)
