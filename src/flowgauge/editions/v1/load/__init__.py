"""The load on this edition: that of v2 under other names."""
