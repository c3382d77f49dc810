"""A draft of a mapping for an export that nobody has described: what is proved, and what must be asked."""
