"""Locust as the runner: its options, its statistics, its web page."""
