"""Recordings of calls: made, kept, replayed, compared."""
