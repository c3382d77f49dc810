"""The article's claims (METHODS 5): what each would look like in a journal, and whether it does."""
