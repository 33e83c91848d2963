"""LaTeX from public pages with what it means, written by hand in the notation.

`PASTED` are formulas as they were published, with their declarations, the variable in LaTeX, what
the formula means, and the variable in the notation. `ASKED` need a definition that the page gave
elsewhere. `KINDS` are further formulas of the same kinds.
"""

from __future__ import annotations

PASTED: dict[str, tuple[str, str, str, str, str]] = {
    "01": (
        r"E(t,o)=-\sum_j t_j \log o_j",
        "o: positive[K]; t: real[K]",
        "o_j", "-sum(t[j]*log(o[j]) for j in K)", "o[j]"),
    "03": (
        r"p_i = \frac{ \exp (o_i) }{\sum_j \exp(o_j) } \\ L = - \sum_i y_i \log p_i",
        "o: real[K]; y: onehot(K)",
        "o_k", "-sum(y[i]*log(exp(o[i])/sum(exp(o[j]) for j in K)) for i in K)", "o[k]"),
    "04": (
        r"C = -\sum_{k}^{ } y_{k}ln(s_{k} )",
        "s: positive[K]; y: real[K]",
        "s_k", "-sum(y[k]*log(s[k]) for k in K)", "s[k]"),
    "06": (
        r"\hat{y}_o = \frac{e^{z_o}}{\sum_k e^{z_k}}",
        "z: real[K]; o: index(K)",
        "z_i", "exp(z[o])/sum(exp(z[k]) for k in K)", "z[i]"),
    "09": (
        r"h_\theta(x) = \frac{1}{1 + e^{-\theta^T x}}",
        "theta: real[D]; x: real[D]",
        r"\theta_j", "1/(1 + exp(-sum(theta[d]*x[d] for d in D)))", "theta[j]"),
    "10": (
        r"J(\theta) = \frac{-1}{m}\sum_{i=1}^m \left["
        r" y^{(i)}\log\left(\sigma\left(\theta^\top x^{(i)}\right)\right) + (1"
        r" -y^{(i)})\log\left(1-\sigma\left(\theta^\top x^{(i)}\right)\right)\right]",
        "theta: real[D]; x: real[M, D]; y: binary[M]",
        r"\theta_j", "-sum(y[i]*log(sigmoid(dot(theta, x[i]))) + (1 - y[i])*log(1 -"
        " sigmoid(dot(theta, x[i]))) for i in M)/M", "theta[j]"),
    "12": (
        r"\log L(\lambda) = \left( \sum_{i=1}^n x_i \right) \log \lambda - n\lambda"
        r" - \sum_{i=1}^n \log x_i!.",
        "lam: positive; x: count[N]",
        r"\lambda", "sum(x[i] for i in N)*log(lam) - N*lam - sum(loggamma(x[i] + 1) for i in N)",
        "lam"),
    "13": (
        r"\sum_{j=1}^N\bigg[-λ-\log_e(x_j!)+x_j\log_eλ\bigg]",
        "lam: positive; x: count[N]",
        r"\lambda", "sum(-lam - loggamma(x[j] + 1) + x[j]*log(lam) for j in N)", "lam"),
    "16": (
        r"L(z; y=j) = -\log[\operatorname{softmax}(z)]_j",
        "z: real[K]; j: label(K)",
        "z_i", "-log(softmax(z)[j])", "z[i]"),
    "17": (
        r"[\operatorname{softmax}(z)]_j = \frac{\exp(z_j)}{\sum^K_{k=1} \exp(z_k)}",
        "z: real[K]; j: label(K)",
        "z_i", "exp(z[j])/sum(exp(z[k]) for k in K)", "z[i]"),
    "19": (
        r"\hat{y}^{o} = p(o | c) = \frac {e^{u_{o}^{T}"
        r" v_{c}}}{\sum_{w=1}^{W}e^{u_{w}^{T} v_{c}}}",
        "u: real[W, D]; v: real[W, D]; o: label(W); c: label(W)",
        "v_{ci}", "exp(dot(u[o], v[c]))/sum(exp(dot(u[w], v[c])) for w in W)", "v[c, i]"),
    "23": (
        r"\lambda \|w\|^2 + \sum_{i=1}^l (y_i - w^\top x_i)^2",
        "w: real[D]; x: real[N, D]; y: real[N]; lam: positive",
        "w_j", "lam*sum(w[j]**2 for j in D) + sum((y[i] - dot(w, x[i]))**2 for i in N)", "w[j]"),
    "25": (
        r"(y - Hw)^T(y - Hw) + \lambda w^T w",
        "w: real[D]; H: real[N, D]; y: real[N]; lam: positive",
        "w", "sum((y[n] - dot(H[n], w))**2 for n in N) + lam*dot(w, w)", "w"),
    "27": (
        r"\mathbf{h_{t+1}}=tanh(\mathbf{ U x_{t}+W h_{t}})",
        "U: real[H, D]; W: real[H, H]; x: real[T, D]; h: real[T, H]; t: index(T)",
        "h_{t}", "tanh(U @ x[t] + W @ h[t])", "h[t, i]"),
    "28": (
        r"h_{t+1, i}=tanh(\sum_{k=1} ^{n} w_{ik}h_{t,k}+ g)",
        "w: real[n, n]; h: real[T, n]; t: index(T); i: index(n); g: real",
        "h_{t,j}", "tanh(sum(w[i, k]*h[t, k] for k in n) + g)", "h[t, j]"),
    "29": (
        r"h_t = \sigma(W * h_{t-1} + Ux_t)",
        "W: real; h: real[T]; U: real; x: real[T]; t: index(T)",
        "h_{t-1}", "sigmoid(W*h[t - 1] + U*x[t])", "h[t - 1]"),
    "30": (
        r"L(\sigma) = \prod_{i=1}^{n} \frac{1}{\sqrt{2\pi\sigma^2}}"
        r" e^{-\frac{(x_i-\mu)^2}{2\sigma^2}}",
        "sigma: positive; mu: real; x: real[N]",
        r"\sigma", "prod(exp(-(x[i] - mu)**2/(2*sigma**2))/sqrt(2*pi*sigma**2) for i in N)",
        "sigma"),
    "32": (
        r"f(x) \;\;=\;\; \frac 1{\sqrt{2\pi}\;\sigma} e^{- \frac{\Large"
        r" (x-\mu)^2}{\Large 2 \sigma^2}}",
        "sigma: positive; mu: real; x: real",
        r"\mu", "exp(-(x - mu)**2/(2*sigma**2))/(sqrt(2*pi)*sigma)", "mu"),
    "33": (
        r"\log f(x) \;\;=\;\; -\frac 1 2 \log(\sigma^2) - \frac{(x-\mu)^2}{2"
        r" \sigma^2} - \frac 1 2 \log(2\pi)",
        "sigma: positive; mu: real; x: real",
        r"\sigma", "-log(sigma**2)/2 - (x - mu)**2/(2*sigma**2) - log(2*pi)/2", "sigma"),
    "34": (
        r"L(\mu,\sigma^2)=\frac{1}{\sigma\sqrt{2\pi}^n}\times"
        r" \exp{(-\frac{1}{2\sigma^2}\sum(x_i-\mu)^2)}",
        "sigma: positive; mu: real; x: real[N]",
        r"\mu", "exp(-sum((x[i] - mu)**2 for i in N)/(2*sigma**2))/(sigma*sqrt(2*pi)**N)", "mu"),
    "37": (
        r"l_{\text{hinge}} = \max(0, 1 - y \ \boldsymbol{x} \cdot \boldsymbol{w})",
        "w: real[D]; x: real[D]; y: real",
        "w", "max(0, 1 - y*dot(x, w))", "w"),
    "38": (
        r"L_{i} = \sum_{j \neq y_{i}} \max(0, s_{j} - s_{y_{i}} + \Delta)",
        "s: real[C]; y: label(C)[N]; i: index(N); Delta: positive",
        "s_k", "sum(max(0, s[j] - s[y[i]] + Delta) for j in C if j != y[i])", "s[k]"),
    "40": (
        r"\frac{1}{2}\lambda\|W\|_{2}^{2}",
        "W: real[C, D]; lam: positive",
        "W", "lam*sum(sum(W[c, d]**2 for d in D) for c in C)/2", "W"),
    "41": (
        r"{\cal C}(\hat{W^L}) = \frac{1}{2}\sum_{i=1}^n\left(y_i - t_i\right)^2",
        "y: real[n]; t: real[n]",
        "y_j", "sum((y[i] - t[i])**2 for i in n)/2", "y[j]"),
    "44": (
        r"-\log {\exp z_T \over \sum_k \exp z_k}",
        "z: real[K]; T: label(K)",
        "z_m", "-log(exp(z[T])/sum(exp(z[k]) for k in K))", "z[m]"),
    "45": (
        r"L(y_1,\ldots,y_n|\theta)=\prod_{i=1}^n(1-\theta)^{1-y_i} \theta^{y_i}.",
        "theta: probability; y: binary[N]",
        r"\theta", "prod((1 - theta)**(1 - y[i])*theta**y[i] for i in N)", "theta"),
    "47": (
        r"-\log \begin{cases} 1-\theta & \text{if } y=0 \\ \theta & \text{if } y=1"
        r" \end{cases}",
        "theta: probability; y: binary",
        r"\theta", "-log(1 - theta if y == 0 else theta)", "theta"),
    "48": (
        r"\frac{n}{2} \mathrm{log}(2\pi\sigma^2) + \frac{1}{2\sigma^2} \sum_{i=1}^n"
        r" (\hat{y}_i - y_i)^2",
        "y_hat: real[N]; y: real[N]; sigma: positive",
        r"\sigma", "N*log(2*pi*sigma**2)/2 + sum((y_hat[i] - y[i])**2 for i in N)/(2*sigma**2)",
        "sigma"),
    "50": (
        r"\mathcal{L}(\theta) = -\sum_{i=1}^{N} \sum_{k=1}^{K} \mathbb{1}_{\{y_i ="
        r" k\}} \log \frac{\exp(\theta_k^\top x_i)}{\sum_{j=1}^K \exp(\theta_j^\top"
        " x_i)}",
        "theta: real[K, D]; x: real[N, D]; y: label(K)[N]",
        r"\theta_{ab}", "-sum(sum(delta(y[i], k)*log(exp(dot(theta[k],"
        " x[i]))/sum(exp(dot(theta[j], x[i])) for j in K)) for k in K) for i in N)", "theta[a, b]"),
    "52": (
        r"L = \frac{1}{2}\|\hat{\mathbf{y}} - \mathbf{y}\|_2^2",
        "y_hat: real[K]; y: real[K]",
        r"\hat{\mathbf{y}}", "sum((y_hat[k] - y[k])**2 for k in K)/2", "y_hat"),
    "55": (
        r"L(\mathbf{y}, \hat{\mathbf{y}}) = -\sum_{i=1}^{C} y_i \log \hat{y}_i,"
        r" \qquad \hat{y}_i = \frac{e^{z_i}}{\sum_{j=1}^{C} e^{z_j}}",
        "z: real[C]; y: onehot(C)",
        "z_k", "-sum(y[i]*log(exp(z[i])/sum(exp(z[j]) for j in C)) for i in C)", "z[k]"),
    "57": (
        r"D_{KL}(P \| Q) = \sum_{x} P(x) \log \frac{P(x)}{Q(x)}",
        "P: simplex(K); Q: simplex(K)",
        "Q", "sum(P[x]*log(P[x]/Q[x]) for x in K)", "Q"),
    "59": (
        r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde{c}_t",
        "f: real[T, H]; c: real[T, H]; i: real[T, H]; c_tilde: real[T, H]; t:"
        " index(T)",
        "c_{t-1}", "f[t]*c[t - 1] + i[t]*c_tilde[t]", "c[t - 1, j]"),
    "60": (
        r"J(\theta_0,\theta_1)=\frac{1}{2m}\sum_{i=1}^m\left(h_\theta(x^{(i)})-y^{(i"
        r")}\right)^2, h_\theta(x)=\theta_0+\theta_1x",
        "theta_0,theta_1: real; x: real[M]; y: real[M]",
        r"\theta_1", "sum((theta_0 + theta_1*x[i] - y[i])**2 for i in M)/(2*M)", "theta_1"),
}

# With the words of the answer, which says what is missing.
ASKED: dict[str, tuple[str, str, str]] = {
    "07": (
        r"l(\theta) = -\frac{1}{n} \sum_{i=1}^{n} (y^{(i)}"
        r" \log(h_{\theta}(x^{(i)})) + (1 - y^{(i)}) \log(1 - h_{\theta}(x^{(i)})))",
        "theta: real[D]; x: real[n, D]; y: binary[n]", "what h is here is not known"),
    "14": (
        r"J( \theta ) = - \sum^m_{i=1} \sum^K_{k=1} 1 \{ y^{(i)} = k \} \log"
        r" p(y^{(i)} = k \mid x^{(i)} ; \theta)",
        "theta: real[K, D]; x: real[M, D]; y: label(K)[M]", "what p is here is not known"),
    "21": (
        r"E = - log(\sigma(v_{w_{O}}^{'}.u_{w_{I}})) - \sum_{k=1}^K"
        r" log(\sigma(-v_{w_{k}}^{'}.u_{w_{I}}))",
        "u: real[D]", "declare"),
}

# Formulas, their declarations, and what they mean.
KINDS: list[tuple[str, str, str]] = [
    # Left-hand sides of every form, and chains
    (r"-\log L(\mu) = \sum_{i=1}^n (x_i-\mu)^2", "x: real[N]; mu: real",
     "sum((x[i] - mu)**2 for i in N)"),
    (r"\nabla_w J(w) = X^\top (X w - y)", "X: real[N, D]; w: real[D]; y: real[N]",
     "X.T @ (X @ w - y)"),
    (r"\frac{\partial J}{\partial w} = X^\top X w - X^\top y",
     "X: real[N, D]; w: real[D]; y: real[N]", "X.T @ X @ w - X.T @ y"),
    (r"H(p, q) = -\sum_{x} p(x)\log q(x)", "p, q: simplex(K)", "-sum(p[x]*log(q[x]) for x in K)"),
    (r"KL(p \,\|\, q) := \sum_{i=1}^n p_i\log\frac{p_i}{q_i}", "p, q: simplex(K)",
     "sum(p[i]*log(p[i]/q[i]) for i in K)"),
    (r"\mathrm{MSE} \stackrel{\text{def}}{=} \frac1n\sum_{i=1}^{n}(y_i-\hat y_i)^2",
     "y, y_hat: real[N]", "sum((y[i] - y_hat[i])**2 for i in N)/N"),
    (r"L = \sum_i (y_i - \hat y_i)^2 = \sum_i (y_i - w x_i - b)^2", "y, x: real[N]; w, b: real",
     "sum((y[i] - w*x[i] - b)**2 for i in N)"),
    (r"P(y = k \mid x) = \frac{e^{z_k}}{\sum_j e^{z_j}}", "z: real[K]; k: index(K)",
     "exp(z[k])/sum(exp(z[j]) for j in K)"),
    # Counts by their letter, limits in any order, sums without limits
    (r"-\frac{n}{2}\log(2\pi)-n\log\sigma-\frac{1}{2\sigma^2}\sum_{i=1}^n(x_i-\mu)^2",
     "x: real[N]; mu: real; sigma: positive",
     "-N*log(2*pi)/2 - N*log(sigma) - sum((x[i] - mu)**2 for i in N)/(2*sigma**2)"),
    (r"\sum^{n}_{i=1} x_i y_i", "x, y: real[n]", "sum(x[i]*y[i] for i in n)"),
    (r"\sum_{i}^{n} x_i^2", "x: real[N]", "sum(x[i]**2 for i in N)"),
    (r"\prod_{j}^{} x_{j}", "x: real[N]", "prod(x[j] for j in N)"),
    (r"-n\log\sigma - \frac{1}{2\sigma^2}\sum x_i^2", "x: real[N]; sigma: positive",
     "-N*log(sigma) - sum(x[i]**2 for i in N)/(2*sigma**2)"),
    (r"\sum_{i=0}^{n-1} a_i x^i", "a: real[n]; x: real", "sum(a[i]*x**i for i in n)"),
    (r"\sum_{t=1}^{T-1} (x_{t+1}-x_t)^2", "x: real[T]",
     "sum((x[t + 1] - x[t])**2 for t in T if t < T - 1)"),
    (r"\sum_{i<j} w_{ij}(x_i-x_j)^2", "w: real[N, N]; x: real[N]",
     "sum(sum(w[i, j]*(x[i] - x[j])**2 for j in N if i < j) for i in N)"),
    (r"\sum_{1\le i<j\le n} (x_i-x_j)^2", "x: real[N]",
     "sum(sum((x[i] - x[j])**2 for j in N if i < j) for i in N)"),
    # Displays, dollars, definitions beside
    (r"$$ \begin{aligned} L &= \sum_i (y_i - \hat y_i)^2 \\ &= \sum_i (y_i - w x_i)^2"
     r" \end{aligned} $$", "y, x: real[N]; w: real", "sum((y[i] - w*x[i])**2 for i in N)"),
    (r"\begin{align} z &= wx+b \tag{1}\\ a &= \sigma(z) \tag{2} \\ L &= \frac12 (a-y)^2"
     r" \label{eq:l}\end{align}", "w, b, x, y: real", "(sigmoid(w*x + b) - y)**2/2"),
    (r"$L=\frac12(a-y)^2$ where $a=\sigma(z)$", "z, y: real", "(sigmoid(z) - y)**2/2"),
    (r"\[ L = -[y \log \hat y + (1-y)\log(1-\hat y)], \quad \hat y = \sigma(z), \quad z = "
     r"w^\top x + b \]", "y: binary; w, x: real[D]; b: real",
     "-(y*log(sigmoid(dot(w, x) + b)) + (1 - y)*log(1 - sigmoid(dot(w, x) + b)))"),
    (r"L = -\sum_{c=1}^{C} y_c \log(p_c) \quad\text{where}\quad p_c = \frac{e^{z_c}}"
     r"{\sum_{j=1}^C e^{z_j}}", "y: onehot(C); z: real[C]",
     "-sum(y[c]*log(exp(z[c])/sum(exp(z[j]) for j in C)) for c in C)"),
    (r"J(\theta) = -\frac1m\sum_{i=1}^m \log h_\theta(x^{(i)}), \quad h_\theta(x) = "
     r"\frac{1}{1+e^{-\theta^Tx}}", "x: real[M, D]; theta: real[D]",
     "sum(log(1 + exp(-dot(theta, x[i]))) for i in M)/M"),
    (r"-\log p(y_i \mid x_i), p(y \mid x) = \theta e^{-\theta x y}",
     "x, y: positive[N]; theta: positive; i: index(N)", "-log(theta) + theta*x[i]*y[i]"),
    (r"L(\theta)=f(x_1;\theta)f(x_2;\theta)\cdots f(x_n;\theta), \quad f(x;\theta)=\theta"
     r" e^{-\theta x}", "theta: positive; x: positive[N]",
     "prod(theta*exp(-theta*x[i]) for i in N)"),
    (r"a_i = g(x_i) + 1, \quad g(u) = \sum_{i} w_i u^2", "x: real[N]; w: real[D]; i: index(N)",
     "sum(w[d] for d in D)*x[i]**2 + 1"),
    (r"L(\theta)=\prod_{i=1}^n \theta x_i^{\theta-1} \Rightarrow \ell(\theta) = n\log\theta +"
     r" (\theta-1)\sum_{i=1}^n \log x_i", "theta: positive; x: positive[N]",
     "N*log(theta) + (theta - 1)*sum(log(x[i]) for i in N)"),
    (r"\operatorname{sim}(z_i,z_j)/\tau, \operatorname{sim}(u,v) = \frac{u^\top v}{\|u\|\|v\|}",
     "z: real[N, D]; i, j: index(N); tau: positive",
     "dot(z[i], z[j])/(norm(z[i])*norm(z[j]))/tau"),
    (r"f(x;\mu,\sigma) = \frac{1}{\sigma\sqrt{2\pi}}\exp\left\{-\frac{(x-\mu)^2}{2\sigma^2}"
     r"\right\}, \quad x\in\mathbb{R}", "x, mu: real; sigma: positive",
     "exp(-(x - mu)**2/(2*sigma**2))/(sigma*sqrt(2*pi))"),
    # Functions without backslash, indicators, values of a simplex
    (r"-ylog(p)-(1-y)log(1-p)", "y: binary; p: probability", "-y*log(p) - (1 - y)*log(1 - p)"),
    (r"ln(1+exp(-x)) + max(0, x) + tanh(x)", "x: real", "log(1 + exp(-x)) + max(0, x) + tanh(x)"),
    (r"-log(softmax(z)_y)", "z: real[K]; y: label(K)", "-log(softmax(z)[y])"),
    (r"-\frac{1}{N}\sum_{n=1}^N\sum_{k=1}^K \mathbf{1}\{y_n=k\}\ln p_{nk}",
     "y: label(K)[N]; p: positive[N, K]", "-sum(log(p[n, y[n]]) for n in N)/N"),
    (r"-\sum_n \sum_k I(y_n = k)\ln p_{nk}", "y: label(K)[N]; p: positive[N, K]",
     "-sum(log(p[n, y[n]]) for n in N)"),
    (r"\sum_{i=1}^n [y_i \ne k] x_i", "y: label(K)[N]; x: real[N]; k: index(K)",
     "sum(x[i] for i in N if y[i] != k)"),
    (r"\sum_k \mathbb{1}_{[k \neq y]} z_k", "z: real[K]; y: label(K)",
     "sum(z[k] for k in K if k != y)"),
    # Inner products, old fonts, norms, dots
    (r"\log\left(1+\exp(-y\,\langle w,x\rangle)\right)", "w, x: real[D]; y: real",
     "log(1 + exp(-y*dot(w, x)))"),
    (r"{n \choose k} p^k (1-p)^{n-k}", "n, k: count; p: probability",
     "exp(loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1))*p**k*(1 - p)**(n - k)"),
    (r"{\rm softmax}({\bf z})_y + {1 \over 2}\|{\bf z}\|^2", "z: real[K]; y: label(K)",
     "softmax(z)[y] + sum(z**2)/2"),
    (r"\|X - U V^\top\|_F^2", "X: real[N, M]; U: real[N, D]; V: real[M, D]",
     "sum(sum((X[n, m] - sum(U[n, d]*V[m, d] for d in D))**2 for m in M) for n in N)"),
    (r"\|x\|_1 + \|x\|_\infty", "x: real[N]", "sum(abs(x)) + max(abs(x))"),
    (r"\frac{o_1+o_2+\dots+o_K}{K}", "o: real[K]", "sum(o[k] for k in K)/K"),
    (r"\lambda^n e^{-\lambda(x_1+x_2+\cdots+x_n)}", "lam: positive; x: positive[N]",
     "lam**N*exp(-lam*sum(x))"),
    (r"(x_1-y_1)^2+\dots+(x_n-y_n)^2", "x, y: real[n]", "sum((x[i] - y[i])**2 for i in n)"),
    (r"w_1 x_1 + w_2 x_2 + \cdots + w_D x_D + b", "w, x: real[D]; b: real", "dot(w, x) + b"),
    # Cases
    (r"-\log \begin{cases} \theta & y=1 \\ 1-\theta & y=0 \end{cases}",
     "theta: probability; y: binary", "-log(theta if y == 1 else 1 - theta)"),
    (r"f(x)=\left\{\begin{array}{ll} x^2 & x\geq 0\\ -x & x<0\end{array}\right.", "x: real",
     "x**2 if x >= 0 else -x"),
    (r"\begin{cases} -1 & x<0 \\ 0 & x=0 \\ 1 & x>0 \end{cases}", "x: real", "sign(x)"),
    (r"L_\delta(a)=\begin{cases}\frac12a^2 & \text{for } |a|\le\delta,\\ \delta(|a|-\frac12\delta),"
     r" & \text{otherwise.}\end{cases}", "a: real; delta: positive",
     "a**2/2 if abs(a) <= delta else delta*(abs(a) - delta/2)"),
    # Derivatives, braces, objectives
    (r"\frac{\partial}{\partial\theta}\frac12(\theta-y)^2", "theta, y: real", "theta - y"),
    (r"\frac{d}{dx}\left(\frac{1}{1+e^{-x}}\right)", "x: real", "sigmoid(x)*(1 - sigmoid(x))"),
    (r"\delta = (a - y)\,\sigma'(z)", "z, a, y: real", "(a - y)*sigmoid(z)*(1 - sigmoid(z))"),
    (r"\sigma'(w x + b)", "w, x, b: real",
     "sigmoid(w*x + b)*(1 - sigmoid(w*x + b))"),
    (r"\sum_{i=1}^{n}\underbrace{(y_i-\hat y_i)^2}_{\text{squared error}}", "y, y_hat: real[N]",
     "sum((y[i] - y_hat[i])**2 for i in N)"),
    (r"\min_w \frac12\|w\|^2 + C\sum_{i=1}^n\max(0,1-y_i(w^Tx_i+b))",
     "w: real[D]; x: real[N, D]; y: real[N]; b: real; C: positive",
     "sum(w**2)/2 + C*sum(max(0, 1 - y[i]*(dot(w, x[i]) + b)) for i in N)"),
    # Matrices
    (r"w^T X^T X w", "X: real[N, D]; w: real[D]", "sum((X @ w)**2)"),
    (r"(X^\top X+\lambda I)w - X^\top y", "X: real[N, D]; w: real[D]; y: real[N]; lam: positive",
     "(X @ w) @ X + lam*w - y @ X"),
    (r"W^T h + b", "W: real[T, D]; h: real[T]; b: real[D]", "h @ W + b"),
    (r"\beta'x + x'A x", "beta, x: real[D]; A: real[D, D]", "dot(beta, x) + dot(x, A @ x)"),
    (r"\operatorname{tr}(A^T B)", "A, B: real[N, D]", "sum(A*B)"),
    (r"\mathbf{x}\mathbf{x}^\top", "x: real[D]", "outer(x, x)"),
    (r"\langle A, B\rangle", "A, B: real[N, D]", "sum(A*B)"),
    # Two and nested subscripts, steps, primes
    (r"- \log(\sigma(v_{w_{O}}^{'}.u_{w_{I}})) - \sum_{k=1}^K \log(\sigma(-v_{w_{k}}^{'}."
     r"u_{w_{I}}))", "u, v: real[V, D]; w_O, w_I: label(V); w: label(V)[K]",
     "-log(sigmoid(dot(v[w_O], u[w_I]))) - sum(log(sigmoid(-dot(v[w[k]], u[w_I]))) for k in K)"),
    (r"a^{[l]} = g(z^{[l]}), z^{[l]} = w^{[l]}a^{[l-1]}", "a, w: real[L]; l: index(L); g: function",
     "g(w[l]*a[l - 1])"),
    (r"\sum_{t=1}^T \sum_i y^{(t)}_i \log \hat y^{(t)}_i", "y: real[T, K]; y_hat: positive[T, K]",
     "sum(sum(y[t, i]*log(y_hat[t, i]) for i in K) for t in T)"),
    (r"\|u\|_2^2 - u_t^2 \cdot x", "u: real[K]; t: label(K); x: real", "norm(u)**2 - u[t]**2*x"),
    (r"e^{(x - 1)} + e^{[x]}", "x: real", "exp(x - 1) + exp(x)"),
    # Superscripts that are indices, cells, squares that are defined, words in plain letters
    (r"a^l_j = \sigma\left(\sum_k w^l_{jk}a^{l-1}_k+b^l_j\right)",
     "a, b: real[L, N]; w: real[L, N, N]; l: index(L); j: index(N)",
     "sigmoid(sum(w[l, j, k]*a[l - 1, k] for k in N) + b[l, j])"),
    (r"\sum_{i=1}^{m} (y^{i} - \theta^T x^{i})^2", "y: real[M]; x: real[M, D]; theta: real[D]",
     "sum((y[i] - dot(theta, x[i]))**2 for i in M)"),
    (r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f) \circ \tanh(c_t)", "W_f: real[H, D]; U_f: "
     "real[H, H]; b_f: real[H]; x: real[T, D]; h, c: real[T, H]; t: index(T)",
     "sigmoid(W_f @ x[t] + U_f @ h[t - 1] + b_f)*tanh(c[t])"),
    (r"\hat{x}_i = \frac{x_i - \mu_B}{\sqrt{\sigma_B^2+\epsilon}}, \mu_B = \frac1m\sum_{i=1}^m "
     r"x_i, \sigma_B^2 = \frac1m\sum_{i=1}^m(x_i-\mu_B)^2",
     "x: real[M]; i: index(M); epsilon: positive",
     "(x[i] - mean(x))/sqrt(sum((x[j] - mean(x))**2 for j in M)/M + epsilon)"),
    (r"C = \sum_i\sum_{j} p_{ij}\log\frac{p_{ij}}{q_{ij}}, q_{ij} = \frac{(1+\|y_i-y_j\|^2)^{-1}}"
     r"{\sum_{k}\sum_{l\neq k}(1+\|y_k-y_l\|^2)^{-1}}", "p: positive[N, N]; y: real[N, D]",
     "sum(sum(p[i, j]*log(p[i, j]*(1 + norm(y[i] - y[j])**2)*sum(sum(1/(1 + norm(y[k] - y[l])**2) "
     "for l in N if l != k) for k in N)) for j in N) for i in N)"),
    (r"\frac12 (target - output)^2", "target, output: real", "(target - output)**2/2"),
    (r"FL(p_t) = -\alpha_t(1-p_t)^\gamma\log(p_t)",
     "p_t: probability; alpha_t: positive; gamma: positive", "-alpha_t*(1 - p_t)**gamma*log(p_t)"),
    (r"P(y|x) = h(x)^y(1-h(x))^{1-y},\ h(x)=\frac{1}{1+e^{-\theta^\top x}}",
     "y: binary; x, theta: real[D]",
     "sigmoid(dot(theta, x))**y*(1 - sigmoid(dot(theta, x)))**(1 - y)"),
    # Matrices inverted, their determinants
    (r"\beta = (X^\top X + \lambda I)^{-1}X^\top y",
     "X: real[N, D]; y: real[N]; lam: positive", "inv(X.T @ X + lam*eye(D)) @ (X.T @ y)"),
    (r"-\frac12\log|\Sigma| - \frac12 (x-\mu)^\top\Sigma^{-1}(x-\mu)", "Sigma: spd[D, D]; "
     "x, mu: real[D]", "-logdet(Sigma)/2 - (x - mu) @ inv(Sigma) @ (x - mu)/2"),
    # Numbers
    (r"1e-3 x", "x: real", "x/1000"), (r"2e^{-x}", "x: real", "2*exp(-x)"),
    (r"3e", "x: real", "3*exp(1)"), (r"10^{-3}x", "x: real", "x/1000"),
    (r"1.5e3", "x: real", "1500"), (r"1.5e-3x", "x: real", "3*x/2000"),
    (r"1E-3x", "x: real", "x/1000"), (r"2 e - 3x", "x: real", "2*exp(1) - 3*x"),
    (r"2e - 3", "x: real", "2*exp(1) - 3"), (r"e^3x", "x: real", "exp(3)*x"),
    (r"3e3", "x: real", "3000"), (r"2\cdot10^{-3}x", "x: real", "x/500"),
    (r"\log 2\pi\sigma^2", "sigma: positive", "log(2*pi*sigma**2)"),
    (r"-\frac n2\log 2\pi + \sum_{i=1}^n x_i", "x: real[N]", "-N*log(2*pi)/2 + sum(x)"),
    (r"x² + λ", "x: real; lam: real", "x**2 + lam"), (r"½ŷ", "y_hat: real", "y_hat/2"),
]

# Formulas that are refused, and words of the answer.
TWO_READINGS: list[tuple[str, str, str]] = [
    ("2e-3x", "x: real", "2 times 10^{-3} or 2 e - 3"),
    (r"\sum_{i\neq j} x_i x_j", "x: real[N]", "may run too"),
    (r"\frac1m\sum_{i=1}^m y_i\log a_i + (1-y_i)\log(1-a_i)", "y, a: positive[M]",
     "outside of the sum"),
    ("v'u", "", "transposed"), (r"\sum x_i - y_i", "", "outside of the sum"),
    (r"y_i - \sum x_i", "x, y: real[N]", "outside of the sum"),
    (r"\sum_i (x_i - \bar x)^2", "x: real[N]", "the mean of x"),
    (r"\nabla L = X^\top (X w - y) = 0", "X: real[N, D]; w: real[D]; y: real[N]", "an equation"),
    (r"\frac{\partial}{\partial\theta}\frac12(\theta-y)^2\theta", "theta, y: real", "beside it"),
    (r"\mathbb{E}_{x\sim p}[\log x]", "x: real", "expectations"),
    (r"\int_0^1 x^2 dx", "x: real", "integrals"),
    (r"(y - Xw)^2 = 0.5 x^2", "x, y: real", "an equation of two formulas"),
    (r"L = x^2, M = y^2", "x, y: real", "give one formula"),
    (r"\begin{cases} x & y=1 \\ -x & y=2 \end{cases}", "x, y: real", "otherwise"),
    (r"\begin{cases} x & y=1 \\ -x & y=-1 \end{cases}", "x, y: real", "otherwise"),
    (r"z^2 \text{ if } z > 0", "z: real", "not"),
    (r"\nabla_\theta L", "L: real", "--wrt"), (r"x \pm y", "x, y: real", "two values"),
    (r"h(x_i)", "x: real[N]; i: index(N)", "may be a variable or a function"),
    (r"h = h(x) + 1, h(u) = h(u) + 1", "x: real", "uses another one"),
]
