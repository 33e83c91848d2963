"""Models in which steps are read at bound or fixed places, and the same in PyTorch."""

from __future__ import annotations

from typing import Any

_ENCODER = """
x: real[T, D]
h: real[T, H]
b, v: real[H]
W: real[H, H]
U: real[H, D]
h[t] = tanh(b + W @ h[t-1] + U @ x[t])
"""
_CAUSAL = """
q, k, u, c: real[T, H]
e, a: real[T, T]
Q, K, V: real[H, H]
y: real[T]
q[t] = Q @ h[t]
k[t] = K @ h[t]
u[t] = V @ h[t]
e[t, s] = dot(q[t], k[s])
a[t, s] = exp(e[t, s])/sum(exp(e[t, r]) for r in T if r <= t)
c[t] = sum(a[t, s]*u[s] for s in T if s <= t)
l[t] = (dot(v, c[t]) - y[t])**2/2
"""
_DECODER = """
z: real[R, D]
s, c: real[R, H]
e, a: real[R, T]
w, d: real[H]
Q, K, S, C: real[H, H]
Z: real[H, D]
y: real[R]
s[-1] = h[T-1]
e[r, t] = dot(w, tanh(Q @ s[r-1] + K @ h[t]))
a[r] = softmax(e[r])
c[r] = sum(a[r, t]*h[t] for t in T)
s[r] = tanh(d + S @ s[r-1] + C @ c[r] + Z @ z[r])
l[r] = (dot(v, s[r]) - y[r])**2/2
"""
MODELS = {
    "mean pooling": _ENCODER + """y: real
        c: real[H]
        c = mean(h[s] for s in T)
        L = (dot(v, c) - y)**2/2""",
    "softmax pooling": _ENCODER + """y: real
        w, c: real[H]
        g, a: real[T]
        g[t] = dot(w, h[t])
        a = softmax(g)
        c = sum(a[s]*h[s] for s in T)
        L = (dot(v, c) - y)**2/2""",
    "the mean of the steps, and the first and the last state": _ENCODER + """g: real[T]
        g[t] = dot(v, h[t])**2
        L = sum(g)/T + dot(h[0], h[T-1])""",
    "causal self-attention": _ENCODER + _CAUSAL + "L = sum(l)",
    "attention over past states inside of a cell": """
        x: real[T, D]
        h, c: real[T, H]
        e, a: real[T, T]
        b, v, w: real[H]
        W, Q, K: real[H, H]
        U: real[H, D]
        y: real[T]
        e[t, s] = dot(w, tanh(K @ h[s] + Q @ h[t-1] + U @ x[t])) if s < t else 0
        a[t, s] = exp(e[t, s])/sum(exp(e[t, r]) for r in T if r < t) if s < t else 0
        c[t] = sum(a[t, s]*h[s] for s in T if s < t)
        h[t] = tanh(b + W @ c[t] + U @ x[t])
        l[t] = (dot(v, h[t]) - y[t])**2/2
        L = sum(l)""",
    "an encoder and a decoder with attention": _ENCODER + _DECODER + "L = sum(l)",
    "two losses over two axes of time": _ENCODER + _DECODER + """o: real[T]
        p[t] = (dot(v, h[t]) - o[t])**2
        L = sum(l) + sum(p)/T""",
    # Five more shapes
    "maximum pooling": _ENCODER + """y: real
        c: real[H]
        c = max(h[s] for s in T)
        L = (dot(v, c) - y)**2/2""",
    "a vector once a sequence that every step reads": _ENCODER + """y: real[T]
        c: real[H]
        f: real[T, H]
        A: real[H, H]
        c = A @ mean(h[s] for s in T)
        f[t] = tanh(c + A @ f[t-1] + h[t])
        l[t] = (dot(v, f[t]) - y[t])**2/2
        L = sum(l)""",
    "states centred over time": _ENCODER + """y: real[T]
        n: real[T, H]
        n[t] = h[t] - mean(h[s] for s in T)
        l[t] = (dot(v, n[t]) - y[t])**2/2
        L = sum(l)""",
    "inputs weighted by their distance": _ENCODER + """y: real[T]
        g: real
        c: real[T, D]
        c[t] = sum(exp(-g**2*(s - t)**2)*x[s] for s in T)
        l[t] = (dot(v, h[t]) + sum(c[t]) - y[t])**2/2
        L = sum(l)""",
    "attention of the scaled product, over what a mask leaves": _ENCODER + """y, o: real[T]
        m: binary[T]
        e, a: real[T, T]
        c: real[T, H]
        e[t, s] = dot(h[t], h[s])/sqrt(H)
        a[t, s] = exp(e[t, s])/sum(exp(e[t, r]) for r in T if m[r] == 1)
        c[t] = sum(a[t, s]*h[s] for s in T if m[s] == 1)
        o[t] = dot(v, c[t])
        L = sum((o[t] - y[t])**2 for t in T if m[t] == 1)""",
}


def _encoded(torch: Any, p: Any, x: Any) -> Any:
    h, states = torch.zeros_like(x[:, 0] @ p["U"].T), []
    for step in x.unbind(1):
        h = torch.tanh(p["b"] + h @ p["W"].T + step @ p["U"].T)
        states.append(h)
    return torch.stack(states, 1)


def _decoded(torch: Any, p: Any, data: Any, h: Any) -> Any:
    s, loss = h[:, -1], 0
    for r in range(data["z"].shape[1]):
        e = torch.tanh((s @ p["Q"].T)[:, None] + h @ p["K"].T) @ p["w"]
        c = (torch.softmax(e, 1)[:, :, None]*h).sum(1)
        s = torch.tanh(p["d"] + s @ p["S"].T + c @ p["C"].T + data["z"][:, r] @ p["Z"].T)
        loss = loss + ((s @ p["v"] - data["y"][:, r])**2).sum()/2
    return loss


def torch_loss(name: str, torch: Any, p: Any, data: Any) -> Any:
    """The loss of a batch, sequences first: (B, T, …)."""
    x, y = data["x"], data.get("y")
    steps = torch.arange(x.shape[1])
    if name == "attention over past states inside of a cell":
        states: list[Any] = []
        loss, zero = 0, torch.zeros_like(x[:, 0] @ p["U"].T)
        for t in range(x.shape[1]):
            c = zero
            if states:
                past = torch.stack(states, 1)
                at = states[-1] @ p["Q"].T + x[:, t] @ p["U"].T
                e = torch.tanh(past @ p["K"].T + at[:, None]) @ p["w"]
                c = (torch.softmax(e, 1)[:, :, None]*past).sum(1)
            states.append(torch.tanh(p["b"] + c @ p["W"].T + x[:, t] @ p["U"].T))
            loss = loss + ((states[-1] @ p["v"] - y[:, t])**2).sum()/2
        return loss
    h = _encoded(torch, p, x)
    v = p["v"]
    if name == "mean pooling":
        return ((h.mean(1) @ v - y)**2).sum()/2
    if name == "softmax pooling":
        return (((torch.softmax(h @ p["w"], 1)[:, :, None]*h).sum(1) @ v - y)**2).sum()/2
    if name == "the mean of the steps, and the first and the last state":
        return ((h @ v)**2).mean(1).sum() + (h[:, 0]*h[:, -1]).sum()
    if name == "causal self-attention":
        q, k, u = (h @ p[n].T for n in "QKV")
        e = (q @ k.transpose(1, 2)).masked_fill(steps[None, :] > steps[:, None], -torch.inf)
        return ((torch.softmax(e, 2) @ u @ v - y)**2).sum()/2
    if name == "an encoder and a decoder with attention":
        return _decoded(torch, p, data, h)
    if name == "two losses over two axes of time":
        return _decoded(torch, p, data, h) + ((h @ v - data["o"])**2).mean(1).sum()
    if name == "maximum pooling":
        return ((h.max(1).values @ v - y)**2).sum()/2
    if name == "a vector once a sequence that every step reads":
        c, f, loss = h.mean(1) @ p["A"].T, torch.zeros_like(h[:, 0]), 0
        for t in range(h.shape[1]):
            f = torch.tanh(c + f @ p["A"].T + h[:, t])
            loss = loss + ((f @ v - y[:, t])**2).sum()/2
        return loss
    if name == "states centred over time":
        return (((h - h.mean(1, keepdim=True)) @ v - y)**2).sum()/2
    if name == "inputs weighted by their distance":
        a = torch.exp(-p["g"]**2*(steps[:, None] - steps[None, :])**2)
        return ((h @ v + (a @ x).sum(2) - y)**2).sum()/2
    m = data["m"]
    e = (h @ h.transpose(1, 2)/h.shape[2]**.5).masked_fill(m[:, None] != 1, -torch.inf)
    return (m*(torch.softmax(e, 2) @ h @ v - y)**2).sum()
