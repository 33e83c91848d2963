"""Checkpoints: what is refused, what a crash leaves behind, and that resuming changes no bit."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import derive
from derive.errors import CheckpointError, TrainingError
from derive.training import checkpoint as files
from derive.training.log import read_log
from derive.training.saving import Saver, load_parameters, pack, unpack
from tests.platforms import needs_posix
from tests.toy_network import ToyFeed, ToyNetwork, digest, toy
from tests.toy_run import trainer

ROOT = Path(__file__).resolve().parent.parent
HEADER = {"step": 3, "big": 2**100, "text": "é\n\ud800", "tiny": 5e-324}
ARRAYS = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.array(7),
          "e": np.zeros((0, 4)), "f": np.asfortranarray(np.arange(6.0).reshape(2, 3))}
TIMES = ("ms_per_step", "tokens_per_s", "train_s", "held_out_s")


class KilledHere(BaseException):
    """Stands for a kill in the middle of a step: nothing may catch it."""


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "a.ckpt"


def step_of(path: Path) -> int:
    return int(files.read(path).header["step"])


# --- the file -----------------------------------------------------------------------------------

def test_what_is_written_is_read(path) -> None:
    files.write(path, HEADER, ARRAYS)
    found = files.read(path)
    assert found.header == HEADER
    assert list(found.arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found.arrays[name].dtype == array.dtype
        assert (found.arrays[name] == array).all()
        assert found.arrays[name].shape == array.shape
    assert files.encode(HEADER, ARRAYS) == path.read_bytes()
    assert [p.name for p in path.parent.iterdir()] == ["a.ckpt"]


def test_trees_of_arrays_are_packed_and_unpacked() -> None:
    arrays: dict[str, np.ndarray] = {}
    tree = {"a": [np.arange(3), {"b": None}], "c": np.float32(0.5), "d": (1, "x"), "e": 2**70}
    back = unpack(pack(tree, arrays, "t"), arrays)
    assert (back["a"][0] == tree["a"][0]).all()
    assert back["a"][1:] == [{"b": None}]
    assert (back["c"], back["d"], back["e"]) == (0.5, [1, "x"], 2**70)


def test_every_truncation_and_every_changed_byte_is_refused(path) -> None:
    good = files.encode({"step": 1}, {"w": np.arange(5.0)})
    for size in range(len(good)):
        with pytest.raises(CheckpointError, match=r"truncated|no checkpoint"):
            files.decode(good[:size], path)
    for place in range(len(good)):
        with pytest.raises(CheckpointError, match=r"a\.ckpt (is|has|was)"):
            files.decode(good[:place] + bytes([good[place] ^ 0x41]) + good[place + 1 :], path)


def with_sum(content: bytes) -> bytes:
    return content + hashlib.sha256(content).digest()


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is no checkpoint of derive: it is empty"), (b"PK\x03\x04" * 99, "is no checkpoint"),
    (files.MAGIC[:5], "truncated"), (files.encode({}, {})[:-40], "truncated"),
    (files.encode({}, {"w": np.zeros(50)})[:-90], "truncated: 413 of 503 bytes|truncated: "),
    (files.encode({}, {}) + b"more", "4 bytes follow its end"),
    (files.encode({}, {})[:-1] + b"\0", "its checksum is wrong|damaged"),
    (with_sum(struct.pack("<8sIQ", files.MAGIC, 2, 2) + b"{}"),
     "has format version 2, and this derive reads up to 1; read it with a newer derive"),
    (with_sum(struct.pack("<8sIQ", files.MAGIC, 0, 2) + b"{}"),
     "has format version 0, which no derive has written"),
    (with_sum(struct.pack("<8sIQ", files.MAGIC, 999, 2) + b"{}"), "has format version 999, and"),
    (with_sum(struct.pack("<8sIQ", files.MAGIC, 1, 2) + b"{}"), "its header is unknown")])
def test_a_broken_checkpoint_is_refused_in_words(path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=words) as raised:
        files.read_good(path)
    assert str(path) in str(raised.value)


@needs_posix
def test_what_is_no_ordinary_file_is_neither_read_nor_replaced(tmp_path) -> None:
    with pytest.raises(CheckpointError, match="/dev/zero: it is a device"):
        files.read(Path("/dev/zero"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CheckpointError, match="it is no ordinary file"):
        Saver(tmp_path / "pipe").prepare()


def test_an_array_of_objects_is_never_written(path) -> None:
    with pytest.raises(CheckpointError, match="an array of object"):
        files.write(path, {}, {"w": np.array([None])})


def test_the_previous_checkpoint_is_kept_and_taken_where_the_last_is_broken(path) -> None:
    for step in range(4):
        files.write(path, {"step": step}, {})
    before = files.previous_of(path)
    assert (step_of(path), step_of(before)) == (3, 2)
    path.write_bytes(path.read_bytes()[:-1])
    found, notice = files.read_good(path)
    assert (found.header["step"], found.path) == (2, before)
    assert "truncated" in notice
    assert f"going on from {before}, step 2" in notice
    files.write(path, {"step": 9}, {})  # a broken file does not take the good one's place
    assert (step_of(path), step_of(before)) == (9, 2)
    path.unlink()
    assert files.read_good(path)[0].header["step"] == 2
    before.write_bytes(b"")
    path.write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"a\.ckpt is no .*; and .*previous is no checkpoint"):
        files.read_good(path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("place", ["write", "fsync", "replace", "open", "second replace"])
def test_a_failure_at_any_point_leaves_the_old_checkpoint(path, monkeypatch, place, number) -> None:
    files.write(path, {"step": 1}, {})
    files.write(path, {"step": 2}, {})
    name, calls = place.split()[-1], []
    real = getattr(files.os, name)

    def failing(*arguments, **named):
        calls.append(1)
        if name == "open" and not str(arguments[0]).endswith(".part"):
            return real(*arguments, **named)
        if place == "second replace" and len(calls) < 2:
            return real(*arguments, **named)
        if name == "write":
            real(arguments[0], bytes(arguments[1])[:20])
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, name, failing)
    remedy = "free some space" if number == errno.ENOSPC else os.strerror(number)
    with pytest.raises(CheckpointError, match=f"cannot save {path}: .*{remedy}"):
        files.write(path, {"step": 3}, {})
    monkeypatch.undo()
    assert step_of(path) == 2
    assert step_of(files.previous_of(path)) in (1, 2)
    assert not [p for p in path.parent.iterdir() if p.name.endswith((".part", ".link"))]
    files.write(path, {"step": 4}, {})
    assert (step_of(path), step_of(files.previous_of(path))) == (4, 2)


def test_without_hard_links_the_old_file_is_moved(path, monkeypatch) -> None:
    def refuse(*_):
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(files.os, "link", refuse)
    for step in range(3):
        files.write(path, {"step": step}, {})
    assert (step_of(path), step_of(files.previous_of(path))) == (2, 1)


@needs_posix
def test_a_link_stays_a_link(path, tmp_path) -> None:
    (tmp_path / "real").mkdir()
    path.symlink_to(tmp_path / "real" / "b.ckpt")
    files.write(path, {"step": 1}, {})
    assert path.is_symlink()
    assert step_of(tmp_path / "real" / "b.ckpt") == 1


def test_the_place_is_tried_before_the_training(tmp_path, monkeypatch) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for name, words in (("none/a.ckpt", "there is no folder"), (".", "it is a folder"),
                        ("notes.txt", "exists and is no checkpoint; name another file")):
        with pytest.raises(CheckpointError, match=words):
            Saver(tmp_path / name).prepare()
    files.try_place(tmp_path / "a.ckpt")
    assert {p.name for p in tmp_path.iterdir()} == {"notes.txt"}
    for number, words in ((errno.EACCES, "a folder that you may write to"),
                          (errno.ENOSPC, "free some space")):
        def refuse(*_, number=number):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(files.os, "open", refuse)
        with pytest.raises(CheckpointError, match=words):
            files.try_place(tmp_path / "a.ckpt")
        monkeypatch.undo()


def test_a_checkpoint_of_another_run_is_not_overwritten(path) -> None:
    files.write(path, {"step": 1}, {})
    with pytest.raises(CheckpointError, match="--resume, or give --overwrite"):
        Saver(path).prepare()
    Saver(path).prepare(overwrite=True)
    Saver(path, ours=True).prepare()


# --- a run --------------------------------------------------------------------------------------

def whole_run(tmp_path: Path, **options):
    folder = tmp_path / "whole"
    folder.mkdir()
    run = trainer(folder, **options)
    run.start()
    run.run()
    return folder


def stopped_run(folder: Path, step: int, **options):
    """A run that was lost right after `step`: nothing is saved at the end."""
    folder.mkdir()
    run = trainer(folder, **options)
    run.start()
    take = run.feed.take

    def stop():
        if run.step == step:
            raise KilledHere
        return take()

    run.feed.take = stop
    with pytest.raises(KilledHere):
        run.run()


def resumed(folder: Path, **options):
    run = trainer(folder, **options)
    run.saver.ours = True
    run.resume(files.read_good(folder / "run.ckpt")[0])
    run.run()


def same_end(one: Path, two: Path) -> None:
    """Every array, every number but times, and every row of the log agree."""
    a, b = files.read(one / "run.ckpt"), files.read(two / "run.ckpt")
    assert list(a.arrays) == list(b.arrays)
    for name in a.arrays:
        assert a.arrays[name].tobytes() == b.arrays[name].tobytes(), name
    for found in (a, b):
        found.header.pop("log")
        found.header["run"].pop("seconds")
        found.header["run"].pop("held_out_seconds")
        found.header["run"]["tally"].pop("seconds")
    assert a.header == b.header
    rows = [[{k: v for k, v in row.items() if k not in TIMES} for row in read_log(log)]
            for folder in (one, two) for log in folder.glob("run.[cj]s*")]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(("step", "options"), [
    (5, {}), (33, {"optimizer": "momentum"}), (49, {"dtype": "float32", "optimizer": "adagrad"}),
    (58, {"suffix": ".jsonl", "optimizer": "rmsprop"}), (21, {"patience": 3, "lr": 0.3}),
    (12, {"save_every": 1, "eval_every": 1}), (31, {"optimizer": "sgd", "clip_mode": "value"})])
@pytest.mark.parametrize("shuffled", [False, True])
def test_a_resumed_run_ends_bit_for_bit_like_one_that_never_stopped(
        tmp_path, step, options, shuffled) -> None:
    def feed():
        return ToyFeed(3, shuffled=shuffled)

    whole = whole_run(tmp_path, feed=feed(), **options)
    stopped_run(tmp_path / "two", step, feed=feed(), **options)
    resumed(tmp_path / "two", feed=feed(), **options)
    same_end(whole, tmp_path / "two")


def test_rows_after_the_checkpoint_are_not_doubled_and_a_half_row_is_dropped(tmp_path) -> None:
    whole = whole_run(tmp_path, save_every=20)
    stopped_run(tmp_path / "two", 39, save_every=20)
    log = tmp_path / "two" / "run.csv"
    assert [row["step"] for row in read_log(log)] == [7, 14, 21, 28, 35]
    with log.open("a") as file:
        file.write("42,0.3")
    resumed(tmp_path / "two", save_every=20)
    same_end(whole, tmp_path / "two")


def test_a_broken_last_checkpoint_costs_only_the_way_from_the_one_before(tmp_path) -> None:
    whole = whole_run(tmp_path)
    stopped_run(tmp_path / "two", 33)
    file = tmp_path / "two" / "run.ckpt"
    file.write_bytes(file.read_bytes()[:500])
    resumed(tmp_path / "two")
    same_end(whole, tmp_path / "two")


def test_a_finished_run_can_go_on_longer(tmp_path) -> None:
    options = {"schedule": "constant", "eval_every": 10}
    whole = whole_run(tmp_path, steps=90, **options)
    (tmp_path / "two").mkdir()
    run = trainer(tmp_path / "two", steps=60, **options)
    run.start()
    run.run()
    resumed(tmp_path / "two", steps=90, **options)
    one, two = (files.read(f / "run.ckpt").arrays["theta"] for f in (whole, tmp_path / "two"))
    assert one.tobytes() == two.tobytes()


def test_a_full_disk_stops_no_training(tmp_path, monkeypatch) -> None:
    whole = whole_run(tmp_path)
    folder = tmp_path / "two"
    folder.mkdir()
    run, told, real = trainer(folder), [], os.fsync
    run.start()
    run.progress.note = told.append

    def full(handle):
        if 20 < run.step < 40:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(files.os, "fsync", full)
    run.run()
    assert len(told) == 3
    assert "No space left on device; free some space" in told[0]
    assert "training goes on, and saves again in 5 steps" in told[0]
    assert f"The checkpoint of step 20 is in {folder / 'run.ckpt'}" in told[0]
    same_end(whole, folder)


def test_a_last_checkpoint_that_fails_goes_among_temporary_files(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "one").mkdir()
    run, told, real = trainer(tmp_path / "one"), [], os.open
    run.start()
    run.progress.note = told.append

    def refuse(path, *arguments):
        if "run.ckpt" in str(path):
            raise OSError(errno.EROFS, "Read-only file system")
        return real(path, *arguments)

    monkeypatch.setattr(files.os, "open", refuse)
    assert run.run().saved == tmp_path / "tmp" / "toy.ckpt"
    assert step_of(tmp_path / "tmp" / "toy.ckpt") == 60
    assert "saved to" in told[-1]
    run = trainer(tmp_path / "one")
    run.log = None
    run.network.initialise(np.random.default_rng(3))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "none"))
    with pytest.raises(CheckpointError, match="the last steps are lost"):
        run.run()


def test_a_checkpoint_of_another_network_or_dtype_is_refused(tmp_path) -> None:
    whole = whole_run(tmp_path, steps=8)
    kept = files.read(whole / "run.ckpt")
    for network, words in (
            (ToyNetwork(5, 7, 5, dtype="float32"),
             "of other sizes: U is 6 × 5 there and 7 × 5 here"),
            (toy(), "trained in float32, this run is in float64; give --dtype float32"),
            (toy(head="gaussian", dtype="float32"),
             r"another model; its equations are\n  h\[t\] = .*softmax")):
        for refuse in (lambda n=network: trainer(None, network=n).resume(kept),
                       lambda n=network: load_parameters(n, kept)):
            with pytest.raises(CheckpointError, match=f"(?s){words}"):
                refuse()
    with pytest.raises(CheckpointError, match="something else than a training run"):
        load_parameters(toy(), replace(kept, header={"kind": "other"}))
    with pytest.raises(CheckpointError, match="does not fit this run"):
        trainer(None, optimizer="momentum").resume(kept)


@pytest.mark.parametrize("missing", ["run", "theta"])
def test_a_checkpoint_with_parts_missing_is_refused(tmp_path, missing) -> None:
    kept = files.read(whole_run(tmp_path, steps=8) / "run.ckpt")
    kept.header.pop(missing, None)
    kept.arrays.pop(missing, None)
    with pytest.raises((CheckpointError, TrainingError), match=r"not fit|not written|tells of"):
        trainer(None).resume(kept)


# --- kill -9 ------------------------------------------------------------------------------------

def killed_until_done(folder: Path, steps: int, kills: int, seed: int) -> str:
    """Starts a run as a process, kills it at random moments, lets the last one end."""
    rng = np.random.default_rng(seed)
    for left in range(kills, -1, -1):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.toy_run", str(folder), str(steps)], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if left:
            assert process.stdout.readline().startswith("running")
            time.sleep(rng.uniform(0.001, 0.1))
            process.kill()
        out, err = process.communicate(timeout=60)
        if out.strip().startswith("done"):
            return out.split()[-1]
        assert left or process.returncode == 0, err
    return out.split()[-1]


def check_kills(tmp_path: Path, steps: int, kills: int) -> None:
    whole = whole_run(tmp_path, steps=steps)
    folder = tmp_path / "killed"
    folder.mkdir()
    end = killed_until_done(folder, steps, kills, seed=kills)
    assert end == digest(files.read(whole / "run.ckpt").arrays["theta"])
    same_end(whole, folder)


def test_three_kills_at_random_moments_change_no_bit(tmp_path) -> None:
    check_kills(tmp_path, 80, 3)


@pytest.mark.slow
def test_twenty_kills_at_random_moments_change_no_bit(tmp_path, request) -> None:
    if "slow" not in request.config.getoption("-m"):
        pytest.skip("on demand, with -m slow")
    check_kills(tmp_path, 400, 20)


# --- checkpoints of earlier versions --------------------------------------------------------------

DATA = Path(__file__).parent / "data"
# The parameters after step 40 of the run that version 0.1 saved at step 20 and went on with.
THETA_40 = [
    0.08219235954205409, -0.11307709585468904, 0.02516455142928866, 0.4354923775344991,
    -0.43088826855805024, 0.16052743882967122, 0.03950312051599895, -0.4426834821378419,
    0.010997184608492624, -0.38559158463850823, 0.4764954497870381, 0.1538137693687137,
    -0.4136578492961961, 0.36363720099405283, 0.15920221121288486, 0.975362806601933,
    0.7531180562346411, -0.879877270045377, -0.04163256289420638]


def test_a_checkpoint_of_version_0_1_goes_on_as_it_did_there(tmp_path) -> None:
    """The same in every bit on one machine; libraries of linear algebra differ by roundings."""
    old, new = tmp_path / "old.ckpt", tmp_path / "new.ckpt"
    shutil.copy(DATA / "trained_by_0_1.ckpt", old)
    run = derive.train(resume=old, data=str(DATA / "trained_by_0_1.csv"), steps=40, save=new)
    np.testing.assert_allclose(run.network.theta, THETA_40, rtol=1e-9, atol=1e-12)
    before, after = (files.read(path) for path in (old, new))
    assert before.arrays.keys() == after.arrays.keys()
    added = {"arrays", "places", "dims", "prediction", "bounded", "machine", "threads"}
    assert {*before.header} | added == {*after.header, "arrays"}
    assert {*before.header["run"], "held_out_seconds"} == {*after.header["run"]}
    layout = after.header["about"].pop("layout")  # what predictions for new data need
    assert after.header["about"].pop("notices") == []
    assert after.header["about"].pop("form") == ""  # one target for each step, as all were then
    assert (layout["columns"], layout["targets"]) == (["level"], ["level"])
    was, now = before.header["options"], after.header["options"]
    assert now == {**was, "steps": 40, "decimal": ".", "thousands": None, "event": None,
                   "init": [], "frozen": [], "sizes": [],
                   "data": now["data"], "target": "numpy",
                   "predict": was["target"]}  # its target was a column, and NumPy computed it
    assert before.header["about"] == {**after.header["about"], "source": "old_run.csv",
                                      "name": "old_run",
                                      "title": "level of old_run.csv"}
