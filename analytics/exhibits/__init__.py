"""Fits to figures, tables and sentences, under the disclosure rules. Nothing is computed while drawing."""
