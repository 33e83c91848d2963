"""Values of functions in wide numbers, remembered: forms of a result ask for the same ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

import numpy as np

from derive.arrays.wide.wide_numbers import Wide
from derive.functions.function_records import standard_functions

MOST = 1 << 9  # values that are kept, of some 30 kB each
_VALUES: OrderedDict[Any, Any] = OrderedDict()
_LOCK = Lock()


def remembering(names: dict[str, Any]) -> None:
    """Puts functions that remember their values in the place of those in wide numbers."""
    for name in {f.wide for f in standard_functions().values()} & names.keys():
        names[name] = remembered(names[name])


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of wide numbers that is computed once for equal ones."""
    @wraps(function)
    def value(*operands: Any, **options: Any) -> Any:
        if options or not all(isinstance(o, Wide) for o in operands):
            return function(*operands, **options)
        key = function.__name__, *(
            (part.shape, part.tobytes()) for o in operands for part in map(np.asarray, o))
        with _LOCK:
            if key in _VALUES:
                _VALUES.move_to_end(key)
                return _VALUES[key]
        computed = function(*operands)
        with _LOCK:
            _VALUES[key] = computed
            if len(_VALUES) > MOST:
                _VALUES.popitem(last=False)
        return computed

    return value
