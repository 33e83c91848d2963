"""A picture of a loss, or one by its name: `derive.plot`."""

from __future__ import annotations

from collections.abc import Mapping

from derive.argument_kinds import FLAG, NUMBER, NUMBERS, Target, formula_of, or_none
from derive.calculus.asked_variables import Wrt
from derive.calculus.gradient.gradient import grad
from derive.calculus.likelihood.noise.assumed_noise import noise as assumed_noise
from derive.errors import DeriveError
from derive.judge.rules.user_functions import Functions
from derive.notation.reading.declaration_lines import Given
from derive.public_arguments import public
from derive.rendering.pictures import Picture
from derive.teaching.demonstrations.loss_pictures import loss_picture, noise_picture
from derive.teaching.demonstrations.picturing import picture_named, pictures


@public(target=formula_of("a picture's name, a loss's name or a formula"), low=or_none(NUMBER),
        high=or_none(NUMBER), noise=FLAG, values=or_none(NUMBERS))
def plot(target: Target, *, given: Given = (), wrt: Wrt = None,
         values: Mapping[str, float] | None = None, low: float | None = None,
         high: float | None = None, noise: bool = False,
         functions: Functions | None = None) -> Picture:
    """A picture of a loss with its gradient, or one of `rules/pictures.toml` by its name.

    `wrt` is on the axis, from `low` to `high`; `values` are those of the other names
    (`{"delta": 2}`), which otherwise have usual ones. With `noise` it is the density exp(-loss)/Z;
    `functions` are the user's own.
    The picture shows itself in a notebook, `print` says it in words, and `save` writes it as .png
    or .svg; drawing needs matplotlib (the extra `plot`). Raises DeriveError for what has no such
    picture.

    >>> print(derive.plot("sqrt(1 + (z - y)**2)", wrt="z", values={"y": 0}, low=-2, high=2))
    Gradient of L: y = 0
    loss: least 1 at 0, greatest 2.236 at -2
    derivative: least -0.8944 at -2, greatest 0.8944 at 2
    """
    if isinstance(target, str) and target in pictures() and not given:
        return picture_named(target)
    between = _between(low, high)
    if noise:
        density = assumed_noise(target, given=given, wrt=wrt, functions=functions)
        return noise_picture(density, values)
    slope = grad(target, given=given, wrt=wrt, functions=functions)
    return loss_picture(slope, values, between)


def _between(low: float | None, high: float | None) -> tuple[float, float] | None:
    """The ends of the axis. Raises DeriveError where one is missing, or they are exchanged."""
    if low is None and high is None:
        return None
    if low is None or high is None or not low < high:
        raise DeriveError("low and high (--from and --to) go together, the smaller number first")
    return float(low), float(high)
