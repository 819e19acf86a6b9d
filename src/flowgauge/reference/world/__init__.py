"""The world: what the reference server knows, and how it answers."""
