"""Speed of derivations: each figure a ratio or a median measured in this one run.

    python benchmarks/speed.py            everything
    python benchmarks/speed.py --quick    fewer repetitions

Prints: the warm time of every gradient and Hessian of the catalogue and of every matching loss
(median, worst); the same
derivation at K symbolic, 10 and 1,000,000; large formulas, derived and verified; work that would
double with every line; the whole process beside `python -c "import sympy"`;
and plain SymPy on the same formula, where SymPy can do the work.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUICK = "--quick" in sys.argv
RUNS = 7 if QUICK else 21


def milliseconds(work: Callable[[], object], runs: int) -> float:
    from derive.rulebook.algebra import collected

    times = []
    for _ in range(runs):
        collected.cache_clear()  # what an earlier run has tidied is tidied again
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def catalogue() -> None:
    import derive

    names = [e.name for e in derive.losses()]
    for name in names:
        derive.hessian(name)
    rows = []
    for name in names:
        for how in (derive.grad, derive.hessian):
            rows.append((milliseconds(lambda f=how, n=name: f(n), 3), name, how.__name__))
    rows.sort()
    print(f"warm, {len(rows)} derivations (gradient and Hessian of {len(names)} losses): median "
          f"{rows[len(rows) // 2][0]:.1f} ms, 90 % below {rows[len(rows) * 9 // 10][0]:.1f} ms")
    print("slowest: " + ", ".join(f"{n} {how} {t:.0f} ms" for t, n, how in rows[-4:]))


def costs() -> None:
    import derive

    names = [a.name for a in derive.activations()]
    for name in names:
        derive.matching_loss(name)
    rows = sorted((milliseconds(lambda n=name: derive.matching_loss(n), 3), name)
                  for name in names)
    softmax = next(t for t, name in rows if name == "softmax")
    print(f"\nwarm, matching losses of {len(names)} activations: median "
          f"{rows[len(rows) // 2][0]:.1f} ms, softmax {softmax:.1f} ms, slowest "
          + ", ".join(f"{n} {t:.0f} ms" for t, n in rows[-3:]))


def likelihood() -> None:
    import derive

    names = [d.name for d in derive.distributions() if not d.base]
    print(f"\nwarm, {len(names)} distributions")
    for how in (derive.nll, derive.score, derive.mle, derive.fisher):
        rows = []
        for name in names:
            try:
                how(name)
            except derive.DeriveError:
                continue  # no expected information: censored, or a support that the parameter moves
            rows.append((milliseconds(lambda f=how, n=name: f(n), 3), name))
        rows.sort()
        print(f"  {how.__name__:6} ({len(rows)}): median {rows[len(rows) // 2][0]:.1f} ms, slowest "
              + ", ".join(f"{n} {t:.0f} ms" for t, n in rows[-3:]))
    told = [f"{name} {milliseconds(lambda n=name: derive.fisher(n), 3):.0f} ms"
            for name in ("logistic", "gumbel", "von-mises")]
    told.append("student-t in mu, s "
                f"{milliseconds(lambda: derive.fisher('student-t', wrt='mu, s'), 3):.0f} ms")
    print("  fisher of location-scale families: " + ", ".join(told))


def sizes() -> None:
    import derive
    from derive.core.indexing import size

    print("\nsoftmax negative log-likelihood at three sizes")
    base = None
    for text in ("K", "10", "1000000"):
        given = [f"o: real[{text}]", f"y: label({text})"]
        both = [partial(f, "-log(softmax(o)[y])", given=given, wrt="o")
                for f in (derive.grad, derive.hessian)]
        nodes = [size(work().result) for work in both]
        times = [milliseconds(work, RUNS) for work in both]
        base = base or times
        print(f"  K = {text:>8}: gradient {nodes[0]} nodes, {times[0] / base[0]:.2f} of the time "
              f"at K symbolic; Hessian {nodes[1]} nodes, {times[1] / base[1]:.2f}")


def layers(count: int) -> str:
    """A chain of layers h1 = tanh(W1 @ x + b1), … with the squared error of the last."""
    lines = ["x: real[D]", "t: real[D]"]
    for n in range(1, count + 1):
        before = f"h{n - 1}" if n > 1 else "x"
        lines += [f"W{n}: real[D, D]", f"b{n}: real[D]", f"h{n} = tanh(W{n} @ {before} + b{n})"]
    return "\n".join([*lines, f"L = sum((h{count} - t)**2)"])


ATTENTION = """X: real[N, M]
A: real[M, D]
B: real[M, D]
C: real[M, D]
T: real[N, D]
Q = X @ A
Kk = X @ B
V = X @ C
s[i, j] = sum(Q[i, m]*Kk[j, m] for m in D)/sqrt(D)
P[i, j] = exp(s[i, j])/sum(exp(s[i, k]) for k in N)
L = sum(sum((sum(P[i, j]*V[j, m] for j in N) - T[i, m])**2 for m in D) for i in N)"""
TSNE = """y: real[N, D]
P: positive[N, N]
w[i, j] = 1/(1 + sum((y[i, m] - y[j, m])**2 for m in D))
Z = sum(sum(w[k, l] for l in N if l != k) for k in N)
L = sum(sum(P[i, j]*log(P[i, j]*Z/w[i, j]) for j in N if j != i) for i in N)"""
NT_XENT = """z: real[N, D]
p: label(N)[N]
tau: positive
n[i] = sqrt(sum(z[i, m]**2 for m in D))
s[i, j] = sum(z[i, m]*z[j, m] for m in D)/(n[i]*n[j]*tau)
L = sum(-s[i, p[i]] + log(sum(exp(s[i, k]) for k in N if k != i)) for i in N)"""


def large() -> None:
    """Formulas of many lines, each derived and verified once."""
    import derive

    names = [f"h{n}" for n in range(1, 11)]
    doubling = "\n".join(f"a{n + 1} = a{n}*a{n} + a{n}" for n in range(20))
    cases = [
        ("ten layers by W1", derive.grad, layers(10), "W1", {}),
        ("the same through its names", derive.grad, layers(10), "W1", {"through": names}),
        ("self-attention by its input", derive.grad, ATTENTION, "X", {}),
        ("t-SNE", derive.grad, TSNE, "y", {}), ("NT-Xent", derive.grad, NT_XENT, "z", {}),
        ("sum of 144 logarithms", derive.grad,
         "z: positive\nL = " + " + ".join(f"log({n} + z)" for n in range(1, 145)), "z", {}),
        ("product of 60 sums", derive.grad,
         "z: real\nL = " + "*".join(f"({n} + z)" for n in range(10, 70)), "z", {}),
        ("20 lines that double", derive.grad, f"a0: real\n{doubling}", "a0", {}),
        ("Hessian of 5 nested tanh sums", derive.hessian,
         "\n".join(["x: real[D]", *(f"W{n}: real[D, D]" for n in range(1, 6)),
                    *(f"h{n} = tanh(W{n} @ {f'h{n - 1}' if n > 1 else 'x'})"
                      for n in range(1, 6)), "L = sum(h5)"]), "x", {}),
    ]
    print("\nlarge formulas, derived and verified (seconds of processor time)")
    for title, how, target, at, options in cases:
        start = time.thread_time()
        try:
            derivation = how(target, wrt=at, **options)
            middle = time.thread_time()
            derivation.verify()
            print(f"  {title}: {middle - start:.2f} + {time.thread_time() - middle:.2f} s")
        except derive.DeriveError as error:
            print(f"  {title}: refused after {time.thread_time() - start:.2f} s: {error}")


def whole_process() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    ours = [sys.executable, str(ROOT / "cli.py"), "grad", "softmax-nll"]
    theirs = [sys.executable, "-c", "import sympy"]
    ratios = []
    for turn in range(RUNS + 1):
        pair = []
        for command in (ours, theirs):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, env=environment)
            pair.append(time.perf_counter() - start)
        if turn:
            ratios.append(pair[0] / pair[1])
    ratios.sort()
    print(f"\nwhole process, verified: {statistics.median(ratios):.2f} x 'import sympy' "
          f"(least {ratios[0]:.2f}, most {ratios[-1]:.2f}, {len(ratios)} pairs)")


def beside_sympy() -> None:
    import sympy as sp

    import derive

    print("\nbeside SymPy, one warm run each")
    k, i, y = sp.symbols("k i y", integer=True)
    size = sp.Symbol("K", integer=True, positive=True)
    o = sp.IndexedBase("o", real=True)
    total = sp.Sum(sp.exp(o[k]), (k, 0, size - 1))
    loss = sp.log(total) - o[y]

    def guarded() -> object:
        return loss.diff(o[i]).doit()

    ours = milliseconds(lambda: derive.grad("softmax-nll"), RUNS)
    guarded()
    theirs = milliseconds(guarded, 3)
    print(f"  gradient, symbolic K: derive {ours:.1f} ms with its steps; SymPy diff + doit "
          f"{theirs:.1f} ms, ratio {ours / theirs:.2f}; SymPy's result: {guarded()}")
    try:
        sp.simplify(loss.diff(o[i]))
        print("  SymPy simplify of its own gradient: done")
    except Exception as error:
        print(f"  SymPy simplify of its own gradient: {type(error).__name__}")
    wrong = sp.integrate(sp.exp(o[i]) / total, o[i])
    print(f"  SymPy integrate of softmax(o)[i] by o[i]: {wrong} (takes the sum as constant)")
    for number in (10, 30):
        z = sp.symbols(f"z0:{number}", real=True)
        explicit = sp.log(sum(sp.exp(c) for c in z)) - z[1]
        theirs = milliseconds(lambda e=explicit, v=z: [e.diff(c) for c in v], 3)
        print(f"  explicit K = {number}: SymPy {theirs:.1f} ms for all components, "
              f"derive {ours:.1f} ms for any K, ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    catalogue()
    costs()
    likelihood()
    sizes()
    large()
    whole_process()
    beside_sympy()
