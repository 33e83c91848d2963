"""The command and the call that a derivation names make the same derivation again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

import derive
from derive.commands import cli
from derive.premises import Asked
from derive.rendering.asked_command import asked_call, asked_command, literal, page_command
from derive.rendering.derivation_json import shown

RNN = ("x: real[T, D]\nh: real[T, H]\nW: real[H, H]\nU: real[H, D]\ny: real[T, H]\n"
       "h[t] = tanh(W @ h[t-1] + U @ x[t])\nL = sum((h - y)**2)")
QUESTIONS: dict[str, Callable[[], derive.Derivation]] = {
    "an entry": lambda: derive.grad("softmax-nll"),
    "through a name": lambda: derive.grad("softmax-nll", through=["p"]),
    "through a definition": lambda: derive.grad("softmax-nll", through=["q = softmax(o)"]),
    "a route": lambda: derive.grad("softmax-nll", route="lse"),
    "a formula": lambda: derive.grad("(y - w*x)**2 / 2", given=["w, x, y: real"], wrt="w"),
    "a minus sign first": lambda: derive.grad("-log(q)", given="q: positive", wrt="q"),
    "given in lines": lambda: derive.grad("a*z**2", given="a: positive\nz: real", wrt="z"),
    "a condition": lambda: derive.grad("log(z - a)", given=["z, a: real", "z > a"], wrt="z"),
    "several variables": lambda: derive.grad("(y - w*x - b)**2", given=["w, b, x, y: real"],
                                             wrt=["w", "b"]),
    "a specification": lambda: derive.grad("r = y - w*x\nr**2", given=["w, x, y: real"], wrt="w"),
    "no names kept": lambda: derive.grad("r = y - w*x\nr**2", given=["w, x, y: real"], wrt="w",
                                         keep=False),
    "a name kept": lambda: derive.grad("r = y - w*x\nr**2", given=["w, x, y: real"], wrt="w",
                                       keep=("r",)),
    "LaTeX": lambda: derive.grad(r"\frac{1}{2} (y - w x)^2", wrt="w"),
    "a prime": lambda: derive.grad("\\log(1 + e^{-y z'})", wrt="z'"),
    "a Jacobian": lambda: derive.jacobian("softmax(o)[i]", given=["o: real[K]"], wrt="o"),
    "a Hessian": lambda: derive.hessian("huber"),
    "a likelihood": lambda: derive.nll("bernoulli", link="canonical"),
    "an observed name": lambda: derive.score("lam*exp(-lam*x)", given=["lam, x: positive"],
                                             wrt="lam", observed="x"),
    "data": lambda: derive.mle("bernoulli", data="0,0,1"),
    "data as numbers": lambda: derive.mle("normal", data=[1, 2.5, 4]),
    "values": lambda: derive.mle("binomial", data=[1, 2, 4], values={"n": 5}),
    "an information": lambda: derive.fisher("poisson"),
    "a noise": lambda: derive.noise("gaussian-mse"),
    "a cost": lambda: derive.cost("sigmoid(z) - t", given=["z: real", "t: probability"]),
    "a cost in its output": lambda: derive.cost(
        "y - t", given=["z: real", "t: probability"], define="y = sigmoid(z)", constant="none"),
    "an activation": lambda: derive.matching_loss("tanh"),
    "a cell": lambda: derive.bptt("rnn", head="gaussian-mse", last=True),
    "a mask": lambda: derive.bptt("rnn", masked=True, reduction="mean"),
    "a model": lambda: derive.bptt(RNN),
}


@pytest.fixture(scope="module", params=QUESTIONS)
def answer(request: pytest.FixtureRequest) -> derive.Derivation:
    return QUESTIONS[request.param]()


def test_the_command_makes_the_same_derivation(answer: derive.Derivation) -> None:
    assert answer.asked is not None
    program, *arguments = shlex.split(asked_command(answer.asked))
    assert program == "derive"
    done = CliRunner().invoke(cli, [*arguments, "--no-verify", "--format", "json"])
    assert done.exit_code == 0, done.output
    assert seen(json.loads(done.stdout)) == seen(shown(answer))


def test_the_call_makes_the_same_derivation(answer: derive.Derivation) -> None:
    assert answer.asked is not None
    imported, _, call = asked_call(answer.asked).partition("\n\n")
    assert imported == "import derive"
    again = eval(call, {"derive": derive})
    assert seen(shown(again)) == seen(shown(answer))


def seen(data: dict[str, Any]) -> dict[str, Any]:
    return {key: json.loads(json.dumps(data[key])) for key in
            ("title", "given", "result", "results", "remarks", "obligations", "start", "steps")}


@pytest.mark.parametrize(("asked", "command"), [
    (Asked("grad", "softmax-nll"), "derive grad softmax-nll"),
    (Asked("grad", "a*z**2", ("a: positive",), (("wrt", "z"),)),
     "derive grad 'a*z**2' -g 'a: positive' --wrt z"),
    (Asked("grad", "it's"), """derive grad 'it'"'"'s'"""),
    (Asked("matching_loss", "tanh"), "derive cost --activation tanh"),
    (Asked("bptt", "lstm", (), (("masked", True), ("layers", 2))),
     "derive bptt lstm --mask --layers 2"),
    (Asked("mle", "normal", (), (("data", ((1, 2), (3, 4))),)),
     "derive mle normal --data '1 2; 3 4'"),
])
def test_a_command_is_quoted_for_a_shell(asked: Asked, command: str) -> None:
    assert asked_command(asked) == command


def test_printing_options_stand_behind() -> None:
    assert asked_command(Asked("grad", "huber"), detail="full", format="html") == \
        "derive grad huber --detail full --format html"


@pytest.mark.parametrize("value", [
    "z", "it's", 'a "word"', "a\\b", "a\nb", "a\nb\"", "", "λ", "\u200b", ("w", "b"), {"n": 5},
    0.5, None, True, ((1, 2), (3, 4)), 'x\n"""'])
def test_literals_are_read_back(value: Any) -> None:
    def listed(data: Any) -> Any:
        return [listed(v) for v in data] if isinstance(data, tuple) else data

    assert eval(literal(value)) == listed(value)


def test_a_proof_that_there_is_no_cost_holds_the_question() -> None:
    with pytest.raises(derive.NotAGradient) as refused:
        derive.cost("softmax(z)*z", given=["z: real[K]"])
    assert asked_command(refused.value.proof.asked) == "derive cost 'softmax(z)*z' -g 'z: real[K]'"


def test_what_shows_that_there_is_no_noise_holds_the_question() -> None:
    with pytest.raises(derive.NoNoise) as refused:
        derive.noise("hinge")
    assert asked_command(refused.value.derivation.asked) == "derive noise hinge"


def test_a_long_command_of_a_page_is_in_lines_that_a_shell_joins() -> None:
    asked = Asked("grad", "(y - w*x - b)**2 / 2", ("w, b: real", "x, y: real", "-1 <= w"),
                  (("wrt", "w, b"),))
    command = page_command(asked)
    assert command.splitlines()[1:3] == ["  -g 'w, b: real' \\", "  -g 'x, y: real' \\"]
    assert shlex.split(command.replace("\\\n", "")) == \
        shlex.split(asked_command(asked, format="html"))


def test_why_exp_is_not_the_question_of_its_last_part() -> None:
    from derive.calculus.cost.family import family

    assert family().asked is None


def test_no_values_are_not_on_record() -> None:
    assert derive.mle("poisson", values={}).asked == derive.mle("poisson").asked
