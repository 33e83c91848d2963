"""From a distribution to its loss, score, estimates and information; from a loss to its noise."""
