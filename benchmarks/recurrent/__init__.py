"""Compiled recurrent models beside their peers: speed, parity of training, gradients."""
