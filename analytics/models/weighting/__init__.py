"""Weighing: histories of patients -> weights of their weeks -> what more work would do, side by side."""
