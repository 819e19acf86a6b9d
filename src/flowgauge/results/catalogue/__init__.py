"""The catalogue of findings: its classes, and what helps with each."""
