"""Diary error: what is known of how diaries overstate -> slopes as they would be without it."""
