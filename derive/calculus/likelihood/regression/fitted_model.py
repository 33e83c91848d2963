"""The record of a fit: estimates with their errors, and how likely the data are there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

from derive.core.stored import Stored
from derive.deferred_dataclass import dataclass

if TYPE_CHECKING:  # a record needs no NumPy
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[Any]"
REACH = 1.959963984540054  # of an interval, in standard errors: Phi of it is 0.975


@dataclass(frozen=True)
class Fit(Stored):
    """Estimates at data, entry by entry.

    `domains` are those of the parameters' types. `information` says whether the covariances are
    from the expected or the observed information, `method` how the maximum was reached.
    `log_posterior` is that of the estimates, where there are priors; `log_likelihood` is that of
    the data alone.
    """

    names: tuple[str, ...]
    domains: tuple[str, ...]
    values: tuple[float, ...]
    covariances: tuple[tuple[float, ...], ...]
    observations: int
    log_likelihood: float
    information: str
    method: str
    log_posterior: float | None = None

    @property
    def estimates(self) -> Array:
        """The estimates."""
        import numpy as np

        return np.array(self.values)

    @property
    def covariance(self) -> Array:
        """The inverse of the information: NaN for what was set to 0 by a penalty."""
        import numpy as np

        return np.array(self.covariances)

    @property
    def standard_errors(self) -> Array:
        """The square roots of the variances."""
        import numpy as np

        errors: Array = np.sqrt(np.diag(self.covariance))
        return errors

    @property
    def z_values(self) -> Array:
        """The estimates in standard errors; NaN for parameters that cannot be 0."""
        import numpy as np

        with np.errstate(all="ignore"):
            ratio: Array = self.estimates / self.standard_errors
        ratio[[d != "real" for d in self.domains]] = np.nan
        return ratio

    @property
    def intervals(self) -> Array:
        """The ends of intervals of 1.96 standard errors to each side."""
        import numpy as np

        reach = REACH * self.standard_errors
        return np.column_stack([self.estimates - reach, self.estimates + reach])

    @property
    def aic(self) -> float:
        """Akaike's criterion; all parameters are counted."""
        return 2 * len(self.names) - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """The Bayesian criterion."""
        return len(self.names) * math.log(self.observations) - 2 * self.log_likelihood

    def __getitem__(self, name: str) -> float:
        """The estimate of a parameter."""
        return dict(zip(self.names, self.values, strict=True))[name]
