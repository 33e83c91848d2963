"""Maximum likelihood at data by numbers."""
