"""Findings shown once more: what is sent again, what is compared, and the script that does both."""
