"""The words both sides share: sectors, places, codes, certifications, languages and bands. Plain Python, no table.

Every list has `label(code)` and `choices()`, in the active language. To add an entry,
add a line; a code once stored never changes.
"""
