"""The tactics of steps with parameters, by name: where a replay looks them up."""

from __future__ import annotations

from collections.abc import Mapping

from derive.calculus.cost import output_form, potential_search, symmetry
from derive.calculus.gradient import chain_rule, name_equations, routes, short_forms
from derive.calculus.integral import (
    by_parts,
    chain_rule_backwards,
    index_sums,
    integrand_parts,
    integration_methods,
    partial_fractions,
    sympy_table,
)
from derive.calculus.likelihood.densities import density_to_loss
from derive.calculus.likelihood.estimates import (
    likelihood_equations,
    linear_systems,
    maximum,
    simplex_estimates,
)
from derive.calculus.likelihood.information import (
    expectation_steps,
    information_by_pivot,
    information_entries,
    information_of_law,
)
from derive.calculus.likelihood.noise import noise_totals, residual_steps
from derive.calculus.likelihood.recognition import recognised_law
from derive.rulebook.tactics import Tactic

TABLE: Mapping[str, Tactic] = {tactic.name: tactic for tactic in (
    chain_rule.INSERT, chain_rule.WRITE_OUT, chain_rule.WRITE_OUT_ALL, chain_rule.RESTATED,
    name_equations.PUT_NAME, output_form.INVERSE, potential_search.AS_ASKED,
    potential_search.AS_ASKED_BY_NUMBERS, routes.MATCHING, symmetry.ZERO_BY_CASES,
    integrand_parts.BESIDE, index_sums.TERM_BY_TERM, integrand_parts.BY_CASES,
    index_sums.INTO_SUM, partial_fractions.FRACTIONS,
    integrand_parts.NESTED, integration_methods.EXPAND, integration_methods.REWRITTEN,
    integration_methods.SPLIT, integration_methods.SUBSTITUTION, by_parts.BY_PARTS,
    by_parts.PARTS_OF_FLAT, chain_rule_backwards.REVERSE_CHAIN, sympy_table.FROM_TABLE,
    chain_rule_backwards.THROUGH, likelihood_equations.ESTIMATES_PUT_IN,
    likelihood_equations.SUMS_APART, information_entries.CANCELS,
    information_by_pivot.SHIFTED, information_by_pivot.POLYNOMIAL,
    information_of_law.THROUGH_LAW, recognised_law.RECOGNISE, maximum.AT_THE_ESTIMATE,
    density_to_loss.LEAVE_OUT, density_to_loss.TERM_BY_TERM,
    noise_totals.OVER_CLASSES, residual_steps.SHIFT,
    residual_steps.FROM_BOUND, residual_steps.ENTRIES,
    linear_systems.NORMAL_EQUATIONS, linear_systems.INVERSE_OF_SYSTEM,
    simplex_estimates.MULTIPLIER_PUT_IN, expectation_steps.CHANGE_OF_VARIABLE,
    expectation_steps.MULTIPLY_OUT, expectation_steps.ODD, expectation_steps.AS_FRACTION,
    expectation_steps.VALUE_APART, expectation_steps.VALUES, short_forms.SIGN_INWARDS,
)}
