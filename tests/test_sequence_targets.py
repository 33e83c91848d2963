"""Targets with lengths of their own (CTC, encoder-decoders), and predictions by the best path."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.errors import DataError, DeriveError, ModelError, TrainingError
from derive.training.tasks.metrics import collapsed, edits

Array = np.ndarray[Any, Any]
SMALL = {"steps": 20, "hidden": 6, "batch": 4, "dtype": "float64", "target": "numpy"}
ENCODER_DECODER = """
x: label(S)[T]
y: label(K)[R]
w: nonnegative[R]
h: real[T, H]
s: real[R, H]
E: real[S, H]
F: real[K, H]
W, Q: real[H, H]
V: real[K, H]
h[t] = tanh(W @ h[t-1] + E[x[t]])
y[-1] = 0
s[-1] = h[T-1]
s[r] = tanh(Q @ s[r-1] + F[y[r-1]])
o[r] = V @ s[r]
l[r] = -log(softmax(o[r])[y[r]])
L = sum(w*l)
"""


def lines(path: Path, records: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return str(path)


@pytest.fixture
def reversals(tmp_path: Path) -> str:
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abc"), rng.integers(1, 5))) for _ in range(24)]
    return lines(tmp_path / "reversals.jsonl", [{"x": w, "y": w[::-1] + w[0]} for w in words])


@pytest.fixture
def spoken(tmp_path: Path) -> str:
    rng, records = np.random.default_rng(1), []
    for _ in range(24):
        word = "".join(rng.choice(list("abc"), rng.integers(1, 3)))
        shown = [np.eye(4)["abc".index(c)] for c in word for _ in range(rng.integers(1, 3))]
        steps = [s for one in shown for s in (one, np.eye(4)[3])]
        records.append({"x": np.array(steps).tolist(), "y": word})
    return lines(tmp_path / "spoken.jsonl", records)


@pytest.fixture
def tagged(tmp_path: Path) -> str:
    rng, records = np.random.default_rng(2), []
    for _ in range(24):
        tags = rng.integers(0, 3, rng.integers(1, 7))
        x = np.eye(3)[tags] + rng.normal(0, 0.7, (len(tags), 3))
        records.append({"x": x.tolist(), "y": ["ABC"[n] for n in tags]})
    return lines(tmp_path / "tagged.jsonl", records)


# --- states of integers ----------------------------------------------------------------------

@pytest.mark.parametrize("target", ["numpy", "c"])
@pytest.mark.parametrize(("model", "expected"), [
    ("n: count[T]\nn[t] = n[t-1] + 1", lambda x: np.arange(1, len(x) + 1)),
    ("n: count[T]\nn[t] = n[t+1] + 1", lambda x: np.arange(len(x), 0, -1)),
    ("n: count[T]\nn[t] = n[t-1] + (1 if x[t] > 0 else 0)", lambda x: np.cumsum(x > 0)),
    ("n: binary[T]\nn[t] = 1 if x[t] > 1 else n[t-1]", lambda x: np.cumsum(x > 1) > 0),
    ("n: integer[T]\nn[t] = -n[t-1] + 2", lambda x: 2*(np.arange(len(x)) % 2 == 0)),
    ("c: label(3)[T]\nn: real[T]\nc[-1] = 2\n"
     "c[t] = 0 if x[t] > 0 else c[t-1]\nn[t] = c[t-1]", lambda x: np.where(
         np.concatenate([[0], np.cumsum(x > 0)[:-1]]) > 0, 0, 2)),
])
def test_a_state_of_integers_is_carried_from_step_to_step(model: str, expected: Any,
                                                          target: str) -> None:
    made = CompiledModel(f"x: real[T]\na: real\n{model}\nl[t] = a*n[t]*x[t]\nL = sum(l)", {},
                         np.float64, target=target)
    x = np.array([-1.0, 2.0, 0.5, -3.0, 4.0])
    ready = made.ready(len(x), 1)
    made.theta[...] = 1.0
    ready.put("x", x[:, None])
    ready.begin()
    ready.outputs()
    assert ready.loss() == pytest.approx(float(np.sum(expected(x) * x)), abs=1e-12)


# --- the best path ---------------------------------------------------------------------------

def best_path(o: Array, start: Array, between: Array) -> tuple[int, ...]:
    """The best sequence of labels of all, by trying them."""
    def score(path: tuple[int, ...]) -> float:
        return start[path[0]] + sum(o[t, k] for t, k in enumerate(path)) + sum(
            between[a, b] for a, b in itertools.pairwise(path))

    return max(itertools.product(range(o.shape[1]), repeat=len(o)), key=score)


@pytest.mark.parametrize("options", [{"model": "crf"}, {"model": "structured-perceptron"},
                                     {"head": "crf", "cell": "rnn"}])
def test_a_chain_of_labels_predicts_its_best_path(options: dict[str, str], tagged: str,
                                                  tmp_path: Path) -> None:
    run = derive.train(data=tagged, save=tmp_path / "a.ckpt", **options, **SMALL)
    model = derive.load(tmp_path / "a.ckpt")
    given = [np.array(json.loads(line)["x"]) for line in Path(tagged).read_text().splitlines()]
    made, p = model.predict(given), run.network.parameters
    for n, x in enumerate(given):
        here = made.places["sequence"] == n + 1
        assert tuple(made.values["y"][here]) == best_path(made.outputs["o"][here], p["s"], p["A"])
        assert len(x) == here.sum()


def test_the_printed_accuracy_is_that_of_the_best_paths(tagged: str, tmp_path: Path) -> None:
    run = derive.train(data=tagged, head="crf", save=tmp_path / "a.ckpt", **SMALL)
    made = derive.load(tmp_path / "a.ckpt").predict()
    assert run.metric == ("accuracy", pytest.approx(np.mean(made.values["y"] == made.targets["y"])))


def test_a_hidden_markov_model_learns_from_inputs_alone(tmp_path: Path) -> None:
    data = lines(tmp_path / "a.jsonl", [{"x": w} for w in ("aabba", "bb", "abab", "bbba", "aab")])
    run = derive.train(data=data, model="hmm", save=tmp_path / "a.ckpt", **{**SMALL, "hidden": 2})
    made, p = derive.load(tmp_path / "a.ckpt").predict(data), run.network.parameters

    def logs(u: Array) -> Array:
        return u - np.log(np.exp(u).sum(-1, keepdims=True))

    first = np.array([0, 0, 1, 1, 0])  # of aabba
    expected = best_path(logs(p["B"])[:, first].T, p["s"], logs(p["A"]))
    assert tuple(made.values["state"][:5]) == expected
    assert made.classes is None


def test_a_recurrence_of_ones_own_may_predict(tagged: str, tmp_path: Path) -> None:
    """The most frequent label so far: a count of each, by the likeliest of each step."""
    model = """
    x: real[T, D]
    y: label(K)[T]
    V: real[K, D]
    o: real[T, K]
    n: count[T, K]
    w: nonnegative[T]
    o[t] = V @ x[t]
    l[t] = -log(softmax(o[t])[y[t]])
    n[t, k] = n[t-1, k] + (1 if argmax(o[t]) == k else 0)
    predict[t] = argmax(n[t])
    L = sum(w*l)
    """
    derive.train(data=tagged, model=model, save=tmp_path / "a.ckpt", **SMALL)
    made = derive.load(tmp_path / "a.ckpt").predict(tagged)
    here = made.places["sequence"] == 3
    likeliest = made.outputs["o"][here].argmax(-1)
    counts = np.cumsum(np.eye(3)[likeliest], 0)
    assert made.values["y"][here].tolist() == counts.argmax(-1).tolist()


HIDDEN_CHAIN = """
x: real[T, D]
y: label(K)[T]
V: real[K, D]
A: real[K, K]
P: real[K, K]
o, v: real[T, K]
w: nonnegative[T]
o[t] = V @ x[t]
P[i, j] = log(softmax(A[i])[j])
l[t] = -log(softmax(o[t])[y[t]]) - P[y[t-1], y[t]]
y[-1] = 0
v[t, k] = o[t, k] + max(v[t-1, i] + P[i, k] for i in K)
L = sum(w*l)
predict[t] = argmax(v[t])
"""


def test_a_predicting_recurrence_reads_what_parameters_give(tagged: str, tmp_path: Path) -> None:
    """The best score of a path so far, by transitions that are an equation of their own."""
    run = derive.train(data=tagged, model=HIDDEN_CHAIN, save=tmp_path / "a.ckpt", **SMALL)
    made = derive.load(tmp_path / "a.ckpt").predict(tagged)
    logs = run.network.parameters["A"]
    logs = logs - np.log(np.exp(logs).sum(-1, keepdims=True))
    here = made.places["sequence"] == 3
    v, due = np.zeros(3), []
    for o in made.outputs["o"][here]:
        v = o + (v[:, None] + logs).max(0)
        due.append(v.argmax())
    assert made.values["y"][here].tolist() == due


def test_a_predicting_recurrence_reads_no_value_of_all_steps(tagged: str) -> None:
    text = HIDDEN_CHAIN.replace("w: nonnegative", "c: real[K]\nw: nonnegative").replace(
        "P[i, j] =", "c[k] = mean(o[t, k] for t in T)\nP[i, j] =").replace(
        "max(v[t-1, i]", "max(c[i] + v[t-1, i]").replace("softmax(o[t])", "softmax(o[t] + c)")
    with pytest.raises(ModelError, match="reads c, a value of all steps"):
        derive.train(data=tagged, model=text, **SMALL)


def test_a_best_path_of_one_target_is_refused(tmp_path: Path) -> None:
    text = HIDDEN_CHAIN.replace("y: label(K)[T]", "y: label(K)").replace("y[-1] = 0\n", "").replace(
        "l[t] = -log(softmax(o[t])[y[t]]) - P[y[t-1], y[t]]",
        "l[t] = -log(softmax(o[t])[y]) - P[y, y]")
    data = lines(tmp_path / "a.jsonl", [{"x": [[1.0], [2.0]], "y": "ab"[n % 2]} for n in range(6)])
    with pytest.raises((TrainingError, ModelError), match="a recurrence of its own"):
        derive.train(data=data, model=text, **SMALL)


# --- label sequences -------------------------------------------------------------------------

@pytest.mark.parametrize("options", [{"model": "ctc"}, {"head": "ctc", "cell": "gru"}])
def test_ctc_is_minus_log_of_the_sum_over_alignments(options: dict[str, str], spoken: str) -> None:
    run = derive.train(data=spoken, **options, **SMALL)
    part, network = run.run.data.held_out, run.network
    total = 0.0
    for n in range(len(part.lengths)):
        x = part.inputs[part.starts[n]:part.starts[n + 1], None]
        due = part.targets[part.target_starts[n]:part.target_starts[n + 1]].tolist()
        o = network.outputs({"x": x, "m": np.ones(x.shape[:2])})[0]
        scores = next(o[name] for name in ("predict", "o") if name in o)[:, 0]
        logs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
        total -= np.log(sum(
            np.exp(sum(logs[t, k] for t, k in enumerate(path)))
            for path in itertools.product(range(logs.shape[1]), repeat=len(logs))
            if collapsed(np.array(path)).tolist() == due))
    assert run.loss == pytest.approx(total / len(part.lengths), rel=1e-9)


def test_the_printed_edits_are_those_of_the_predictions(spoken: str, tmp_path: Path) -> None:
    run = derive.train(data=spoken, head="ctc", save=tmp_path / "a.ckpt", **SMALL)
    made = derive.load(tmp_path / "a.ckpt").predict()
    count = sum(map(len, made.targets["y"]))
    off = sum(edits(np.array([*a]), np.array([*b]))
              for a, b in zip(made.values["y"], made.targets["y"], strict=True))
    assert run.metric == ("edits", pytest.approx(off / count))


@pytest.mark.parametrize(("first", "second", "count"), [
    ("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2), ("aaa", "a", 2),
    ("abcdef", "azced", 3)])
def test_edits_are_counted(first: str, second: str, count: int) -> None:
    assert edits(np.array([*map(ord, first)]), np.array([*map(ord, second)])) == count


def test_repeats_go_before_blanks() -> None:
    assert collapsed(np.array([0, 1, 1, 0, 1, 2, 2, 0, 0])).tolist() == [1, 1, 2]


@pytest.mark.parametrize(("records", "message"), [
    ([{"x": [[1.0]], "y": "ab"}, {"x": [[1.0]], "y": "a"}], "sequence 1: 1 steps are too few"),
    ([{"x": [[1.0]], "y": "a"}, {"x": [[1.0], [2.0]], "y": "aa"}], "a blank between equal"),
    ([{"x": [[1.0]], "y": 1}, {"x": [[1.0]], "y": 1}], "y is one value"),
])
def test_label_sequences_that_cannot_be(records: list[dict[str, Any]], message: str,
                                        tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        derive.train(data=lines(tmp_path / "a.jsonl", records), head="ctc", **SMALL)


def test_other_data_than_label_sequences_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match="sequence"):
        derive.train("names", head="ctc", **SMALL)


# --- encoder and decoder ---------------------------------------------------------------------

def test_an_encoder_with_a_decoder_is_taught_by_its_targets(reversals: str) -> None:
    run = derive.train(data=reversals, model=ENCODER_DECODER, **SMALL)
    part, p = run.run.data.held_out, run.network.parameters
    total = hits = 0.0
    for n in range(len(part.lengths)):
        h = np.zeros(6)
        for x in part.inputs[part.starts[n]:part.starts[n + 1]]:
            h = np.tanh(p["W"] @ h + p["E"][x])
        before = 0
        for y in part.targets[part.target_starts[n]:part.target_starts[n + 1]]:
            h = np.tanh(p["Q"] @ h + p["F"][before])
            o = p["V"] @ h
            total += np.log(np.exp(o).sum()) - o[y]
            hits += o.argmax() == y
            before = y
    assert run.loss == pytest.approx(total / len(part.targets), rel=1e-9)
    assert run.metric == ("accuracy", pytest.approx(hits / len(part.targets)))


def test_what_it_writes_is_read_back_until_the_end(reversals: str, tmp_path: Path) -> None:
    run = derive.train(data=reversals, model=ENCODER_DECODER, save=tmp_path / "a.ckpt",
                       **{**SMALL, "steps": 150, "lr": 0.02})
    p, classes = run.network.parameters, run.run.data.classes
    made = derive.load(tmp_path / "a.ckpt").predict([["a", "b"], ["c"]], ahead=7)
    for text, given in zip(made.values["y"], ([0, 1], [2]), strict=True):
        h, before, own = np.zeros(6), 0, ""
        for x in given:
            h = np.tanh(p["W"] @ h + p["E"][x])
        while len(own) < 7:
            h = np.tanh(p["Q"] @ h + p["F"][before])
            before = int((p["V"] @ h).argmax())
            if not before:
                break
            own += classes[before]
        assert text == own


def test_numbers_may_follow_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    waves = [np.sin(np.arange(9 + n % 3)/2 + rng.uniform(0, 6)) for n in range(20)]
    lengths = np.array([len(w) - 4 for w in waves])
    path = tmp_path / "a.npz"
    np.savez(path, x=np.concatenate([w[:-4] for w in waves])[:, None], lengths=lengths,
             y=np.concatenate([w[-4:] for w in waves]), target_lengths=np.full(20, 4))
    model = """
    x: real[T, D]
    y: real[R]
    w: nonnegative[R]
    h: real[T, H]
    s: real[R, H]
    U: real[H, D]
    W, Q: real[H, H]
    f, v: real[H]
    y[-1] = 0
    h[t] = tanh(W @ h[t-1] + U @ x[t])
    s[-1] = h[T-1]
    s[r] = tanh(Q @ s[r-1] + f*y[r-1])
    mu[r] = dot(v, s[r])
    l[r] = (mu[r] - y[r])**2
    L = sum(w*l)
    """
    run = derive.train(data=path, model=model, save=tmp_path / "a.ckpt", **SMALL)
    held = derive.load(tmp_path / "a.ckpt").predict()
    mean, deviation = run.run.data.scales[0]
    error = (held.values["y"] - held.targets["y"])/deviation
    assert run.metric == ("rmse", pytest.approx(np.sqrt(np.mean(error**2))))
    assert mean == pytest.approx(np.mean(held.targets["y"]), abs=2)
    made = derive.load(tmp_path / "a.ckpt").predict([waves[0][:5], waves[1][:7]])
    assert made.places["step"].tolist() == [1, 2, 3, 4, 1, 2, 3, 4]


def test_padding_changes_nothing_where_the_model_has_no_mask(reversals: str) -> None:
    """Of an encoder whose last state is read, the sequences of a batch have equal lengths."""
    one, many = (derive.train(data=reversals, model=ENCODER_DECODER, **{**SMALL, "steps": 1,
                                                                        "lr": 1e-12, "batch": n})
                 for n in (1, 16))
    assert one.loss == pytest.approx(many.loss, rel=1e-9)


def test_a_decoder_that_reads_its_target_is_refused(reversals: str) -> None:
    leaking = ENCODER_DECODER.replace("y[r-1]", "y[r+1]").replace("y[-1]", "y[R]")
    with pytest.raises(TrainingError, match="what it is to predict"):
        derive.train(data=reversals, model=leaking, **SMALL)


def test_three_axes_of_time_are_refused(reversals: str) -> None:
    model = ENCODER_DECODER.replace("L = sum", "q: real[U, H]\nC: real[H, H]\nq[-1] = h[T-1]\n"
                                    "q[u] = tanh(C @ q[u-1])\nL = sum(q) + sum")
    with pytest.raises((TrainingError, ModelError)):
        derive.train(data=reversals, model=model, **SMALL)
