"""Nouns: what a row, a scale, a setting and a result are. Every room imports it; it imports none."""
