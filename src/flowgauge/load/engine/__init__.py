"""The open-loop engine: journeys under way, counted and timed by the second."""
