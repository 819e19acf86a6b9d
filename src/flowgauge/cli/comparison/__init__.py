"""Runs beside each other: baselines, two servers in turns, the history."""
