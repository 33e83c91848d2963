"""What a result claims of the text that was typed, judged at points."""
