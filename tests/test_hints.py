"""Hints to a learner's next step: four grades, of which only the last gives the line away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from sympy.core.basic import Basic

from derive.core.indexing import exact
from derive.core.walk import places
from derive.notation.printing.latex import latex
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import standard_rulebook
from derive.tables.loss_table import losses
from derive.teaching.marking.engine import STAGES, Engine
from derive.teaching.marking.hint_strategies import strategies
from derive.teaching.marking.hint_wording import hint_rows
from derive.teaching.marking.hints import Hint, gives_away, next_step
from derive.teaching.marking.result_reached import left_to_do
from derive.teaching.marking.sheet_check import check
from derive.teaching.sheets.sheet import Written, read_sheet
from tests.conftest import quick_share

ENTRIES = {entry.name: entry for entry in losses()}
MOST = 60  # hints to the end of any derivation of the catalogue
SOFTMAX = "o: real[K]\njacobian of softmax(o)[j] with respect to o[i]\n"
NLL = "o: real[K]\ny: label(K)\ngradient of -log(softmax(o)[y]) with respect to o[i]\n"
NAMED = ("o: real[K]\ny: label(K)\np = softmax(o)\nL = -log(p[y])\n"
         "gradient of L with respect to o[i]\n")


class Learner:
    """Someone who writes what the last hint says, until nothing is left to do."""

    def __init__(self, head: str) -> None:
        self.head, self.task = head, read_sheet(head).task
        self.engine = Engine(self.task)
        self.lines: list[Written] = []

    def hints(self, *lines: str) -> Iterator[tuple[Basic, list[Hint]]]:
        """Each line, and the hints of four grades that it gets."""
        self.lines += map(self.written, lines)
        while self.left:
            nodes = [self.task.start, *(line.ground for line in self.lines)]
            hints = [exact(next_step)(self.engine, nodes[-1], level, nodes[:-1])
                     for level in (1, 2, 3, 4)]
            if hints[3] is None:
                return
            yield nodes[-1], hints
            assert len(self.lines) < MOST
            self.lines.append(self.written(self.show(hints[3].line)))

    @property
    def left(self) -> str:
        """What is left to do."""
        return left_to_do(self.engine, self.lines)

    def show(self, node: Basic) -> str:
        return plain(node, self.task.reserved)

    def written(self, text: str) -> Written:
        line, = read_sheet(f"{self.head}= {text}").lines
        return line


def words(hint: Hint, task) -> str:
    """All that a hint says."""
    return " ".join(text for _, text in hint_rows(hint, lambda n: plain(n, task.reserved)))


def printed(nodes: list[Basic | None], task) -> list[str]:
    """Formulas in every form of print."""
    return [write(node, task.reserved) for node in nodes if node is not None
            for write in (plain, pretty, latex)]


@cache
def walked(name: str) -> tuple[Learner, list[tuple[Basic, list[Hint]]]]:
    learner = Learner(f"gradient of {name} with respect to {ENTRIES[name].wrt}\n")
    return learner, list(learner.hints())


# The catalogue

@pytest.mark.parametrize("name", quick_share(ENTRIES, 6))
def test_strategy_and_rule_hold_no_form_of_what_comes_out(name: str) -> None:
    learner, steps = walked(name)
    for line, hints in steps:
        there = {part for part, _ in places(line)}
        made = [part for part, _ in places(hints[3].line) if part.args and part not in there]
        told = printed([hints[3].line, learner.engine.result, *made], learner.task)
        assert not gives_away(words(hints[0], learner.task), told)
        assert not gives_away(words(hints[1], learner.task), told)


@pytest.mark.parametrize("name", quick_share(ENTRIES, 6))
def test_a_place_is_told_before_the_line(name: str) -> None:
    learner, steps = walked(name)
    for _, hints in steps:
        assert [hint.place is not None for hint in hints] == [False, False, True, True]
        assert [hint.line is not None for hint in hints] == [False, False, False, True]
        assert learner.show(hints[2].place) != learner.show(hints[3].line)


@pytest.mark.parametrize("name", quick_share(ENTRIES, 6))
def test_who_follows_the_hints_comes_to_a_result_and_never_to_a_line_again(name: str) -> None:
    learner, steps = walked(name)
    lines = [node for node, _ in steps]
    assert len(set(lines)) == len(lines)
    assert not learner.left


@pytest.mark.parametrize("name", quick_share(ENTRIES, 12))
def test_hints_lead_on_from_lines_that_the_engine_would_not_write(name: str) -> None:
    learner, steps = walked(name)
    own = {node for node, _ in steps}
    for line in [node for node, _ in steps][::3]:
        for other in exact(lambda at: [new for _, new in learner.engine.single_steps(at)
                                       if new not in own][:2])(line):
            alone = Learner(learner.head)
            assert all(hints[3].line is not None for _, hints in alone.hints(alone.show(other)))
            assert not alone.left


@pytest.mark.parametrize(("head", "line"), [
    (SOFTMAX, ""), (NLL, ""), ("hessian of gaussian-mse with respect to mu\n", ""),
    ("z: real\nu: real\ngradient of log(u) with respect to u\n", ""),
    ("z: real\nsimplify log(exp(z)) + z\n", ""),
    ("z: real\nw: real\ngradient of sigmoid(w*z) with respect to w\n", ""),
    (NLL, "d(log(sum(exp(o[k]) for k in K)) - o[y], o[i])"),
    ("z: real[K]\nt: simplex(K)\ncost of softmax(z)[m] - t[m] with respect to z[m]\n", "")])
def test_other_tasks_keep_the_same_secrets(head: str, line: str) -> None:
    learner = Learner(head)
    steps = list(learner.hints(*filter(None, [line])))
    assert steps
    for _, hints in steps:
        told = printed([hints[3].line, learner.engine.result], learner.task)
        assert not gives_away(words(hints[1], learner.task), told)


# Single hints

def of(text: str, level: int) -> Hint:
    hint = check(text, hint=level).hint
    assert hint is not None
    return hint


def test_the_first_hint_to_the_jacobian_of_a_softmax_is_no_formula() -> None:
    hint = of(SOFTMAX, 1)
    assert "outer function" in hint.strategy
    assert not re.search(r"[=()_∂δΣ\d]", words(hint, read_sheet(SOFTMAX).task))


def test_a_rule_whose_words_are_the_outcome_is_told_by_its_name_alone() -> None:
    hint = of("z: real\nu: real\ngradient of log(u) with respect to u\n", 2)
    assert (hint.rule, hint.says) == ("derivative of log", "")


def test_a_hint_follows_the_route_on_which_the_learner_is() -> None:
    chain = "= sum(d(L, p[k])*d(p[k], o[i]) for k in K)\n"
    plainly, by_name = of(NAMED, 4), of(NAMED + chain, 4)
    task = read_sheet(NAMED).task
    assert "p[" in plain(by_name.line, task.reserved)
    assert "p[" not in plain(plainly.line, task.reserved)


def test_a_hint_to_a_field_without_cost_leads_to_its_jacobian_in_four_grades() -> None:
    head = "z: real[K]\ncost of sum(z)*z[m] with respect to z[m]\n"
    hints = [of(head, level) for level in (1, 2, 3, 4)]
    assert hints[0].strategy == of(
        "z: real[K]\ncost of softmax(z)[m] with respect to z[m]\n", 1).strategy
    assert "symmetric" in hints[1].rule
    assert [hint.refutation is not None for hint in hints] == [False, False, True, True]
    assert [hint.denies for hint in hints] == [False, False, False, True]


# The sentences

def test_no_strategy_holds_a_formula_or_a_number() -> None:
    for entry in strategies():
        assert re.fullmatch(r"(?:[A-Za-z]+[,.:;?]?(?: |\Z))+", entry.says), entry.name
        assert re.findall(r"\b[A-Za-z]\b", entry.says.replace("a ", "")) == []


def test_every_kind_of_step_has_a_strategy() -> None:
    stages = {stage for entry in strategies() for stage in entry.stages}
    assert {*STAGES, "integrate", "finish"} <= stages
    assert strategies()[-1].fits("any", "stage", set())


def test_strategies_name_rules_and_stages_that_there_are() -> None:
    book = standard_rulebook()
    rules = {rule.name for rule in book.rules.values()} | {"chain rule"}
    assert {name for entry in strategies() for name in entry.rules} <= rules


@pytest.mark.parametrize(("text", "form", "holds"), [
    ("the answer is x + 1.", "x+1", True), ("the answer is x + 12.", "x + 1", False),
    ("a sum of exponentials", "exp", False), ("softmax( o )[i]", "softmax(o)[i]", True)])
def test_a_formula_is_seen_in_words_however_it_is_spaced(text: str, form: str, holds: bool,
                                                         ) -> None:
    assert gives_away(text, [form]) == holds
