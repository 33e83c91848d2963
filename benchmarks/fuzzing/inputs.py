"""Random inputs: for each kind a text or file, and the calls that it is given to.

A call is `quick` where it reads and shows, else it derives, judges, compiles or trains. An input
is determined by the seed and its number alone.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import derive
from benchmarks.fuzzing.texts import (
    DENSITIES,
    GIVEN,
    MODELS,
    SEEDS,
    SHEETS,
    formula,
    json_changed,
    mutated,
    shuffled,
)
from derive.core.exact import exact

Call = Callable[[], Any]
_WRT = ("z", "u", "p", "o", "w", "W", "x", "o[i]", "b", "s")
_LATEX = (r"-\log\frac{e^{o_y}}{\sum_k e^{o_k}}", r"\frac{1}{2}\sum_{i=1}^N (x_i - \mu)^2",
          r"\|Wx - b\|_2^2 + \lambda\|x\|_1", r"\max(0, 1 - z)\cdot\sigma(z)",
          r"\sqrt{u}\,\mathbb{E}")
_RULE = ('[own]\nsays = "A sentence."\nfrom = "{}"\nto = "{}"\nstage = "fold"\nsource = "me"\n')
_SIDES = (("exp(u)*exp(v)", "exp(u + v)"), ("sum(c for k in K)", "K*c"), ("log(exp(u))", "u"),
          ("1 if y == 5 else 0", "delta(y, 5)"), ("f(x)", "f(x)"), ("u/u", "1"))
_EXERCISE = ('title = "An exercise"\ntask = "gradient of c*z**2 with respect to z"\n'
             'given = ["z: real", "c: positive"]\nmodel = ["= 2*c*z"]\npoints = { total = 10 }\n'
             '[vary]\nc = [2, 3, 5]\n')
_CSV = "when,x,y\n1,0.5,2\n2,0.25,3\n" + "".join(f"{n},{n / 7},{n % 3}\n" for n in range(3, 40))
_LINES = "".join(json.dumps({"x": [n, n + 1], "y": n % 2}) + "\n" for n in range(30))


@dataclass(frozen=True)
class Input:
    """An input of a kind: how it is written down, and what is done with it."""

    kind: str
    shown: str
    call: Call


def input_of(number: int, seed: int, folder: Path, share: float = 0.1) -> Input:
    """The input of a number; that `share` of them is derived, judged and compiled too."""
    draw = random.Random(f"{seed}/{number}")
    kind = draw.choice(tuple(KINDS))
    shown, call = KINDS[kind](draw, draw.random() >= share, folder)
    return Input(kind, shown, call)


def _typed(draw: random.Random) -> str:
    text = formula(draw, draw.randrange(1, 5)) if draw.random() < 0.5 else draw.choice(SEEDS)
    return text if draw.random() < 0.3 else mutated(text, draw)


def _given(draw: random.Random) -> list[str]:
    lines = list(GIVEN)
    if draw.random() < 0.2:
        at = draw.randrange(len(lines))
        lines[at] = mutated(lines[at], draw)
    return lines


def _read(text: str, given: list[str]) -> object:
    from derive.notation.printing.latex import latex
    from derive.notation.printing.plain import plain
    from derive.notation.reading.specification import specify

    read = exact(specify)(text, given)
    return plain(read.loss), latex(read.loss)


def _formula(draw: random.Random, quick: bool, _: Path) -> tuple[str, Call]:
    text, given, wrt = _typed(draw), _given(draw), draw.choice(_WRT)
    if quick:
        return f"specify({text!r}, {given})", lambda: _read(text, given)
    name = draw.choice(("grad", "grad", "hessian", "jacobian", "cost", "nll", "kernel", "noise",
                        "mle", "verify"))
    if name in ("nll", "mle"):
        text = mutated(draw.choice(DENSITIES), draw)
    function = getattr(derive, "grad" if name == "verify" else name)

    def call() -> object:
        made = function(text, given=given, wrt=wrt)
        return made.verify() if name == "verify" else made.show() if hasattr(made, "show") else made

    return f"{name}({text!r}, given={given}, wrt={wrt!r})", call


def _specification(draw: random.Random, quick: bool, _: Path) -> tuple[str, Call]:
    lines = [*_given(draw), "a = " + _typed(draw), "c[k] = o[k]*a", f"c[0] + {_typed(draw)}"]
    text = "\n".join(lines)
    if draw.random() < 0.3:
        text = mutated(text, draw)
    if quick:
        return f"specify({text!r})", lambda: _read(text, [])
    return f"grad({text!r}, wrt='z')", lambda: derive.grad(text, wrt="z").show("latex")


def _latex(draw: random.Random, quick: bool, _: Path) -> tuple[str, Call]:
    from derive.calculus.latex_targets import read_latex_target

    text = mutated(draw.choice(_LATEX), draw)
    if quick:
        return f"latex {text!r}", exact(lambda: read_latex_target(text, list(GIVEN), None, {}))
    return f"grad({text!r})", lambda: derive.grad(text, wrt="z", latex=True)


def _rules(draw: random.Random, quick: bool, folder: Path) -> tuple[str, Call]:
    from derive.judge.rules.rule_trials import checked_rules
    from derive.rulebook.loading import load_user_rules

    sides = [side if draw.random() < 0.5 else mutated(side, draw) for side in draw.choice(_SIDES)]
    text = _RULE.format(*sides) + ('given = ["u > 0"]\n' if "u" in sides[0] else "")
    if draw.random() < 0.3:
        text = mutated(text, draw)
    path = folder / "own.toml"

    def call() -> object:
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        return exact(load_user_rules if quick else checked_rules)([path])

    return f"rules {text!r}", call


def _model(draw: random.Random, quick: bool, _: Path) -> tuple[str, Call]:
    from derive.notation.reading.model_equations import read_model

    text = mutated(draw.choice(MODELS), draw)
    if quick:
        return f"model {text!r}", exact(lambda: read_model(text))
    return f"bptt({text!r})", lambda: derive.bptt(text).show()


def _sheet(draw: random.Random, quick: bool, _: Path) -> tuple[str, Call]:
    from derive.teaching.sheets.sheet import read_sheet

    text = mutated(draw.choice(SHEETS), draw)
    if quick:
        return f"sheet {text!r}", exact(lambda: read_sheet(text))
    return f"check({text!r})", lambda: derive.check(text, seconds=2, explain=True).show()


def _exercise(draw: random.Random, quick: bool, _: Path) -> tuple[str, Call]:
    from derive.teaching.exercises.exercise_file import parsed_exercise, read_exercise

    text = mutated(_EXERCISE, draw)
    if quick:
        return f"exercise {text!r}", exact(lambda: parsed_exercise(text, "it"))
    return f"exercise {text!r}", lambda: read_exercise(text)


def _request(draw: random.Random, quick: bool, _: Path) -> tuple[str, Call]:
    from derive.studio.studio_answer import answered

    asked: dict[str, Any] = {
        "ask": draw.choice(("gradient", "gradient", "hessian", "cost", "likelihood")),
        "formula": _typed(draw), "given": _given(draw), "options": {"wrt": "z"},
        "patience": 1, "preview": quick}
    if draw.random() < 0.3:
        asked = {"practice": {"action": draw.choice(("begin", "enter", "hint", "show", "x")),
                              "target": "softmax-nll", "line": _typed(draw), "text": "", "seed": 1,
                              "highest": 2}}
    data = json_changed(asked, draw) if draw.random() < 0.6 else asked

    def call() -> object:
        answer = answered(data)
        json.dumps(answer)
        return answer

    return f"request {data!r}", call


def _data(draw: random.Random, quick: bool, folder: Path) -> tuple[str, Call]:
    from derive.training.tasks.user_files import Options, read_file

    ending, content = draw.choice((
        (".csv", _CSV.encode()), (".jsonl", _LINES.encode()), (".npz", _npz()),
        (".txt", b"a text of some length, " * 9), (".json", json.dumps({"x": [1, 2, 3]}).encode())))
    changed, path = shuffled(content, draw), folder / f"data{ending}"

    def call() -> object:
        path.write_bytes(changed)
        if quick or ending != ".csv":
            return read_file(path, Options(targets=("y",) if ending == ".csv" else ()))
        return derive.mle("y ~ normal(mu + a*x, sigma)", data=str(path))

    return f"data{ending} {changed!r}", call


@cache
def _npz() -> bytes:
    written = io.BytesIO()
    np.savez(written, x=np.arange(60.).reshape(30, 2), y=np.arange(30) % 3,
             lengths=np.array([10, 20]))
    return written.getvalue()


@cache
def _checkpoint_file() -> bytes:
    """The checkpoint of a short run, which stands for those that people get from others."""
    path = Path(__file__).resolve().parents[2] / "tests" / "data" / "trained_by_0_1.ckpt"
    return path.read_bytes()


def _checkpoint(draw: random.Random, quick: bool, folder: Path) -> tuple[str, Call]:
    from derive.training.checkpoint import decode, encode
    from derive.training.setup import saved_options, stand_in

    path = folder / "run.ckpt"
    kept = decode(_checkpoint_file(), path)
    if draw.random() < 0.2:
        content, header = shuffled(_checkpoint_file(), draw), "bytes"
    else:
        changed = json_changed(kept.header, draw)
        header = json.dumps({k: v for k, v in changed.items() if v != kept.header.get(k)}) \
            if isinstance(changed, dict) else "none"
        content = encode(changed if isinstance(changed, dict) else {}, kept.arrays)

    def call() -> object:
        if quick:
            made = decode(content, path)
            return saved_options(made), stand_in(made)
        path.write_bytes(content)
        return derive.load(path).parameters

    return f"checkpoint {header}", call


@cache
def _stored_data() -> dict[str, Any]:
    return dict(derive.grad("u*z**2", given=["z: real", "u: positive"], wrt="z").to_json())


def _stored(draw: random.Random, quick: bool, _: Path) -> tuple[str, Call]:
    data = json_changed(_stored_data(), draw)
    text = json.dumps(data) if draw.random() < 0.8 else mutated(json.dumps(_stored_data()), draw)
    from derive.storing.reading import read

    return f"stored {text[:2000]!r}", exact(lambda: read(text)) if quick else (
        lambda: derive.verify(text))


KINDS: dict[str, Callable[[random.Random, bool, Path], tuple[str, Call]]] = {
    "formula": _formula, "specification": _specification, "latex": _latex, "rules": _rules,
    "model": _model, "sheet": _sheet, "exercise": _exercise, "request": _request, "data": _data,
    "checkpoint": _checkpoint, "stored": _stored,
}
