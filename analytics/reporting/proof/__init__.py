"""Published folder -> proof that it gives nobody away, made by one who sees only what a stranger sees."""
