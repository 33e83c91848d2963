"""Losses and derivatives in stable forms, before they are lowered."""
