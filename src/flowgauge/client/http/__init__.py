"""A call on its way: written, sent in time, tried again, bounded."""
