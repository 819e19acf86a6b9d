"""The edition that servers speak at the root, beside v2: the same without pages and tests of triggers.

What it shares with v2 it takes from there.
"""
