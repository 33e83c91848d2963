"""Gradients, Jacobians, Hessians, and the chain rule through named intermediates."""
