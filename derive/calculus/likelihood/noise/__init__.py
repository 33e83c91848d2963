"""From a loss to the noise that it assumes."""
