"""What a test needs of the system, and what is said where the system has it not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

needs_posix = pytest.mark.skipif(
    os.name != "posix", reason="pipes of a shell, Ctrl-C to a child and FIFOs are those of POSIX")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
needs_full_disk = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
