"""The Fisher information and expected values."""
