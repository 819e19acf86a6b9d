"""The reference server of this edition."""
