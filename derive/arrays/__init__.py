"""Formula → stable array program → NumPy source and callable."""

from __future__ import annotations

from derive.arrays.kernels import Kernel, kernel

__all__ = ["Kernel", "kernel"]
