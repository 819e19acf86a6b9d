"""What is right: the oracle, the checks of exchanges, and what is known of the server's state."""
