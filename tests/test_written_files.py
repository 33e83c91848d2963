"""Files are written whole or not at all, through no link, over nobody else's; plain ones are read.
"""

from __future__ import annotations

import errno
import io
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.commands.destination import check_place
from derive.errors import DeriveError
from derive.file_writing import Lock, beside, is_recorded, place_file, write_file
from derive.given_files import content_of, text_of
from derive.teaching.sites.own_folder import OwnFolder
from derive.training import checkpoint as checkpoints
from derive.training.interrupt import Interrupt
from derive.training.log import COLUMNS, check_own
from derive.training.progress import Lines
from derive.training.saving import known_log, other_bits
from tests.command_line import run
from tests.house import SOURCES
from tests.platforms import needs_posix
from tests.toy_run import trainer

SMALL: dict[str, Any] = {"hidden": 3, "steps": 2}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(autouse=True)
def own_record(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record of written files of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


WRITING = re.compile(r"\b(?!formatter)\w+\.write_(text|bytes)\(|\bopen\([^)]*[\"'][wax]b?[\"']")
IN_A_FOLDER_OF_ITS_OWN = {"c_compiler.py", "coq_checker.py", "playground.py"}  # which is temporary


def test_files_are_written_in_one_place() -> None:
    others = [f"{path.name}:{number}: {line.strip()}" for path in SOURCES
              for number, line in enumerate(path.read_text().splitlines(), 1)
              if WRITING.search(line) and "os.devnull" not in line]
    assert [line for line in others if line.partition(":")[0] not in IN_A_FOLDER_OF_ITS_OWN] == []


# --- written ------------------------------------------------------------------------------------

def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_file(path, "first")
    for call in ("write", "fsync", "replace"):
        def fail(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, call, fail)
        with pytest.raises(DeriveError, match=r"cannot write .*a\.txt: No space left on device"):
            write_file(path, "second", recorded=False)
        monkeypatch.undo()
        assert (path.read_text(), names(tmp_path)) == ("first", ["a.txt"])


@pytest.mark.parametrize("number", [errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO])
def test_what_the_disk_refuses_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                           number: int) -> None:
    def fail(*_: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(DeriveError) as raised:
        write_file(tmp_path / "a.txt", "text", recorded=False)
    assert str(raised.value) == f"cannot write {tmp_path / 'a.txt'}: {os.strerror(number)}"


@needs_posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_the_mode_of_a_file_that_is_replaced_is_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "run.ckpt"
    checkpoints.write(path, {"step": 1}, {})
    path.chmod(mode)
    checkpoints.write(path, {"step": 2}, {})
    both = (path, checkpoints.previous_of(path))
    assert [stat.S_IMODE(p.stat().st_mode) for p in both] == [mode, mode]


@needs_posix
def test_a_new_file_has_the_mode_that_the_user_gives_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "a.txt", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


@needs_posix
def test_no_link_is_followed_where_a_temporary_file_goes(tmp_path: Path) -> None:
    """Nobody foresees its name; a link of the name that it once had leads nowhere."""
    mine, path = tmp_path / "mine", tmp_path / "run.ckpt"
    mine.write_text("precious")
    for ending in (".part", ".link"):
        (tmp_path / f"run.ckpt{ending}").symlink_to(mine)
    for step in (1, 2):
        checkpoints.write(path, {"step": step}, {})
    (tmp_path / "run.ckpt.lock").symlink_to(mine)
    with pytest.raises(OSError, match=r"."):
        Lock(path).take()
    assert mine.read_text() == "precious"


@needs_posix
def test_what_a_dead_writer_left_is_cleared_and_what_a_living_one_has_is_not(
        tmp_path: Path) -> None:
    path, old = tmp_path / "a.txt", time.time() - 100
    dead = tmp_path / f".a.txt.{'0' * 16}.part"
    dead.write_text("half")
    os.utime(dead, (old, old))
    with beside(path, b"alive") as part:
        os.utime(part, (old, old))
        place_file(path, b"text")
        assert names(tmp_path) == sorted([part.name, "a.txt"])
    assert names(tmp_path) == ["a.txt"]


@needs_posix
def test_a_device_takes_what_it_is_given() -> None:
    write_file(Path("/dev/null"), "text")
    with pytest.raises(DeriveError, match="cannot write /dev/full: No space left on device"):
        write_file(Path("/dev/full"), "text")


# --- whose a file is ----------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "content"), [
    ("notes.txt", "my only line"), ("paper.tex", "\\documentclass{article}\n"),
    ("page.html", "<p>mine</p>"), ("a.json", "{}"), ("kernel.py", "import os\n")])
def test_no_answer_replaces_a_file_of_somebody_else(tmp_path: Path, name: str,
                                                    content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(DeriveError, match=r"is there already, .* or give --overwrite"):
        check_place(path)
    assert path.read_text() == content


def test_what_was_written_is_known_until_somebody_changes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_file(path, "answer\n")
    check_place(path)
    path.write_text("answer\nand a note of mine")
    assert not is_recorded(path)
    with pytest.raises(DeriveError, match="is not as derive has written it"):
        check_place(path)


def test_an_empty_file_and_a_page_of_ours_are_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(derive.grad("z**2").show("html"))  # whoever has written it
    (tmp_path / "empty").touch()
    check_place(page)
    check_place(tmp_path / "empty")


def test_the_command_refuses_and_overwrites_when_it_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("mine")
    done = run("grad", "z**2", "-o", str(path))
    assert (done.returncode, path.read_text(), done.stderr.count("\n")) == (1, "mine", 1)
    assert run("grad", "z**2", "-o", str(path), "--overwrite").returncode == 0
    assert run("grad", "z**3", "-o", str(path)).returncode == 0
    assert "3 z²" in path.read_text()


@pytest.mark.parametrize(("name", "first"), [
    ("a.jsonl", '{"step": 1, "mine": 2}'), ("a.jsonl", '{"step": 1}'), ("a.jsonl", '{"step": "a"}'),
    ("a.csv", "step,epoch,mine"), ("a.csv", "step;epoch")])
def test_one_line_without_an_end_is_no_log(tmp_path: Path, name: str, first: str) -> None:
    path = tmp_path / name
    path.write_text(first)
    with pytest.raises(DeriveError, match="is no log of derive: it is left as it is"):
        check_own(path)


@pytest.mark.parametrize("length", [1, 8, 9, 12, 20, 40, 10**4])
def test_a_first_row_that_was_cut_off_is_of_a_log(tmp_path: Path, length: int) -> None:
    row = "{" + ", ".join(f'"{name}": 1.5e-3' for name in COLUMNS) + "}\n"
    for name, text in (("a.jsonl", row), ("a.csv", ",".join(COLUMNS) + "\n")):
        (tmp_path / name).write_text(text[:length])
        check_own(tmp_path / name)


def test_the_place_of_the_checkpoint_before_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "run.ckpt.previous").write_text("mine")
    with pytest.raises(DeriveError, match=r"run\.ckpt\.previous, .* exists and is none"):
        trainer(tmp_path).start()


@needs_posix
@pytest.mark.parametrize("link", ["losses", "index.html", "deep/er"])
def test_a_site_stays_in_its_folder(tmp_path: Path, link: str) -> None:
    folder, outside = tmp_path / "site", tmp_path / "outside"
    (folder / link).parent.mkdir(parents=True)
    outside.mkdir()
    (folder / link).symlink_to(outside)
    file = link if link.endswith(".html") else f"{link}/a.html"
    with pytest.raises(DeriveError, match=r"is a link|was not written by"):
        OwnFolder(folder, "own.json", "derive site").claim([file])
    assert not names(outside)


@needs_posix
def test_a_page_of_ours_that_became_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("precious")
    for _ in range(2):
        target = OwnFolder(tmp_path / "site", "own.json", "derive site")
        target.claim(["a.html"])
        target.write("a.html", "page")
        (tmp_path / "site" / "a.html").unlink()
        (tmp_path / "site" / "a.html").symlink_to(mine)
    assert mine.read_text() == "precious"


# --- a run --------------------------------------------------------------------------------------

def test_two_runs_do_not_save_to_one_file(tmp_path: Path) -> None:
    first = trainer(tmp_path)
    first.start()
    with pytest.raises(DeriveError, match=r"another run saves to .* now; name another file"):
        trainer(tmp_path).start(overwrite=True)
    first.run()
    trainer(tmp_path).start(overwrite=True)
    assert names(tmp_path) == ["run.ckpt", "run.ckpt.previous", "run.csv"]


def test_two_runs_do_not_write_one_log(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "run.csv")
    assert lock.take()
    with pytest.raises(DeriveError, match="another run writes the log"):
        trainer(tmp_path).start()
    lock.release()
    trainer(tmp_path).start()  # the place of the checkpoint is free, too


@needs_posix
def test_the_lock_of_a_dead_process_locks_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    code = "import os, sys; from pathlib import Path; from derive.file_writing import Lock; " \
           "lock = Lock(Path(sys.argv[1])); assert lock.take(); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    assert names(tmp_path) == ["a.ckpt.lock"]
    lock = Lock(path)
    assert lock.take()
    assert not Lock(path).take()
    lock.release()
    assert names(tmp_path) == []


def test_a_strangers_checkpoint_does_not_choose_where_the_log_goes(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    path, log = tmp_path / "theirs" / "a.ckpt", tmp_path / "mine.csv"
    derive.train("names", save=path, log=log, **SMALL)
    before = log.read_text()
    with pytest.raises(DeriveError, match=r"names the log .*mine\.csv', which is outside of its"):
        derive.train(resume=path, steps=4)
    assert log.read_text() == before
    derive.train(resume=path, steps=4, log=log)
    assert log.read_text().startswith(before)


def test_a_log_beside_the_checkpoint_is_gone_on_with(tmp_path: Path) -> None:
    for named, log in ((tmp_path / "run.csv", tmp_path / "run.csv"), (None, None)):
        checkpoints.write(tmp_path / "a.ckpt", {"log": named and str(named)}, {})
        assert known_log(checkpoints.read(tmp_path / "a.ckpt")) == log


def test_what_changes_last_bits_is_said_when_a_run_is_resumed(tmp_path: Path) -> None:
    path = tmp_path / "run.ckpt"
    run_of_toys = trainer(tmp_path)
    run_of_toys.start()
    run_of_toys.run()
    saved = checkpoints.read(path)
    assert other_bits(saved, 1) == ""
    assert other_bits(saved, 2).startswith("--threads 2 instead of 1: sums may round otherwise")
    saved.header["numpy"] = "1.0"
    assert f"NumPy {np.__version__} instead of 1.0" in other_bits(saved, 1)
    saved.header.pop("threads")  # of an earlier derive
    assert "--threads" not in other_bits(saved, 2)


@needs_posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_saves_the_run(tmp_path: Path, name: str) -> None:
    number = getattr(signal, name)
    before = signal.signal(number, signal.default_int_handler)  # the tests may run under nohup
    run_of_toys = trainer(tmp_path, save_every=0)
    run_of_toys.start()
    take = run_of_toys.feed.take

    def signalled() -> Any:
        if run_of_toys.step == 7:
            os.kill(os.getpid(), number)
        return take()

    run_of_toys.feed.take = signalled
    try:
        assert run_of_toys.run().why == "interrupt"
    finally:
        signal.signal(number, before)
    assert checkpoints.read(tmp_path / "run.ckpt").header["step"] == 8


@needs_posix
def test_a_signal_that_was_ignored_is_ignored(tmp_path: Path) -> None:
    """As `nohup` has it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupt() as interrupt:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not interrupt.asked
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_reader_of_the_progress_that_has_left_ends_no_run() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.EIO, "the terminal has gone")

    display = Lines(Gone(), 0)
    display.step(1, 0.5)
    display.note("saved")


# --- read ---------------------------------------------------------------------------------------

@needs_posix
def test_devices_and_folders_are_no_files_to_read(tmp_path: Path) -> None:
    for path, words in (("/dev/zero", "it is a device"), (tmp_path, "Is a directory")):
        with pytest.raises(OSError, match=r".") as raised:
            content_of(path)
        assert words in raised.value.strerror


def test_more_than_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\rc")
    assert text_of(path) == "a\nb\nc"
    with pytest.raises(OSError, match=r".") as raised:
        content_of(path, 3)
    assert "it is larger than" in raised.value.strerror


@needs_posix
@pytest.mark.parametrize("command", [
    ("check", "FILE"), ("verify", "FILE"), ("grad", "z**2", "--rules", "FILE"),
    ("grad", "z**2", "--functions", "FILE"), ("train", "--data", "FILE"),
    ("train", "--resume", "FILE"), ("train", "names", "--model", "FILE"), ("predict", "FILE")])
def test_no_command_waits_for_a_device(command: tuple[str, ...]) -> None:
    done = run(*("/dev/zero" if word == "FILE" else word for word in command))
    assert done.returncode == 1
    assert done.stderr.startswith("derive: ")
    assert "Traceback" not in done.stderr
