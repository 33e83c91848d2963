"""What is known of each function: its record, the interval of its values, decisions from kinds."""
