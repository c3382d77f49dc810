"""What a scheduler's files hold: the installation they start, and how each of them wants a path written."""
