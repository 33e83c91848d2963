"""Derivations as theorems that a proof assistant checks."""
