"""The words of the notation: a reference by example, and hints by meaning."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import derive
from derive.errors import NotationError, UnknownNameError
from derive.notation.reading.specification import specify
from derive.tables.notation_table import Word, advice, notation_words, word_named
from tests.command_line import ROOT, run

WORDS = notation_words()
WITH_EXAMPLE = [w for w in WORDS if w.example]


@pytest.mark.parametrize("word", WITH_EXAMPLE, ids=lambda w: f"{w.kind} {w.name}")
def test_an_example_is_read(word: Word) -> None:
    formula, *given = word.example
    assert specify(formula, given).loss is not None


@pytest.mark.parametrize("word", [w for w in WITH_EXAMPLE if w.kind != "function"],
                         ids=lambda w: w.name)
def test_the_gradient_of_an_example_is_verified(word: Word) -> None:
    formula, *given = word.example
    wrt = given[0].partition(":")[0].partition(",")[0]
    assert derive.grad(formula, given=given, wrt=wrt).verify().verification


def test_no_two_words_share_a_name_and_none_is_looked_for_under_its_own() -> None:
    names = [n for w in WORDS for n in (w.name, *w.aliases)]
    assert len(names) == len(set(names))
    assert not {w.name for w in WORDS if w.name in w.also}
    assert not set(advice()) & set(names)


@pytest.mark.parametrize(("text", "hint"), [
    ("pow(z, 2)", "write z**2 (a power)"), ("gamma(z)", "write exp(loggamma(a))"),
    ("norm_cdf(z)", "write Phi(u) (the distribution function of the standard normal)"),
    ("clip_by_value(z, 0, 1)", "write clip(u, low, high)"), ("erfc(z)", "write 1 - erf(z)"),
    ("average(o)", "write mean(f(k) for k in K)"), ("variance(o)", "write var(a)"),
    ("matmul(o, o)", "write W @ x"), ("sgn(z)", "write sign(u) (-1, 0 or 1)"),
    ("inner_product(o, o)", "write dot(u, v)"), ("log_sum_exp(o)", "write logsumexp(u)"),
    ("sofmax(o)", "did you mean 'softmax'?"), ("logsumexpp(o)", "did you mean 'logsumexp'?"),
    ("quux(z)", "`derive notation` lists what there is"),
    ("tan2(z)", "did you mean 'tan'?"), ("acoss(z)", "did you mean 'acos'?"),
])
def test_an_unknown_function_is_answered_by_its_meaning(text: str, hint: str) -> None:
    with pytest.raises(NotationError) as raised:
        specify(text, ["z: real", "o: real[K]"])
    assert hint in str(raised.value)


@pytest.mark.parametrize(("kind", "hint"), [
    ("float", "write z: real"), ("int", "write n: integer"), ("bool", "write y: binary"),
    ("category(K)", "write y: label(K)"), ("vector", "real[K] is a vector"),
    ("matrix", "real[H, D] a matrix"), ("natural", "write n: count"), ("prob", "p: probability"),
    ("rael", "did you mean 'real'?"), ("quux", "types are real, positive"),
])
def test_an_unknown_type_is_answered_by_its_meaning(kind: str, hint: str) -> None:
    with pytest.raises(NotationError) as raised:
        specify("z", [f"z: {kind}"])
    assert hint in str(raised.value)


def test_a_word_is_found_under_what_others_call_it() -> None:
    assert word_named("power").name == "**"
    assert word_named("arcsin").name == "asin"
    assert word_named("argmin").name == "argmax"
    assert word_named("bool").name == "binary"
    with pytest.raises(UnknownNameError, match=r"write exp\(loggamma\(n \+ 1\)\)"):
        word_named("factorial")
    with pytest.raises(UnknownNameError, match="did you mean"):
        word_named("softmaxx")


def test_the_command_shows_a_word_by_example() -> None:
    shown = run("notation", "clip").stdout
    assert all(part in shown for part in ("max(low, min(high, u))", "derive grad", "result"))
    assert "1 - asin" not in run("notation", "asin").stdout
    listed = run("notation").stdout
    assert all(f"{word.name}\t" in listed for word in WORDS)


INTERNAL = {"log1pmx", "expm1mx", "expm1quotient", "xlogx", "below_max", "exp_below_max"}


def test_the_page_on_the_notation_names_each_word() -> None:
    page = (ROOT / "docs" / "notation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\w+", page))
    assert {w.name for w in WORDS if w.kind != "operator"} - named == INTERNAL


def test_the_list_needs_no_sympy() -> None:
    script = ("import sys; from derive.tables.notation_table import notation_words; "
              "notation_words(); sys.exit('sympy' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
