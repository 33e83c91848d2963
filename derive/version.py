"""The version, which modules and checkpoints name as their maker."""

__version__ = "0.2.0"
