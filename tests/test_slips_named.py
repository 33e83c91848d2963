"""What a wrong line is called is true of what stands there: slips of the field, and their kind."""

from __future__ import annotations

import pytest

from derive.teaching.marking.sheet_check import check

NLL = "o: real[K]\ny: label(K)\ngradient of -log(softmax(o)[y]) with respect to o[i]\n"
NET = ("w, x, b, y: real\nz = w*x + b\na = sigmoid(z)\n"
       "gradient of (a - y)**2/2 with respect to w\n")
REGRESSION = ("X: real[N, D]\nw: real[D]\ny: real[N]\n"
              "gradient of sum((sum(X[n,d]*w[d] for d in D) - y[n])**2 for n in N)/2 "
              "with respect to w[j]\n")
LOGISTIC = ("w, x: real[D]\ny: binary\n"
            "gradient of log(1 + exp(dot(w, x))) - y*dot(w, x) with respect to w[j]\n")
NORMAL = ("mu: real\nsigma: positive\nx: real[N]\ngradient of -N*log(sigma) - "
          "sum((x[i] - mu)**2 for i in N)/(2*sigma**2) with respect to sigma\n")
VARIANCE = ("mu: real\ns: positive\nx: real[N]\ngradient of -N*log(s)/2 - "
            "sum((x[i] - mu)**2 for i in N)/(2*s) with respect to s\n")


def name_of(head: str, *lines: str) -> str | None:
    found = check(head + "\n".join(f"= {line}" for line in lines), seconds=30)
    assert found.lines[-1].mark == "wrong", str(found)
    fault = found.lines[-1].fault
    return fault.misconceptions[0].name if fault.misconceptions else None


@pytest.mark.parametrize(("head", "lines", "name"), [
    # the inner derivative of tanh, not its square
    ("w, x, b: real\ngradient of tanh(w*x + b) with respect to w\n", ("1 - tanh(w*x + b)**2",),
     "inner-derivative-of-tanh-dropped"),
    ("a, z: real\ngradient of tanh(a*z)**2 with respect to z\n",
     ("2*tanh(a*z)*(1 - tanh(a*z)**2)",), "inner-derivative-of-tanh-dropped"),
    ("a, z: real\ngradient of tanh(a*z) with respect to z\n", ("a*(1 - tanh(a*z))",),
     "tanh-without-square"),
    # 1/u is missing, no logarithm is there again
    ("w, x: real\ngradient of log(1 + exp(w*x)) with respect to w\n", ("x*exp(w*x)",),
     "reciprocal-of-log-dropped"),
    ("o: real\ngradient of -log(sigmoid(o)) with respect to o\n",
     ("sigmoid(o)*(sigmoid(o) - 1)",), "reciprocal-of-log-dropped"),
    ("z: real\ns: positive\ngradient of log(s + z**4) with respect to z\n", ("4*z**3",),
     "reciprocal-of-log-dropped"),
    ("z: real\ns: positive\ngradient of log(s + z**4) with respect to z\n",
     ("4*z**3*log(s + z**4)",), "log-differentiated-as-log"),
    # one term of a maximum
    ("w, x, y: real\ngradient of max(0, 1 - y*w*x) with respect to w\n", ("-y*x",),
     "maximum-dropped"),
    ("z, m: real\ngradient of max(0, m - z) with respect to z\n", ("-1",), "maximum-dropped"),
    ("z, m: real\ngradient of max(z**2, m*z) with respect to z\n", ("m",), "maximum-dropped"),
    ("w, x, y: real\ngradient of max(0, 1 - y*w*x) with respect to w\n", ("max(0, -y*x)",),
     "maximum-differentiated-inside"),
])
def test_the_name_is_true_of_what_was_written(head: str, lines: tuple[str, ...],
                                              name: str) -> None:
    assert name_of(head, *lines) == name


@pytest.mark.parametrize("head", [NLL, NET, REGRESSION, LOGISTIC, NORMAL])
def test_a_line_that_is_0_has_no_name(head: str) -> None:
    assert name_of(head, "0") is None


@pytest.mark.parametrize(("head", "lines", "name"), [
    # a constant summed without N
    ("lam: positive\nx: count[N]\n"
     "gradient of sum(x[i]*log(lam) - lam for i in N) with respect to lam\n",
     ("sum(x[i]/lam for i in N) - 1",), "constant-not-counted"),
    ("mu: real\nx: real[N]\ngradient of sum((x[i] - mu)**2 for i in N)/2 with respect to mu\n",
     ("-sum(x[i] for i in N) + mu",), "constant-not-counted"),
    ("a: positive\nx: positive[N]\n"
     "gradient of sum(log(a) + (a - 1)*log(x[i]) for i in N) with respect to a\n",
     ("1/a + sum(log(x[i]) for i in N)",), "constant-not-counted"),
    (NORMAL, ("-1/sigma + sum((x[i] - mu)**2 for i in N)/sigma**3",), "constant-not-counted"),
    ("c: real\nx: real[N]\nsimplify sum(x[i] + c for i in N)\n", ("sum(x[i] for i in N) + c",),
     "constant-not-counted"),
    # lost brackets
    ("w: real[N, N]\nh: real[N]\nn[i] = tanh(sum(w[i,k]*h[k] for k in N))\n"
     "jacobian of n[i] with respect to h[j]\n",
     ("(1 - n[i]**2)*w[i,j]", "1 - n[i]**2*w[i,j]"), "lost-brackets"),
    (LOGISTIC, ("(sigmoid(dot(w, x)) - y)*x[j]", "sigmoid(dot(w, x)) - y*x[j]"), "lost-brackets"),
    (NET, ("(a - y)*a*(1 - a)*x", "(a - y)*a*1 - a*x"), "lost-brackets"),
    ("z, a: real\nsimplify (z + a)*z - z**2\n", ("z + a*z - z**2",), "lost-brackets"),
    ("z, a, c: real\nsimplify (c + z)**2/a\n", ("c/a + z**2/a",), "lost-brackets"),
    ("z, a: real\ns: positive\nsimplify z/(s + a**2) + 1\n", ("z/s + a**2 + 1",), "lost-brackets"),
    # the sigmoid as its own derivative
    (NET, ("(a - y)*a*x",), "sigmoid-as-its-own-derivative"),
    ("z, c: real\ngradient of c*sigmoid(z) with respect to z\n", ("c*sigmoid(z)",),
     "sigmoid-as-its-own-derivative"),
    # z(1 - z) for a(1 - a)
    (NET, ("(a - y)*z*(1 - z)*x",), "sigmoid-slope-of-the-input"),
    ("z, c: real\ngradient of c*sigmoid(z) with respect to z\n", ("c*z*(1 - z)",),
     "sigmoid-slope-of-the-input"),
    ("z, c: real\ngradient of c*tanh(z) with respect to z\n", ("c*(1 - z**2)",),
     "tanh-slope-of-the-input"),
    # w[j] for x[j]
    (LOGISTIC, ("(sigmoid(dot(w, x)) - y)*w[j]",), "another-name"),
    (REGRESSION, ("sum((sum(X[n,d]*w[d] for d in D) - y[n])*X[n,j] for n in N)",
                  "sum((sum(X[n,d]*w[d] for d in D) - y[n])*w[j] for n in N)"), None),
    ("w, x, y: real\ngradient of (w*x - y)**2/2 with respect to w\n", ("(w*x - y)*w",),
     "another-name"),
    ("u, v: real[D]\ngradient of dot(u, v)**2/2 with respect to u[j]\n", ("dot(u, v)*u[j]",),
     "another-name"),
    # by sigma against by sigma**2
    (NORMAL, ("-N/(2*sigma**2) + sum((x[i] - mu)**2 for i in N)/(2*sigma**4)",), "by-the-square"),
    (VARIANCE, ("-N/sqrt(s) + sum((x[i] - mu)**2 for i in N)/s**(3/2)",), "by-the-square"),
    ("y, m: real\nb: positive\ngradient of (y - m)**2/(2*b**2) + log(b) with respect to b\n",
     ("-(y - m)**2/(2*b**4) + 1/(2*b**2)",), "by-the-square"),
    # the integral of the sigmoid
    ("z: real\nt: probability\ncost of sigmoid(z) - t with respect to z\n",
     ("integral(1/(1 + exp(-z)), z) - t*z", "log(1 + exp(-z)) - t*z"),
     "integral-of-a-reciprocal-as-log"),
    ("z: real\ncost of sigmoid(z) with respect to z\n", ("log(1 + exp(-z))",),
     "integral-of-a-reciprocal-as-log"),
    ("z: real\ncost of 1/(1 + z**2) with respect to z\n", ("log(1 + z**2)",),
     "integral-of-a-reciprocal-as-log"),
    # parts that are lost
    (NET, ("(a - y)*a*(1 - a)*x", "(a - y)*a*(1 - a)"), "lost-factor"),
    ("z: real\ngradient of sin(z)*exp(z) with respect to z\n",
     ("cos(z)*exp(z) + sin(z)*exp(z)", "sin(z)*exp(z)"), "lost-term"),
])
def test_slips_of_the_field_are_named(head: str, lines: tuple[str, ...], name: str | None) -> None:
    assert name_of(head, *lines) == name
