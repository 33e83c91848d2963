"""From a field to the cost whose gradient it is, or to the proof that there is none."""

from __future__ import annotations

from dataclasses import replace

from derive.argument_kinds import Names, Target, formula_of, text_of
from derive.calculus.asked_variables import separated
from derive.calculus.asking import on_record
from derive.calculus.cost.field import Field, name_of_cost, read_field
from derive.calculus.cost.joint_potential import joint_cost
from derive.calculus.cost.no_cost_proof import refuse
from derive.calculus.cost.output_form import with_output
from derive.calculus.cost.potential_search import potential
from derive.calculus.cost.several_fields import read_fields
from derive.calculus.cost.symmetry import symmetry
from derive.calculus.cost.torn import refuse_if_torn
from derive.calculus.integral.integral_search import Integrator
from derive.calculus.problem import with_unknown
from derive.calculus.strategy import Work
from derive.derivation import Derivation
from derive.entry_names import is_loss
from derive.errors import DeriveError
from derive.functions.decisions import assuming
from derive.judge.rules.user_functions import Functions
from derive.limits import allowed, within
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given, declared_names, lines_of
from derive.public_arguments import public
from derive.rulebook.loading import Rules, beyond_standard
from derive.tables.activation_table import activation_for

_PART = 3  # of the patience with a call: 20 s of 60


@public(target=formula_of("a field"))
@on_record
def cost(target: Target, *, given: Given = (), wrt: Names = None, define: str | None = None,
         constant: str = "", rules: Rules = None, seconds: float | None = None,
         functions: Functions | None = None, output: str | None = None) -> Derivation:
    """The cost whose gradient is a field, as a derivation: integrability, integral, check.

    `given` declares the names; `rules` and `functions` are the user's, as for `grad`.
    `target` is the field: whole (`softmax(z) - t`), one component (`softmax(z)[m] - t[m]` with
    `wrt="z[m]"`), or a formula of a number; `define` an output such as `y = sigmoid(z)`, in
    whose terms the field and the cost are written (`output` is its older name). Without `wrt` the
    variable is z. Several variables, `wrt="x, y"`, have a field each, on lines of their own or
    behind `;`, in that order: `x*y**2; x**2*y`. `constant` says which additive constant is chosen:
    "" (least value 0 where that is no longer than to leave it out), "least", "none", or a formula.
    Raises NotAGradient with a proof where no cost exists, NoIntegralError where no rule integrates
    the field (within `seconds`, 10 of 60 where patience is as usual), PatienceError after a third
    of the patience, and other DeriveErrors for what cannot be read.

    >>> derive.cost("sigmoid(z) - t").notation
    'softplus(z) - t * z'
    """
    if define is not None and output is not None:
        raise DeriveError("define= and output= are two names of one argument; give define=")
    if is_loss(target):
        raise DeriveError(f"{target.strip()!r} is a loss; a cost is asked for of a gradient, such "
                          f"as sigmoid(z) - y (that of the loss: derive grad {target.strip()})")
    names = separated(wrt)
    if len(names) > 1:
        if define or output:
            raise DeriveError("an output is defined for one variable, not for "
                              f"{', '.join(names)}; write the fields out")
        fields = read_fields(target, given, names, functions)
        with within(allowed() / _PART):
            return joint_cost(fields, with_unknown(rules, fields[0].posed.scope), constant, seconds)
    field = read_field(target, given, wrt, define or output, functions)
    with within(allowed() / _PART):
        return cost_of(field, rules, constant, seconds)


@public(name=text_of("the name of an activation"))
@on_record
def matching_loss(name: str, *, given: Given = (), constant: str = "",
                  rules: Rules = None, seconds: float | None = None) -> Derivation:
    """The loss whose gradient with an activation of the table is output - target.

    `name` is one of `rules/activations.toml`, such as `probit`; `given` may declare its z, t and
    parameters otherwise. Raises UnknownNameError with the nearest names, and errors as `cost`.

    >>> derive.matching_loss("probit").notation
    'phi(z) + z * (Phi(z) - t)'
    """
    entry = activation_for(name)
    lines = lines_of(given)
    own = declared_names(lines)
    lines += [line for line in (*entry.given, *entry.target)
              if ":" not in line or line.partition(":")[0].strip() not in own]
    field = read_field(f"({entry.formula}) - t", lines, "z")
    return cost_of(field, rules, constant, seconds, entry.title, entry.source)


def cost_of(field: Field, rules: Rules, constant: str = "", seconds: float | None = None,
            title: str = "", source: str = "") -> Derivation:
    """The cost of a field that has been read; see `cost`."""
    rulebook = with_unknown(rules, field.posed.scope)
    parts: list[Derivation] = []
    shown = symmetry(field, rulebook) if field.indices else None
    if shown is not None and (shown.symmetric is False or shown.jacobian.obligations):
        (refuse if shown.symmetric is False else refuse_if_torn)(field, shown)
    if shown is not None:
        parts += [shown.jacobian, *([shown.difference] if shown.symmetric else [])]
    search = Integrator(rulebook, seconds)
    component, formula, back = potential(field, search, shown)
    specification = field.posed.specification
    with assuming(specification.conditions):
        work = Work(formula, rulebook).run("gradient").run("dress")
    main = work.derivation(
        title + ": matching loss" if title else f"Cost with the gradient {pretty(field.typed)}",
        "cost", name_of_cost(field), specification.declared, indices=field.indices,
        parts=(*parts, component, back), assumptions=specification.conditions, source=source,
        field=field.body, note=_NOTE_COST if field.indices else "")
    return replace(with_output(main, field, rulebook, constant), typed=field.text,
                   rules=beyond_standard(rulebook))


_NOTE_COST = "This is the cost, but for an additive constant."
