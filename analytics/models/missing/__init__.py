"""What is missing: unrated weeks -> filled many times, pooled, and shifted until an answer tips."""
