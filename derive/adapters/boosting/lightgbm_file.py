"""The file for the library `lightgbm` of `rules/adapters.toml`."""

from __future__ import annotations

from derive.adapters.margin_losses import MarginLoss
from derive.adapters.request import Request, Written


def lightgbm_file(request: Request) -> Written:
    """An objective and a metric."""
    loss = MarginLoss(request)
    return Written(f"# {request.provenance}\n# {loss.title}\n", "")
