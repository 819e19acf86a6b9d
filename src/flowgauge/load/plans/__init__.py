"""When journeys begin, as values and as text."""
