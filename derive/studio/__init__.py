"""The studio: a page on which one types, and the two engines behind it."""
