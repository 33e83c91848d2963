"""Notebooks: valid, the same bytes twice, and their check cells run and can fail."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import derive
from derive.derivation import Derivation
from derive.errors import NotAGradient
from derive.rendering.forms import render
from derive.rendering.notebook import cells, notebook
from derive.tables.loss_table import losses
from derive.teaching.demonstrations.demonstration import demonstrate
from derive.teaching.demonstrations.demonstration_files import demos
from derive.teaching.teaching_forms import show_demo

W = ["W: real[H, D]", "x: real[D]", "t: real[H]"]
CASES: dict[str, Callable[[], Derivation]] = {
    "gradient": lambda: derive.grad("softmax-nll"),
    "gradient of a number": lambda: derive.grad("huber"),
    "gradient by a matrix": lambda: derive.grad("sum((W @ x - t)**2)", given=W, wrt="W"),
    "through p": lambda: derive.grad("softmax-nll", through=["p"]),
    "by a route": lambda: derive.grad("softmax-nll", route="matching"),
    "a label among the names": lambda: derive.grad("class-weighted-softmax-nll"),
    "a name that is also a helper's": lambda: derive.grad("dirichlet-nll"),
    "special functions": lambda: derive.grad("probit-nll"),
    "Jacobian": lambda: derive.jacobian("softmax(o)", given="o: real[K]"),
    "Hessian": lambda: derive.hessian("softmax-nll"),
    "cost": lambda: derive.cost("softmax(z)[m] - delta(m, T)", wrt="z[m]",
                                given=["z: real[K]", "T: label(K)"]),
    "cost in the output": lambda: derive.cost("y - t", output="y = sigmoid(z)"),
    "matching loss": lambda: derive.matching_loss("probit"),
    "loss of a distribution": lambda: derive.nll("normal"),
    "loss through a link": lambda: derive.nll("bernoulli", link="logit"),
    "score": lambda: derive.score("weibull"),
    "estimate": lambda: derive.mle("normal"),
    "recurrent network": lambda: derive.bptt("rnn"),
    "LSTM": lambda: derive.bptt("lstm"),
    "read both ways": lambda: derive.bptt("rnn", bidirectional=True),
    "two outputs a step": lambda: derive.bptt("rnn", head="gaussian-scale"),
    "a cell with a kink": lambda: derive.bptt("relu-rnn"),
    "a support that moves": lambda: derive.nll("uniform"),
}


def code_of(found: Derivation) -> list[str]:
    return [source for kind, source in cells(found) if kind == "code"]


def executed(code: list[str]) -> str:
    """Runs cells in one namespace without a display; what they print."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    told = io.StringIO()
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(told), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in code:
            exec(compile(source.replace("plt.show()", "plt.close()"), "<cell>", "exec"), names)
    return told.getvalue()


@pytest.mark.parametrize("case", CASES)
def test_the_check_cell_agrees(case: str) -> None:
    code = code_of(CASES[case]())
    assert code, "no check cell"
    assert executed(code)


@pytest.mark.parametrize("case", ["gradient", "Hessian", "cost", "estimate", "recurrent network",
                                  "loss through a link"])
def test_a_wrong_result_fails_in_its_cell(case: str) -> None:
    """The result with a factor of 2, or its first sum spoilt."""
    code = code_of(CASES[case]())[0]
    wrong = {"gradient": ("return softmax(o)[i] - delta(i, y)", "return softmax(o)[i] - 1"),
             "Hessian": ("delta(i, j) - softmax(o)[j]", "1 - softmax(o)[j]"),
             "cost": ("return -log(softmax(z)[T])", "return log(softmax(z)[T])"),
             "estimate": ("mu = mean(y)", "mu = sum(y)"),
             "recurrent network": ("(1 - h[t, i]**2) * d_h[t, i]", "(1 - h[t, i]) * d_h[t, i]"),
             "loss through a link": ("return softplus(z) - y * z", "return softplus(z) + y * z"),
             }[case]
    assert wrong[0] in code
    with pytest.raises(AssertionError):
        executed([code.replace(*wrong)])


def test_cells_are_the_same_twice_and_valid() -> None:
    nbformat = pytest.importorskip("nbformat")
    found = derive.grad("softmax-nll").verify()
    text = notebook(found)
    assert text == notebook(derive.grad("softmax-nll").verify())
    nbformat.validate(nbformat.reads(text, as_version=4))
    page = json.loads(text)
    assert len({cell["id"] for cell in page["cells"]}) == len(page["cells"])
    said = "".join("".join(cell["source"]) for cell in page["cells"])
    assert "# Softmax negative log-likelihood: gradient" in said
    assert "`o: real[K]`" in said
    assert r"\mathrm{softmax}" in said
    assert "Verified: 12 lines" in said


def test_a_refusal_has_its_notebook() -> None:
    with pytest.raises(NotAGradient) as refusal:
        derive.cost("z/sum(z) - t", given=["z: real[K]", "t: simplex(K)"])
    page = json.loads(render(refusal.value.proof, "notebook"))
    code = ["".join(c["source"]) for c in page["cells"] if c["cell_type"] == "code"]
    assert executed(code) == "-1.000000000, but 0.000000000\n"


def test_every_command_has_the_format() -> None:
    from derive.rendering.forms import FORMATS

    assert "notebook" in FORMATS
    assert json.loads(derive.grad("huber").show("notebook"))["nbformat"] == 4
    for found in (derive.fisher("bernoulli"), derive.noise("gaussian-mse")):
        assert not code_of(found)  # integrals: plain NumPy has none, so nothing is claimed
        assert json.loads(notebook(found))["cells"]


def run_by_jupyter(text: str) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nbclient.NotebookClient(nbformat.reads(text, as_version=4), timeout=120,
                                kernel_name="python3").execute()


@pytest.mark.parametrize("case", ["gradient", "cost"])
def test_jupyter_runs_a_derivation(case: str) -> None:
    run_by_jupyter(notebook(CASES[case]()))


@pytest.mark.parametrize("name", ["a-predefined-function", "bernoulli-likelihood"])
def test_jupyter_runs_a_demonstration(name: str) -> None:
    run_by_jupyter(show_demo(demonstrate(name), "notebook"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [demo.name for demo in demos()])
def test_jupyter_runs_every_demonstration(name: str) -> None:
    run_by_jupyter(show_demo(demonstrate(name), "notebook"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [entry.name for entry in losses()])
def test_every_loss_of_the_catalogue_checks(name: str) -> None:
    executed(code_of(derive.grad(name)))
