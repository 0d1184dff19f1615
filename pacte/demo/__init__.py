"""Invented companies, groups and opportunities for a demonstration: always the same, with dates counted from today."""
