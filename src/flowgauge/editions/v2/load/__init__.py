"""What a load knows of this edition."""
