"""The test of a file for NGBoost."""

from __future__ import annotations

from derive.adapters.estimators.distribution_parts import DistributionParts


def ngboost_test(parts: DistributionParts, name: str, provenance: str, exact: bool) -> str:
    return ""
