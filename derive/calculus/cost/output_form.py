"""The cost in terms of the output, its additive constant, and whether it is bounded below."""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Expr, Integer, Mul

from derive.calculus.cost.bounds import bounded, domain_of, no_output_form, why_not
from derive.calculus.cost.field import Field
from derive.calculus.cost.recognise import Recognised, inverse_of, output_leaf, recognise
from derive.calculus.formulas import defined
from derive.calculus.gradient.named_loss import naming
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.problem import unfolded
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index
from derive.core.factors import difference
from derive.core.indexing import depends, root, unreal
from derive.core.walk import schematic, transform
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.functions.decisions import assuming, decide
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse, parse_condition
from derive.notation.reading.specification import Definition
from derive.premises import Formal
from derive.rulebook.algebra import collected
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Setting


def with_output(main: Derivation, field: Field, rulebook: Rulebook, constant: str) -> Derivation:
    """The derivation of a cost, gone on with in the output, its constant chosen and stated."""
    recognised = recognise(field, rulebook)
    form = None if recognised is None else output_form(main, field, recognised, rulebook)
    if field.output is not None and form is None and depends(main.result, field.at):
        raise DeriveError(no_output_form(main, field, recognised))
    main, form, sentence = _with_constant(main, form, field, recognised, rulebook, constant)
    remarks = [("constant", sentence)]
    limit = bounded(recognised, field)
    if limit:
        remarks.append(("bounded", limit))
    if recognised is not None:
        if form is not None and recognised.entry is not None and recognised.entry.where:
            name = form.definitions[-1].name
            (condition,) = _where(field, recognised)
            remarks.append(("where", f"{pretty(condition)}, for the form in {name}"))
        if form is None and why_not(recognised):
            remarks.append(("output", why_not(recognised)))
    if field.output is not None and form is not None:
        main = replace(main, parts=(*main.parts, *_chain_rule(main, form, field, rulebook)))
        return _in_output(main, form, tuple(remarks))
    return replace(main, remarks=tuple(remarks), sequel=form)


def _chain_rule(main: Derivation, form: Derivation, field: Field, rulebook: Rulebook,
                ) -> tuple[Derivation, ...]:
    """∂C/∂y for an output that is a number: times ∂y/∂z it is the field."""
    if field.indices:
        return ()
    outer = derivative(field.posed, form.result, main.quantity, form.definitions[-1].symbol, (),
                       rulebook, "By the chain rule")
    return (replace(outer, definitions=(), assumptions=form.assumptions,
                    note=f"In the output: by the chain rule the field is ∂{main.quantity}/∂"
                         f"{form.definitions[-1].name} times ∂{form.definitions[-1].name}/∂"
                         f"{field.tensor.name}, with"),)


def _in_output(main: Derivation, form: Derivation, remarks: tuple[tuple[str, str], ...],
               ) -> Derivation:
    """The cost with the output's form as its result: the user asked for it by name."""
    rounds = main.steps[-1].round if main.steps else 0
    steps = tuple(replace(s, round=s.round + rounds) for s in form.steps)
    return replace(main, steps=main.steps + steps, definitions=form.definitions,
                   assumptions=tuple(dict.fromkeys(main.assumptions + form.assumptions)),
                   formal=Formal(), remarks=remarks)


def output_form(main: Derivation, field: Field, recognised: Recognised, rulebook: Rulebook,
                ) -> Derivation | None:
    """The cost as a function of the output y = φ(z), or None where that cannot be said."""
    definition, conditions = _definition(field, recognised)
    symbol = definition.symbol
    place = heads.at(symbol, field.indices)
    with assuming((*main.assumptions, *conditions)):
        work = Work(main.result, rulebook)
        work.name(naming(definition, place))
        inverse = inverse_of(recognised, place, field)
        if depends(work.line, field.at) and inverse is not None:
            work = Work(main.result, rulebook)
            cases = recognised.output if isinstance(recognised.output, heads.Cond) else None
            work.use(INVERSE, {
                "at": field.at, "inverse": inverse, "indices": field.indices,
                "test": cases.args[0] if cases is not None else None,
                "source": recognised.entry.source if recognised.entry else "Definition",
            }, "inverses")
            work.run("output")
        elif not depends(work.line, field.at):
            work.run("finish")
        work.run("dress")
    if depends(work.line, field.at) or not work.steps:
        return None
    where = _where(field, recognised)
    return work.derivation(
        "In terms of the output", "cost", main.quantity, main.given, indices=main.indices,
        definitions=(definition,), assumptions=(*main.assumptions, *conditions, *where),
        formal=Formal())


def _where(field: Field, recognised: Recognised) -> tuple[Expr, ...]:
    """The part of the line on which the table's inverse holds, for every component."""
    if recognised.entry is None or not recognised.entry.where:
        return ()
    scope = field.posed.scope.copy()
    scope.names["z"] = field.at if recognised.argument is None else recognised.argument
    return (schematic(parse_condition(recognised.entry.where, scope), field.indices),)


def _definition(field: Field, recognised: Recognised) -> tuple[Definition, tuple[Expr, ...]]:
    """y = φ(z), under the user's name for it, or one that is free."""
    name = field.output.name if field.output is not None else field.fresh("y", "a", "p", "v")
    leaf, conditions = output_leaf(name, recognised, field)
    return defined(leaf, field.indices, recognised.output), conditions


def _inverse_in_words(setting: Setting) -> Words:
    return Words("The weighted input in terms of the output.",
                 f"{pretty(setting['at'])} = {pretty(setting['inverse'])}", setting["source"])


def _invert(line: Expr, setting: Setting) -> Expr:
    """The inverse in place of the variable; case by case where the activation has cases."""
    at, inverse, indices = setting["at"], setting["inverse"], setting["indices"]
    if setting["test"] is not None and isinstance(inverse, heads.Cond):
        test, *values = inverse.args
        cases = (_case(line, setting["test"], yes) for yes in (True, False))
        return heads.Cond(test, *(_put_in(case, at, indices, value)
                                  for case, value in zip(cases, values, strict=True)))
    return _put_in(line, at, indices, inverse)


INVERSE = stated("inverse-of-the-activation", _invert, _inverse_in_words)


def _case(node: Expr, test: Expr, yes: bool) -> Expr:
    """A formula where a condition is known to hold, or not to."""
    return transform(node, lambda part: _case(part.args[1 if yes else 2], test, yes)
                     if isinstance(part, heads.Cond) and part.args[0] == test else None, (test,))


def _put_in(node: Expr, at: Expr, indices: tuple[Index, ...], value: Expr) -> Expr:
    """A formula with `value`, one of the indices, in place of the name of `at`."""
    return unfolded(node, [Definition(root(at), indices, value)])


# The additive constant


def _with_constant(main: Derivation, form: Derivation | None, field: Field,
                   recognised: Recognised | None, rulebook: Rulebook, constant: str,
                   ) -> tuple[Derivation, Derivation | None, str]:
    """The cost with the additive constant that was asked for, and a sentence about it."""
    if constant not in ("", "least", "none"):
        extra = constant_typed(constant, field)
        main, form = _plus(main, form, extra, field, recognised, rulebook)
        return main, form, f"{pretty(extra)} was added, as asked"
    least = None if form is None or recognised is None else \
        _least(form, field, recognised, rulebook)
    if form is None or recognised is None or least is None:
        if constant == "least":
            raise DeriveError("the least value is not known here: the field is not recognised as "
                              "an increasing activation minus a target; use --constant with a "
                              "formula, or none")
        return main, form, "left out; any number may be added"
    place = _output_name(form)
    if field.indices:
        place = heads.Element(place, *field.indices)
    where = f"where {pretty(place)} = {pretty(recognised.target)}"
    if least == 0:
        return main, form, f"chosen so that the least value is 0, {where}"
    owed = domain_of(least, field)
    where += f", for {' and '.join(map(pretty, owed))}" if owed else ""
    lower = collected(difference(main.result, least))
    if constant == "none" or (constant != "least" and measure(lower) > measure(main.result)):
        return main, form, f"left out; the least value is {pretty(least)}, {where}"
    main, form = _plus(main, form, Mul(-1, least), field, recognised, rulebook)
    main = replace(main, assumptions=(*main.assumptions, *owed))
    form = form and replace(form, assumptions=(*form.assumptions, *owed))
    return main, form, f"chosen so that the least value is 0, {where}"


def _output_name(form: Derivation) -> Expr:
    """The name of the output in the form of a cost in its terms."""
    return form.definitions[-1].symbol


def constant_typed(text: str, field: Field) -> Expr:
    """The additive constant that was asked for. Raises DeriveError where the variable is in it."""
    extra = unfolded(parse(text, field.posed.scope), field.posed.specification.definitions)
    if depends(extra, field.at):
        raise DeriveError(f"an additive constant may not depend on {field.tensor.name}; it may "
                          "depend on the target")
    return extra


def _least(form: Derivation, field: Field, recognised: Recognised, rulebook: Rulebook,
           ) -> Expr | None:
    """The cost where the output equals the target, if that is its least value; None if unknown."""
    rising = recognised.entry is not None and recognised.entry.increasing and decide(
        heads.Less(Integer(0), recognised.slope))
    if not rising or depends(recognised.target, field.at):
        return None
    at_target = _put_in(form.result, _output_name(form), field.indices, recognised.target)
    with assuming(field.posed.specification.conditions):
        least = Work(at_target, rulebook).run("gradient").run("dress").line
    known = not (unreal(least) or bounded(recognised, field).startswith("no:")
                 or False in map(decide, domain_of(least, field)))
    return least if known else None


def _plus(main: Derivation, form: Derivation | None, extra: Expr, field: Field,
          recognised: Recognised | None, rulebook: Rulebook,
          ) -> tuple[Derivation, Derivation | None]:
    """The same cost with a constant added at the start."""
    start = Add(main.start, extra)
    with assuming(main.assumptions):
        work = Work(start, rulebook).run("gradient").run("dress")
    main = replace(main, start=start, original=start, steps=tuple(work.steps))
    if form is not None and recognised is not None:
        form = output_form(main, field, recognised, rulebook)
    return main, form
