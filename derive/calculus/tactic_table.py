"""The tactics of steps with parameters, by name: where a replay looks them up."""

from __future__ import annotations

from collections.abc import Mapping

from derive.calculus import chain, output, potential, routes, symmetry
from derive.calculus.integration import beside, cases, methods, parts, search, table, through
from derive.calculus.likelihood import (
    estimate,
    expectation_steps,
    fisher,
    maximum,
    nll,
    noise,
    simplex,
)
from derive.rulebook.tactics import Tactic

TABLE: Mapping[str, Tactic] = {tactic.name: tactic for tactic in (
    chain.INSERT, chain.WRITE_OUT, chain.WRITE_OUT_ALL, chain.RESTATED, output.INVERSE,
    potential.AS_ASKED, potential.AS_ASKED_BY_NUMBERS, routes.MATCHING, symmetry.ZERO_BY_CASES,
    beside.BESIDE, beside.TERM_BY_TERM, cases.BY_CASES, cases.NESTED, methods.EXPAND,
    methods.REWRITTEN, methods.SPLIT, methods.SUBSTITUTION, parts.BY_PARTS, parts.PARTS_OF_FLAT,
    search.REVERSE_CHAIN, table.FROM_TABLE, through.THROUGH,
    estimate.ESTIMATES_PUT_IN, estimate.SUMS_APART, fisher.CANCELS, maximum.AT_THE_ESTIMATE,
    nll.LEAVE_OUT, noise.OVER_CLASSES, noise.SHIFT, simplex.MULTIPLIER_PUT_IN,
    expectation_steps.CHANGE_OF_VARIABLE, expectation_steps.MULTIPLY_OUT, expectation_steps.ODD,
    expectation_steps.ONE_FRACTION, expectation_steps.VALUE_APART, expectation_steps.VALUES,
)}
