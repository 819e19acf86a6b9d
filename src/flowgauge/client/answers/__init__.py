"""What comes back: typed values, and refusals."""
