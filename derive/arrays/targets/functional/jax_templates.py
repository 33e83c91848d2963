"""The parts of a module for JAX that depend on the loss by the names of its arguments alone."""

from __future__ import annotations

VALUE_RULE = '''
@partial(loss_value.defjvp, symbolic_zeros=True)
def _(primals: Any, changes: Any) -> Any:
    """The derived gradients times changes."""
    {unpacked} = primals{refusals}
    value = loss_value({arguments})
    change = jnp.zeros_like(value)
    if moved(changes[{place}]):
        change += inner(loss_gradient({arguments}), changes[{place}], {rank}){moved}
    return value, change
'''

GRADIENT_RULE = '''
@partial(loss_gradient.defjvp, symbolic_zeros=True)
def _(primals: Any, changes: Any) -> Any:
    """The derived product of the Hessian with a change."""
    {unpacked} = primals{refusals}
    gradient = loss_gradient({arguments})
    change = jnp.zeros_like(gradient)
    if moved(changes[{place}]):
        change += formula_hvp({arguments}, changes[{place}]){pushed}
    return gradient, change
'''

LOSS = '''
{loss}
    """The loss, differentiable as often as you like: see the module."""
    arguments, dtype = prepared(ARGUMENTS, ({unpacked}))
    arguments, kept = counted(ARGUMENTS, arguments, mask, ignore_index)
    value = loss_value(*arguments)
    scale = scales(weight, kept, reduction, value)
    return reduced(value, scale, kept, reduction).astype(dtype)
'''

NUMBERS = '''
{def_value}
    """The loss of each example, or its sum or mean."""
    return loss({arguments}, weight=weight, mask=mask, ignore_index=ignore_index,
                reduction=reduction)


{def_value_and_grad}
    """The loss and its gradient by {variable}."""
    arguments, dtype = prepared(ARGUMENTS, ({unpacked}))
    arguments, kept = counted(ARGUMENTS, arguments, mask, ignore_index)
    value, slope = loss_value(*arguments), loss_gradient(*arguments)
    scale = scales(weight, kept, reduction, value)
    slope = weighted(slope, {scale})
    if kept is not None:
        slope = jnp.where({counts}, slope, 0)
    return reduced(value, scale, kept, reduction).astype(dtype), slope.astype(dtype)


{def_grad}
    """The gradient by {variable}."""
    return value_and_grad({arguments}, weight=weight, mask=mask, ignore_index=ignore_index,
                          reduction=reduction)[1]


{def_hvp}
    """The Hessian by {variable} times {vector}."""
    arguments, dtype = prepared((*ARGUMENTS, VECTOR), ({arguments}, {vector}))
    *arguments, {vector} = arguments
    arguments, kept = counted(ARGUMENTS, arguments, mask, ignore_index)
    slope = formula_hvp(*arguments, {vector})
    scale = scales(weight, kept, reduction, slope{first})
    slope = weighted(slope, {scale})
    if kept is not None:
        slope = jnp.where({counts}, slope, 0)
    return slope.astype(dtype)


VECTOR = {declared_vector}
'''
