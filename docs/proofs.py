"""Writes docs/proofs.md: which losses of the catalogue have theorems that Coq accepts.

    python docs/proofs.py [NAME … | --rules | --lines]

Needs coqc and Coquelicot. With names only those losses are tried, and the page is not written; with
`--rules` only its part on rules is, with `--lines` only that on lines.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import derive
from derive.errors import DeriveError
from derive.proofs.checked_lines import checked_lines
from derive.proofs.coq_checker import ProofError, check_proof, checker_name, compiled_library
from derive.proofs.rule_lemmas import rule_lemma
from derive.proofs.theorems import theorems
from derive.rulebook.loading import standard_rulebook

PAGE = Path(__file__).resolve().parent / "proofs.md"
SECONDS = 20.0
KINDS = ("grad", "hessian")
BASIC = ("principal", "binary", "multiclass", "soft", "regression")
STAGES = ("prepare", "differentiate", "sift", "fold", "tidy")
_LINES, _RULES = "\n## The lines", "\n## The rules"
_HEAD = """# Proofs

The numbers that judge a derivation are strong evidence; a proof holds for every size, every point
and every value of the parameters. `derive prove` writes one as a file for [Coq](https://coq.inria.fr),
with [Coquelicot](https://gitlab.inria.fr/coquelicot/coquelicot) for derivatives:

    derive prove grad softmax-nll -o softmax.v
    derive prove hessian softmax-nll
    derive prove cost "softmax(z) - t" -g "z: real[K]" -g "t: simplex(K)"
    derive prove grad softmax-nll -o softmax.html
    derive prove cost "softmax(z)*z" -g "z: real[K]"

    derive prove grad softmax-nll --lines

Where coqc is there, it checks the file before it is written: nothing is written that it refuses,
and which lemmas and axioms the theorems rest on is printed. Where it is not, or with `--no-check`,
the file says at its head that nobody has checked it, and so does a line on standard error; with
`--check` that is an error. Debian and Ubuntu have the packages `coq` and `libcoq-coquelicot`. In
Python: `derive.grad("softmax-nll").prove().proof`, and `error.proof.prove().proof` of the error
`NotAGradient`. The page and the JSON of a derivation that was proved say so, and by which lemmas;
without that, it was judged by numbers.

## What a file says

- **Definitions.** The formula as it was typed and the result as it was printed, as functions of
  their arguments: a tensor is a function of indices that count from 0, a size is a natural number
  that is not 0, a label a natural number below its size.
- **Hypotheses.** What the types say (`0 < w`, `y = 0 \\/ y = 1`, `sum K t = 1`), the conditions
  typed, those under which the typed formula has a value, and those printed with the result. A
  count or an integer is any real number in its range: the theorem says more than was asked.
- **Theorems.** `is_derive (fun t => loss K (upd o i t) y) (o i) (gradient K o y i)`: with t in the
  place of `o[i]`, the loss has at `o[i]` the derivative that was printed. A Hessian has three: the
  gradient, its derivative, and, where no condition speaks of the variable, the derivative of the
  derivative of the loss. A cost has the field for its gradient; a Jacobian is symmetric.
- **A refusal**: where a field has no cost, the theorem `mixed_derivatives_differ` is about the
  point that the refusal shows. The derivatives of the field are those printed (for every size), and
  two that would be mixed second derivatives of a cost are different numbers there. That continuous
  mixed derivatives are equal is not in the file; with it, no function with continuous second
  derivatives has this gradient. Numbers are compared exactly, with bounds of e and of logarithms;
  values of other functions (`sin`, `digamma`) have no lemma, and are named. A point whose
  coordinates are no short fractions has no theorem, nor has a field that jumps.
- **Lines**, with `--lines`: each line of the derivation is equal to the line before it, derivatives
  that are still to be carried out included; of a Hessian also those of the gradient, of a cost
  those of the way back and of the Jacobian (an integral has none). `lines_together` puts them in a
  row: the first line is equal to the last. Before them stand the lemmas of all rules that were
  used, each once. A step goes by the lemma of its rule: both sides have the
  places marked at which it was applied, with what its metavariables stand for there; tactics go
  inwards to them (into sums with the bound of the index, into cases with the condition, into
  derivatives with what the hypotheses say near the point), apply the lemma, and put sums and
  products into the printed order. Rules that code carries out, and steps that hold at a tie where
  the rule does not, go by arithmetic: both sides are computed and compared. The comment above each
  line, and what is printed, say which it was, and where a line needs the conditions of its rules
  beyond those of the result (at a kink that the result has not). A line that has no proof either
  way is named with its rule, and nothing is written.
- **Functions that the Reals of Coq do not have** (`loggamma`, `Phi`) are any functions that have
  what is known of them: `digamma` is the derivative of `loggamma`, `phi` that of `Phi`.

The proof puts the derivative together from its parts, one lemma of `rules/proofs/` for each
construct, by cases where the formula has cases (at a tie, all must agree in value and derivative),
splits and sifts the sums, and shows that the two terms are equal. Sums are split, and exponents
written as multiples of few, as the program proposes; Coq checks each. No axiom is used but those of
Coq's classical Reals, and that functions with the same values are equal.

`derive rules NAME --proof` writes a rule as a lemma: its two sides, its metavariables with their
types, its conditions; `--check` has coqc check its proof. An exponent that is an integer is one
there; a derivative on the right of cases whose condition moves is taken to exist.

## The catalogue

"""


class Lines(NamedTuple):
    """How the proof of the lines of a gradient went: which rules go by arithmetic, and where."""

    name: str
    count: int
    by_code: tuple[str, ...] = ()
    by_arithmetic: tuple[str, ...] = ()
    apart: int = 0
    problem: str = ""


class Tried(NamedTuple):
    """How the proof of one derivation went."""

    name: str
    kind: str
    seconds: float
    problem: str


def tried(name: str, kind: str) -> Tried:
    """Tries a proof."""
    try:
        stated = theorems(getattr(derive, kind)(name))
        checked = check_proof(stated.text, stated.names, SECONDS)
    except ProofError as error:
        return Tried(name, kind, 0.0, _short(str(error)))
    except DeriveError as error:
        return Tried(name, kind, 0.0, str(error))
    return Tried(name, kind, checked.seconds, "")


def tried_lines(name: str) -> Lines:
    """Tries the lines of the gradient of a loss."""
    try:
        derivation = derive.grad(name)
        file, _ = checked_lines(derivation, 2 * SECONDS)
    except ProofError as error:
        return Lines(name, 0, problem=_short(str(error)))
    except DeriveError as error:
        return Lines(name, 0, problem=str(error))
    tactics = {step.rule.name for step in derivation.steps if step.rule.tactic}
    plain = dict.fromkeys(rule for line in file.lines for rule in line.by_arithmetic)
    return Lines(name, len(file.lines), tuple(r for r in plain if r in tactics),
                 tuple(r for r in plain if r not in tactics),
                 sum(bool(line.where) for line in file.lines))


def lines_section(trials: Sequence[Lines]) -> str:
    """How many gradients have all lines proved, and in which way."""
    there = [t for t in trials if not t.problem]
    lemmas = [t for t in there if not t.by_code and not t.by_arithmetic]
    code = [t for t in there if t.by_code and not t.by_arithmetic]
    rest = [t for t in there if t.by_arithmetic]
    apart = [t for t in there if t.apart]
    lines = [_LINES, "",
             f"`derive prove grad LOSS --lines`, tried with {len(trials)} losses (without those of "
             f"soft labels), {2 * SECONDS:.0f} s of processor time each: all lines are proved for "
             f"{len(there)}, together {sum(t.count for t in there)} lines. For {len(lemmas)} each "
             f"step goes by the lemma of its rule, for {len(code)} each but those that code "
             f"carries out. For {len(rest)} some steps go by arithmetic whose rule has a lemma "
             f"or has no proof; for {len(apart)} some lines hold only where their rules do. "
             f"Without a proof: {len(trials) - len(there)}. Written by "
             "`python docs/proofs.py --lines`.", "",
             "| loss | lines | by arithmetic, though no code carries them out | apart from ties |",
             "|---|---|---|---|"]
    lines += [f"| {t.name} | {t.count} | {', '.join(t.by_arithmetic)} | {t.apart or ''} |"
              for t in there if t.by_arithmetic or t.apart]
    lines += ["", "| loss | what is missing |", "|---|---|"]
    lines += [f"| {t.name} | {t.problem} |" for t in trials if t.problem]
    return "\n".join(lines) + "\n"


def tried_rule(name: str) -> Tried:
    """Tries the lemma of a rule."""
    rule = next((r for r in standard_rulebook() if r.name == name), None)
    if rule is None:
        return Tried(name, "", 0.0, "it is carried out by code")
    try:
        checked = check_proof(rule_lemma(rule), seconds=SECONDS)
    except ProofError:
        return Tried(name, rule.stage, 0.0, "no proof")
    except DeriveError as error:
        return Tried(name, rule.stage, 0.0, str(error).replace(f"{name} is", "it is"))
    return Tried(name, rule.stage, checked.seconds, "")


def rules_used() -> list[str]:
    """The rules of all steps of the basic losses' gradients and Hessians."""
    def names(steps: Iterable[derive.Step]) -> Iterator[str]:
        for step in steps:
            yield step.rule.name
            yield from names(step.substeps)

    return sorted({name for entry in derive.losses() if entry.section in BASIC
                   for kind in KINDS for name in names(getattr(derive, kind)(entry.name).steps)})


def rules_section(trials: Iterable[Tried], used: Sequence[str]) -> str:
    """How many rules of each stage are lemmas, and which are not, by the reason."""
    everything = list(trials)
    rows = [row for row in everything if row.kind in STAGES]
    by_code = [row.name for row in everything
               if row.name in used and row.problem.startswith("it is carried out by code")]
    open_ones = [row.name for row in everything
                 if row.name in used and row.problem and row.name not in by_code]
    lines = [_RULES, "",
             "Lemmas that Coq accepts, of the rules of each stage; a rule that code carries out "
             "has none of its own.", "", "| stage | rules | lemmas |", "|---|---|---|"]
    for stage in STAGES:
        there = [row for row in rows if row.kind == stage]
        lines.append(f"| {stage} | {len(there)} | {sum(not r.problem for r in there)} |")
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.problem:
            reasons.setdefault(row.problem.partition(":")[0], []).append(row.name)
    lines += ["", f"The gradients and Hessians of the losses 1 to 63 (binary, several classes, "
              f"regression), with those of soft labels, use {len(used)} rules. "
              f"{len(used) - len(by_code) - len(open_ones)} are lemmas; {len(by_code)} are carried "
              f"out by code, and a theorem with `--lines` states what each of their steps does: "
              f"{', '.join(by_code)}. Without a proof: {', '.join(open_ones) or 'none'}."]
    lines += ["", "| what is missing | rules |", "|---|---|"]
    lines += [f"| {reason} | {', '.join(names)} |" for reason, names in sorted(reasons.items())]
    return "\n".join(lines) + "\n"


def _short(problem: str) -> str:
    """The theorem that has no proof, without what the assistant says."""
    if "finds no proof of" in problem:
        return f"no proof of {problem.partition(':')[0].rpartition(' ')[2]}"
    return problem.partition(":")[0]


def page(trials: Iterable[Tried]) -> str:
    """The page's text."""
    table: dict[str, dict[str, Tried]] = {}
    for trial in trials:
        table.setdefault(trial.name, {})[trial.kind] = trial
    proved = {kind: [n for n, row in table.items() if not row[kind].problem] for kind in KINDS}
    numbers = {e.name: e.catalogue for e in derive.losses()}
    basic = {kind: len({numbers[n] for n in names if numbers[n]})
             for kind, names in proved.items()}
    asked = len({number for number in numbers.values() if number})
    lines = [f"{checker_name()} accepts the gradients of {len(proved['grad'])} and the Hessians of "
             f"{len(proved['hessian'])} of the {len(table)} losses; of the {asked} numbered "
             f"entries (without those of soft labels) it is {basic['grad']} and "
             f"{basic['hessian']}. Times are seconds of processor time, each file by itself. "
             "Written by `make proofs`.", "",
             "| loss | gradient | Hessian |", "|---|---|---|"]
    lines += [f"| {name} | {_cell(row['grad'])} | {_cell(row['hessian'])} |"
              for name, row in table.items()]
    return _HEAD + "\n".join(lines) + "\n"


def _cell(trial: Tried) -> str:
    return trial.problem or f"{trial.seconds:.1f} s"


def _put(section: str) -> None:
    """Puts a section of the page in the place of that with the same heading, else at its end."""
    text, heading = PAGE.read_text(encoding="utf-8"), section.split("\n")[1]
    before, there, after = text.partition(f"\n{heading}\n")
    _, following, rest = after.partition("\n## ")
    PAGE.write_text(before + section + following + rest if there else text + section,
                    encoding="utf-8")


def main(names: list[str]) -> None:
    """Tries the losses of these names, or all, and then writes the page."""
    compiled_library()
    losses = [entry.name for entry in derive.losses()]
    chosen = [] if names in (["--rules"], ["--lines"]) else names or losses
    jobs = [(name, kind) for name in chosen for kind in KINDS]
    with ProcessPoolExecutor() as pool:
        trials = []
        for trial in pool.map(tried, [n for n, _ in jobs], [k for _, k in jobs]):
            trials.append(trial)
            print(f"{trial.name:36} {trial.kind:8} {_cell(trial)}", flush=True)
        if not names:
            PAGE.write_text(page(trials), encoding="utf-8")
        if names in ([], ["--lines"]):
            lines = []
            for line in pool.map(tried_lines, [n for n in losses if not n.endswith("-soft")]):
                lines.append(line)
                print(*line, flush=True)
            _put(lines_section(lines))
        if names in ([], ["--rules"]):
            used = rules_used()
            ours = [r.name for r in standard_rulebook() if r.stage in STAGES]
            _put(rules_section(list(pool.map(tried_rule, dict.fromkeys((*ours, *used)))), used))


if __name__ == "__main__":
    main(sys.argv[1:])
