"""Planning: what a study at hand tells of the next one -> how likely that one finds a difference."""
