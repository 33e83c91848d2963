"""Text of the notation → expressions, specifications, model equations."""
