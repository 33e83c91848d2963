"""What a user's mypy sees of the library: types, not Any."""

from __future__ import annotations

import re
import site
import subprocess
import sys
import venv
from pathlib import Path

import numpy
import pytest

import derive

ROOT = Path(__file__).resolve().parent.parent
# Each call of a public function, and the type that it has for a user.
REVEALED = {
    'derive.grad("z**2", given={"z": "real"}, wrt=["z"])': "derivation.Derivation",
    'derive.jacobian("softmax(o)", given="o: real[K]")': "derivation.Derivation",
    'derive.hessian("z**2", rules="own.toml")': "derivation.Derivation",
    'derive.cost("sigmoid(z) - t", wrt="z", constant="none")': "derivation.Derivation",
    'derive.matching_loss("probit")': "derivation.Derivation",
    "derive.family()": "derivation.Derivation",
    'derive.nll("bernoulli", link="canonical")': "derivation.Derivation",
    'derive.score("bernoulli")': "derivation.Derivation",
    'derive.mle("gaussian", data=[1.0, 2.0], values={"n": 5})': "derivation.Derivation",
    'derive.fisher("gaussian")': "derivation.Derivation",
    'derive.noise("huber", observed="y")': "derivation.Derivation",
    'derive.bptt("lstm", head="softmax-nll")': "derivation.Derivation",
    'derive.kernel("huber", accuracy="faithful", outputs=["grad"])': "arrays.kernels.Kernel",
    'derive.check("z: real", hint=1)': "teaching.marking.check_records.Check",
    'derive.exercise("softmax.toml").variants': "int",
    'derive.mark("softmax.toml", "hand-ins", jobs=2).sheets[0].points': "float | None",
    'derive.practice("softmax-nll", hints=2)': "teaching.practice.practice_session.Practice",
    'derive.train("adding", hidden=8, data=None)': "training.api.Training",
    'derive.check_gradients("names", hidden=3)[0].error': "float",
    'derive.plot("huber", values={"delta": 2})': "rendering.pictures.Picture",
    'derive.verify("stored.json").derivation': "derivation.Derivation",
    'derive.site("pages", only="huber").pages': "int",
    'derive.sample("kept.ckpt", length=9)': "str",
    'derive.predict("kept.ckpt", "new.csv").values["y"]': "numpy.ndarray[",
    'derive.load("kept.ckpt", parameters="w.npz").sizes': "dict[str, int]",
    'derive.export("gru", to="jax", labels=True)': "str",
    'derive.demo("x").demo.answer': "str",
    'derive.demonstrate("x").demo.title': "str",
    "derive.demos()[0].question": "str",
    "derive.losses(\"poisson\")": "entry_lists.Entries[derive.tables.loss_table.",
    "derive.losses()[0].name": "str",
    "derive.tasks()[0].metric": "str",
    "derive.distributions()[0].density": "str",
    "derive.regressions()[0].statement": "str",
    "derive.activations()[0].formula": "str",
    "derive.cells()[0].equations": "tuple[str, ...]",
    "derive.models()[0].equations": "tuple[str, ...]",
    "derive.heads()[0].loss": "str",
    "derive.reductions()[0].name": "str",
    "derive.notation()[0].form": "str",
    'derive.rules("own.toml")["sifting"]': "rulebook.rule.Rule",
    'derive.check_rule(derive.rules()["sifting"]).samples': "int",
    "d.steps[0]": "derivation.Step",
    "d.verify()": "derivation.Derivation",
    'd.show("latex")': "str",
    "d.matrix()": "str | None",
    "d.to_json()": "dict[str, Any]",
    'd.lambdify("o", ["y"])': "computable.ArrayFunction",
    'd.lambdify("o")([0.0], 1)': "numpy.ndarray[",
    "k.value_and_grad(0.0, 1.0)": "tuple[numpy.ndarray[",
    "k.source": "str",
    'k.save("loss.py", with_test=True)': "None",
    "t.rows": "list[",
}
HEAD = '''import derive

def snippet(d: derive.Derivation, k: derive.Kernel, t: derive.Training, c: derive.Check,
            s: derive.Step, p: derive.Picture, a: derive.Audit, b: derive.Rulebook,
            f: derive.ArrayFunction, w: derive.Site) -> None:
'''


def users_python(folder: Path) -> Path:
    """A Python in which the library is installed as a user's editable install has it."""
    builder = venv.EnvBuilder(with_pip=False)
    builder.create(folder)
    packages = next(folder.glob("[lL]ib*/**/site-packages"))
    places = {str(ROOT), str(Path(numpy.__file__).parent.parent), *site.getsitepackages()}
    (packages / "library.pth").write_text("\n".join(sorted(places)), encoding="utf-8")
    return Path(builder.ensure_directories(folder).env_exe)


def test_a_users_mypy_sees_types(tmp_path: Path) -> None:
    snippet = tmp_path / "snippet.py"
    snippet.write_text(HEAD + "".join(f"    reveal_type({call})\n" for call in REVEALED),
                       encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable",
         str(users_python(tmp_path / "env")), "--cache-dir", str(ROOT / ".mypy_cache" / "user"),
         str(snippet)], capture_output=True, text=True, cwd=tmp_path, check=False,
        env={"PATH": "", "HOME": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    revealed = re.findall(r'Revealed type is "(.*)"', done.stdout)
    assert len(revealed) == len(REVEALED)
    for (call, expected), seen in zip(REVEALED.items(), revealed, strict=True):
        assert seen != "Any", call
        assert expected in seen, call


def test_every_public_function_is_among_the_calls() -> None:
    named = {name for call in REVEALED for name in re.findall(r"derive\.(\w+)\(", call)}
    functions = {name for name in derive.__all__ if name[0].islower() and name != "patience"}
    assert named == functions


@pytest.mark.parametrize("name", [n for n in derive.__all__ if n != "__version__"])
def test_what_is_exported_is_declared_for_type_checkers(name: str) -> None:
    text = (ROOT / "derive" / "__init__.py").read_text(encoding="utf-8")
    home = derive._HOMES[name]
    module, _, own = home.partition(":")
    assert f"from {module} import {own} as {name}\n" in text
