"""Losses for Keras 3: a subclass of keras.losses.Loss with the derived gradient, on any backend."""

from __future__ import annotations

from derive.adapters.estimators.code_blocks import indented, module_text
from derive.adapters.estimators.keras_test import keras_test
from derive.adapters.estimators.linear_parts import LinearLoss
from derive.adapters.request import Request, Written
from derive.arrays.targets.functional.short_code import ShortCode, assigned
from derive.arrays.targets.functional.short_dialects import KERAS
from derive.errors import KernelError
from derive.tables.keras_functions import printed_functions

_CLASS = '''
@keras.saving.register_keras_serializable(package="derive")
class {name}(keras.losses.Loss):  # type: ignore[misc,unused-ignore]
    """{title}; see the head of this file."""

    def __init__(self, name: str = "{short}", reduction: str = "sum_over_batch_size",
                 dtype: Any = None) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each example; Keras weights and reduces it."""
{read}

        @ops.custom_gradient  # type: ignore[untyped-decorator,misc,unused-ignore]
        def loss_of({margin}: Any) -> Any:
{lines}

            def gradient(*values: Any, upstream: Any = None) -> Any:
                upstream = values[0] if upstream is None else upstream
                return upstream{widened} * slope

            return loss, gradient

        {returned}
'''


def keras_file(request: Request) -> Written:
    """The file of a loss for Keras. Raises DeriveError."""
    loss = LinearLoss(request)
    if loss.loss.columns:
        names = ", ".join(leaf.name for leaf in loss.loss.columns)
        raise KernelError(f"{loss.loss.title} reads {names} in each row, and a loss of Keras gets "
                          "y_true and y_pred alone: give them values with --set")
    code = ShortCode(loss.loss.formula, KERAS, loss.called, fixed=loss.loss.constants, width=87)
    lines = assigned(code.body({"loss": "value", "slope": "gradient"},
                               ("y_true", "y_pred", "upstream", "gradient", "values")))
    text = _CLASS.replace("{name}", loss.name + "Loss").replace("{title}", loss.loss.title) \
        .replace("{short}", loss.name.lower()).replace("{margin}", loss.margin) \
        .replace("{read}", "\n".join(indented(_read(loss), 2))) \
        .replace("{lines}", "\n".join(indented([*_known(loss), *lines], 3))) \
        .replace("{widened}", "[..., None]" if loss.several else "") \
        .replace("{returned}", _returned(loss))
    printed = printed_functions(lines)
    constants = [line.replace("np.array(", "ops.array(") for line in loss.constants]
    imports = [*(["import math"] if "math." in text + "".join(p.code for p in printed) else []),
               "from typing import Any", "", "import keras", "from keras import ops"]
    body = [*(["", *constants] if constants else []),
            *(f"\n\n{function.code.strip()}" for function in printed), "\n\n" + text.strip()]
    heading = loss.heading("a loss for Keras 3, on any of its backends", _conventions(loss))
    return Written(module_text(heading, imports, [line.lstrip("\n") if n == 0 else line
                                                   for n, line in enumerate(body)]).replace(
        "from keras import ops\n\n", "from keras import ops\n\n\n", 1),
        keras_test(loss, loss.name + "Loss"))


def _read(loss: LinearLoss) -> list[str]:
    """The labels in the shape of the margins: (n,) broadcast against (n, 1) would be (n, n).

    What is no label gives NaN, since the formulas rest on its being one.
    """
    name = loss.names[0]
    if loss.label.kind.domain == "binary":
        return [f"{name} = ops.reshape(y_true, ops.shape(y_pred))",
                f"{name} = ops.where(ops.logical_or(ops.equal({name}, 0), ops.equal({name}, 1)), "
                f"{name}, float(\"nan\"))"]
    if loss.label.kind.shape or not loss.several:
        return [f"{name} = ops.reshape(y_true, ops.shape(y_pred))"]
    shaped = "ops.reshape(y_true, ops.shape(y_pred)[:-1])"
    if not loss.labelled:
        return [f"{name} = {shaped}"]
    return [f"given = {shaped}", f"{name} = ops.cast(given, \"int32\")",
            f"known = ops.equal(ops.cast({name}, given.dtype), given) & ({name} >= 0) & "
            f"({name} < ops.shape(y_pred)[-1])"]


def _known(loss: LinearLoss) -> list[str]:
    """The statement that puts NaN where a label is none of the classes."""
    if loss.label.kind.shape or not (loss.several and loss.labelled):
        return []
    return [f"{loss.margin} = ops.where(known[..., None], {loss.margin}, float(\"nan\"))"]


def _returned(loss: LinearLoss) -> str:
    if loss.several:
        return "return loss_of(y_pred)"
    return "loss = loss_of(y_pred)\n        return ops.mean(loss, axis=-1) if " \
        "len(y_pred.shape) > 1 else loss"


def _conventions(loss: LinearLoss) -> list[str]:
    """What Keras users ask: which argument is what, on which scale, over what the mean goes."""
    meant = loss.predicted
    scale = f"y_pred is the margin {loss.margin}, as with from_logits=True, not what it means " \
        f"({meant.says.partition(': ')[2].rstrip('.')})" if meant else \
        f"y_pred is the prediction {loss.margin} itself"
    mean = "One loss for each row of K margins." if loss.several else \
        "The loss of a row is the mean over its last axis, as in Keras."
    labels = "Any other label gives NaN. " if loss.label.kind.domain in ("binary", "label") else ""
    return [f"{scale}; y_true is {loss.names[0]}: {loss.label.kind}. {labels}{mean} reduction and "
            "sample_weight are those of keras.losses.Loss: sum_over_batch_size divides by the "
            "number of rows, not by the weights. The gradient is the derived one "
            "(keras.ops.custom_gradient), so that nothing is clipped and no digit is lost to "
            "automatic differentiation."]
