"""What is sent: generated, malformed, concurrent, repeated and ordinary requests."""
