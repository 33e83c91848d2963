"""Coq as the checker of proofs: its library compiled once, each file within a bound on its time."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from derive.errors import DeriveError
from derive.file_writing import cache_home, write_file
from derive.resources import rules_folder

REMARK = "remark: "  # before what tactics report
SECONDS = 60.0  # of processor time that one file may take, where nothing else is asked for
_FLAGS = ("-w", "none", "-q")
# The classical Reals of the standard library, and that functions are equal by their values.
ALLOWED = frozenset({
    "ClassicalDedekindReals.sig_not_dec", "ClassicalDedekindReals.sig_forall_dec",
    "FunctionalExtensionality.functional_extensionality_dep", "functional_extensionality_dep",
    "Classical_Prop.classic"})


class ProofError(DeriveError):
    """The proof assistant is missing, refuses a proof, or needs too long.

    `theorem` is the one that it refuses, `remarks` are what the tactics reported until then.
    """

    theorem: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """A file that was accepted: the axioms and lemmas of its theorems, and the processor time.

    `lemmas` are those of the library that stand in the proofs as the checker has them, `remarks`
    what the tactics reported.
    """

    axioms: tuple[str, ...]
    lemmas: tuple[str, ...]
    seconds: float
    remarks: tuple[str, ...] = ()


def checker_missing() -> str:
    """What is missing to check proofs, in one line; empty if all is there."""
    if shutil.which("coqc") is None:
        return "proofs are checked by coqc, which is not there: apt install coq libcoq-coquelicot"
    return _library_missing()


@cache
def _library_missing() -> str:
    where = subprocess.run(["coqc", "-where"], capture_output=True, text=True, check=False)
    if not (Path(where.stdout.strip()) / "user-contrib" / "Coquelicot").is_dir():
        return "proofs need Coquelicot, which is not there: apt install libcoq-coquelicot"
    return ""


@cache
def checker_name() -> str:
    """The proof assistant and its version."""
    shown = subprocess.run(["coqc", "--print-version"], capture_output=True, text=True, check=False)
    return f"Coq {shown.stdout.split()[0]}" if shown.stdout.split() else "Coq"


def library_files() -> list[Path]:
    """The files of the lemma library, each after those that it uses."""
    folder = rules_folder() / "proofs"
    files = {path.stem: path for path in folder.glob("*.v")}
    uses = {name: [word for line in re.findall(r"From Derive Require \w+ ([\w ]+)\.",
                                               path.read_text(encoding="utf-8"))
                   for word in line.split()] for name, path in files.items()}
    ordered: list[str] = []

    def place(name: str) -> None:
        for other in uses[name]:
            place(other)
        if name not in ordered:
            ordered.append(name)

    for name in sorted(files):
        place(name)
    return [files[name] for name in ordered]


@cache
def compiled_library() -> Path:
    """The folder of the compiled library, built unless an earlier run has built it.

    Raises ProofError where it cannot be built.
    """
    missing = checker_missing()
    if missing:
        raise ProofError(missing)
    files = library_files()
    texts = [path.read_text(encoding="utf-8") for path in files]
    key = hashlib.sha256("\0".join([checker_name(), *texts]).encode()).hexdigest()[:16]
    try:
        folder = cache_home() / "proofs" / key
        if not (folder / "complete").exists():
            _build(folder, dict(zip(files, texts, strict=True)))
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ProofError("the compiled lemmas cannot be kept in the user's cache folder: "
                         f"{reason}; name another by XDG_CACHE_HOME") from None
    return folder


def _build(folder: Path, texts: Mapping[Path, str]) -> None:
    """Compiles the library into a folder, which is there whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        build = Path(scratch) / "library"
        build.mkdir()
        for path, text in texts.items():
            (build / path.name).write_text(text, encoding="utf-8")
            _run(build / path.name, build, 300.0)
        (build / "complete").touch()
        try:
            build.rename(folder)
        except OSError:  # another process was faster
            if not (folder / "complete").exists():
                raise


def check_proof(text: str, theorems: Sequence[str] = (), seconds: float = SECONDS) -> Checked:
    """Has a file checked, and looks at the axioms of its theorems.

    Raises ProofError where it is refused, rests on other axioms than those of the Reals, or takes
    longer than so many seconds of processor time.
    """
    library = compiled_library()
    kept = library / f"{hashlib.sha256(chr(0).join((text, *theorems)).encode()).hexdigest()}.json"
    if kept.exists():  # this very text was accepted before, with this library
        known = json.loads(kept.read_text(encoding="utf-8"))
        return Checked(tuple(known["axioms"]), tuple(known["lemmas"]), known["seconds"],
                       tuple(known["remarks"]))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "Proof.v"
        asked = "".join(f'Redirect "{name}" Print {name}.\n' for name in theorems)
        path.write_text(text + asked, encoding="utf-8")
        started = _processor_time()
        shown = _run(path, library, seconds)
        spent = _processor_time() - started
        words = {word for name in theorems for word in re.findall(
            r"[\w']+", (Path(scratch) / f"{name}.out").read_text(encoding="utf-8"))}
    axioms = tuple(dict.fromkeys(_axioms(shown)))
    foreign = [axiom for axiom in axioms if axiom not in ALLOWED]
    if foreign or "Admitted" in text:
        raise ProofError(f"the proof rests on {', '.join(foreign) or 'what is not proved'}")
    checked = Checked(axioms, tuple(name for name in _lemmas() if name in words), spent,
                      _remarks(shown))
    write_file(kept, json.dumps(asdict(checked)), ProofError, recorded=False)
    return checked


@cache
def _lemmas() -> tuple[str, ...]:
    """The names of the lemmas of the library, in their order."""
    return tuple(name for path in library_files() for name in re.findall(
        r"^Lemma ([\w']+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def _axioms(shown: str) -> list[str]:
    """The names of axioms in what `Print Assumptions` printed."""
    return [line.split(" :")[0].strip() for block in shown.split("Axioms:")[1:]
            for line in block.splitlines() if line and not line.startswith(" ")
            and line.strip() and not line.startswith("Closed under")]


def _run(path: Path, library: Path, seconds: float) -> str:
    """What coqc prints about a file. Raises ProofError where it refuses it or takes too long."""
    command = ["coqc", *_FLAGS, "-Q", str(library), "Derive", str(path)]
    limited = _limited(command, seconds)
    try:
        done = subprocess.run(limited, capture_output=True, text=True, check=False,
                              cwd=path.parent, timeout=20 * seconds + 20)
    except subprocess.TimeoutExpired:
        raise ProofError(f"coqc was stopped after {20 * seconds + 20:.0f} s") from None
    if done.returncode:
        if done.returncode in (-9, -24, 137, 152):
            raise ProofError(f"coqc needs more than {seconds:.0f} s of processor time")
        raise _refusal(done.stderr, done.stdout, path.read_text(encoding="utf-8"))
    return done.stdout


def _limited(command: list[str], seconds: float) -> list[str]:
    """The command with a bound on its processor time, where the system has one."""
    if shutil.which("prlimit"):
        return ["prlimit", f"--cpu={max(1, round(seconds))}", *command]
    return command


def _refusal(shown: str, printed: str, text: str) -> ProofError:
    """Which theorem was refused, and why, in a line."""
    place = re.search(r"line (\d+), characters", shown)
    reason = " ".join(shown.partition("Error:")[2].split()) or " ".join(shown.split())
    reason = reason[:200].rstrip(".")
    lines = text.splitlines()[:int(place[1])] if place else []
    names = [match[1] for line in lines
             if (match := re.match(r"(?:Theorem|Lemma|Definition) ([\w']+)", line))]
    error = ProofError(f"coqc finds no proof of {names[-1]}: {reason}" if names else
                       f"coqc refuses the file: {reason}")
    error.theorem, error.remarks = names[-1] if names else "", _remarks(printed)
    return error


def _remarks(printed: str) -> tuple[str, ...]:
    return tuple(line[len(REMARK):] for line in printed.splitlines() if line.startswith(REMARK))


def _processor_time() -> float:
    """The processor time of child processes so far; the time, where the system does not tell."""
    times = os.times()
    return time.monotonic() if os.name == "nt" else times.children_user + times.children_system


