"""Rules, tried at random instances from their texts."""
