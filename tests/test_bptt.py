"""Back-propagation through time: what textbooks print, every line verified, errors noticed."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import derive
from derive.commands import cli
from derive.core import heads
from derive.core.indexing import exact, size
from derive.derivation import Derivation
from derive.errors import DeriveError, ModelError, VerificationError
from derive.notation.printing.matrices import in_matrices
from derive.notation.printing.plain import plain
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Scope
from derive.rendering.derivation_json import declarations
from tests.conftest import derivation, verified

FACES = "x: real[T, D]\nh: real[T, H]\nW: real[H, H]\nU: real[H, D]\n"
STEP = "h[t] = tanh(W @ h[t-1] + U @ x[t])\n"


def every(found: Derivation) -> dict[str, Derivation]:
    return {plain(d.quantity, d.reserved): d for d in (found, *found.others)}


def matrices(found: Derivation) -> dict[str, str | None]:
    return {plain(d.quantity.args[1]).partition("[")[0]:
            in_matrices(d.result, d.indices, d.time) for d in (found, *found.others)}


bptt = partial(derivation, "bptt")


def sound(model: str, **options: Any) -> Derivation:
    """The derivation for a model, replayed and judged."""
    found = bptt(model, **options)
    assert found.replay() == found.result
    judged = verified("bptt", model, **options)
    assert judged.verification.worst < 1e-40
    assert dict(judged.verification.sizes)["T"] == (1, 2, 3, 7)
    return judged


# What is derived

def test_goodfellow_10_17_to_10_28() -> None:
    found = sound("rnn")
    assert {q: d.notation for q, d in every(found).items()} == {
        "d(L, l[t])": "1",
        "d(L, o[t, i])": "softmax(o[t])[i] - delta(i, y[t])",
        "d(L, h[t, i])": "sum(V[k, i] * d(L, o[t, k]) for k in K) + "
                         "sum(W[k, i] * (1 - h[t + 1, k]**2) * d(L, h[t + 1, k]) for k in H)",
        "d(L, c[i])": "sum(d(L, o[t, i]) for t in T)",
        "d(L, b[i])": "sum((1 - h[t, i]**2) * d(L, h[t, i]) for t in T)",
        "d(L, V[i, j])": "sum(h[t, j] * d(L, o[t, i]) for t in T)",
        "d(L, W[i, j])": "sum(h[t - 1, j] * (1 - h[t, i]**2) * d(L, h[t, i]) for t in T)",
        "d(L, U[i, j])": "sum(x[t, j] * (1 - h[t, i]**2) * d(L, h[t, i]) for t in T)"}
    assert dict(found.remarks) == {"starts": "h[-1] = 0", "ends": "d(L, h[T]) = 0"}


def test_matrices_stand_where_they_fit() -> None:
    assert matrices(bptt("rnn")) == {
        "l": "1", "o": "softmax(o⁽ᵗ⁾) − onehot(y⁽ᵗ⁾)",
        "h": "Vᵀ ∂L/∂o⁽ᵗ⁾ + Wᵀ ((1 − (h⁽ᵗ⁺¹⁾)²) ∘ ∂L/∂h⁽ᵗ⁺¹⁾)",
        "c": "Σₜ ∂L/∂o⁽ᵗ⁾", "b": "Σₜ (1 − (h⁽ᵗ⁾)²) ∘ ∂L/∂h⁽ᵗ⁾",
        "V": "Σₜ ∂L/∂o⁽ᵗ⁾ (h⁽ᵗ⁾)ᵀ",
        "W": "Σₜ ((1 − (h⁽ᵗ⁾)²) ∘ ∂L/∂h⁽ᵗ⁾) (h⁽ᵗ⁻¹⁾)ᵀ",
        "U": "Σₜ ((1 − (h⁽ᵗ⁾)²) ∘ ∂L/∂h⁽ᵗ⁾) (x⁽ᵗ⁾)ᵀ"}


def test_the_adjoints_of_lstm_and_gru() -> None:
    lstm = matrices(sound("lstm"))
    assert lstm["c"] == "f⁽ᵗ⁺¹⁾ ∘ ∂L/∂c⁽ᵗ⁺¹⁾ + q⁽ᵗ⁾ ∘ (1 − tanh(c⁽ᵗ⁾)²) ∘ ∂L/∂h⁽ᵗ⁾"
    assert (lstm["f"], lstm["i"]) == ("c⁽ᵗ⁻¹⁾ ∘ ∂L/∂c⁽ᵗ⁾", "g⁽ᵗ⁾ ∘ ∂L/∂c⁽ᵗ⁾")
    assert lstm["W_f"] == "Σₜ (f⁽ᵗ⁾ ∘ (1 − f⁽ᵗ⁾) ∘ ∂L/∂f⁽ᵗ⁾) (h⁽ᵗ⁻¹⁾)ᵀ"
    gru = matrices(sound("gru"))
    assert gru["n"] == "(1 − z⁽ᵗ⁾) ∘ ∂L/∂h⁽ᵗ⁾"
    assert gru["z"] == "(h⁽ᵗ⁻¹⁾ − n⁽ᵗ⁾) ∘ ∂L/∂h⁽ᵗ⁾"
    assert gru["r"] == "(1 − (n⁽ᵗ⁾)²) ∘ (b_u + W_n h⁽ᵗ⁻¹⁾) ∘ ∂L/∂n⁽ᵗ⁾"
    assert None not in (*lstm.values(), *gru.values())


@pytest.mark.parametrize("style", ["ascii", "latex"])
def test_matrices_in_other_styles(style: str) -> None:
    found = every(bptt("rnn"))["d(L, h[t, i])"]
    text = in_matrices(found.result, found.indices, found.time, style)
    assert text is not None
    assert text.isascii()
    assert (text == "V.T @ d(L, o[t]) + W.T @ ((1 - h[t + 1]**2) * d(L, h[t + 1]))"
            or r"W^{\top} \, \left(\left(1 - \left(h^{(t + 1)}\right)^{2}\right) \circ" in text)


def test_an_adjoint_that_is_one_is_0_outside_of_the_steps() -> None:
    told = every(bptt(FACES + "g: real[T, H]\n" + STEP + "g[t] = h[t-1]**2\n"
                             "L = sum(g[t, k] for t in T for k in H)"))
    assert told["d(L, g[t, i])"].notation == "1"
    assert "d(L, g[t + 1, i])" in told["d(L, h[t, i])"].notation


@pytest.mark.parametrize(("cell", "options"), [
    # test_compiled.py compares the adjoints of all cells with the complex step
    pytest.param("gru-reset-before", {}, marks=pytest.mark.slow), ("mgu", {"head": "bernoulli"}),
    pytest.param("lstm-peephole", {"head": "gaussian"}, marks=pytest.mark.slow),
    ("relu-rnn", {"head": "gaussian-scale"}), ("rnn", {"head": "huber(delta=1)"}),
    ("relu-rnn", {"head": "log-cosh"}), ("rnn", {"masked": True, "reduction": "masked-sum"}),
    ("rnn", {"layers": 2}),
    ("rnn", {"labels": True, "reduction": "step-mean"}),
    ("rnn", {"labels": True, "embed": True, "last": True}),
    ("rnn", {"bidirectional": True, "masked": True, "last": True}),
], ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else value)
def test_cells_and_how_they_are_put_together(cell: str, options: dict) -> None:
    sound(cell, **options)


MODELS = {
    "a start that is learned": FACES + "h0: real[H]\nh[-1] = h0\n" + STEP +
        "L = sum(h[t, k]**2 for t in T for k in H)",
    "a start through a parameter that is read elsewhere": FACES + "h[-1] = tanh(W[0])\n" + STEP +
        "L = sum(h[T-1])",
    "backwards from a learned end": FACES + "g: real[H]\nh[T] = W @ g\n"
        "h[t] = sigmoid(W @ h[t+1] + U @ x[t])\nL = sum(h[0]) + sum(g**2)",
    "numbers alone": "x, h: real[T]\na, b: real\nh[-1] = tanh(a)\n"
        "h[t] = tanh(a*h[t-1] + b*x[t-1])\nL = h[T-1]*h[0] + sum(h**2)",
    "a name read now and before": FACES + "g: real[T, H]\n" + STEP +
        "g[t] = h[t]*h[t-1] + tanh(h[t-1])*g[t-1]\nL = sum(g[T-1]) + sum(h[0])",
    "looking ahead": FACES + "g: real[T, H]\n" + STEP +
        "g[t] = h[t+1]*h[t] + h[t-1]**2 + U @ x[t+1]\nL = sum(g[t, k] for t in T for k in H)",
    "what stands once a sequence": FACES + STEP + "s = h[T-1]\nr = W @ s + h[0]\nL = sum(r*s)",
    "one sequence into another": FACES + "g: real[T, H]\ny: label(H)[T]\n" + STEP +
        "s = h[T-1]\ng[-1] = tanh(s)\ng[t] = tanh(W @ g[t-1] + s*x[t-1, 0])\n"
        "l[t] = -log(softmax(g[t])[y[t]])\nL = sum(l)/T",
    "a spread that is learned": FACES + "v: real[H]\nlog_s: real\ny: real[T]\n" + STEP +
        "mu[t] = dot(v, h[t])\nl[t] = log_s + (y[t] - mu[t])**2*exp(-2*log_s)/2\n"
        "L = sum(l)/T + log_s**2*sum(v**2)",
    "softmax of the state": FACES + "h[t] = softmax(W @ h[t-1])*tanh(U @ x[t]) + W @ W @ h[t-1]\n"
        "L = sum(h[T-1]**2)",
}


@pytest.mark.parametrize("text", MODELS.values(), ids=MODELS.keys())
def test_models_of_ones_own(text: str) -> None:
    sound(text)


def test_the_start_gets_what_flows_into_it() -> None:
    found = bptt(MODELS["a start that is learned"])
    told = every(found)
    assert told["d(L, h0[i])"].notation == "d(L, h[-1, i])"
    assert told["d(L, h[-1, i])"].notation == \
        "sum(W[k, i] * (1 - h[0, k]**2) * d(L, h[0, k]) for k in H)"
    assert dict(found.remarks)["starts"] == "h[-1] = h0"


def test_the_mirror_image_for_what_runs_backwards() -> None:
    remarks = dict(bptt("rnn", bidirectional=True).remarks)
    assert remarks["starts"] == "h[-1] = 0; h_back[T] = 0"
    assert remarks["ends"] == "d(L, h[T]) = 0; d(L, h_back[-1]) = 0"


def test_a_mask_lets_the_adjoint_pass() -> None:
    told = every(bptt("rnn", masked=True))
    assert told["d(L, h_new[t, i])"].notation == "d(L, h[t, i]) if m[t] == 1 else 0"
    assert "(0 if m[t + 1] == 1 else 1) * d(L, h[t + 1, i])" in told["d(L, h[t, i])"].notation


WEIGHTS = {
    "mean": "m[n, t] / max(1, sum(sum(m[k]) for k in N))",
    "sequence-mean": "m[n, t] / (N * max(1, sum(m[n])))",
    "example-mean": "m[n, t] / N", "padded-mean": "m[n, t] / (N * T)",
    "unmasked-mean": "1 / (N * T)",
}


@pytest.mark.parametrize(("reduction", "weight"), WEIGHTS.items(), ids=WEIGHTS.keys())
def test_a_reduction_over_a_batch_weighs_the_steps(reduction: str, weight: str) -> None:
    found = sound("rnn", reduction=reduction)
    assert found.parts[0].notation == weight
    assert found.notation == "w[t]"
    assert dict(found.remarks)["weights"].startswith(f"w[t] = {weight} for the sequence n")


def test_the_table_of_reductions_is_what_is_derived() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "recurrence.md").read_text("utf-8")
    for reduction, weight in WEIGHTS.items():
        row = next(r for r in page.splitlines() if r.startswith(f"| `{reduction}` |"))
        assert row.endswith(f"| `{weight}` |")


def test_the_size_does_not_depend_on_the_lengths() -> None:
    found = bptt("lstm")
    assert "T" in found.given[0]
    assert max(size(d.result) for d in (found, *found.others)) < 160


# What is noticed

@exact
def planted(found: Derivation, quantity: str, text: str) -> Derivation:
    """The derivation with another last line for one quantity."""
    def forged(one: Derivation) -> Derivation:
        if plain(one.quantity, one.reserved) != quantity:
            return one
        scope = Scope()
        for line in declarations(one):
            scope.declare(line)
        last = replace(one.steps[-1], line=parse_value(text, scope))
        return replace(one, steps=(*one.steps[:-1], last))

    return replace(forged(found), others=tuple(forged(o) for o in found.others))


PLANTED = {
    "wrong sign": ("d(L, b[i])", "-sum((1 - h[t, i]**2) * d(L, h[t, i]) for t in T)"),
    "the step itself": ("d(L, h[t, i])", "sum(V[k, i]*d(L, o[t, k]) for k in K) + "
                        "sum(W[k, i]*(1 - h[t, k]**2)*d(L, h[t + 1, k]) for k in H)"),
    "not transposed": ("d(L, h[t, i])", "sum(V[k, i]*d(L, o[t, k]) for k in K) + "
                       "sum(W[i, k]*(1 - h[t + 1, k]**2)*d(L, h[t + 1, k]) for k in H)"),
    "diag left of W": ("d(L, h[t, i])", "sum(V[k, i]*d(L, o[t, k]) for k in K) + "
                       "sum(W[k, i]*(1 - h[t + 1, i]**2)*d(L, h[t + 1, k]) for k in H)"),
    "dropped term": ("d(L, h[t, i])", "sum(V[k, i]*d(L, o[t, k]) for k in K)"),
    "input of another step": ("d(L, U[i, j])",
                              "sum(x[t - 1, j]*(1 - h[t, i]**2)*d(L, h[t, i]) for t in T)"),
    "one step left out": ("d(L, V[i, j])", "sum(h[t, j]*d(L, o[t, i]) for t in T if t != 0)"),
    "target left out": ("d(L, o[t, i])", "softmax(o[t])[i]"),
}


@pytest.mark.parametrize(("quantity", "text"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_error_is_noticed(quantity: str, text: str) -> None:
    found = bptt("rnn")
    with pytest.raises(VerificationError, match="disagrees with the unrolled model"):
        planted(found, quantity, text).verify()


def test_a_missing_boundary_is_noticed() -> None:
    found = bptt(FACES + STEP + "L = sum(h[T-1])")
    told = every(found)["d(L, h[t, i])"].notation
    assert "delta(t, T - 1)" in told
    with pytest.raises(VerificationError):
        planted(found, "d(L, h[t, i])", told.replace("delta(t, T - 1)", "1")).verify()
    start = derive.bptt(MODELS["a start through a parameter that is read elsewhere"])
    with pytest.raises(VerificationError):
        planted(start, "d(L, W[i, j])",
                "sum(h[t - 1, j]*(1 - h[t, i]**2)*d(L, h[t, i]) for t in T)").verify()


def test_a_wrong_local_derivative_is_noticed() -> None:
    found = bptt("rnn")
    hidden = next(d for d in found.others if d.quantity.args[1].args[0].name == "h")
    local = hidden.parts[0]
    assert isinstance(local.quantity.args[0], heads.Element)
    bad = replace(local, steps=(*local.steps[:-1],
                                replace(local.steps[-1], line=2 * local.steps[-1].line)))
    parts = (bad, *hidden.parts[1:])
    others = tuple(replace(o, parts=parts) if o is hidden else o for o in found.others)
    with pytest.raises(VerificationError):
        replace(found, others=others).verify()


REFUSED = {
    "circular": (FACES + "h[t] = tanh(W @ h[t] + U @ x[t])\nL = sum(h[T-1])",
                 "circular within one step: h → h"),
    "a longer shift": (FACES + "h[t] = tanh(W @ h[t-2] + U @ x[t])\nL = sum(h[T-1])",
                       r"reads h\[t - 2\], a shift of -2; carry it"),
    "both directions": (FACES + "h[t] = tanh(W @ h[t-1] + W @ h[t+1] + U @ x[t])\nL = sum(h[0])",
                        "its own earlier and later steps"),
    "another step": (FACES + "h[t] = tanh(W @ h[0] + U @ x[t])\nL = sum(h[T-1])",
                     r"reads h\[0\]"),
    "undeclared": (FACES + "h[t] = tanh(W @ h[t-1] + V @ x[t])\nL = sum(h[T-1])",
                   "unknown name 'V'"),
    "unused": (FACES + "b: real[H]\n" + STEP + "L = sum(h[T-1])", "nothing reads b"),
    "idle": (FACES + "g: real[T, H]\n" + STEP + "g[t] = 2*g[t-1]\nL = sum(h[T-1])",
             "does not depend on g"),
    "shapes": (FACES + "h[t] = tanh(W @ h[t-1] + W @ x[t])\nL = sum(h[T-1])", "do not match"),
    "a loss that is an array": (FACES + STEP + "L = h[T-1]", "whole array"),
    "a start on the wrong side": (FACES + "h[T] = W[0]\n" + STEP + "L = sum(h[0])",
                                  r"nothing reads h\[t\+1\]"),
    "a start of another shape": (FACES + "h[-1] = U[0]\n" + STEP + "L = sum(h[0])", "shape"),
    "a start at no step": (FACES + "h[D] = W[0]\n" + STEP + "L = sum(h[0])", "no step"),
    "labels before the first": ("x: label(S)[T]\nE: real[S, H]\nh: real[T, H]\n"
                                "h[t] = tanh(E[x[t-1]] + h[t-1])\nL = sum(h[T-1])", "no value"),
    "a number of steps": (FACES.replace("T", "5") + STEP + "L = sum(h[4])", "time runs over 5"),
    "no equation": ("x: real[T]\nL = sum(x)", "no equation has a time index"),
    "two equations": (FACES + STEP + STEP + "L = sum(h[T-1])", "an equation already"),
    "a cell without input": ("h: real[T, H]\nh[t] = tanh(h[t-1])", "declare x"),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_model_that_does_not_fit_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(DeriveError, match=words):
        derive.bptt(text)


@pytest.mark.parametrize(("call", "words"), [
    ({"model": "lst"}, "did you mean lstm"), ({"model": "rnn", "head": "x y"}, "no head"),
    ({"model": "rnn", "head": "huber"}, "give it a value"),
    ({"model": "rnn", "head": "huber(a=1)"}, "has no a"),
    ({"model": "rnn", "reduction": "median"}, "no reduction"),
    ({"model": "none.txt"}, "cannot read"),
    ({"model": "rnn", "last": True, "reduction": "mean"}, "one loss"),
    ({"model": FACES + STEP + "L = sum(h[T-1])", "layers": 2}, "taken as it is"),
])
def test_an_unknown_name_is_refused_in_words(call: dict, words: str) -> None:
    with pytest.raises(DeriveError, match=words):
        derive.bptt(**call)


def test_a_fault_is_shown_with_its_line() -> None:
    with pytest.raises(ModelError) as caught:
        derive.bptt(REFUSED["a longer shift"][0])
    assert "h[t] = tanh(W @ h[t-2] + U @ x[t])" in str(caught.value)


# What is printed

def test_the_page_shows_the_model_and_the_ends() -> None:
    page = bptt("rnn").show("text", width=100)
    assert "model     h⁽ᵗ⁾ = tanh(b + U x⁽ᵗ⁾ + W h⁽ᵗ⁻¹⁾)" in page
    assert "            o⁽ᵗ⁾ = c + V h⁽ᵗ⁾" in page
    assert "h[t] is read by h[t + 1] and o[t]." in page
    assert "∂hⱼ⁽ᵗ⁾/∂hᵢ⁽ᵗ⁻¹⁾ = " in page
    assert page.index("∂hⱼ⁽ᵗ⁾/∂hᵢ⁽ᵗ⁻¹⁾ = ") < page.index("∂L/∂hᵢ⁽ᵗ⁾ = ") < page.index("∂L/∂cᵢ = ")
    assert "ends      d(L, h[T]) = 0" in page
    assert max(map(len, page.split("\n"))) <= 100
    lines = [line for line in page.split("\n") if line.endswith("= Vⱼᵢ") or "= 1 " in line]
    assert len(lines) == len(set(lines))


def test_other_forms_of_the_page() -> None:
    found = bptt("gru", masked=True, bidirectional=True, reduction="mean")
    assert found.show("text", ascii=True).isascii()
    assert len(found.show("text", detail="brief")) < len(found.show("text")) * 0.6
    tex = found.show("latex")
    assert tex.isascii()
    assert r"h_{k}^{(t + 1)}" in tex
    assert "- `d(L, h[t, i]) = " in found.show("markdown")
    assert max(map(len, found.show("text", width=60).split("\n"))) <= 60


@pytest.mark.parametrize("text", ["rnn", *MODELS.values()], ids=["rnn", *MODELS])
def test_every_notation_reads_back(text: str) -> None:
    found = bptt(text)
    told = json.loads(found.show("json"))
    assert told["result"]["quantity"] == told["quantity"]
    _read_back(found, told)


@exact
def _read_back(one: Derivation, told: dict) -> None:
    def read(text: str, more: tuple[str, ...] = ()):
        scope = Scope()
        for line in (*told["declarations"], *more):
            scope.declare(line)
        return parse_value(text, scope)

    assert read(told["quantity"]) == one.quantity
    assert read(told["start"]) == one.start
    assert read(told["result"]["notation"]) == one.result
    for step, said in zip(one.steps, told["steps"], strict=True):
        assert read(said["line"]) == step.line
        read(said["before"], said["declarations"])
        read(said["after"], said["declarations"])
    for name in ("parts", "others"):
        for part, data in zip(getattr(one, name), told[name], strict=True):
            _read_back(part, data)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path: Path) -> None:
    pages = [bptt("rnn").show("latex"), bptt(MODELS["numbers alone"]).show("latex"),
             bptt("gru", masked=True, bidirectional=True).show("latex", detail="brief")]
    file = tmp_path / "all.tex"
    file.write_text("\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n"
                    + "\n\n".join(pages) + "\n\\end{document}\n", encoding="utf-8")
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", file.name],
                          cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]


# The commands

def test_the_command_reads_names_files_and_standard_input(tmp_path: Path) -> None:
    model = tmp_path / "own.txt"
    model.write_text(FACES + STEP + "L = sum(h[T-1])")
    cell = tmp_path / "own.toml"
    cell.write_text('[own]\ntitle = "My cell"\ngiven = ["x: real[T, D]", "h: real[T, H]", '
                    '"W: real[H, H]", "U: real[H, D]"]\nequations = ["' + STEP.strip()
                    + '"]\noutput = "h"\n')
    whole = tmp_path / "whole.toml"
    whole.write_text('[whole]\ntitle = "My model"\ngiven = ["x, h: real[T]", "a: real"]\n'
                     'equations = ["h[t] = tanh(a*h[t-1] + x[t])"]\nloss = "L = sum(h)"\n')
    run = CliRunner()
    for name, words in ((model, "own"), (cell, "My cell"), (whole, "My model")):
        done = run.invoke(cli, ["bptt", str(name), "--width", "90"])
        assert done.exit_code == 0, done.output
        assert f"Back-propagation through time: {words}" in done.output
        assert "of the unrolled model" in done.output
    done = run.invoke(cli, ["bptt", "-", "--no-verify", "--format", "json"],
                      input=model.read_text())
    assert json.loads(done.output)["result"]["indices"] == ["t", "i"]
    cell_text = FACES + STEP
    assert "bernoulli" in bptt(cell_text, head="bernoulli").title.lower()


def test_the_tables_of_cells() -> None:
    run = CliRunner()
    listed = run.invoke(cli, ["cells"]).output
    assert {"rnn", "lstm", "gru"} <= {line.split("\t")[0] for line in listed.split("\n")}
    assert "c[t] = f[t]*c[t-1] + i[t]*g[t]" in run.invoke(cli, ["cells", "lstm"]).output
    assert "sum(m*l)/max(1, sum(m))" in run.invoke(cli, ["cells", "--reductions"]).output
    assert "softmax-nll" in run.invoke(cli, ["cells", "--heads"]).output
    assert json.loads(run.invoke(cli, ["cells", "gru", "--format", "json"]).output)
    assert run.invoke(cli, ["cells", "gru", "--heads"]).exit_code == 2
