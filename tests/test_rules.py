"""Every rule is a theorem; the test of rules rejects what is none; broken files are named."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

import derive
from derive.core.indexing import exact
from derive.errors import DataFileError, DeriveError, NotationError, VerificationError
from derive.judge.rules.rule_trials import check_rule, checked_rules
from derive.notation.printing.plain import plain
from derive.notation.reading.parser import parse
from derive.resources import rules_folder
from derive.rulebook.loading import (
    Rulebook,
    RuleSet,
    load_rules,
    standard_rulebook,
)
from derive.rulebook.pattern_keys import pattern_key
from derive.rulebook.pattern_words import words_in
from derive.rulebook.rewriting import exhaust
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import TACTICS
from tests.conftest import declared

RULES = list(standard_rulebook())
RULES_BY_NAME = {rule.name: rule for rule in RULES}


QUICK = 12  # random instances of each rule in the quick run
# An instance of these takes the judge tenths of a second: a quadrature in a hundred digits.
INTEGRATED = [rule for rule in RULES if re.search(r"\b(total|expect)\(", rule.from_)]


@pytest.mark.parametrize("rule", [r for r in RULES if r not in INTEGRATED and not r.tactic],
                         ids=lambda r: r.name)
def test_rule_holds(rule: Rule) -> None:
    """At special values, and at some random instances; at all of them with `-m slow`."""
    assert check_rule(rule, partial=True, most=QUICK, fewer=QUICK).samples >= QUICK


@pytest.mark.slow
@pytest.mark.parametrize("rule", [r for r in RULES if r not in INTEGRATED], ids=lambda r: r.name)
def test_rule_holds_at_more_instances(rule: Rule) -> None:
    assert check_rule(rule, partial=True).samples >= 20


@pytest.mark.parametrize("rule", INTEGRATED, ids=lambda r: r.name)
def test_rule_of_integrals_holds(rule: Rule) -> None:
    assert check_rule(rule, partial=True, fewer=4).samples >= 4


@pytest.mark.slow
@pytest.mark.parametrize("rule", INTEGRATED, ids=lambda r: r.name)
def test_rule_of_integrals_holds_at_more_instances(rule: Rule) -> None:
    assert check_rule(rule, seed=2, partial=True).samples >= 20


def test_rules_have_a_sentence_and_a_source() -> None:
    assert not [rule.name for rule in RULES if not rule.says.endswith(".") or not rule.source]


def test_the_key_read_from_the_text_is_that_of_the_pattern() -> None:
    assert not [rule.name for rule in RULES
                if not rule.tactic and pattern_key(rule.from_) != rule.key]


def test_the_words_read_from_the_text_stand_in_the_pattern() -> None:
    assert not [rule.name for rule in RULES if not rule.tactic and not rule.words <= words_in(
        rule.left)]
    assert RULES_BY_NAME["derivative-of-log"].words == {"log"}
    assert rule("relu(u) + log(u)", "u").words == {"log"}  # relu is written out as a maximum


def rule(from_: str, to: str, **more) -> Rule:
    return Rule(name="planted", says="A planted rule.", from_=from_, to=to, source="-", **more)


WRONG = [
    rule("log(a + b)", "log(a) + log(b)"),
    rule("exp(a + b)", "exp(a) + exp(b)"),
    rule("d(cos(u(x)), x)", "sin(u(x)) * d(u(x), x)"),
    rule("d(exp(u(x)), x)", "exp(u(x))"),
    rule("d(f(x) * g(x), x)", "d(f(x), x) * d(g(x), x)"),
    rule("log(u * v)", "log(u) + log(v)"),                           # a missing condition
    rule("sqrt(u**2)", "u"),                                         # a missing condition
    rule("(u**a)**b", "u**(a * b)"),                                 # a missing condition
    rule("abs(u)", "u"),
    rule("sum(f(k) * g(k) for k in K)", "sum(f(k) for k in K) * sum(g(k) for k in K)"),
    rule("sum(f(k) * delta(k, m) for k in K if c(k))", "f(m)"),      # the filter forgotten
    rule("sum(c for k in K)", "c"),
    rule("sum(t[k] for k in K)", "1"),                               # no simplex
    rule("d(softmax(u(k, x) for k in K)[j], x)",
         "softmax(u(k, x) for k in K)[j] * (1 - softmax(u(k, x) for k in K)[j]) * d(u(j, x), x)"),
    rule("d(max(f(k, x) for k in K), x)", "max(d(f(k, x), x) for k in K)"),
    rule("d(v[j], v[i])", "1"),
    rule("1 - sigmoid(u)", "sigmoid(u)"),
    rule("f if a else g", "g if a else f"),
    rule("delta(i, j)", "1"),
    rule("f(j) * delta(i, j)", "f(j)"),
    rule("u**2", "u", kinds=(("u", "probability"),)),
    rule("d(u(x)**n, x)", "u(x)**(n - 1) * d(u(x), x)", kinds=(("n", "count"),)),
    rule("max(u, v)", "u"),
    rule("log(prod(f(k) for k in K))", "sum(log(f(k)) for k in K)",
         requires=("prod(f(k) for k in K) > 0",)),                   # too weak a condition
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda r: f"{r.from_} to {r.to}")
def test_a_wrong_rule_is_rejected(wrong: Rule) -> None:
    with pytest.raises(VerificationError):
        check_rule(wrong)


def test_a_wrong_tactic_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TACTICS, "add-one", lambda e: e + 1)
    with pytest.raises(VerificationError):
        check_rule(rule("e", "e", tactic="add-one"))


@pytest.mark.parametrize("name", [
    "log-of-quotient", "log-of-product", "log-of-power", "log-of-product-over-an-index",
    "absolute-value-of-positive", "power-of-power", "square-of-sign", "derivative-of-exponential",
    "sum-of-simplex", "sum-of-onehot", "square-of-binary", "square-of-signed-label"])
def test_a_condition_is_needed(name: str) -> None:
    bare = replace(standard_rulebook()[name], given=(), requires=(), kinds=())
    with pytest.raises(VerificationError):
        check_rule(bare)


def test_a_rule_whose_conditions_are_never_met_is_rejected() -> None:
    with pytest.raises(VerificationError, match="valid samples"):
        check_rule(rule("u", "u", given=("u > 3", "u < -3")))


def rewritten(text: str, stage: str, scope=None) -> str:
    @exact
    def run() -> str:
        node = parse(text, scope or declared())
        for wave in exhaust(node, standard_rulebook().stage(stage)):
            node = wave[-1][1]
        return plain(node)

    return run()


@pytest.mark.parametrize(("before", "after"), [
    ("sum(o[k] * delta(k, i) for k in K)", "o[i]"),
    ("sum(delta(k, y) for k in K)", "1"),
    ("sum(z * o[k] for k in K)", "z * sum(o)"),
    ("sum(p[k] for k in K)", "1"),
    ("sum(softmax(o)[k] for k in K)", "1"),
    ("sum(z for k in K)", "K * z"),
    ("sum(o[k] * (s[k] - delta(k, y)) for k in K)", "o @ s - o[y]"),
    ("sum(t[k] for k in K)", "sum(t)"),
    ("sum(o[k] * delta(k, i) for k in K if k != y)", "o[i] if i != y else 0"),
])
def test_sums_are_sifted(before: str, after: str) -> None:
    assert rewritten(before, "sift") == after


def test_a_delta_of_another_dimension_is_left_alone() -> None:
    scope = declared("A: real[K, D]", "m: index(D)", "i: index(K)")
    text = "sum(A[k, m] for k in K)"
    assert rewritten(text, "sift", scope) == text


def test_a_bare_metavariable_may_not_contain_the_bound_index() -> None:
    matched = standard_rulebook()["sum-of-constant"].matches(
        parse("sum(o[k] for k in K)", declared()))
    assert matched is None


def test_rules_that_undo_each_other_are_reported() -> None:
    rules = RuleSet((rule("exp(u)", "expm1(u) + 1"), rule("expm1(u)", "exp(u) - 1")))
    with pytest.raises(DeriveError, match="undo each other"):
        list(exhaust(parse("exp(z)", declared()), rules))


USER_RULE = """
[gudermannian]
says = "2 atan(tanh(u)) is the Gudermannian of 2u; its sine is tanh(2u)."
from = "sin(2 * atan(tanh(u)))"
to = "tanh(2 * u)"
source = "DLMF 4.23.39"
stage = "fold"
"""


@pytest.mark.parametrize(("formula", "result"), [
    ("w*sin(2*atan(tanh(z)))", "tanh(2 * z)"), ("w**2*sin(2*atan(tanh(3*z)))/2", "w * tanh(6 * z)"),
])
def test_a_users_rule_is_checked_and_used(formula: str, result: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(USER_RULE)
    given = ["w: real", "z: real"]
    plainly = derive.grad(formula, given=given, wrt="w")
    found = derive.grad(formula, given=given, wrt="w", rules=checked_rules([file]))
    assert "gudermannian" in {step.rule.name for step in found.steps}
    assert "gudermannian" not in {step.rule.name for step in plainly.steps}
    assert plain(found.result) == result != plain(plainly.result)


BROKEN = [
    ("[a\n", "not valid TOML"),
    ("x = 3\n", "outside an entry"),
    ("[a]\nsays = 'S.'\n", "key 'from' is missing"),
    ("[a]\nsays = 3\nfrom='u'\nto='u'\nsource='s'\n", "key 'says' should be a str"),
    ("[a]\nsays='S.'\nfrom='exp(u)'\nto='exp(v)'\nsource='s'\n", "does not bind"),
    ("[a]\nsays='S.'\nfrom='exp(u'\nto='u'\nsource='s'\n", "key 'from'"),
    ("[a]\nsays='S.'\nfrom='exp(u)'\nto='u +'\nsource='s'\n", "key 'to'"),
    ("[a]\nsays='S.'\nfrom='exp(u)'\nto='u'\nsource='s'\ntactic='nope'\n", "'tactic'"),
    ("[a]\nsays='S.'\nfrom='exp(u)'\nto='u'\nsource='s'\nfoo=1\n", "unknown key 'foo'"),
    ("[a]\nsays='S.'\nfrom='exp(u)'\nto='u'\nsource='s'\ngiven=[1]\n", "list of strings"),
    ("[a]\nsays='S.'\nfrom='d()'\nto='u'\nsource='s'\n", "key 'from'"),
    ("[a]\nsays='S.'\nfrom='f(a)*f(a,b)'\nto='a'\nsource='s'\n", "numbers of arguments"),
    ("[a]\nsays='S.'\nfrom='a*a(b)'\nto='a'\nsource='s'\n", "numbers of arguments"),
    ("[a]\nsays='S.'\nfrom='__import__(a)'\nto='a'\nsource='s'\n", "not a name"),
    ("[a]\nsays='S.'\nfrom='exp(u)'\nto='u'\nsource='s'\ngiven=['u: label(K)']\n", "the kind"),
    ("[a]\nsays='S.'\nfrom='exp(u)'\nto='u'\nsource='s'\ngiven=['u: rael']\n", "the kind"),
    ("[a]\nsays='S.'\nfrom='exp(u)'\nto='u'\nsource='s'\ngiven=['c > 0']\n", "does not bind"),
    ("[a]\nsays='S.'\nfrom='exp(u)'\nto='u'\nsource='s'\nstage='x'\n", "'stage'"),
    ("[a]\nsays='S.'\nfrom='" + "a+" * 20000 + "a'\nto='a'\nsource='s'\n", "at most"),
    ("[a]\nsays='S.'\nfrom='exp(u)'\nto='u'\nsource='s'\n", "rule a is wrong"),
]


@pytest.mark.parametrize(("content", "word"), BROKEN, ids=[w for _, w in BROKEN])
def test_a_broken_rule_file_is_named(tmp_path: Path, content: str, word: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(content)
    with pytest.raises((DataFileError, NotationError, VerificationError)) as caught:
        checked_rules([file])
    assert word in str(caught.value)
    if word != "rule a is wrong":
        assert "broken.toml" in str(caught.value)


def test_rulebooks_are_values() -> None:
    one = Rulebook({"a": rule("u", "u")})
    other = Rulebook({"a": rule("v", "v"), "b": rule("u", "u")})
    assert (one + other).rules["a"].from_ == "v"
    assert set(one.rules) == {"a"}


def test_user_rules_join_a_stage(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(USER_RULE)
    assert [r.name for r in load_rules(file, "fold")] == ["gudermannian"]


def test_a_users_rule_may_use_an_abbreviation(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[half]\nsays = "relu(u) - relu(-u) is u."\nfrom = "relu(u) - relu(-u)"\n'
                    'to = "u"\nsource = "Case distinction"\nstage = "prepare"\n')
    found = derive.grad("relu(z) - relu(-z)", given="z: real", rules=checked_rules([file]))
    assert plain(found.result) == "1"
    assert any(s.rule.name == "half" for s in found.steps)


def test_the_stages_of_the_files_are_those_of_their_entries() -> None:
    """A file of rules is read when a stage of its own is asked for; none may be missed."""
    from derive.tables.rule_table import STAGES

    book = standard_rulebook()
    by_stage = {r.name for s in {r.stage for r in book} for r in book.stage(s).rules}
    assert by_stage == {r.name for r in book}
    for name, (stage, *further) in STAGES.items():
        entries = tomllib.loads((rules_folder() / f"{name}.toml").read_text(encoding="utf-8"))
        own = {e["stage"] for e in entries.values() if "stage" in e} - {stage}
        assert own == set(further)
