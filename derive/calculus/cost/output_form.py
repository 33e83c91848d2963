"""The cost in terms of the output, its additive constant, and whether it is bounded below."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sympy import Add, Integer, Mul

from derive.calculus.cost.bounds import bounded, domain_of, no_output_form, why_not
from derive.calculus.cost.field import Field
from derive.calculus.cost.recognise import Recognised, inverse_of, output_leaf, recognise
from derive.calculus.gradient.chain_rule import naming
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import depends, unreal
from derive.core.walk import schematic, substitute, transform
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
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting, Tactic


def with_output(main: Derivation, field: Field, rulebook: Rulebook, constant: str) -> Derivation:
    """The derivation of a cost, gone on with in the output, its constant chosen and stated."""
    found = recognise(field, rulebook)
    form = None if found is None else output_form(main, field, found, rulebook)
    if field.output is not None and form is None and depends(main.result, field.at):
        raise DeriveError(no_output_form(main, field, found))
    main, form, told = _with_constant(main, form, field, found, rulebook, constant)
    remarks = [("constant", told)]
    limit = bounded(found, field)
    if limit:
        remarks.append(("bounded", limit))
    if found is not None:
        if form is not None and found.entry is not None and found.entry.where:
            name = form.definitions[-1].name
            (condition,) = _where(field, found)
            remarks.append(("where", f"{pretty(condition)}, for the form in {name}"))
        if form is None and why_not(found):
            remarks.append(("output", why_not(found)))
    if field.output is not None and form is not None:
        main = replace(main, parts=(*main.parts, *_chain_rule(main, form, field, rulebook)))
        return _in_output(main, form, tuple(remarks))
    return replace(main, remarks=tuple(remarks), sequel=form)


def _chain_rule(main: Derivation, form: Derivation, field: Field, rulebook: Rulebook,
                ) -> tuple[Derivation, ...]:
    """∂C/∂y for an output that is a number: times ∂y/∂z it is the field."""
    if field.indices:
        return ()
    found = derivative(field.posed, form.result, main.quantity, form.definitions[-1].symbol, (),
                       rulebook, "By the chain rule")
    return (replace(found, definitions=(), assumptions=form.assumptions,
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


def output_form(main: Derivation, field: Field, found: Recognised, rulebook: Rulebook,
                ) -> Derivation | None:
    """The cost as a function of the output y = φ(z), or None where that cannot be said."""
    definition, conditions = _definition(field, found)
    symbol = definition.symbol
    place = heads.Element(symbol, *field.indices) if field.indices else symbol
    with assuming((*main.assumptions, *conditions)):
        work = Work(main.result, rulebook)
        work.name(naming(definition, place))
        inverse = inverse_of(found, place, field)
        if depends(work.line, field.at) and inverse is not None:
            work = Work(main.result, rulebook)
            cases = found.output if isinstance(found.output, heads.Cond) else None
            work.use(INVERSE, {
                "at": field.at, "inverse": inverse, "indices": field.indices,
                "test": cases.args[0] if cases is not None else None,
                "source": found.entry.source if found.entry else "Definition"}, "inverses")
            work.run("output")
        elif not depends(work.line, field.at):
            work.run("finish")
        work.run("dress")
    if depends(work.line, field.at) or not work.steps:
        return None
    where = _where(field, found)
    return Derivation(
        title="In terms of the output", goal="cost", given=main.given, quantity=main.quantity,
        start=main.result, steps=tuple(work.steps), indices=main.indices, original=main.result,
        definitions=(definition,), assumptions=(*main.assumptions, *conditions, *where),
        formal=Formal())


def _where(field: Field, found: Recognised) -> tuple[Any, ...]:
    """The part of the line on which the table's inverse holds, for every component."""
    if found.entry is None or not found.entry.where:
        return ()
    scope = field.posed.scope.copy()
    scope.names["z"] = field.at if found.argument is None else found.argument
    return (schematic(parse_condition(found.entry.where, scope), field.indices),)


def _definition(field: Field, found: Recognised) -> tuple[Definition, tuple[Any, ...]]:
    """y = φ(z), under the user's name for it, or one that is free."""
    name = field.output.name if field.output is not None else field.fresh("y", "a", "p", "v")
    leaf, conditions = output_leaf(name, found, field)
    free = tuple(Index(f"\u00b7{name}{n}", i.dim) for n, i in enumerate(field.indices))
    body = substitute(found.output, dict(zip(field.indices, free, strict=True)))
    return Definition(leaf, free, body), conditions


def _says_inverse(setting: Setting) -> Rule:
    return Rule(name="inverse-of-the-activation", says="The weighted input in terms of the output.",
                from_="e", to="e", source=setting["source"],
                margin=f"{pretty(setting['at'])} = {pretty(setting['inverse'])}",
                tactic="inverse-of-the-activation")


def _invert(line: Any, setting: Setting) -> Any:
    """The inverse in place of the variable; case by case where the activation has cases."""
    at, inverse, indices = setting["at"], setting["inverse"], setting["indices"]
    if setting["test"] is not None and isinstance(inverse, heads.Cond):
        first, second = (_case(line, setting["test"], yes) for yes in (True, False))
        return heads.Cond(inverse.args[0], _put_in(first, at, indices, inverse.args[1]),
                          _put_in(second, at, indices, inverse.args[2]))
    return _put_in(line, at, indices, inverse)


INVERSE = Tactic("inverse-of-the-activation", _invert, _says_inverse)


def _case(node: Any, test: Any, yes: bool) -> Any:
    """A formula where a condition is known to hold, or not to."""
    return transform(node, lambda part: _case(part.args[1 if yes else 2], test, yes)
                     if isinstance(part, heads.Cond) and part.args[0] == test else None, (test,))


def _put_in(node: Any, at: Any, indices: tuple[Any, ...], inverse: Any) -> Any:
    if not indices:
        return substitute(node, {at: inverse})
    return _with_elements(node, at.tensor, indices, inverse)


def _with_elements(line: Any, tensor: Any, indices: tuple[Any, ...], body: Any) -> Any:
    """A formula with `body`, a formula of the indices, in place of the elements of a tensor."""
    def visit(part: Any) -> Any | None:
        if isinstance(part, heads.Element) and part.tensor == tensor:
            return substitute(body, dict(zip(indices, part.indices, strict=True)))
        return None

    return transform(line, visit, (body,))


# The additive constant


def _with_constant(main: Derivation, form: Derivation | None, field: Field,
                   found: Recognised | None, rulebook: Rulebook, constant: str,
                   ) -> tuple[Derivation, Derivation | None, str]:
    """The cost with the additive constant that was asked for, and a sentence about it."""
    if constant not in ("", "least", "none"):
        extra = _typed(constant, field)
        main, form = _plus(main, form, extra, field, found, rulebook)
        return main, form, f"{pretty(extra)} was added, as asked"
    least = None if form is None or found is None else _least(form, field, found, rulebook)
    if least is None or unreal(least) or bounded(found, field).startswith("no:") or \
            False in map(decide, domain_of(least, field)):
        if constant == "least":
            raise DeriveError("the least value is not known here: the field is not recognised as "
                              "an increasing activation minus a target; use --constant with a "
                              "formula, or none")
        return main, form, "left out; any number may be added"
    place = _output_name(form)
    if field.indices:
        place = heads.Element(place, *field.indices)
    where = f"where {pretty(place)} = {pretty(found.target)}" if found else ""
    owed = domain_of(least, field)
    if least == 0:
        return main, form, f"chosen so that the least value is 0, {where}"
    if constant != "none":
        lower = collected(Add(main.result, Mul(-1, least)))
        if constant == "least" or measure(lower) <= measure(main.result):
            main, form = _plus(main, form, Mul(-1, least), field, found, rulebook)
            main = replace(main, assumptions=(*main.assumptions, *owed))
            form = replace(form, assumptions=(*form.assumptions, *owed)) if form else None
            return main, form, f"chosen so that the least value is 0, {where}{_if(owed)}"
    return main, form, f"left out; the least value is {pretty(least)}, {where}{_if(owed)}"


def _if(conditions: tuple[Any, ...]) -> str:
    return "".join(f", for {pretty(c)}" for c in conditions)


def _output_name(form: Derivation | None) -> Any:
    assert form is not None
    return form.definitions[-1].symbol


def _typed(text: str, field: Field) -> Any:
    extra = unfolded(parse(text, field.posed.scope), field.posed.specification.definitions)
    if depends(extra, field.at):
        raise DeriveError(f"an additive constant may not depend on {field.tensor.name}; it may "
                          "depend on the target")
    return extra


def _least(form: Derivation, field: Field, found: Recognised, rulebook: Rulebook) -> Any | None:
    """The cost where the output equals the target: its least value, if the activation rises."""
    rising = found.entry is not None and found.entry.increasing and decide(
        heads.Less(Integer(0), found.slope))
    if not rising or depends(found.target, field.at):
        return None
    symbol = form.definitions[-1].symbol
    if not field.indices:
        at_target = substitute(form.result, {symbol: found.target})
        return _tidied(at_target, field, rulebook)

    at_target = _with_elements(form.result, symbol, field.indices, found.target)
    return _tidied(at_target, field, rulebook)


def _tidied(node: Any, field: Field, rulebook: Rulebook) -> Any:
    with assuming(field.posed.specification.conditions):
        return Work(node, rulebook).run("gradient").run("dress").line


def _plus(main: Derivation, form: Derivation | None, extra: Any, field: Field,
          found: Recognised | None, rulebook: Rulebook) -> tuple[Derivation, Derivation | None]:
    """The same cost with a constant added at the start."""
    start = Add(main.start, extra)
    with assuming(main.assumptions):
        work = Work(start, rulebook).run("gradient").run("dress")
    main = replace(main, start=start, original=start, steps=tuple(work.steps))
    if form is not None and found is not None:
        form = output_form(main, field, found, rulebook)
    return main, form
