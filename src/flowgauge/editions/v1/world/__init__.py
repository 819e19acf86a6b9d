"""The reference server of this edition: that of v2 with other lists."""
