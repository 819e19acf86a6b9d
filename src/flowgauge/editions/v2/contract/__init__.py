"""The suites' part of this edition: cases, checks, scenarios."""
