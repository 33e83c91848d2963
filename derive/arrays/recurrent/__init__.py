"""Compiled models: equations of a step and their adjoint as one NumPy program."""
