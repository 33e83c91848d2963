"""Rule files, matching, and rewriting."""
