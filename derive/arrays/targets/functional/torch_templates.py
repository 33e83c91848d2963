"""The parts of a module for PyTorch that depend on the loss by the names of its arguments alone."""

from __future__ import annotations

VALUE = '''
class LossValue(torch.autograd.Function):
    """The value of each example; its derivative is the derived gradient."""

    @staticmethod
    def forward(ctx: Any, slope: bool, *arguments: Tensor) -> Any:
        """The value, and beside it what the gradient needs, if it will be asked for."""
        made = (formula_value_and_gradient if slope else formula_value)(*arguments)
        keep(ctx, slope, arguments, made)
        return made

    @staticmethod
    def backward(ctx: Any, cotangent: Any, *_: Any) -> Any:
        """The derived gradients times what comes back from the loss."""
        slopes: list[Any] = [None] * {more}
        if cotangent is None:
            return tuple(slopes)
        {arguments}, *kept = ctx.saved_tensors
        if ctx.needs_input_grad[{next}]:
            if kept and not torch.is_grad_enabled():
                {kept}
                slopes[{next}] = {quick}
            else:
                slopes[{next}] = {wide} * differentiable_gradient({arguments}){others}
        return tuple(slopes)
'''

GRADIENT = '''
class LossGradient(torch.autograd.Function):
    """The gradient; its derivative is the derived product of the Hessian with a vector."""

    @staticmethod
    def forward(ctx: Any, *arguments: Tensor) -> Any:
        """The gradient."""
        _, {pair} = formula_value_and_gradient(*arguments)
        keep(ctx, False, arguments, None)
        return {product}

    @staticmethod
    def backward(ctx: Any, {vector}: Any) -> Any:
        """The Hessian times a vector, in operations that autograd differentiates."""
        {unpacked} = ctx.saved_tensors
        slopes: list[Any] = [None] * {nones}
        if {vector} is None:
            return tuple(slopes)
        if ctx.needs_input_grad[{place}]:
            slopes[{place}] = formula_hvp({arguments}, {vector}){mixed}
        return tuple(slopes)
'''

FORWARD_MODE = '''
class DualValue(LossValue):
    """The same with forward mode, which torch.compile does not trace."""

    @staticmethod
    def jvp(ctx: Any, *changes: Any) -> Any:
        """The derived gradients times changes."""
        {unpacked} = ctx.saved_tensors
        change: Any = 0{moved}
        return (change, {extra}) if ctx.slope else change


class DualGradient(LossGradient):
    """The same with forward mode."""

    @staticmethod
    def jvp(ctx: Any, *changes: Any) -> Any:
        """The Hessian times a change."""
        {unpacked} = ctx.saved_tensors
        change: Any = 0
        if changes[{place}] is not None:
            change = formula_hvp({arguments}, changes[{place}]){pushed}
        return change
'''

TRANSFORMED = '''
class TransformedValue(DualValue):
    """The same as torch.func wants it."""

    @staticmethod
    def forward(slope: bool, *arguments: Tensor) -> Any:  # type: ignore[override]
        """The value, and beside it what the gradient needs, if it will be asked for."""
        return formula_value_and_gradient(*arguments) if slope else formula_value(*arguments)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keeps the arguments and the gradient."""
        keep(ctx, inputs[0], inputs[1:], output)

    @staticmethod
    def vmap(info: Any, in_dims: Any, slope: bool, *arguments: Tensor) -> Any:
        """The axis of vmap is one more axis of the batch."""
        made = TransformedValue.apply(slope, *batched(info.batch_size, in_dims[1:], arguments))
        return made, (0,) * len(made) if slope else 0


class TransformedGradient(DualGradient):
    """The same as torch.func wants it."""

    @staticmethod
    def forward(*arguments: Tensor) -> Any:  # type: ignore[override]
        """The gradient."""
        _, {pair} = formula_value_and_gradient(*arguments)
        return {product}

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keeps the arguments."""
        keep(ctx, False, inputs, None)

    @staticmethod
    def vmap(info: Any, in_dims: Any, *arguments: Tensor) -> Any:
        """The axis of vmap is one more axis of the batch."""
        return TransformedGradient.apply(*batched(info.batch_size, in_dims, arguments)), 0
'''

DIFFERENTIABLE = '''
def differentiable_gradient({arguments_typed}) -> Tensor:
    """The gradient, which autograd may differentiate again."""
    used = chosen(LossGradient, DualGradient, TransformedGradient)
    made: Tensor = used.apply({arguments})
    return made
'''

LOSS = '''
{loss}
    """The loss, differentiable by autograd: see the module."""
    arguments, dtype = prepared(ARGUMENTS, ({unpacked}))
    arguments, kept = counted(ARGUMENTS, arguments, mask, ignore_index)
    refused(ARGUMENTS, arguments)
    slope = torch.is_grad_enabled() and arguments[{place}].requires_grad
    made = chosen(LossValue, DualValue, TransformedValue).apply(slope, *arguments)
    value = made[0] if slope else made
    scale = scales(weight, kept, reduction, value)
    return reduced(value, scale, kept, reduction).to(dtype)
'''

NUMBERS = '''
@torch.no_grad()
{def_value}
    """The loss of each example, or its sum or mean, without autograd."""
    return loss({arguments}, weight=weight, mask=mask, ignore_index=ignore_index,
                reduction=reduction)


@torch.no_grad()
{def_value_and_grad}
    """The loss and its gradient by {variable}, without autograd."""
    arguments, dtype = prepared(ARGUMENTS, ({unpacked}))
    arguments, kept = counted(ARGUMENTS, arguments, mask, ignore_index)
    value, {pair} = formula_value_and_gradient(*arguments)
    scale = scales(weight, kept, reduction, value)
    slope = weighted({product}, {scale})
    if kept is not None:
        slope = torch.where({counts}, slope, 0)
    return reduced(value, scale, kept, reduction).to(dtype), slope.to(dtype)


@torch.no_grad()
{def_grad}
    """The gradient by {variable}, without autograd."""
    return value_and_grad({arguments}, weight=weight, mask=mask, ignore_index=ignore_index,
                          reduction=reduction)[1]


@torch.no_grad()
{def_hvp}
    """The Hessian by {variable} times {vector}, without autograd."""
    arguments, dtype = prepared((*ARGUMENTS, VECTOR), ({arguments}, {vector}))
    *arguments, {vector} = arguments
    arguments, kept = counted(ARGUMENTS, arguments, mask, ignore_index)
    slope = formula_hvp(*arguments, {vector})
    scale = scales(weight, kept, reduction, slope{first})
    slope = weighted(slope, {scale})
    if kept is not None:
        slope = torch.where({counts}, slope, 0)
    return slope.to(dtype)


VECTOR = {declared_vector}
'''

NETWORK = '''
class Loss(nn.Module):
    """The loss as a part of a network; options as those of `loss`."""

    def __init__(self, reduction: str = "mean", ignore_index: int | None = None) -> None:
        super().__init__()
        self.reduction, self.ignore_index = reduction, ignore_index

{forward}
        """The loss."""
        return loss({arguments}, weight=weight, mask=mask, ignore_index=self.ignore_index,
                    reduction=self.reduction)
'''
