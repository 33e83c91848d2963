"""From a derivation to its claims: the typed text beside the printed text of its results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import root
from derive.derivation import Derivation
from derive.errors import NotationError
from derive.functions.function_records import Function, entry_of, functions_in
from derive.judge.claims.claim_records import Claim
from derive.judge.claims.direction_claims import (
    Result,
    cost_claim,
    derivative_claim,
    likelihood_claim,
)
from derive.judge.claims.text_claims import judge
from derive.judge.reading.formula_reader import lines_of
from derive.judge.reading.lazy_arrays import Dim, OutOfWork
from derive.judge.record import EndToEnd
from derive.notation.printing.plain import plain
from derive.premises import Typed
from derive.reporting import report


def claims(derivation: Derivation) -> Iterator[Claim]:
    """The claims of the results of a derivation; none where no direction is judged so.

    Raises NotationError for text that the judge does not read.
    """
    typed = derivation.typed
    goal = derivation.goal if derivation.recurrence is None else "recurrence"
    make = None if typed is None else _DIRECTIONS.get(goal)
    if typed is not None and make is not None:
        yield from make(derivation, typed)


def readable(derivation: Derivation) -> tuple[list[Claim], str]:
    """The claims; and why there are none, where the judge does not read the text."""
    try:
        return list(claims(derivation)), ""
    except NotationError as error:
        return [], _unread(error)


def judged(claims_read: Iterable[Claim], seed: int) -> tuple[tuple[EndToEnd, ...], str]:
    """What was compared for each claim; why nothing was, where that is unread or too much work.

    Raises VerificationError for a claim that does not hold.
    """
    ends = []
    try:
        for claim in claims_read:
            report("checking the result")
            verdict = judge(claim, seed)
            sizes = tuple((d, tuple(sorted(s))) for d, s in sorted(verdict.sizes.items()))
            ends.append(EndToEnd(verdict.pairs, verdict.points, sizes, verdict.digits,
                                 verdict.worst, verdict.largest))
    except NotationError as error:
        return (), _unread(error)
    except OutOfWork as error:
        return (), f"not compared with the text as typed: {error}"
    return tuple(ends), ""


def end_to_end(derivation: Derivation, seed: int) -> tuple[tuple[EndToEnd, ...], str]:
    """What the typed text says of the results; why nothing, where the judge does not read it."""
    claims_read, unread = readable(derivation)
    ends, unjudged = judged(claims_read, seed)
    return ends, unread or unjudged


def _unread(error: NotationError) -> str:
    return f"not compared with the text as typed, which the judge does not read: {error}"


def own_functions(derivation: Derivation) -> tuple[Function, ...]:
    """The user's functions that stand in the lines and parts, or in what was asked."""
    derivations = (*derivation.all_parts(), derivation)
    lines = (n for part in derivations for n in (part.start, *(s.line for s in part.steps)))
    asked = {f.name: f for part in derivations if part.asked for f in part.asked.functions}
    return tuple(f for f in {**functions_in(*lines), **asked}.values() if f.own)


def _result(derivation: Derivation, typed: Typed) -> Result:
    letters = tuple((i.name, _dimension(i.dim)) for i in derivation.indices)
    conditions = tuple(dict.fromkeys(
        plain(c, derivation.reserved) for c in (*derivation.assumptions, *derivation.obligations)))
    written = derivation.written_out
    return Result(derivation.notation, derivation.given, letters, conditions,
                  "\n".join((*_definitions(typed), *_options(typed, "define"))),
                  {f.name: entry_of(f) for f in own_functions(derivation)},
                  tuple((law.variable.name, str(law.variable.kind), plain(law.density))
                        for law in derivation.laws),
                  derivation.matrix("ascii") or "",
                  () if written is None else (written.notation,))


def _dimension(dim: Any) -> Dim:
    text = str(dim)
    return int(text) if text.isdecimal() else text


def _options(typed: Typed, name: str) -> list[str]:
    return [value for key, value in typed.options if key == name and value]


def _definitions(typed: Typed) -> list[str]:
    """The lines of the typed text before the last one."""
    return list(lines_of(typed.target))[:-1]


def _named(wrt: str, before: list[str], last: str, defined: list[str]) -> None:
    """Raises NotationError for a named intermediate that the formula as typed writes out."""
    name = wrt.partition("[")[0].strip()
    names = [line.partition("=")[0].partition("[")[0].strip() for line in (*before, *defined)]
    if name in names:
        uses = (*(*before, *defined)[names.index(name) + 1:], last)
        if not any(re.search(rf"\b{re.escape(name)}\b", line) for line in uses):
            raise NotationError(f"the formula does not name {name}")


def _gradient(derivation: Derivation, typed: Typed) -> Iterator[Claim]:
    """The result by each variable; of second derivatives that by each pair."""
    *before, last = lines_of(typed.target)
    target = "\n".join((*before, *_options(typed, "define"), last))
    second = derivation.goal == "hessian"
    names = _variables(typed.wrt)
    for name in names:
        _named(name, before, last, _options(typed, "define"))
    asked = list(combinations_with_replacement(names, 2)) if second else [(n, n) for n in names]
    for (name, other), result in zip(asked, (derivation, *derivation.others), strict=True):
        alone = replace(result, others=()) if result.others else result
        yield derivative_claim(target, typed.given, name, _result(alone, typed),
                               second=second, other="" if name == other else other)


def _variables(wrt: str) -> list[str]:
    """The variables as typed, `W[i, j], b`: what stands between commas outside brackets."""
    return [part.strip() for part in re.split(r",(?![^\[]*\])", wrt)]


def _cost(derivation: Derivation, typed: Typed) -> Iterator[Claim]:
    """The derivative of the cost by each variable is the typed field, one line of the text each."""
    names = _variables(typed.wrt)
    if len(names) == 1:
        yield cost_claim(typed.target, typed.given, typed.wrt, _result(derivation, typed))
        return
    lines = list(lines_of(typed.target))
    before, fields = lines[:-len(names)], lines[-len(names):]
    backs = [p for p in derivation.parts if p.goal == "gradient" and
             isinstance(p.quantity, heads.Partial) and p.quantity.args[0] == derivation.quantity]
    for name, line, back in zip(names, fields, backs, strict=True):
        text = "\n".join((*before, line))
        result = _result(replace(derivation, indices=back.indices), replace(typed, target=text))
        yield cost_claim(text, typed.given, name, result)


def _likelihood(derivation: Derivation, typed: Typed) -> Iterator[Claim]:
    density = "\n".join((*_options(typed, "link"), typed.target))
    parameters = [n.strip() for n in typed.wrt.split(",")]
    yield likelihood_claim(density, (*typed.given, *_options(typed, "output")), parameters,
                           _result(derivation, typed))


def _score(derivation: Derivation, typed: Typed) -> Iterator[Claim]:
    parameters = [n.strip() for n in typed.wrt.split(",")]
    for name, score in zip(parameters, (derivation, *derivation.others), strict=True):
        yield derivative_claim(typed.target, typed.given, name, _result(score, typed), log=True)


def _estimates(derivation: Derivation, typed: Typed) -> Iterator[Claim]:
    from derive.judge.claims.estimate_claims import (  # other directions do without
        Estimate,
        estimate_claim,
    )

    derivations = (derivation, *derivation.others)
    if any(d.result.has(heads.Root) for d in derivations):
        raise NotationError("the root of an equation")
    names = [n.strip() for n in typed.wrt.split(",")]
    estimates = [Estimate(name, _result(d, typed), isinstance(d.quantity, heads.Partial),
                          not d.start.has(heads.Root))
                 for name, d in zip(names, derivations, strict=True)]
    observed = [n.strip() for text in _options(typed, "observed") for n in text.split(",")]
    yield estimate_claim(typed.target, typed.given, observed, estimates)


def _information(derivation: Derivation, typed: Typed) -> Iterator[Claim]:
    from derive.judge.claims.density_claims import information_claim

    density = "\n".join((*_options(typed, "link"), typed.target))
    parameters = [n.strip() for n in typed.wrt.split(",")]
    given = (*typed.given, *_options(typed, "output"))
    (observed,) = _options(typed, "observed")
    entries = combinations_with_replacement(parameters, 2)
    results = [derivation, *derivation.others]
    if _options(typed, "number"):  # the text is of one observation, whose information is a part
        results = [next(p for p in d.parts if p.goal == "fisher") for d in results]
    for pair, entry in zip(entries, results, strict=True):
        yield information_claim(density, given, observed, pair, _result(entry, typed))


def _noise(derivation: Derivation, typed: Typed) -> Iterator[Claim]:
    from derive.judge.claims.density_claims import noise_claim

    (observed,), (density,) = _options(typed, "observed"), derivation.others
    yield noise_claim(typed.target, typed.given, observed, _result(derivation, typed),
                      _result(density, typed))


def _recurrence(derivation: Derivation, typed: Typed) -> Iterator[Claim]:
    from derive.judge.claims.adjoint_claims import Adjoint, adjoint_claim

    adjoints = []
    for part in (derivation, *derivation.others):
        at = part.quantity.args[1]
        places = at.indices if isinstance(at, heads.Element) else ()
        letters = tuple((i.name, _dimension(i.dim)) for i in places if isinstance(i, Index))
        edge = 0 if len(letters) == len(places) else -1 if places[0] == -1 else 1
        adjoints.append(Adjoint(root(at).name, part.notation, letters, edge, tuple(
            plain(c, part.reserved) for c in (*part.assumptions, *part.obligations))))
    own = {f.name: entry_of(f) for f in own_functions(derivation)}
    yield adjoint_claim(typed.target, adjoints, own)


_DIRECTIONS = {"gradient": _gradient, "hessian": _gradient, "cost": _cost, "nll": _likelihood,
               "score": _score, "mle": _estimates,
               "equation": _estimates, "fisher": _information, "noise": _noise,
               "recurrence": _recurrence}
