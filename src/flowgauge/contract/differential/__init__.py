"""Two servers that are asked the same, and how they differ."""
