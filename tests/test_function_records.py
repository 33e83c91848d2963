"""One entry holds all of a function: every form agrees with the judge, a user's file suffices."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sympy
from mpmath import mp, mpf

import derive
from derive.core.heads import Apply
from derive.errors import DataFileError, DeriveError, EvaluationError, VerificationError
from derive.functions.function_records import Function, functions_in, standard_functions
from derive.functions.plain_sympy import to_sympy
from derive.judge.rules.user_functions import function_table
from derive.judge.trees.float_numbers import condition_of, evaluator_of
from derive.notation.latex_in import read_latex_problem
from derive.notation.printing.javascript import javascript, javascript_of
from derive.notation.printing.latex import latex
from derive.notation.printing.mathml import mathml
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse
from derive.notation.reading.specification import specify
from derive.rendering.numpy_code import prelude
from tests.conftest import declared
from tests.own_functions import QUARTIC, SOFTSIGN, SQUARED

FUNCTIONS = [f for f in standard_functions().values() if not f.takes_matrix]
SCALAR = [f for f in FUNCTIONS if not f.takes_vector]
POINTS = ("-7", "-2.5", "-0.75", "-0.125", "0.0625", "0.25", "0.75", "0.96875", "1.5", "4", "9")
VECTORS = (("0.5", "-1", "0.25"), ("2", "2", "-3"), ("0", "0.125", "0.0625"))


def arguments(function: Function) -> list[list]:
    """Arguments inside the domain: numbers, or vectors and a place."""
    if function.takes_vector:
        vectors = [[mpf(x) for x in v] for v in VECTORS]
        rows = [[*[v] * len(function.arguments)] for v in vectors]
        return [[*row, 1] for row in rows] if function.vector_valued else rows
    orders = function.name in ("polylog", "polygamma", "besseli")
    first = [mpf(n) for n in (2, 1, 3)] if orders else [mpf(x) for x in POINTS]
    rows = [[mpf(x)] for x in POINTS] if len(function.arguments) == 1 else \
        [[a, mpf(x), mpf(3)][:len(function.arguments)] for a in first for x in POINTS]
    inside = condition_of(function.domain, function) if function.domain else lambda values: True
    if function.name == "logbeta":
        rows = [row for row in rows if min(row) > 0]
    if "w == u - v" in function.domain:
        rows = [[u, u - x, x] for u, x, _ in rows]
    if function.name == "betainc":
        rows = [[a, mpf(b), mpf(x)] for a, b, x in (
            (first[6], "0.75", "0.25"), (first[8], "4", "0.75"), (first[5], "9", "0.96875"))]
    found = []
    for row in rows:
        try:
            if inside(dict(zip(function.parameters, row, strict=True))):
                evaluator_of(function)(*row)
                found.append(row)
        except EvaluationError:
            continue
    return found


def close(found: object, wanted: object, digits: int) -> bool:
    return abs(mpf(str(found)) - wanted) <= mpf(10) ** -digits * max(abs(wanted), mpf(10) ** -3)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_sympy_has_the_value_of_the_judge(function: Function) -> None:
    scope = declared("u, v, w: real[3]" if function.takes_vector else "u, v, w: real")
    call = f"{function.name}({', '.join('uvw'[:len(function.arguments)])})"
    form = to_sympy(parse(call + "[1]" * function.vector_valued, scope))
    bases = [sympy.IndexedBase(n, real=True) for n in "uvw"]
    with mp.workdps(30):
        rows = arguments(function)
        assert len(rows) >= 3
        for row in rows:
            there = {base[n]: sympy.Float(x, 40) for base, vector in zip(bases, row, strict=False)
                     if isinstance(vector, list)
                     for n, x in enumerate(vector)} if function.takes_vector else \
                {sympy.Symbol(n, real=True): sympy.Float(x, 40)
                 for n, x in zip("uvw", row, strict=False)}
            found = sympy.N(form.doit().subs(there), 20)
            assert close(found, evaluator_of(function)(*row), 12), (row, found)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_javascript_has_the_value_of_the_judge() -> None:
    script = Path(derive.__file__).parent / "rendering" / "page" / "assets" / "plot_functions.js"
    own = f"const window = {{}};\n{script.read_text(encoding='utf-8')}\n" \
        "const F = window.derivePlotFunctions;"
    cases = [(f, row) for f in SCALAR for row in arguments(f)]
    listed = ", ".join(javascript_of(f, [f"({float(x)!r})" for x in row]) for f, row in cases)
    run = f"{own}\nconsole.log(JSON.stringify([{listed}].map(String)))"
    done = subprocess.run(["node", "-"], input=run, capture_output=True, text=True, check=True)
    wrong = [(f.name, row, value) for (f, row), value in zip(cases, json.loads(done.stdout),
                                                             strict=True)
             if not close(value, evaluator_of(f)(*row), 9)]
    assert not wrong
    assert {f.name for f, _ in cases} == {f.name for f in SCALAR}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_the_code_of_check_cells_has_the_value_of_the_judge(function: Function) -> None:
    names: dict = {}
    exec("\n".join(prelude([f"{function.name}(0)"], [], [])), names)
    called = names.get(function.name) or {"abs": abs, "max": max, "min": min}[function.name]
    for row in arguments(function):
        given = [[float(x) for x in v] if isinstance(v, list) else float(v)
                 for v in row[:len(function.arguments)]]
        found = called(*given)
        assert close(found[row[-1]] if function.vector_valued else found,
                     evaluator_of(function)(*row), 9), row


@pytest.mark.parametrize("function", [f for f in SCALAR if f.numpy], ids=lambda f: f.name)
def test_numpy_has_the_value_of_the_judge(function: Function) -> None:
    from derive.arrays.targets.numpy.executing import runtime_names

    code = function.numpy if "{0}" in function.numpy else \
        f"{function.numpy}({', '.join(f'{{{n}}}' for n in range(len(function.arguments)))})"
    for row in arguments(function):
        text = code.format(*(f"np.float64({float(x)!r})" for x in row))
        found = eval(text, dict(runtime_names()))
        assert close(float(found), evaluator_of(function)(*row), 9), row


@pytest.mark.parametrize("function", [f for f in FUNCTIONS if f.kept], ids=lambda f: f.name)
def test_a_function_that_keeps_its_name_has_a_form_for_every_target(function: Function) -> None:
    assert function.sympy or function.definition
    assert function.numpy or function.definition or function.evaluate
    if not function.takes_vector:
        assert function.javascript or function.definition


@pytest.mark.parametrize("function", [f for f in SCALAR if f.kept], ids=lambda f: f.name)
def test_a_function_that_keeps_its_name_has_a_derivative_by_each_argument(function: Function,
                                                                          ) -> None:
    orders = len(function.parameters) - len(function.varying)
    names = ["2"] * orders + ["a", "b", "c"][orders:len(function.parameters)]
    if "w == u - v" in function.domain:
        names[2] = "a - b"
    for by in {"a", "b", "c"} & {*names}:
        derive.grad(f"{function.name}({', '.join(names)})", wrt=by).verify()


@pytest.mark.parametrize("text", [
    "gammainc(x, 2)", "gammaincc(2*x, x)", "betainc(x, 2, x)", "betainc(2, exp(x), 1/3)",
    "x**2 + log(1 + gammainc(a + x, 3))", "polylog(x, 1/2)", "besseli(x, 2)"])
def test_a_derivative_that_is_not_stated_is_refused_by_name_and_is_never_0(text: str) -> None:
    name = next(n for n in ("gammaincc", "gammainc", "betainc", "polylog", "besseli") if n in text)
    with pytest.raises(DeriveError, match=f"no rule differentiates {name}"):
        derive.grad(text, given="x, a: positive", wrt="x")


@pytest.mark.parametrize(("text", "wanted"), [
    ("gammainc(a, 2*x)", lambda a, x: 2 * mp.exp(-2 * x) * (2 * x)**(a - 1) / mp.gamma(a)),
    ("gammaincc(y + 1, x)", lambda a, x: -mp.exp(-x) * x**3 / 6),
    ("betainc(a, 1/2, x/3)",
     lambda a, x: (x / 3)**(a - 1) / mp.sqrt(1 - x / 3) / mp.beta(a, mpf(1) / 2) / 3),
])
def test_an_order_may_be_any_formula_that_does_not_vary(
        text: str, wanted: Callable[..., mpf]) -> None:
    slope = derive.grad(text, given=["x: probability", "a: positive", "y: count"], wrt="x")
    with mp.workdps(30):
        a, x = mpf("1.75"), mpf("0.625")
        form, names = to_sympy(slope.result), {"a": a, "x": x, "y": 3}
        value = form.subs({s: names[s.name] for s in form.free_symbols}).evalf(20)
        assert close(value, wanted(a, x), 12)


@pytest.mark.parametrize("text", ["softmax(o)[0]", "logsumexp(o)", "threshold(o)", "median(o)"])
def test_a_plot_refuses_a_whole_vector_in_words(text: str) -> None:
    with pytest.raises(DeriveError, match="takes a whole vector"):
        javascript(parse(text, declared("o: real[3]")))


@pytest.mark.parametrize(("text", "unicode", "tex"), [
    ("abs(z)", "|z|", "|z|"), ("polylog(2, z)", "Li₂(z)", r"\operatorname{Li}_{2}(z)"),
    ("exp(z)", "exp(z)", r"\exp(z)"), ("below_max(o)[0]", "below_max(o)₀",
                                       r"\operatorname{below\,max}(o)_{0}"),
    ("coth(z)", "coth(z)", r"\operatorname{coth}(z)"),
])
def test_print_follows_the_entry(text: str, unicode: str, tex: str) -> None:
    node = parse(text, declared("z: real", "o: real[3]"))
    assert (pretty(node), latex(node)) == (unicode, tex)


def test_unknown_functions_go_to_sympy() -> None:
    scope = declared("z: real", "g: function")
    u = sympy.Symbol("z", real=True)
    assert to_sympy(parse("g(z)", scope)) == sympy.Function("g", real=True)(u)
    assert to_sympy(parse("dg(z)", scope)).subs(
        sympy.Function("g", real=True)(u), u).has(sympy.Derivative)


# A user's own functions

GUDERMANNIAN = r"""
[gudermannian]
arguments  = ["u"]
definition = "2 * atan(tanh(u / 2))"
derivative = ["1 / cosh(u)"]
range      = "(-2, 2)"
rises      = "0"
latex      = "\\operatorname{gd}"
unicode    = "gd"
words      = ["gd"]
source     = "DLMF 4.23.41"
"""
LOSS, GIVEN = "(gudermannian(w*z) - y)**2 / 2", ["w, z, y: real"]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(GUDERMANNIAN + SOFTSIGN, encoding="utf-8")
    return path


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_function_is_derived_verified_shown_and_stored(own: Path) -> None:
    found = derive.grad(LOSS, given=GIVEN, wrt="w", functions=own).verify()
    assert found.notation == "z * (gudermannian(w * z) - y) / cosh(w * z)"
    assert "derivative of gudermannian" in found.show("text")
    assert r"\operatorname{gd}(w" in found.show("latex")
    assert ">gd<" in found.show("html")
    assert "def gudermannian(u):" in found.show("notebook")
    assert pickle.loads(pickle.dumps(found)).result == found.result
    w, z, y = sympy.symbols("w z y", real=True)
    assert found.to_sympy() == z * (2 * sympy.atan(sympy.tanh(w * z / 2)) - y) / sympy.cosh(w * z)


def test_a_users_function_has_a_kernel(own: Path) -> None:
    made = derive.kernel(LOSS, given=GIVEN, wrt="w", functions=own)
    value, slope = made.value_and_grad(.3, 2., .7)
    gd = 2 * np.arctan(np.tanh(.3))
    assert np.allclose([value, slope], [(gd - .7)**2 / 2, 2 * (gd - .7) / np.cosh(.6)])


def test_a_users_function_is_plotted_and_read_from_latex(own: Path) -> None:
    table = function_table(own)
    node = specify("gudermannian(z)", ["z: real"], functions=table).loss
    assert "Math.tanh" in javascript(node, {"z": "x"})
    assert ">gd<" in mathml(node)
    read = read_latex_problem(r"\operatorname{gd}(z)^2", ["z: real"], functions=table)
    assert read.formula == "gudermannian(z)**2"


def test_a_users_function_is_integrated_and_fitted(own: Path) -> None:
    assert derive.cost("softsign(z)", given=["z: real"], functions=own).verify().notation == \
        "abs(z) - log(1 + abs(z))"
    slope = derive.score("exp(-(y - softsign(m))**2/2) / sqrt(2*pi)", given=["m, y: real"],
                         functions=own).verify()
    assert slope.notation == "(y - softsign(m)) / (1 + abs(m))**2"


def test_the_standard_table_is_not_changed_by_a_users_file(own: Path) -> None:
    before = dict(standard_functions())
    derive.grad("softsign(z)", given=["z: real"], functions=own)
    assert dict(standard_functions()) == before
    with pytest.raises(DeriveError, match="unknown function 'softsign'"):
        derive.grad("softsign(z)", given=["z: real"])


def test_the_leaf_carries_the_record(own: Path) -> None:
    node = derive.grad("softsign(z)", given=["z: real"], functions=own).original
    (applied,) = node.atoms(Apply)
    assert applied.args[0].detail.derivative == ("1 / (1 + abs(u))**2",)
    assert "softsign" in functions_in(node)


def test_a_users_function_may_use_another_of_its_file(tmp_path: Path) -> None:
    path = written(tmp_path, SQUARED)
    found = derive.grad("squared(z)", given=["z: real"], functions=path).verify()
    assert found.notation == "2 * softsign(z) / (1 + abs(z))**2"
    assert np.isclose(derive.kernel("squared(z)", given=["z: real"], functions=path).value(3.),
                      9 / 16)


def test_a_definition_alone_is_an_abbreviation(tmp_path: Path) -> None:
    path = written(tmp_path, QUARTIC)
    found = derive.grad("quartic(o)", given=["o: real[K]"], functions=path)
    assert found.notation == "4 * o[i]**3"


SOFT = "[f]\narguments = ['u']\nsource = '-'\ndefinition = 'u / (1 + abs(u))'\n"


@pytest.mark.parametrize(("entry", "message"), [
    (SOFT + "derivative = ['1 / (1 + abs(u))']", "derivative-of-f is wrong"),
    (SOFT + "antiderivative = 'abs(u) + log(1 + abs(u))'", "integral-of-f is wrong"),
    (SOFT + "range = '(0, 1)'", "outside the range"),
    (SOFT + "range = '(-1, 1/2)'", "outside the range"),
    (SOFT + "range = '(-1, 1)'\nrises = '1/2'", "its value at u = 0 is"),
    (SOFT + "range = '(-1, 1)'\nsympy = 'tanh(u)'", "its form in SymPy"),
    (SOFT + "range = '(-1, 1)'\nevaluate = 'tanh'", "f-unfolded is wrong"),
    ("[f]\narguments = ['u']\nsource = '-'\ndefinition = 'u**2'\nrange = '[0, inf)'\nrises = '0'",
     "does not rise"),
    ("[f]\narguments = ['u']\nsource = '-'\ndefinition = 'log(u)'\nderivative = ['1 / u']",
     "no value at u = .*inside its domain"),
    ("[f]\narguments = ['u', 'v']\nsource = '-'\ndefinition = 'u*v**2'\n"
     "derivative = ['v**2', 'u*v']", "derivative-of-f is wrong"),
])
def test_a_wrong_statement_is_refused_with_its_counterexample(tmp_path: Path, entry: str,
                                                              message: str) -> None:
    with pytest.raises(VerificationError, match=message) as caught:
        function_table(written(tmp_path, entry))
    assert "entry [f]" in str(caught.value)
    assert " = " in str(caught.value)


@pytest.mark.parametrize(("entry", "message"), [
    ("definition = '__import__(\"os\")'", "is not read"),
    ("definition = 'u.real + 1'\nrange = '(0, 1)'", "is not read"),
    ("definition = 'f(u)'\nderivative = ['1']", "names f itself"),
    ("definition = 'u*v'\nderivative = ['1']", "unknown name 'v'"),
    ("definition = 'u +'\nderivative = ['1']", "is no expression"),
    ("definition = 'nothing(u)'\nderivative = ['1']", "there is no function 'nothing'"),
    ("definition = 'u'\nderivative = ['1', '2']", "one expression for each argument"),
    ("definition = 'u'\nrange = '0 to 1'", "key 'range'"),
    ("definition = 'u'\nrises = 'yes'", "key 'rises'"),
    ("definition = 'u'\nnumpy = 'os.system'", "key 'numpy'"),
    ("definition = 'u'\nrange = '(-inf, inf)'\nsympy = 'eval(u)'", "no function of SymPy"),
    ("evaluate = 'quad'", "no function of mpmath"),
    ("derivative = ['1']", "needs 'definition' or 'evaluate'"),
])
def test_a_broken_entry_is_refused_by_name(tmp_path: Path, entry: str, message: str) -> None:
    head = "[f]\narguments = ['u']\nsource = '-'\n"
    with pytest.raises(DataFileError, match=message) as caught:
        function_table(written(tmp_path, head + entry))
    assert "entry [f]" in str(caught.value)


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="already"):
        function_table(written(tmp_path, SOFT.replace("[f]", "[sigmoid]")))
    path = written(tmp_path, SOFT)
    with pytest.raises(DataFileError, match="already"):
        function_table([path, path])


def test_the_command_takes_a_file_of_functions(own: Path) -> None:
    root = Path(derive.__file__).parent.parent
    done = subprocess.run([sys.executable, str(root / "cli.py"), "grad", "softsign(z)", "-g",
                           "z: real", "--functions", str(own)], capture_output=True, text=True,
                          check=True)
    assert "derivative of softsign" in done.stdout
    assert "by numbers not proved: it rests on what is stated of the function softsign" in \
        " ".join(done.stdout.split())


def test_a_condition_on_a_sum_of_cases_is_refused_by_sympys_form() -> None:
    scope = declared("o: real[3]", "z: real")
    with pytest.raises(DeriveError, match="sum of cases"):
        to_sympy(parse("z if sum(o[k] for k in 3 if o[k] > z) > 2 else 0", scope))


def test_printers_name_no_function() -> None:
    """What is known of a function stands in its entry."""
    names = {f.name for f in FUNCTIONS} - {
        "max", "min", "abs", "exp", "log", "sqrt",  # heads and operators too
        "dot", "norm", "phi", "Phi"}  # products of arrays, and letters
    package = Path(derive.__file__).parent
    folders = ("notation/printing", "rendering", "arrays/targets")
    files = [path for folder in folders for path in (package / folder).rglob("*.py")]
    assert len(files) > 20
    for path in (*files, package / "functions" / "plain_sympy.py",
                 package / "calculus" / "integral" / "sympy_table.py"):
        text = path.read_text(encoding="utf-8")
        assert not [n for n in names if f'"{n}"' in text], path.name
