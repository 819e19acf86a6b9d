"""The API's methods by tag."""
