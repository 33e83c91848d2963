"""The parts of exported models that are the same for all models, for each library."""

from __future__ import annotations

SHIFTED = {
    "torch": '''def shifted(values: Tensor, shift: int, edge: Tensor) -> Tensor:
    """The values of the step before (shift -1) or after (1); what is beyond the end."""
    if shift < 0:
        return torch.cat([edge[None], values[:-1]])
    return torch.cat([values[1:], edge[None]])''',
    "jax": '''def shifted(values: Array, shift: int, edge: Array) -> Array:
    """The values of the step before (shift -1) or after (1); what is beyond the end."""
    if shift < 0:
        return jnp.concatenate([edge[None], values[:-1]])
    return jnp.concatenate([values[1:], edge[None]])''',
    "numpy": '''def shifted(values: Array, shift: int, edge: Array) -> Array:
    """The values of the step before (shift -1) or after (1); what is beyond the end."""
    if shift < 0:
        return np.concatenate([edge[None], values[:-1]])
    return np.concatenate([values[1:], edge[None]])'''}
_OUTER = '''def outer_sum(u: {array}, v: {array}) -> {array}:
    """The sum of the outer products of u and v over steps and sequences."""
    return u.reshape(-1, u.shape[-1]).T @ v.reshape(-1, v.shape[-1])'''
_BY_LABEL = '''def by_label(values: {array}, labels: Any, count: int, place: int,
             rank: int) -> {array}:
    """Sums of values (…, with `rank` axes) by label, along a new axis at `place`."""
    rows = values.reshape(-1, *values.shape[values.ndim - rank:])
    {at}
    {made}'''
OUTER = {key: _OUTER.format(array=array) for key, array in (
    ("torch", "Tensor"), ("jax", "Array"), ("numpy", "Array"))}
BY_LABEL = {
    "torch": _BY_LABEL.format(
        array="Tensor", at="at = torch.as_tensor(labels, device=rows.device).expand("
        "values.shape[:values.ndim - rank]).reshape(-1)",
        made="made = rows.new_zeros((count, *rows.shape[1:])).index_add(0, at, rows)\n"
             "    return made.movedim(0, place)"),
    "jax": _BY_LABEL.format(
        array="Array", at="at = jnp.broadcast_to(labels, values.shape[:values.ndim - rank])"
        ".reshape(-1)",
        made="made = jnp.zeros((count, *rows.shape[1:]), rows.dtype).at[at].add(rows)\n"
             "    return jnp.moveaxis(made, 0, place)"),
    "numpy": _BY_LABEL.format(
        array="Array", at="at = np.broadcast_to(labels, values.shape[:values.ndim - rank])"
        ".reshape(-1)",
        made="made = np.zeros((count, *rows.shape[1:]), rows.dtype)\n"
             "    np.add.at(made, at, rows)\n    return np.moveaxis(made, 0, place)")}
SIGMOID = {"numpy": '''def sigmoid(u: Array) -> Array:
    """1 / (1 + exp(-u)), which overflows nowhere in this form."""
    made: Array = 0.5 * (1 + np.tanh(0.5 * u))
    return made'''}
HELPERS = {"shifted": SHIFTED, "outer_sum": OUTER, "by_label": BY_LABEL, "sigmoid": SIGMOID}

TORCH = '''class Steps(torch.autograd.Function):
    """The loss over all steps and sequences; its derivatives are the derived ones."""

    @staticmethod
    def forward(ctx: Any, {listed}) -> Tensor:
        """The loss."""
        {network}
        {losses}
        ctx.save_for_backward({saved})
        return loss

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        """The derived gradients, times that of the loss."""
        made = gradients(*ctx.saved_tensors)
        return {nones}*(slope * gradient for gradient in made)


class Model(nn.Module):
    """The model. Its loss is differentiable by the parameters, once; data get no gradient."""

    def __init__(self, *, {sizes}) -> None:
        super().__init__()
{parameters}
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Matrices uniform in one over the root of the number of inputs; vectors 0."""
        with torch.no_grad():
            for parameter in self.parameters():
                if parameter.dim() < 2:
                    parameter.zero_()
                else:
                    bound = parameter.shape[-1] ** -0.5
                    parameter.uniform_(-bound, bound)

    def forward(self, {data}) -> Tensor:
        """The loss of a batch: {shapes}."""
{defaults}        loss: Tensor = Steps.apply({given})
        return loss

    def outputs(self, {inputs}) -> Tensors:
        """What the network gives, {outputs}, without gradients."""
{early_defaults}        with torch.no_grad():
            return network({called})[:{count}]

    def predict(self, {predict_inputs}) -> Tensor:
        """{predict_says}"""
{predict_defaults}        with torch.no_grad():
            {predict_body}'''
_OF_PARAMETERS = '''def outputs(parameters: Parameters, {inputs}) -> Arrays:
    """What the network gives: {outputs}."""
    p = parameters
{early_defaults}    return network({called})[:{count}]


def predict(parameters: Parameters, {predict_inputs}) -> Array:
    """{predict_says}"""
    p = parameters
{predict_defaults}    {predict_body}'''
JAX = '''@jax.custom_vjp
def steps({listed}) -> Array:
    """The loss over all steps and sequences; its derivatives are the derived ones."""
    return steps_forward({names})[0]


def steps_forward({listed}) -> tuple[Array, Arrays]:
    """The loss, and what its gradients rest on."""
    {network}
    {losses}
    return loss, ({saved})


def steps_backward(saved: Arrays, slope: Array) -> tuple[Any, ...]:
    """The derived gradients, times that of the loss."""
    made = gradients(*saved)
    return {nones}*(slope * gradient for gradient in made)


steps.defvjp(steps_forward, steps_backward)


def initialise(key: Array, *, {sizes}, dtype: Any = jnp.float32) -> Parameters:
    """Matrices uniform in one over the root of the number of inputs; vectors 0."""
    shapes = {{
{parameters}
    }}
    made: Parameters = {{}}
    for own, (name, shape) in zip(jax.random.split(key, len(shapes)), shapes.items()):
        bound = shape[-1] ** -0.5 if len(shape) > 1 else 0.0
        made[name] = jax.random.uniform(own, shape, dtype, -bound, bound)
    return made


def loss(parameters: Parameters, {data}) -> Array:
    """The loss of a batch: {shapes}.

    It is differentiable by the parameters (jax.grad), once; data get no gradient.
    """
    p = parameters
{defaults}    return steps({given})


''' + _OF_PARAMETERS
NUMPY = '''def initialise(rng: np.random.Generator, *, {sizes}) -> Parameters:
    """Matrices uniform in one over the root of the number of inputs; vectors 0."""
    shapes: dict[str, tuple[int, ...]] = {{
{parameters}
    }}
    made: Parameters = {{}}
    for name, shape in shapes.items():
        bound = shape[-1] ** -0.5 if len(shape) > 1 else 0.0
        made[name] = rng.uniform(-bound, bound, shape)
    return made


def loss(parameters: Parameters, {data}) -> float:
    """The loss of a batch: {shapes}."""
    p = parameters
{defaults}    {network}
    {losses}
    return float(loss)


def loss_and_gradients(parameters: Parameters, {data}) -> tuple[float, Parameters]:
    """The loss of a batch, and its derived gradient by each parameter."""
    p = parameters
{defaults}    {network}
    {losses}
    made = gradients({saved})
    return float(loss), dict(zip(PARAMETERS, made, strict=True))


''' + _OF_PARAMETERS
TEMPLATES = {"torch": TORCH, "jax": JAX, "numpy": NUMPY}

TEST = {
    "torch": '''def self_test() -> None:
    """Compares loss and gradients with those of derive, at numbers made by a rule."""
    model = Model({sizes}).double()
    for place, parameter in enumerate(model.parameters()):
        parameter.data = pattern(parameter.shape, place + 1) / 2
    loss = model({values})
    loss.backward()
    check("the loss", loss.item(), LOSS)
    for name, parameter in model.named_parameters():
        slope = parameter.grad
        assert slope is not None
        check(f"the gradient by {{name}}", (slope * pattern(slope.shape, 7)).sum().item(),
              SLOPES[name])''',
    "jax": '''def self_test() -> None:
    """Compares loss and gradients with those of derive, at numbers made by a rule."""
    jax.config.update("jax_enable_x64", True)
    parameters = initialise(jax.random.key(0), {sizes}, dtype=float)
    parameters = {{name: pattern(array.shape, place + 1) / 2
                  for place, (name, array) in enumerate(parameters.items())}}
    value, slopes = jax.value_and_grad(loss)(parameters, {values})
    check("the loss", float(value), LOSS)
    for name, slope in slopes.items():
        check(f"the gradient by {{name}}", float((slope * pattern(slope.shape, 7)).sum()),
              SLOPES[name])''',
    "numpy": '''def self_test() -> None:
    """Compares loss and gradients with those of derive, at numbers made by a rule."""
    parameters = initialise(np.random.default_rng(0), {sizes})
    parameters = {{name: pattern(array.shape, place + 1) / 2
                  for place, (name, array) in enumerate(parameters.items())}}
    value, slopes = loss_and_gradients(parameters, {values})
    check("the loss", value, LOSS)
    for name, slope in slopes.items():
        check(f"the gradient by {{name}}", float((slope * pattern(slope.shape, 7)).sum()),
              SLOPES[name])'''}
_PATTERN = {
    "torch": "torch.sin(torch.arange(1, math.prod(shape) + 1, dtype=torch.float64) * rate)",
    "jax": "jnp.sin(jnp.arange(1, math.prod(shape) + 1, dtype=float) * rate)",
    "numpy": "np.sin(np.arange(1, math.prod(shape) + 1, dtype=float) * rate)"}
# Whole numbers as floats of 64 bits.
REAL = {"numpy": "1.0 * {0}", "torch": "{0}.double()", "jax": "1.0 * {0}"}
_COUNTING = {
    "torch": "torch.arange(math.prod(shape)) % count",
    "jax": "jnp.arange(math.prod(shape)) % count",
    "numpy": "np.arange(math.prod(shape)) % count"}
PATTERNS = {key: f'''def pattern(shape: Any, rate: int) -> {array}:
    """Numbers made by a rule: sines."""
    made: {array} = {_PATTERN[key]}
    return made.reshape(shape)


def counting(shape: Any, count: int) -> {array}:
    """Whole numbers made by a rule: 0, 1, … and again."""
    made: {array} = {_COUNTING[key]}
    return made.reshape(shape)


def check(what: str, value: float, expected: float) -> None:
    """Says what differs."""
    if abs(value - expected) > 1e-9 * max(1.0, abs(expected)):
        raise AssertionError(f"{{what}} is {{value!r}}, and in derive {{expected!r}}")'''
            for key, array in (("torch", "Tensor"), ("jax", "Array"), ("numpy", "Array"))}
SOFTMAX = {"numpy": '''def softmax(u: Array) -> Array:
    """exp(u) by its sum along the last axis."""
    powers = np.exp(u - u.max(-1, keepdims=True))
    made: Array = powers / powers.sum(-1, keepdims=True)
    return made'''}
HELPERS["softmax"] = SOFTMAX
END = '''


if __name__ == "__main__":
    self_test()
    print("all is as in derive")'''
