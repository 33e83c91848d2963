"""Densities as models: what they declare, whether they are one, their loss and their score."""
