"""What a project owns, and what ships with flowgauge for those that own nothing."""
